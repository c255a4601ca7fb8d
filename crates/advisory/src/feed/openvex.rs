//! Ubuntu's own feed in OpenVEX: one document a vulnerability, a statement for each package and release
//! (<https://documentation.ubuntu.com/security/security-updates/vex/>). It says what the OSV records leave out: what is
//! not affected, and what Ubuntu will not fix. The version of a product is the one that the release has now, whatever
//! the status: which version fixes it stands in the OSV records alone.

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
    let (mut foreign, mut ours) = (0_usize, 0_usize);
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
                Ok(None) => ours += 1,
                Ok(Some(affected)) => {
                    ours += 1;
                    let key = (affected.ecosystem.clone(), affected.name.clone());
                    said.entry(cve.to_owned()).or_default().insert(key, affected);
                }
                Err(Foreign::Product) => foreign += 1,
                Err(Foreign::Status(reason)) => parsed.problems.push(Problem::new(name, reason)),
            }
        }
    }
    if ours == 0 && foreign != 0 {
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

enum Foreign {
    Product,
    Status(String),
}

/// One product of a statement: `pkg:deb/ubuntu/curl@7.81.0-1ubuntu1.14?arch=source&distro=jammy`; `None` if nothing is
/// said of it that a package could be held against.
fn one(purl: &str, saying: &Saying<'_>) -> Result<Option<Affected>, Foreign> {
    let rest = purl.strip_prefix("pkg:deb/ubuntu/").ok_or(Foreign::Product)?;
    let (path, qualifiers) = rest.split_once('?').unwrap_or((rest, ""));
    let name = decoded(path.split('@').next().unwrap_or(path));
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
        "fixed" => return Ok(None),
        // The release does not have the package.
        "not_affected" if saying.justification.0.as_deref() == Some("component_not_present") => {
            return Ok(None);
        }
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
    Ok(Some(Affected { primary: true, ..said }))
}

/// Ubuntu's tracker says `ignored` and `deferred`, the feed in sentences of its own: `… the Ubuntu Security Team decided
/// to not fix it`, `This package (for the given release) is no longer supported`.
fn plan(notes: &str) -> Option<Statement> {
    let lower = notes.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| lower.contains(w));
    let will_not = [
        "will not fix",
        "won't fix",
        "decided to not fix",
        "no longer supported",
        "ignored",
        "end of life",
        "end of standard support",
        "no fix",
    ];
    if has(&will_not) {
        return Some(Statement::new(Stance::WillNotFix, notes));
    }
    has(&["deferred", "postponed"]).then(|| Statement::new(Stance::Postponed, notes))
}
