//! Finding vulnerabilities by id, package or word.

use std::collections::BTreeSet;

use crate::db::detail::Detail;
use crate::db::error::DbError;
use crate::db::layout::{ID_IS_ADVISORY, KEY_SEPARATOR, Section};
use crate::db::lookup::VulnId;
use crate::db::open::Database;
use crate::ecosystem::embedded_cve;
use crate::record::Kind;

/// Characters that a part of a package's name must have to be looked for.
const PART_MIN: usize = 3;

/// What a search finds.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The vulnerability.
    pub detail: Detail,
    /// What it affects, by ecosystem and package.
    pub affected: Vec<FoundEntry>,
}

/// One advisory's word on one package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FoundEntry {
    /// Ecosystem with its release.
    pub ecosystem: String,
    /// Package.
    pub package: String,
    /// Advisory.
    pub advisory: String,
    /// Affected versions in words, `>= 1.0, < 1.2`.
    pub range: String,
}

impl Database {
    /// Vulnerabilities by id (any of its names, any case), else by package name, else by a part of one, else by words of the summary; at most
    /// `limit`.
    ///
    /// # Errors
    /// [`DbError`] if the file is damaged.
    pub fn search(&self, text: &str, limit: usize) -> Result<Vec<Found>, DbError> {
        let text = text.trim();
        let mut wanted = self.by_id(text)?;
        if wanted.is_empty() {
            wanted = self.by_package(text, &|name, text| name == text)?;
        }
        if wanted.is_empty() && PART_MIN <= text.len() {
            wanted = self.by_package(text, &is_part)?;
        }
        if wanted.is_empty() && !text.is_empty() {
            wanted = self.by_summary(text, limit)?;
        }
        let mut named = Vec::new();
        for id in wanted {
            named.push((self.canonical(id)?, id));
        }
        // The newest ids first: they are what people look for.
        named.sort_unstable_by(|a, b| natural(b.0).cmp(&natural(a.0)));
        named.truncate(limit);
        let ids: Vec<VulnId> = named.into_iter().map(|(_, id)| id).collect();
        let mut affected = self.affected(&ids)?;
        let mut out = Vec::with_capacity(ids.len());
        for (n, id) in ids.into_iter().enumerate() {
            let affected = affected.get_mut(n).map(std::mem::take).unwrap_or_default();
            out.push(Found { detail: self.detail(id)?, affected });
        }
        Ok(out)
    }

    /// Canonical ids of what `id`, any name of a vulnerability or an advisory, stands for; empty if it is not known.
    ///
    /// # Errors
    /// [`DbError`] if the file is damaged.
    pub fn canonical_ids(&self, id: &str) -> Result<Vec<&str>, DbError> {
        self.by_id(id)?.into_iter().map(|v| self.canonical(v)).collect()
    }

    fn by_id(&self, text: &str) -> Result<BTreeSet<VulnId>, DbError> {
        let mut out = BTreeSet::new();
        let upper = text.to_ascii_uppercase();
        // Ids are written in capitals but for the letters of GHSA ids and of a few prefixes.
        let ghsa = upper.strip_prefix("GHSA").map(|rest| format!("GHSA{}", rest.to_ascii_lowercase()));
        for wanted in BTreeSet::from([text, &upper, ghsa.as_deref().unwrap_or(text)]) {
            let mut n = self.lower_bound(Section::Ids, Section::IdText, wanted.as_bytes())?;
            while n < self.items(Section::Ids) {
                let (id, target) = self.item(Section::Ids, Section::IdText, n)?;
                if id != wanted.as_bytes() {
                    break;
                }
                match target & ID_IS_ADVISORY {
                    0 => out.extend([VulnId(target)]),
                    _ => out.extend(self.advisory(target & !ID_IS_ADVISORY)?.vulnerabilities),
                }
                n += 1;
            }
        }
        match embedded_cve(&upper).filter(|_| out.is_empty()) {
            Some(cve) => self.by_id(cve),
            None => Ok(out),
        }
    }

