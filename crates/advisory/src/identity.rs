//! One vulnerability, one identity.
//!
//! A CVE id is an identity of its own; two are never joined, whatever names both. Everything else is brought to the
//! CVE ids it stands for: by its own aliases, by what names it as an alias, by the chain of aliases it belongs to, or,
//! for the advisories of distributions, by what they name under `related` and `upstream`. What has no CVE id takes the
//! best known name of its chain.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::ecosystem::{embedded_cve, is_distribution_advisory};
use crate::record::Record;

/// Vulnerabilities, and which of them each record is about.
pub(crate) struct Identities {
    /// By canonical id: the other ids.
    pub(crate) vulnerabilities: Vec<(String, BTreeSet<String>)>,
    /// For each record the indices of its vulnerabilities, never empty.
    pub(crate) of_record: Vec<Vec<u32>>,
}

/// Joins `records`, each id once.
pub(crate) fn join(records: &[Record]) -> Identities {
    let mut chains = Chains::default();
    records.iter().for_each(|r| chains.note(r));
    let members = chains.members();
    let names: Vec<Vec<String>> = records.iter().map(|r| chains.identities(r, &members)).collect();
    let mut by_name: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (record, names) in records.iter().zip(&names) {
        for name in names {
            by_name.entry(name).or_default().extend(other_names(record, name, names.len() == 1));
        }
    }
    let index: HashMap<&str, u32> = by_name.keys().zip(0..).map(|(name, i)| (*name, i)).collect();
    let of_record =
        names.iter().map(|n| n.iter().filter_map(|n| index.get(n.as_str()).copied()).collect()).collect();
    let vulnerabilities = by_name
        .into_iter()
        .map(|(name, mut others)| {
            others.remove(name);
            (name.to_owned(), others)
        })
        .collect();
    Identities { vulnerabilities, of_record }
}

fn is_cve(id: &str) -> bool {
    id.starts_with("CVE-")
}

/// The names that a record adds to a vulnerability. The aliases of a record about several belong to none alone.
fn other_names(record: &Record, name: &str, alone: bool) -> Vec<String> {
    if is_distribution_advisory(&record.id) {
        let own = embedded_cve(&record.id).is_some_and(|cve| cve == name);
        return if own { vec![record.id.clone()] } else { Vec::new() };
    }
    let clean = alone && !(is_cve(&record.id) && record.aliases.iter().any(|a| is_cve(a)));
    let aliases = record.aliases.iter().filter(|a| clean && !is_cve(a)).cloned();
    aliases.chain([record.id.clone()]).collect()
}

/// Ids that are no CVE ids, joined by aliases.
#[derive(Default)]
struct Chains<'r> {
    node: HashMap<&'r str, u32>,
    name: Vec<&'r str>,
    parent: Vec<u32>,
    /// CVE ids that a node is known to stand for by an unambiguous alias.
    claims: Vec<BTreeSet<&'r str>>,
}

/// Per root of a chain: its canonical id and its CVE ids.
type Members<'r> = BTreeMap<u32, (&'r str, BTreeSet<&'r str>)>;

impl<'r> Chains<'r> {
    fn node(&mut self, id: &'r str) -> u32 {
        if let Some(&n) = self.node.get(id) {
            return n;
        }
        let n = self.name.len() as u32;
        self.node.insert(id, n);
        self.name.push(id);
        self.parent.push(n);
        self.claims.push(BTreeSet::new());
        n
    }

    fn root(&self, mut n: u32) -> u32 {
        while let Some(&p) = self.parent.get(n as usize).filter(|p| **p != n) {
            n = p;
        }
        n
    }

    /// Halves the path that later walks take.
    fn root_shortened(&mut self, mut n: u32) -> u32 {
        while let Some(&p) = self.parent.get(n as usize).filter(|p| **p != n) {
            let above = self.parent.get(p as usize).copied().unwrap_or(p);
            if let Some(parent) = self.parent.get_mut(n as usize) {
                *parent = above;
            }
            n = p;
        }
        n
    }

