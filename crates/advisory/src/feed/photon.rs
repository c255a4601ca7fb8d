//! Photon OS's own feed (<https://packages.broadcom.com/photon/photon_cve_metadata/>), one file a release: package,
//! vulnerability and the version that fixes it, whose end `.ph5` alone names the release.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::feed::lenient::{Text, Word, nullable};
use crate::feed::{Parsed, Problem};
use crate::record::{Affected, Coverage, Record};

/// Rows of a file that is whole: that of 3.0, the smallest, had 8,689 in August 2026. Fewer are an excerpt.
const ROWS_COMPLETE_MIN: usize = 5_000;

/// Problems listed one by one; the others are counted.
const PROBLEMS_MAX: usize = 20;

#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow, default, deserialize_with = "nullable")]
    cve_id: Text<'a>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    pkg: Text<'a>,
    #[serde(borrow, default)]
    res_ver: Word<'a>,
    /// Older files have none: their rows are fixes.
    #[serde(borrow, default)]
    status: Word<'a>,
}

/// True if `head`, the beginning of a document, is that of such a file.
pub(crate) fn is_photon(head: &[u8]) -> bool {
    let has = |key: &str| super::holds(head, key);
    head.starts_with(b"[") && has("\"cve_id\"") && has("\"pkg\"") && has("\"res_ver\"")
}

/// Reads a file. A row that fixes counts above one that says of the same package that it is not affected: a dozen in a
/// thousand say both.
pub(crate) fn read(name: &str, text: &[u8], parsed: &mut Parsed) {
    let rows: Vec<Row<'_>> = match serde_json::from_slice(text) {
        Ok(rows) => rows,
        Err(e) => return parsed.problems.push(Problem::new(name, format!("no feed of Photon OS: {e}"))),
    };
    let Some(ecosystem) = rows.iter().find_map(release) else {
        return parsed.problems.push(Problem::new(name, "no row of it names a release of Photon OS"));
    };
    let coverage = if ROWS_COMPLETE_MIN <= rows.len() { Coverage::Complete } else { Coverage::Partial };
    parsed.coverage.push(("Photon OS".to_owned(), coverage));
    let mut said: BTreeMap<(&str, &str), Option<&str>> = BTreeMap::new();
    let mut broken = 0;
    for row in &rows {
        let (id, package) = (row.cve_id.0.trim(), row.pkg.0.trim());
        // Ids of Black Duck and place holders name no vulnerability that anyone else knows.
        if !id.starts_with("CVE-") || package.is_empty() {
            continue;
        }
        let fixed = row.res_ver.0.as_deref().map(str::trim).filter(|v| !matches!(*v, "" | "NA"));
        match (row.status.0.as_deref().map_or("Fixed", str::trim), fixed) {
            ("Fixed", Some(version)) => drop(said.insert((id, package), Some(version))),
            ("Not Affected", _) => drop(said.entry((id, package)).or_default()),
            (status, _) => {
                broken += 1;
                if broken <= PROBLEMS_MAX {
                    let reason = format!("`{status}` without a version that is understood");
                    parsed.problems.push(Problem::new(format!("{name}: {package} {id}"), reason));
                }
            }
        }
    }
    if PROBLEMS_MAX < broken {
        let more = format!("{} more rows are not understood", broken - PROBLEMS_MAX);
        parsed.problems.push(Problem::new(name, more));
    }
    let mut records: BTreeMap<&str, Record> = BTreeMap::new();
    for ((id, package), fixed) in said {
        let affected = match fixed {
            Some(version) => Affected::until(&ecosystem, package, Some(version)),
            None => Affected::never(&ecosystem, package, ""),
        };
        let new = || Record { id: id.to_owned(), primary: true, ..Record::default() };
        let record = records.entry(id).or_insert_with(new);
        record.affected.push(Affected { primary: true, ..affected });
    }
    parsed.records.extend(records.into_values());
}

/// `Photon OS:5.0` of a row whose fix ends in `.ph5`.
fn release(row: &Row<'_>) -> Option<String> {
    let (_, number) = row.res_ver.0.as_deref()?.trim().rsplit_once(".ph")?;
    let digits = !number.is_empty() && number.len() <= 3 && number.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| format!("Photon OS:{number}.0"))
}
