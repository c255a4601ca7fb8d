//! Arch Linux's security tracker (<https://security.archlinux.org/all.json>): groups of packages and vulnerabilities
//! that share a fix, `AVG-…`. Its words are those of `archlinux/arch-security-tracker`, `tracker/model/enum.py`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::feed::lenient::{Text, Word, nullable};
use crate::feed::{Parsed, Problem};
use crate::record::{Affected, Coverage, Rating, Record, Stance, Statement};

/// Name of the ecosystem. Arch has no releases.
const ECOSYSTEM: &str = "Arch Linux";

/// Groups of a tracker that is whole; it had 2,900 in 2024. Fewer are an excerpt.
const GROUPS_COMPLETE_MIN: usize = 1_000;

#[derive(Deserialize)]
struct Group<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    packages: Vec<Text<'a>>,
    #[serde(borrow)]
    status: Text<'a>,
    #[serde(borrow, default)]
    severity: Word<'a>,
    #[serde(borrow, default)]
    fixed: Word<'a>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    issues: Vec<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    advisories: Vec<Text<'a>>,
}

/// True if `head`, the beginning of a document, is that of a tracker.
pub(crate) fn is_tracker(head: &[u8]) -> bool {
    let has = |key: &str| super::holds(head, key);
    head.starts_with(b"[") && has("\"AVG-") && has("\"packages\"") && has("\"issues\"")
}

pub(crate) fn read(name: &str, text: &[u8], parsed: &mut Parsed) {
    let groups: Vec<Group<'_>> = match serde_json::from_slice(text) {
        Ok(groups) => groups,
        Err(e) => return parsed.problems.push(Problem::new(name, format!("no tracker of Arch Linux: {e}"))),
    };
    let whole = GROUPS_COMPLETE_MIN <= groups.len();
    let coverage = if whole { Coverage::Complete } else { Coverage::Partial };
    parsed.coverage.push((ECOSYSTEM.to_owned(), coverage));
    let mut records: BTreeMap<String, Record> = BTreeMap::new();
    for group in &groups {
        let place = || format!("{name}: {}", group.name.0);
        for package in group.packages.iter().map(|p| p.0.trim()).filter(|p| !p.is_empty()) {
            match said(group, package) {
                Ok(affected) => {
                    for issue in group.issues.iter().map(|i| i.0.trim()).filter(|i| !i.is_empty()) {
                        note(&mut records, issue, group, affected.clone());
                    }
                }
                Err(reason) => parsed.problems.push(Problem::new(place(), reason)),
            }
        }
        if group.issues.is_empty() || group.packages.is_empty() {
            parsed.problems.push(Problem::new(place(), "a group without packages or vulnerabilities"));
        }
    }
    parsed.records.extend(records.into_values());
}

fn note(records: &mut BTreeMap<String, Record>, issue: &str, group: &Group<'_>, affected: Affected) {
    let record = records.entry(issue.to_owned()).or_insert_with(|| Record {
        id: issue.to_owned(),
        primary: true,
        urls: vec![format!("https://security.archlinux.org/{issue}")],
        ..Record::default()
    });
    record.affected.push(affected);
    for id in std::iter::once(&group.name).chain(&group.advisories).map(|id| id.0.trim()) {
        if !id.is_empty() && !record.related.iter().any(|known| known == id) {
            record.related.push(id.to_owned());
        }
    }
}

fn said(group: &Group<'_>, package: &str) -> Result<Affected, String> {
    let fixed = group.fixed.0.as_deref().map(str::trim).filter(|v| !v.is_empty());
    let said = match (group.status.0.trim(), fixed) {
        ("Not affected", _) => Affected::never(ECOSYSTEM, package, ""),
        ("Unknown", _) => Affected {
            statement: Some(Statement::new(Stance::Undetermined, "")),
            ..Affected::until(ECOSYSTEM, package, None)
        },
        // A fix that is still in a testing repository is one, for those who have it.
        ("Fixed" | "Testing" | "Vulnerable", Some(version)) => {
            Affected::until(ECOSYSTEM, package, Some(version))
        }
        ("Vulnerable", None) => Affected::until(ECOSYSTEM, package, None),
        ("Fixed" | "Testing", None) => return Err("fixed without a version".to_owned()),
        (other, _) => return Err(format!("`{other}` is no status")),
    };
    let severity = group.severity.0.as_deref().filter(|s| !s.is_empty() && *s != "Unknown");
    let ratings = severity.map(|s| Rating::Word(s.to_owned())).into_iter().collect();
    Ok(Affected { primary: true, ratings, ..said })
}