    fn union(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root_shortened(a), self.root_shortened(b));
        let (low, high) = (a.min(b), a.max(b));
        if let Some(parent) = self.parent.get_mut(high as usize) {
            *parent = low;
        }
    }

    fn claim(&mut self, n: u32, cve: &'r str) {
        if let Some(claims) = self.claims.get_mut(n as usize) {
            claims.insert(cve);
        }
    }

    fn note(&mut self, record: &'r Record) {
        if is_distribution_advisory(&record.id) {
            return;
        }
        let cves: Vec<&str> = record.aliases.iter().map(String::as_str).filter(|a| is_cve(a)).collect();
        let others =
            record.aliases.iter().map(String::as_str).filter(|a| !is_cve(a) && !is_distribution_advisory(a));
        if is_cve(&record.id) {
            // A record whose aliases hold a second CVE id says nothing about which of them the others mean.
            for alias in others.filter(|_| cves.is_empty()) {
                let n = self.node(alias);
                self.claim(n, &record.id);
            }
            return;
        }
        let own = self.node(&record.id);
        if let [cve] = cves.as_slice() {
            self.claim(own, cve);
        }
        if cves.len() < 2 {
            for alias in others {
                let n = self.node(alias);
                self.union(own, n);
            }
        }
    }

    fn members(&self) -> Members<'r> {
        let mut out: Members<'r> = BTreeMap::new();
        for (n, name) in (0_u32..).zip(&self.name) {
            let (best, cves) = out.entry(self.root(n)).or_insert_with(|| (name, BTreeSet::new()));
            if preference(name) < preference(best) {
                *best = name;
            }
            cves.extend(self.claims.get(n as usize).into_iter().flatten());
        }
        out
    }

    /// The canonical ids that a record is about, sorted.
    fn identities(&self, record: &Record, members: &Members<'_>) -> Vec<String> {
        let id = record.id.as_str();
        if is_cve(id) {
            return vec![id.to_owned()];
        }
        if let Some(cve) = embedded_cve(id) {
            return vec![cve.to_owned()];
        }
        let distribution = is_distribution_advisory(id);
        let named = |list: &[String]| -> BTreeSet<String> {
            list.iter()
                .map(|a| embedded_cve(a).unwrap_or(a))
                .filter(|a| is_cve(a))
                .map(str::to_owned)
                .collect()
        };
        let mut own = named(&record.aliases);
        if distribution {
            own.append(&mut named(&record.related));
        }
        if own.is_empty() && !distribution {
            own.extend(self.chain(id, members).1.iter().map(|c| (*c).to_owned()));
        }
        if own.is_empty() {
            own = named(&record.related);
        }
        if own.is_empty() && distribution {
            // What it names has no CVE id either: a GHSA id, a TEMP id of Debian.
            for other in record.related.iter().chain(&record.aliases).filter(|o| !is_distribution_advisory(o))
            {
                let (best, cves) = self.chain(other, members);
                match cves.is_empty() {
                    true => own.extend([best.unwrap_or(other).to_owned()]),
                    false => own.extend(cves.iter().map(|c| (*c).to_owned())),
                }
            }
        }
        if own.is_empty() {
            own.insert(self.chain(id, members).0.unwrap_or(id).to_owned());
        }
        own.into_iter().collect()
    }

    fn chain<'m>(&self, id: &str, members: &'m Members<'r>) -> (Option<&'r str>, &'m BTreeSet<&'r str>)
    where
        'r: 'm,
    {
        static NONE: BTreeSet<&str> = BTreeSet::new();
        match self.node.get(id).and_then(|n| members.get(&self.root(*n))) {
            Some((best, cves)) => (Some(best), cves),
            None => (None, &NONE),
        }
    }
}

/// Which of several ids without a CVE id is the best known; malicious packages first, as that is what must be said.
fn preference(id: &str) -> (usize, &str) {
    let known = ["MAL-", "GHSA-", "PYSEC-", "GO-", "RUSTSEC-", "OSV-"];
    (known.iter().position(|p| id.starts_with(p)).unwrap_or(known.len()), id)
}
