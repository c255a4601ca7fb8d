//! Debian's security tracker, whole: package → id → release → what Debian says of it
//! (<https://security-tracker.debian.org/tracker/data/json>). It knows more than the OSV records made from it: what is
//! not affected (fixed in version 0), what will not be fixed and what was postponed (`nodsa_reason`), and what nobody
//! has found out yet.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use crate::ecosystem::debian_release;
use crate::feed::lenient::{Text, Word, nullable};
use crate::feed::{Parsed, Problem};
use crate::record::{Affected, Coverage, Record, Stance, Statement};

/// Source packages in a tracker that is whole: some 3,800 had ever had an entry in 2024. Fewer are an excerpt.
const PACKAGES_COMPLETE_MIN: usize = 2_000;

/// Problems listed one by one; the others are counted.
const PROBLEMS_MAX: usize = 20;

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow, default, deserialize_with = "nullable")]
    description: Text<'a>,
    #[serde(borrow)]
    releases: BTreeMap<String, Release<'a>>,
}

#[derive(Deserialize)]
struct Release<'a> {
    #[serde(borrow, default, deserialize_with = "nullable")]
    status: Text<'a>,
    #[serde(borrow, default)]
    fixed_version: Word<'a>,
    #[serde(borrow, default)]
    urgency: Word<'a>,
    #[serde(borrow, default)]
    nodsa: Word<'a>,
    #[serde(borrow, default)]
    nodsa_reason: Word<'a>,
}

/// True if `head`, the beginning of a document, is that of a tracker.
pub(crate) fn is_tracker(head: &[u8]) -> bool {
    let has = |key: &str| super::holds(head, key);
    has("\"releases\"") && (has("\"repositories\"") || has("\"urgency\"") || has("\"status\""))
}

/// Reads a tracker. What is broken in one package does not lose the others only where the JSON itself is sound; a
/// document cut off is a problem, and what came before it is kept.
pub(crate) fn read(name: &str, text: &[u8], parsed: &mut Parsed) {
    let mut tracker =
        Tracker { name, packages: 0, broken: 0, records: BTreeMap::new(), problems: Vec::new() };
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let whole = deserializer.deserialize_map(&mut tracker).and_then(|()| deserializer.end());
    if let Err(e) = &whole {
        tracker.problems.push(Problem::new(name, format!("no tracker of Debian: {e}")));
    }
    if PROBLEMS_MAX < tracker.broken {
        let more = format!("{} more entries are none of Debian's tracker", tracker.broken - PROBLEMS_MAX);
        tracker.problems.push(Problem::new(name, more));
    }
    let complete = whole.is_ok() && PACKAGES_COMPLETE_MIN <= tracker.packages;
    let coverage = if complete { Coverage::Complete } else { Coverage::Partial };
    parsed.coverage.push(("Debian".to_owned(), coverage));
    parsed.records.extend(tracker.records.into_values());
    parsed.problems.append(&mut tracker.problems);
}

struct Tracker<'n> {
    name: &'n str,
    packages: usize,
    broken: usize,
    records: BTreeMap<String, Record>,
    problems: Vec<Problem>,
}

impl<'de> Visitor<'de> for &mut Tracker<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("packages, each with its ids")
    }

    /// One package at a time, so that the whole document is never held as a tree.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((package, ids)) = map.next_entry::<String, BTreeMap<String, Item<'de>>>()? {
            self.packages += 1;
            for (id, item) in ids {
                self.note(&package, &id, &item);
            }
        }
        Ok(())
    }
}

impl Tracker<'_> {
    fn note(&mut self, package: &str, id: &str, item: &Item<'_>) {
        let id = id.trim();
        if package.trim().is_empty() || id.is_empty() {
            return self.problem(package, "an entry without a name");
        }
        let mut affected = Vec::new();
        for (codename, release) in &item.releases {
            let ecosystem = format!("Debian:{}", debian_release(codename));
            match said(&ecosystem, package.trim(), release) {
                Ok(said) => affected.push(Affected { primary: true, urgency: urgency(release), ..said }),
                Err(reason) => self.problem(&format!("{package} {id} {codename}"), &reason),
            }
        }
        // `CVE-2024-1234` is filed as OSV files it; the tracker's own `TEMP-` ids stand for themselves.
        let own = if id.starts_with("CVE-") { format!("DEBIAN-{id}") } else { id.to_owned() };
        let record = self.records.entry(own.clone()).or_insert_with(|| Record {
            id: own,
            primary: true,
            summary: super::osv::summary("", &item.description.0),
            urls: vec![format!("https://security-tracker.debian.org/tracker/{id}")],
            ..Record::default()
        });
        record.affected.extend(affected);
    }

    fn problem(&mut self, place: &str, reason: &str) {
        self.broken += 1;
        if self.broken <= PROBLEMS_MAX {
            self.problems.push(Problem::new(format!("{}: {place}", self.name), reason));
        }
    }
}

fn said(ecosystem: &str, package: &str, release: &Release<'_>) -> Result<Affected, String> {
    let fixed = release.fixed_version.0.as_deref().map(str::trim).filter(|v| !v.is_empty());
    let reason = release.nodsa.0.as_deref().unwrap_or("");
    match (release.status.0.trim(), fixed) {
        ("resolved", Some("0")) => Ok(Affected::never(ecosystem, package, "")),
        ("resolved", Some(version)) => Ok(Affected::until(ecosystem, package, Some(version))),
        ("resolved", None) => Err("resolved without a fixed version".to_owned()),
        ("undetermined", _) => Ok(Affected {
            statement: Some(Statement::new(Stance::Undetermined, reason)),
            ..Affected::until(ecosystem, package, None)
        }),
        ("open", _) => {
            let stance = match release.nodsa_reason.0.as_deref() {
                Some("ignored") => Some(Stance::WillNotFix),
                Some("postponed") => Some(Stance::Postponed),
                _ if !reason.is_empty() => Some(Stance::NoAnnouncement),
                _ => None,
            };
            let statement = stance.map(|s| Statement::new(s, reason));
            Ok(Affected { statement, ..Affected::until(ecosystem, package, None) })
        }
        (other, _) => Err(format!("`{other}` is no status")),
    }
}

fn urgency(release: &Release<'_>) -> Option<String> {
    let urgency = release.urgency.0.as_deref()?.trim_matches(['*', ' ']);
    (!matches!(urgency, "" | "not yet assigned")).then(|| urgency.to_owned())
}
