//! CISA's catalogue of known exploited vulnerabilities.

use model::Timestamp;
use serde::Deserialize;

use crate::feed::lenient::{Text, Word};
use crate::feed::{KevEntry, Parsed, Problem};
use crate::record::Coverage;

/// Name of the source in the database.
pub(crate) const SOURCE: &str = "kev";

#[derive(Deserialize)]
struct Catalog<'a> {
    #[serde(borrow, default, rename = "dateReleased")]
    released: Word<'a>,
    #[serde(default)]
    count: Option<u64>,
    #[serde(borrow)]
    vulnerabilities: Vec<Item<'a>>,
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow, default, rename = "cveID")]
    cve: Text<'a>,
    #[serde(borrow, default, rename = "dateAdded")]
    added: Text<'a>,
    #[serde(borrow, default, rename = "dueDate")]
    due: Word<'a>,
    #[serde(borrow, default, rename = "knownRansomwareCampaignUse")]
    ransomware: Word<'a>,
}

pub(crate) fn read(name: &str, text: &[u8], parsed: &mut Parsed) {
    let catalog: Catalog<'_> = match serde_json::from_slice(text) {
        Ok(c) => c,
        Err(e) => return parsed.problems.push(Problem::new(name, format!("no catalogue of CISA: {e}"))),
    };
    let found = catalog.vulnerabilities.len() as u64;
    // The catalogue states its own number of entries; one that holds them all is whole.
    let coverage = if catalog.count == Some(found) { Coverage::Complete } else { Coverage::Partial };
    parsed.coverage.push((SOURCE.to_owned(), coverage));
    let mut newest: Option<Timestamp> = catalog.released.0.and_then(|t| t.parse().ok());
    for item in catalog.vulnerabilities {
        let cve = item.cve.0.trim();
        if cve.is_empty() {
            parsed.problems.push(Problem::new(name, "an entry without cveID"));
            continue;
        }
        if let Ok(day) = item.added.0.parse::<Timestamp>() {
            newest = newest.max(Some(day));
        }
        parsed.kev.push(KevEntry {
            cve: cve.to_owned(),
            added: item.added.0.into_owned(),
            due: item.due.0.map(std::borrow::Cow::into_owned).filter(|d| !d.is_empty()),
            ransomware: item.ransomware.0.is_some_and(|r| r.eq_ignore_ascii_case("known")),
        });
    }
    parsed.snapshots.extend(newest.map(|t| (SOURCE.to_owned(), t)));
}
