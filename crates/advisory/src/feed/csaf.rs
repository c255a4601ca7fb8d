//! CSAF 2.0 documents of Red Hat and SUSE, above all their VEX profile: one document a vulnerability, which products'
//! components are fixed, affected, not affected, and what will be done
//! (<https://docs.oasis-open.org/csaf/csaf/v2.0/os/csaf-v2.0-os.html>).

mod product;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use model::Timestamp;
use serde::Deserialize;

use self::product::{Component, Products, Tree};
use crate::feed::lenient::{Text, Word, nullable};
use crate::feed::{Parsed, Problem};
use crate::record::{Affected, Rating, Record, Stance, Statement};

#[derive(Deserialize)]
struct Csaf<'a> {
    #[serde(borrow)]
    document: Document<'a>,
    #[serde(borrow, default)]
    product_tree: Tree<'a>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    vulnerabilities: Vec<Vulnerability<'a>>,
}

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow, default)]
    publisher: Publisher<'a>,
    #[serde(borrow, default)]
    tracking: Tracking<'a>,
    #[serde(borrow, default)]
    title: Word<'a>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    notes: Vec<Note<'a>>,
}

#[derive(Deserialize, Default)]
struct Publisher<'a> {
    #[serde(borrow, default)]
    name: Word<'a>,
}

#[derive(Deserialize, Default)]
struct Tracking<'a> {
    #[serde(borrow, default)]
    id: Word<'a>,
    #[serde(borrow, default)]
    current_release_date: Word<'a>,
    #[serde(borrow, default)]
    initial_release_date: Word<'a>,
    #[serde(borrow, default)]
    status: Word<'a>,
}

#[derive(Deserialize)]
struct Vulnerability<'a> {
    #[serde(borrow, default)]
    cve: Word<'a>,
    #[serde(borrow, default)]
    title: Word<'a>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    product_status: BTreeMap<Cow<'a, str>, Vec<Text<'a>>>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    remediations: Vec<Remark<'a>>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    flags: Vec<Remark<'a>>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    threats: Vec<Remark<'a>>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    scores: Vec<Score<'a>>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    references: Vec<Reference<'a>>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    notes: Vec<Note<'a>>,
}

/// A remediation, a flag or a threat: a word about some products.
#[derive(Deserialize)]
struct Remark<'a> {
    #[serde(borrow, default)]
    category: Word<'a>,
    #[serde(borrow, default)]
    label: Word<'a>,
    #[serde(borrow, default)]
    details: Word<'a>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    product_ids: Vec<Text<'a>>,
}

#[derive(Deserialize)]
struct Score<'a> {
    #[serde(borrow, default)]
    cvss_v3: Vector<'a>,
    #[serde(borrow, default)]
    cvss_v4: Vector<'a>,
}

#[derive(Deserialize, Default)]
struct Vector<'a> {
    #[serde(borrow, default, rename = "vectorString")]
    vector: Word<'a>,
}

#[derive(Deserialize)]
struct Reference<'a> {
    #[serde(borrow, default)]
    category: Word<'a>,
    #[serde(borrow, default)]
    url: Word<'a>,
}

#[derive(Deserialize)]
struct Note<'a> {
    #[serde(borrow, default)]
    category: Word<'a>,
    #[serde(borrow, default)]
    text: Word<'a>,
}

pub(super) use self::product::decoded;

/// Who publishes, of those whose names of products are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Vendor {
    RedHat,
    Suse,
}

/// True if `head`, the beginning of a document, is that of CSAF.
pub(crate) fn is_csaf(head: &[u8]) -> bool {
    let has = |key: &str| super::holds(head, key);
    has("\"csaf_version\"") || (has("\"document\"") && has("\"csaf_"))
}

pub(crate) fn read(name: &str, text: &[u8], parsed: &mut Parsed) {
    let csaf: Csaf<'_> = match serde_json::from_slice(text) {
        Ok(c) => c,
        Err(e) => return parsed.problems.push(Problem::new(name, format!("no CSAF document: {e}"))),
    };
    let publisher = csaf.document.publisher.name.0.as_deref().unwrap_or("");
    let vendor = match publisher {
        p if p.contains("Red Hat") => Vendor::RedHat,
        p if p.contains("SUSE") => Vendor::Suse,
        other => {
            let reason =
                format!("CSAF of `{other}`, whose names of products are not known; Red Hat and SUSE are");
            return parsed.problems.push(Problem::new(name, reason));
        }
    };
    let products = Products::of(&csaf.product_tree, vendor == Vendor::Suse);
    for vulnerability in &csaf.vulnerabilities {
        match record(vendor, &csaf.document, vulnerability, &products) {
            Ok(record) => parsed.records.push(record),
            Err(reason) => parsed.problems.push(Problem::new(name, reason)),
        }
    }
    if products.too_deep {
        parsed.problems.push(Problem::new(name, "the product tree is deeper than it is read"));
    }
}

