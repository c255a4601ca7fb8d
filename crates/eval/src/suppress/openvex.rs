//! Writing OpenVEX 0.2.0 from an ignore file: what a team decided, for those who scan with other tools.
//!
//! An entry of an ignore file says that a finding is accepted, and that is not yet that it does no harm. Only an entry
//! with a `justification` becomes `not_affected`; what the others become is the caller's word.

use std::collections::{BTreeMap, BTreeSet};

use api::{Finding, PackageRow, Report, TargetRow};
use model::Timestamp;
use model::purl::Purl;
use serde::Serialize;

use super::ignore::{IgnoreEntry, IgnoreFile, PackagePattern};
use super::{Context, apply};
use crate::finding_id;

/// What an entry without justification becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Accepted {
    /// `affected`, with the reason as the action: the risk is accepted.
    #[default]
    Affected,
    /// `not_affected`, with the reason as the impact statement.
    NotAffected,
    /// `under_investigation`.
    UnderInvestigation,
}

/// A document, and which entries it could not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// OpenVEX JSON.
    pub text: String,
    /// Statements in it.
    pub statements: usize,
    /// One line for each entry that is not in it, or not as a reader might expect.
    pub notes: Vec<String>,
}

#[derive(Serialize)]
struct Document {
    #[serde(rename = "@context")]
    context: &'static str,
    #[serde(rename = "@id")]
    id: String,
    author: String,
    timestamp: Timestamp,
    version: u32,
    tooling: String,
    statements: Vec<Statement>,
}

#[derive(Serialize)]
struct Statement {
    vulnerability: Vulnerability,
    products: Vec<Product>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    justification: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    impact_statement: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action_statement: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_notes: Option<String>,
}

#[derive(Serialize, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Vulnerability {
    name: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aliases: Vec<String>,
}

#[derive(Serialize, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Product {
    #[serde(rename = "@id")]
    id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    subcomponents: Vec<Part>,
}

#[derive(Serialize, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    #[serde(rename = "@id")]
    id: String,
}

/// Writes what the entries of `file` say of the findings of `reports`; without reports, what they say by themselves.
#[must_use]
pub fn write_openvex(
    file: &IgnoreFile,
    reports: &[Report],
    author: Option<&str>,
    accepted: Accepted,
    as_of: Timestamp,
    tool_version: &str,
) -> Written {
    let mut notes = Vec::new();
    let covered = covered(file, reports, as_of);
    let today = as_of.date();
    let mut statements = Vec::new();
    for entry in &file.entries {
        let place = format!("{}:{}", file.name, entry.line);
        if let Some(until) = entry.until.as_ref().filter(|until| **until < today) {
            notes.push(format!("{place}: held until {until}; not written"));
            continue;
        }
        if let Some(since) = entry.since.as_ref().filter(|since| today < **since) {
            notes.push(format!("{place}: holds from {since} on; not written"));
            continue;
        }
        let said = match covered.get(&place) {
            Some(found) => found.clone(),
            None if reports.is_empty() => by_itself(entry),
            None => BTreeMap::new(),
        };
        if said.is_empty() {
            let why = match reports.is_empty() {
                true => {
                    "names no vulnerability of a package URL; name a target or a report whose findings it covers"
                }
                false => "covers no finding about a vulnerability",
            };
            notes.push(format!("{place}: {why}; not written"));
            continue;
        }
        if entry.justification.is_none() && accepted == Accepted::Affected {
            notes.push(format!(
                "{place}: written as `affected` with the reason as its action, since it gives no `justification`"
            ));
        }
        statements.extend(said.into_iter().map(|(v, products)| statement(entry, v, products, accepted)));
    }
    let owners: BTreeSet<&str> = file.entries.iter().filter_map(|e| e.owner.as_deref()).collect();
    let owners: Vec<&str> = owners.into_iter().collect();
    let author = match (author, owners.is_empty()) {
        (Some(author), _) => author.to_owned(),
        (None, false) => owners.join(", "),
        (None, true) => "unknown".to_owned(),
    };
    let count = statements.len();
    let mut document = Document {
        context: "https://openvex.dev/ns/v0.2.0",
        id: String::new(),
        author,
        timestamp: as_of,
        version: 1,
        tooling: format!("plimsoll {tool_version}"),
        statements,
    };
    let content = json(&document);
    document.id = format!("urn:plimsoll:vex:{}", finding_id(&[&content]));
    Written { text: json(&document), statements: count, notes }
}