    fn by_package(
        &self,
        text: &str,
        is_it: &dyn Fn(&str, &str) -> bool,
    ) -> Result<BTreeSet<VulnId>, DbError> {
        let mut out = BTreeSet::new();
        let text = text.to_ascii_lowercase();
        for n in 0..self.items(Section::Keys) {
            let (key, _) = self.item(Section::Keys, Section::KeyText, n)?;
            let name = key.split(|b| *b == KEY_SEPARATOR as u8).nth(1).unwrap_or_default();
            let name = String::from_utf8_lossy(name).to_ascii_lowercase();
            if is_it(&name, &text) {
                for entry in self.entries(n)? {
                    out.extend(self.advisory(entry.advisory)?.vulnerabilities);
                }
            }
        }
        Ok(out)
    }

    fn by_summary(&self, text: &str, limit: usize) -> Result<BTreeSet<VulnId>, DbError> {
        let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
        let mut out = BTreeSet::new();
        for n in 0..self.items(Section::VulnerabilityRows) {
            let id = VulnId(u32::try_from(n).map_err(|_| DbError::Malformed { part: "vulnerabilities" })?);
            let summary = self.detail(id)?.summary.unwrap_or_default().to_lowercase();
            if words.iter().all(|w| summary.contains(w.as_str())) {
                out.insert(id);
            }
            if limit <= out.len() {
                break;
            }
        }
        Ok(out)
    }

    /// What each of `ids` affects. The file has no table for this question: every entry is looked at once.
    fn affected(&self, ids: &[VulnId]) -> Result<Vec<Vec<FoundEntry>>, DbError> {
        let mut out: Vec<Vec<FoundEntry>> = vec![Vec::new(); ids.len()];
        if ids.is_empty() {
            return Ok(out);
        }
        let mut of_advisory: Vec<Vec<usize>> = Vec::new();
        for n in 0..self.items(Section::AdvisoryRows) {
            let number = u32::try_from(n).map_err(|_| DbError::Malformed { part: "advisories" })?;
            let about = self.advisory(number)?.vulnerabilities;
            of_advisory.push(about.iter().filter_map(|v| ids.iter().position(|id| id == v)).collect());
        }
        for n in 0..self.items(Section::Keys) {
            for entry in self.entries(n)? {
                let Some(hits) = of_advisory.get(entry.advisory as usize).filter(|h| !h.is_empty()) else {
                    continue;
                };
                let (key, _) = self.item(Section::Keys, Section::KeyText, n)?;
                let key = String::from_utf8_lossy(key);
                let (ecosystem, package) = key.split_once(KEY_SEPARATOR).unwrap_or((&key, ""));
                let found = FoundEntry {
                    ecosystem: ecosystem.to_owned(),
                    package: package.to_owned(),
                    advisory: self.advisory(entry.advisory)?.id.to_owned(),
                    range: in_words(&entry.ranges, &entry.versions),
                };
                for hit in hits {
                    if let Some(list) = out.get_mut(*hit) {
                        list.push(found.clone());
                    }
                }
            }
        }
        Ok(out)
    }
}

/// True if `part` is a whole word of `name`, or begins one: `log4j` of `org.apache.logging.log4j:log4j-core`, `babel` of
/// `@babel/traverse`. Both are in lower case.
fn is_part(name: &str, part: &str) -> bool {
    name.match_indices(part).any(|(at, _)| {
        let before = name.get(..at).and_then(|b| b.chars().next_back());
        before.is_none_or(|c| !c.is_alphanumeric())
    })
}

/// Letters and numbers apart, so that `CVE-2024-10` comes after `CVE-2024-9`.
fn natural(id: &str) -> Vec<(u64, &str)> {
    id.split('-').map(|part| (part.parse().unwrap_or(0), part)).collect()
}

/// Ranges and versions in words.
fn in_words(ranges: &[Vec<(Kind, &str)>], versions: &[&str]) -> String {
    let event = |(kind, version): &(Kind, &str)| match kind {
        Kind::Introduced if *version == "0" => None,
        Kind::Introduced => Some(format!(">= {version}")),
        Kind::Fixed | Kind::Limit => Some(format!("< {version}")),
        Kind::LastAffected => Some(format!("<= {version}")),
    };
    let range = |events: &Vec<(Kind, &str)>| {
        let words: Vec<String> = events.iter().filter_map(event).collect();
        if words.is_empty() { "every version".to_owned() } else { words.join(", ") }
    };
    let mut out: Vec<String> = ranges.iter().map(range).collect();
    match versions {
        [] => {}
        [one] => out.push(format!("= {one}")),
        [first, .., last] => out.push(format!("{} versions from {first} to {last}", versions.len())),
    }
    out.join(" or ")
}