fn record(
    vendor: Vendor,
    document: &Document<'_>,
    vulnerability: &Vulnerability<'_>,
    products: &Products,
) -> Result<Record, String> {
    let tracking = &document.tracking;
    let cve = vulnerability.cve.0.as_deref().or(tracking.id.0.as_deref()).unwrap_or("").trim();
    if cve.is_empty() {
        return Err("a vulnerability without an id".to_owned());
    }
    let (prefix, path) = match vendor {
        Vendor::RedHat => ("REDHAT", "https://access.redhat.com/security/cve/"),
        Vendor::Suse => ("SUSE", "https://www.suse.com/security/cve/"),
    };
    let time = |word: &Word<'_>| word.0.as_deref().and_then(|t| t.trim().parse::<Timestamp>().ok());
    // SUSE describes the vulnerability at the document, Red Hat at the vulnerability.
    let mut notes = vulnerability.notes.iter().chain(&document.notes);
    let text = notes.find(|n| n.category.0.as_deref() == Some("description"));
    let text = text.and_then(|n| n.text.0.as_deref()).unwrap_or("");
    let title = vulnerability.title.0.as_deref().or(document.title.0.as_deref()).unwrap_or("");
    // A title that is the id again says nothing.
    let title = if title.contains(cve) { "" } else { title };
    let own = format!("{path}{cve}");
    let links = vulnerability.references.iter().filter(|r| r.category.0.as_deref() != Some("self"));
    let links = links.filter_map(|r| r.url.0.as_deref()).filter(|u| u.starts_with("https://") && *u != own);
    Ok(Record {
        id: format!("{prefix}-{cve}"),
        primary: true,
        withdrawn: tracking.status.0.as_deref() == Some("withdrawn"),
        modified: time(&tracking.current_release_date),
        published: time(&tracking.initial_release_date),
        summary: super::osv::summary(title, text),
        urls: [own.as_str()].into_iter().chain(links).take(super::osv::URLS_MAX).map(str::to_owned).collect(),
        ratings: ratings(vulnerability),
        affected: affected(vulnerability, products),
        ..Record::default()
    })
}

fn ratings(vulnerability: &Vulnerability<'_>) -> Vec<Rating> {
    let vectors = vulnerability.scores.iter().flat_map(|s| [&s.cvss_v4, &s.cvss_v3]);
    let vectors: BTreeSet<&str> = vectors.filter_map(|v| v.vector.0.as_deref()).collect();
    let mut out: Vec<Rating> = vectors.into_iter().map(|v| Rating::Cvss(v.to_owned())).collect();
    out.extend(impacts(vulnerability).map(|(word, _)| Rating::Word(word.to_owned())).take(1));
    out
}

/// The vendor's own word for how bad it is (`Moderate`), and of which products.
fn impacts<'v>(vulnerability: &'v Vulnerability<'_>) -> impl Iterator<Item = (&'v str, &'v [Text<'v>])> {
    let impact = |t: &&Remark<'_>| t.category.0.as_deref() == Some("impact");
    vulnerability
        .threats
        .iter()
        .filter(impact)
        .filter_map(|t| Some((t.details.0.as_deref()?, t.product_ids.as_slice())))
        .filter(|(word, _)| word.parse::<model::Severity>().is_ok())
}

