//! The vulnerabilities that the writer of a document lists in it, as claims about its components.
//!
//! Source: CycloneDX 1.4 to 1.7, `vulnerabilities[]`. What the writer's own analysis sets aside is counted, not taken
//! over: whoever trusts it gives the document as VEX.

use std::collections::BTreeMap;

use model::{DoubtKind, Package, Severity};
use serde_json::Value;

use crate::Flaw;
use crate::json::{list, text};
use crate::results::{CLAIMS_MAX, Claim, Class, Score, moment, number, severity, title};

/// States of `analysis` in which a vulnerability does no harm, or no more.
const SET_ASIDE: [&str; 4] = ["resolved", "resolved_with_pedigree", "false_positive", "not_affected"];

/// Links of one vulnerability.
const URLS_MAX: usize = 5;

/// Reads `vulnerabilities`, whose `affects` name components by `by_ref`.
pub(super) fn claims(
    vulnerabilities: Option<&Value>,
    by_ref: &BTreeMap<String, usize>,
    packages: &[Package],
    flaws: &mut Vec<Flaw>,
) -> Vec<Claim> {
    let mut flaw = |kind, pointer: &str, reason: String| {
        flaws.push(Flaw { pointer: pointer.to_owned(), reason, kind });
    };
    let all = match vulnerabilities {
        None => return Vec::new(),
        Some(Value::Array(all)) => all,
        Some(_) => {
            flaw(DoubtKind::Target, "/vulnerabilities", "vulnerabilities are no list".to_owned());
            return Vec::new();
        }
    };
    let (mut out, mut aside) = (Vec::new(), 0_usize);
    for (n, vulnerability) in all.iter().enumerate() {
        let pointer = format!("/vulnerabilities/{n}");
        let Some(said) = claim(vulnerability) else {
            flaw(DoubtKind::Target, &pointer, "a vulnerability has no id".to_owned());
            continue;
        };
        let state = vulnerability.pointer("/analysis/state").and_then(Value::as_str);
        if state.is_some_and(|s| SET_ASIDE.contains(&s)) || text(vulnerability, "rejected").is_some() {
            aside += 1;
            continue;
        }
        for of in affected(vulnerability, by_ref, packages) {
            if out.len() == CLAIMS_MAX {
                flaw(DoubtKind::Target, &pointer, format!("more than {CLAIMS_MAX} results"));
                return out;
            }
            out.push(Claim { package: of.package, about: of.about, ..said.clone() });
        }
    }
    if aside != 0 {
        let why = format!(
            "vulnerabilities that the document's own analysis sets aside and that are not taken over: {aside}"
        );
        flaw(DoubtKind::Knowledge, "/vulnerabilities", why);
    }
    out
}

/// What a vulnerability affects: a package of the document, or something else by its reference.
#[derive(Default)]
struct Affected {
    package: Option<usize>,
    about: String,
}

fn affected(vulnerability: &Value, by_ref: &BTreeMap<String, usize>, packages: &[Package]) -> Vec<Affected> {
    let all = list(vulnerability, "affects");
    if all.is_empty() {
        return vec![Affected::default()];
    }
    let mut out = Vec::new();
    for one in all {
        let reference = text(one, "ref").unwrap_or_default();
        // A BOM-Link names the component behind its `#`.
        let linked = reference.strip_prefix("urn:cdx:").and_then(|link| link.split_once('#')).map(|(_, r)| r);
        let package = by_ref.get(reference).or_else(|| by_ref.get(linked?)).copied();
        let version = package.and_then(|n| packages.get(n)).map(|p| p.version.as_str());
        let is_spared = list(one, "versions").iter().any(|v| {
            text(v, "status") == Some("unaffected") && version.is_some() && text(v, "version") == version
        });
        if !is_spared {
            let about = if package.is_some() { String::new() } else { reference.to_owned() };
            out.push(Affected { package, about });
        }
    }
    out
}

fn claim(vulnerability: &Value) -> Option<Claim> {
    let ratings = list(vulnerability, "ratings");
    let rated = ratings.iter().map(rating).max_by_key(|r| r.severity).unwrap_or_default();
    let references = list(vulnerability, "references").iter().filter_map(|r| text(r, "id"));
    let source = vulnerability.pointer("/source/url").and_then(Value::as_str);
    let advisories = list(vulnerability, "advisories").iter().filter_map(|a| text(a, "url"));
    let said = text(vulnerability, "description").or_else(|| text(vulnerability, "detail"));
    Some(Claim {
        class: Class::Vulnerability,
        id: text(vulnerability, "id")?.to_owned(),
        aliases: references.map(str::to_owned).collect(),
        severity: rated.severity,
        severity_said: rated.said,
        severity_by: rated.by,
        title: title(said.unwrap_or_default()),
        urls: source.into_iter().chain(advisories).take(URLS_MAX).map(str::to_owned).collect(),
        scores: ratings.iter().filter_map(score).collect(),
        published: moment(vulnerability, "published"),
        modified: moment(vulnerability, "updated"),
        state: vulnerability
            .pointer("/analysis/state")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        ..Claim::default()
    })
}

/// How bad one source says it is.
#[derive(Default)]
struct Rated {
    severity: Severity,
    said: String,
    by: String,
}

fn rating(of: &Value) -> Rated {
    let by = of.pointer("/source/name").and_then(Value::as_str).unwrap_or_default().to_owned();
    match (text(of, "severity").map(|word| (severity(word), word)), number(of, "score")) {
        (Some((severity, word)), _) if severity != Severity::Unknown => {
            Rated { severity, said: word.to_owned(), by }
        }
        (_, Some(score)) if is_cvss(of) => {
            Rated { severity: Severity::from_cvss(score), said: format!("CVSS {score}"), by }
        }
        (word, _) => {
            Rated { severity: Severity::Unknown, said: word.map(|w| w.1.to_owned()).unwrap_or_default(), by }
        }
    }
}

fn is_cvss(rating: &Value) -> bool {
    text(rating, "method").is_none_or(|m| m.starts_with("CVSS"))
}

fn score(rating: &Value) -> Option<Score> {
    let version = match text(rating, "method")? {
        "CVSSv2" => "2.0",
        "CVSSv3" => "3.0",
        "CVSSv31" => "3.1",
        "CVSSv4" => "4.0",
        _ => return None,
    };
    Some(Score {
        version: version.to_owned(),
        vector: text(rating, "vector").unwrap_or_default().to_owned(),
        score: number(rating, "score").filter(|s| (0.0..=10.0).contains(s))?,
        source: rating.pointer("/source/name").and_then(Value::as_str).unwrap_or_default().to_owned(),
    })
}
