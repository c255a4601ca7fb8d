//! Ubuntu's own feed in OpenVEX: one document a vulnerability, a statement for each package and release
//! (<https://documentation.ubuntu.com/security/security-updates/vex/>). It says what the OSV records leave out: what is
//! not affected, and what Ubuntu will not fix.

use std::collections::BTreeMap;

use model::Timestamp;
use serde::Deserialize;

use crate::ecosystem::ubuntu_release;
use crate::feed::csaf::decoded;
use crate::feed::lenient::{Text, Word, nullable};
use crate::feed::{Parsed, Problem};
use crate::record::{Affected, Record, Stance, Statement};

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow, default)]
    timestamp: Word<'a>,
    #[serde(borrow, default)]
    last_updated: Word<'a>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    statements: Vec<Saying<'a>>,
}

#[derive(Deserialize)]
struct Saying<'a> {
    #[serde(borrow, default)]
    vulnerability: Named<'a>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    products: Vec<Product<'a>>,
    #[serde(borrow, default)]
    status: Text<'a>,
    #[serde(borrow, default)]
    justification: Word<'a>,
    #[serde(borrow, default)]
    impact_statement: Word<'a>,
    #[serde(borrow, default)]
    action_statement: Word<'a>,
    #[serde(borrow, default)]
    status_notes: Word<'a>,
}

#[derive(Deserialize, Default)]
struct Named<'a> {
    #[serde(borrow, default)]
    name: Word<'a>,
    #[serde(borrow, default)]
    description: Word<'a>,
}

#[derive(Deserialize)]
struct Product<'a> {
    #[serde(borrow, default, rename = "@id")]
    id: Text<'a>,
}

/// True if `head`, the beginning of a document, is that of OpenVEX.
pub(crate) fn is_openvex(head: &[u8]) -> bool {
    super::holds(head, "openvex.dev/ns")
}

pub(crate) fn read(name: &str, text: &[u8], parsed: &mut Parsed) {
    let document: Document<'_> = match serde_json::from_slice(text) {
        Ok(d) => d,
        Err(e) => return parsed.problems.push(Problem::new(name, format!("no OpenVEX document: {e}"))),
    };
    let time = [&document.last_updated, &document.timestamp]
        .into_iter()
        .find_map(|t| t.0.as_deref()?.trim().parse::<Timestamp>().ok());
    let mut said: BTreeMap<String, BTreeMap<(String, String), Affected>> = BTreeMap::new();
    let mut summaries: BTreeMap<String, String> = BTreeMap::new();
    let mut foreign = 0_usize;
    for saying in &document.statements {
        let Some(cve) =
            saying.vulnerability.name.0.as_deref().map(str::trim).filter(|n| n.starts_with("CVE-"))
        else {
            parsed.problems.push(Problem::new(name, "a statement about no CVE id"));
            continue;
        };
        let text = saying.vulnerability.description.0.as_deref().unwrap_or("");
        summaries.entry(cve.to_owned()).or_insert_with(|| super::osv::summary("", text));
        for product in &saying.products {
            match one(&product.id.0, saying) {
                Ok(affected) => note(said.entry(cve.to_owned()).or_default(), affected),
                Err(Foreign::Product) => foreign += 1,
                Err(Foreign::Status(reason)) => parsed.problems.push(Problem::new(name, reason)),
            }
        }
    }
    if said.is_empty() && foreign != 0 {
        let reason =
            "an OpenVEX document about other things than packages of Ubuntu; give it to a scan with `--vex`";
        parsed.problems.push(Problem::new(name, reason));
    }
    parsed.records.extend(said.into_iter().map(|(cve, affected)| Record {
        id: format!("UBUNTU-{cve}"),
        primary: true,
        modified: time,
        summary: summaries.remove(&cve).unwrap_or_default(),
        urls: vec![format!("https://ubuntu.com/security/{cve}")],
        affected: affected.into_values().collect(),
        ..Record::default()
    }));
}

/// A later statement replaces an earlier one about the same package, but a fix is never replaced by less.
fn note(known: &mut BTreeMap<(String, String), Affected>, affected: Affected) {
    let key = (affected.ecosystem.clone(), affected.name.clone());
    let fixed = |a: &Affected| a.ranges.iter().any(|r| 1 < r.events.len());
    match known.get(&key) {
        Some(old) if fixed(old) && !fixed(&affected) => {}
        _ => {
            known.insert(key, affected);
        }
    }
}

enum Foreign {
    Product,
    Status(String),
}

/// One product of a statement: `pkg:deb/ubuntu/curl@7.81.0-1ubuntu1.14?arch=source&distro=jammy`.
fn one(purl: &str, saying: &Saying<'_>) -> Result<Affected, Foreign> {
    let rest = purl.strip_prefix("pkg:deb/ubuntu/").ok_or(Foreign::Product)?;
    let (path, qualifiers) = rest.split_once('?').unwrap_or((rest, ""));
    let (name, version) = path.split_once('@').map_or((path, ""), |(n, v)| (n, v));
    let (name, version) = (decoded(name), decoded(version));
    let qualifier = |key: &str| {
        qualifiers.split('&').filter_map(|q| q.split_once('=')).find(|(k, _)| *k == key).map(|(_, v)| v)
    };
    // Binary packages repeat what is said of their source.
    if qualifier("arch").is_some_and(|a| a != "source") {
        return Err(Foreign::Product);
    }
    let release = qualifier("distro").map(decoded).ok_or(Foreign::Product)?;
    let ecosystem = ubuntu_release(&release).ok_or(Foreign::Product)?;
    let text = |w: &Word<'_>| w.0.as_deref().unwrap_or("").trim().to_owned();
    let notes =
        [&saying.status_notes, &saying.action_statement, &saying.impact_statement].map(text).join(" ");
    let said = match &*saying.status.0 {
        "fixed" if version.is_empty() => {
            return Err(Foreign::Status(format!("{purl} is fixed in no version")));
        }
        "fixed" => Affected::until(&ecosystem, &name, Some(&version)),
        "not_affected" => {
            let why = text(&saying.justification).replace('_', " ");
            Affected::never(&ecosystem, &name, if notes.trim().is_empty() { &why } else { &notes })
        }
        "affected" => Affected { statement: plan(&notes), ..Affected::until(&ecosystem, &name, None) },
        "under_investigation" => Affected {
            statement: Some(Statement::new(Stance::Undetermined, &notes)),
            ..Affected::until(&ecosystem, &name, None)
        },
        other => return Err(Foreign::Status(format!("`{other}` is no status of OpenVEX"))),
    };
    Ok(Affected { primary: true, ..said })
}

/// Ubuntu's tracker says `ignored` and `deferred`, with reasons in words.
fn plan(notes: &str) -> Option<Statement> {
    let lower = notes.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| lower.contains(w));
    if has(&["will not fix", "won't fix", "ignored", "end of life", "end of standard support", "no fix"]) {
        return Some(Statement::new(Stance::WillNotFix, notes));
    }
    has(&["deferred", "postponed"]).then(|| Statement::new(Stance::Postponed, notes))
}