/// What is said of each package of each product. Where one document says several things of one package (fixed in one
/// stream, affected in an older one of the same product) the fix stands, since the affected stream has no version.
fn affected(vulnerability: &Vulnerability<'_>, products: &Products) -> Vec<Affected> {
    let remarks = Remarks::of(vulnerability);
    let mut out: BTreeMap<(String, String, Option<String>), (u8, Affected)> = BTreeMap::new();
    let mut add = |rank: u8, component: &Component, said: Affected, id: &str| {
        let key = (component.ecosystem.clone(), component.name.clone(), component.stream.clone());
        let ratings = remarks.impact.get(id).map(|w| vec![Rating::Word((*w).to_owned())]).unwrap_or_default();
        let said = Affected { primary: true, ratings, stream: component.stream.clone(), ..said };
        match out.get_mut(&key) {
            // An older build of the same product that is fixed too: the highest version fixes all of it.
            Some((known, old)) if *known == rank && rank == FIXED => old.ranges.extend(said.ranges),
            Some((known, _)) if *known <= rank => {}
            _ => {
                out.insert(key, (rank, said));
            }
        }
    };
    let mended = mended(vulnerability, products);
    for (status, ids) in &vulnerability.product_status {
        let fixes = is_fix(status);
        for id in ids {
            let Some(component) = products.component(&id.0, fixes) else { continue };
            let (ecosystem, name) = (component.ecosystem.as_str(), component.name.as_str());
            let until = |v: Option<&str>| Affected::until(ecosystem, name, v);
            match (&**status, component.version.as_deref()) {
                (_, Some(version)) if fixes => {
                    add(FIXED, component, until(Some(version)), &id.0);
                }
                // SUSE leaves the line of a source package standing when its packages are fixed.
                ("known_affected", _) if mended.contains(&(ecosystem, name)) => {}
                ("known_affected" | "first_affected" | "last_affected", _) => {
                    let statement = remarks.plans.get(&*id.0).cloned();
                    add(AFFECTED, component, Affected { statement, ..until(None) }, &id.0);
                }
                ("under_investigation", _) => {
                    let statement = Some(Statement::new(Stance::Undetermined, ""));
                    add(AFFECTED, component, Affected { statement, ..until(None) }, &id.0);
                }
                ("known_not_affected", _) => {
                    let reason = remarks.reasons.get(&*id.0).map_or("", String::as_str);
                    add(NEVER, component, Affected::never(ecosystem, name, reason), &id.0);
                }
                _ => {}
            }
        }
    }
    out.into_values().map(|(_, said)| highest(said)).collect()
}

/// True for the statuses whose products are the builds that fix it; those of the others may have no version.
fn is_fix(status: &str) -> bool {
    matches!(status, "fixed" | "first_fixed" | "recommended")
}

/// Source packages of which a build is fixed, by ecosystem, where the build's own package has another name.
fn mended<'p>(vulnerability: &Vulnerability<'_>, products: &'p Products) -> BTreeSet<(&'p str, &'p str)> {
    let fixed = vulnerability.product_status.iter().filter(|(status, _)| is_fix(status));
    let components = fixed.flat_map(|(_, ids)| ids).filter_map(|id| products.component(&id.0, true));
    components.filter_map(|c| Some((c.ecosystem.as_str(), c.source.as_deref()?))).collect()
}

const FIXED: u8 = 0;
const AFFECTED: u8 = 1;
const NEVER: u8 = 2;

/// Of several ranges that all begin at the beginning the one that reaches furthest.
fn highest(mut said: Affected) -> Affected {
    let end =
        |range: &crate::record::Range| range.events.last().map(|e| e.version.clone()).unwrap_or_default();
    said.ranges.sort_by(|a, b| {
        let (a, b) = (end(a), end(b));
        version::compare(version::Scheme::Rpm, &b, &a).unwrap_or_else(|_| b.cmp(&a))
    });
    said.ranges.truncate(1);
    said
}

/// What is remarked of products, by product id.
struct Remarks<'v> {
    plans: BTreeMap<&'v str, Statement>,
    reasons: BTreeMap<&'v str, String>,
    impact: BTreeMap<&'v str, &'v str>,
}

impl<'v> Remarks<'v> {
    fn of(vulnerability: &'v Vulnerability<'_>) -> Self {
        let mut plans = BTreeMap::new();
        for remark in &vulnerability.remediations {
            let details = remark.details.0.as_deref().unwrap_or("");
            let stance = match remark.category.0.as_deref() {
                Some("no_fix_planned") => Stance::WillNotFix,
                // Red Hat says `Fix deferred` and `Affected` under it.
                Some("none_available") if details.to_ascii_lowercase().contains("deferred") => {
                    Stance::Postponed
                }
                _ => continue,
            };
            let ids = remark.product_ids.iter().map(|id| &*id.0);
            plans.extend(ids.map(|id| (id, Statement::new(stance, details))));
        }
        let mut reasons: BTreeMap<&str, String> = BTreeMap::new();
        for flag in &vulnerability.flags {
            let reason = flag.label.0.as_deref().unwrap_or("").replace('_', " ");
            reasons.extend(flag.product_ids.iter().map(|id| (&*id.0, reason.clone())));
        }
        let impact = impacts(vulnerability).flat_map(|(word, ids)| ids.iter().map(move |id| (&*id.0, word)));
        Self { plans, reasons, impact: impact.collect() }
    }
}