fn json(document: &Document) -> String {
    let mut out = serde_json::to_string_pretty(document).expect("a tree of texts always becomes JSON");
    out.push('\n');
    out
}

type Said = BTreeMap<Vulnerability, BTreeSet<Product>>;

/// What each entry, by its place, says of the findings that it covers.
fn covered(file: &IgnoreFile, reports: &[Report], as_of: Timestamp) -> BTreeMap<String, Said> {
    let mut out: BTreeMap<String, Said> = BTreeMap::new();
    for report in reports {
        let mut findings: Vec<Finding> = report.findings.clone();
        for finding in &mut findings {
            finding.status = api::Status::Open;
            finding.suppression = None;
        }
        let context = Context {
            inlines: &[],
            ignores: std::slice::from_ref(file),
            vex: &[],
            targets: &report.targets,
            packages: &report.packages,
            as_of,
        };
        apply(&mut findings, &context);
        for finding in &findings {
            let (Some(suppression), Some(v)) = (&finding.suppression, &finding.vulnerability) else {
                continue;
            };
            let named = Vulnerability { name: v.id.clone(), aliases: v.aliases.clone() };
            let products = products(finding, report);
            if !products.is_empty() {
                out.entry(suppression.by.clone()).or_default().entry(named).or_default().extend(products);
            }
        }
    }
    out
}

/// The image with its packages as parts, where the target is an image with a digest; else the packages.
fn products(finding: &Finding, report: &Report) -> Vec<Product> {
    let row = |id: &String| report.packages.iter().find(|p| p.target == finding.target && p.id == *id);
    let rows: Vec<&PackageRow> = finding.packages.iter().filter_map(row).collect();
    let mut parts: Vec<Part> =
        rows.iter().filter(|p| !p.purl.is_empty()).map(|p| Part { id: p.purl.clone() }).collect();
    parts.sort();
    parts.dedup();
    let target = report.targets.iter().find(|t| t.id == finding.target);
    match target.and_then(image) {
        Some(id) if !parts.is_empty() => vec![Product { id, subcomponents: parts }],
        _ => parts.into_iter().map(|p| Product { id: p.id, subcomponents: Vec::new() }).collect(),
    }
}

/// `pkg:oci/NAME@DIGEST`.
fn image(target: &TargetRow) -> Option<String> {
    if !matches!(target.kind.as_str(), "oci" | "docker-archive" | "registry") {
        return None;
    }
    let digest = target.digest.as_deref()?;
    let last = target.name.rsplit('/').next()?;
    let name = last.split(['@', ':']).find(|s| !s.is_empty())?;
    Purl::builder("oci", name).version(digest).build().ok().map(|p| p.to_string())
}

/// What an entry says without any finding: its vulnerabilities, of its package URL.
fn by_itself(entry: &IgnoreEntry) -> Said {
    let mut out = Said::new();
    let Some(PackagePattern::Purl(purl)) = &entry.package else { return out };
    let is_finding = |id: &String| id.len() == 16 && id.bytes().all(|b| b.is_ascii_hexdigit());
    if entry.path.is_some() || entry.rule.is_some() {
        // OpenVEX has no word for these, and without them the statement would say more than the entry.
        return out;
    }
    for id in entry.ids.iter().filter(|id| !is_finding(id)) {
        let product = Product { id: purl.to_string(), subcomponents: Vec::new() };
        let named = Vulnerability { name: id.clone(), aliases: Vec::new() };
        out.entry(named).or_default().insert(product);
    }
    out
}

fn statement(
    entry: &IgnoreEntry,
    vulnerability: Vulnerability,
    products: BTreeSet<Product>,
    accepted: Accepted,
) -> Statement {
    let reason = Some(entry.reason.clone());
    let (status, justification, impact_statement, action_statement) = match (&entry.justification, accepted) {
        (Some(word), _) => ("not_affected", Some(word.clone()), reason, None),
        (None, Accepted::NotAffected) => ("not_affected", None, reason, None),
        (None, Accepted::Affected) => ("affected", None, None, Some(format!("accepted: {}", entry.reason))),
        (None, Accepted::UnderInvestigation) => ("under_investigation", None, None, None),
    };
    let owner = entry.owner.as_ref().map(|o| format!("accepted by {o}"));
    let until = entry.until.as_ref().map(|u| format!("until {u}"));
    let notes: Vec<String> = owner.into_iter().chain(until).collect();
    Statement {
        vulnerability,
        products: products.into_iter().collect(),
        status,
        justification,
        impact_statement,
        action_statement,
        status_notes: (!notes.is_empty()).then(|| notes.join(" ")),
    }
}
