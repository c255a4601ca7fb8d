//! SARIF 2.1.0 of any tool. Results that name a vulnerability and a package (as Trivy, Grype and Snyk write them) are
//! claims about that package; the others are kept under the tool's own rule.
//!
//! Source: OASIS SARIF 2.1.0, sections 3.13, 3.14, 3.27.

use std::collections::BTreeMap;

use model::{DoubtKind, Severity};
use serde_json::Value;

use super::build::{Builder, Found, is_vulnerability_id, line, severity, title};
use super::{About, Claim, Class, Gap, Results, unknown_version};
use crate::json::{list, text, texts};
use crate::{Flaw, Subject};

pub(super) fn is(document: &Value) -> bool {
    let is_schema = text(document, "$schema").is_some_and(|s| s.contains("sarif"));
    document.get("runs").and_then(Value::as_array).is_some()
        && (is_schema || document.get("version").is_some())
}

pub(super) fn read(document: &Value, flaws: &mut Vec<Flaw>) -> Results {
    let version = text(document, "version").unwrap_or_default();
    if version != "2.1.0" {
        unknown_version(flaws, "/version", "SARIF", version, "2.1.0");
    }
    let mut builder = Builder::new(flaws);
    let mut names: Vec<&str> = Vec::new();
    let mut tool_version = None;
    for (n, run) in list(document, "runs").iter().enumerate() {
        let driver = run.pointer("/tool/driver").unwrap_or(&Value::Null);
        let name = text(driver, "name").unwrap_or("a tool without a name");
        if !names.contains(&name) {
            names.push(name);
        }
        tool_version = tool_version.or(text(driver, "semanticVersion").or_else(|| text(driver, "version")));
        self::run(&mut builder, run, driver, &format!("/runs/{n}"));
    }
    let (packages, claims) = (builder.packages, builder.claims);
    let tool = if names.is_empty() { "sarif".to_owned() } else { names.join(", ").to_ascii_lowercase() };
    Results {
        tool,
        tool_version: tool_version.map(str::to_owned),
        subject: Subject::default(),
        distribution: packages.iter().find_map(|p| p.distribution.clone()),
        packages,
        claims,
        gaps: vec![Gap {
            about: About::Packages,
            reason: "SARIF names findings alone; what the tool looked at and found clean is not in it"
                .to_owned(),
            remedy: "give the tool's own JSON, or scan the target itself".to_owned(),
        }],
    }
}

fn run(builder: &mut Builder<'_>, run: &Value, driver: &Value, pointer: &str) {
    let rules = list(driver, "rules");
    let by_id: BTreeMap<&str, &Value> = rules.iter().filter_map(|r| Some((text(r, "id")?, r))).collect();
    let mut suppressed = 0_usize;
    for (n, result) in list(run, "results").iter().enumerate() {
        if matches!(text(result, "kind"), Some("pass" | "notApplicable" | "open" | "informational")) {
            continue;
        }
        if !list(result, "suppressions").is_empty() {
            suppressed += 1;
            continue;
        }
        let at = format!("{pointer}/results/{n}");
        let index = result.get("ruleIndex").and_then(Value::as_u64).and_then(|i| usize::try_from(i).ok());
        let id = text(result, "ruleId").or_else(|| result.pointer("/rule/id").and_then(Value::as_str));
        let rule = id.and_then(|id| by_id.get(id).copied()).or_else(|| rules.get(index?));
        let rule = rule.unwrap_or(&Value::Null);
        let claim = claim(builder, result, rule, id.or_else(|| text(rule, "id")), &at);
        builder.claim(claim, &at);
    }
    if suppressed != 0 {
        let why = format!("{suppressed} results are suppressed by the tool; they are not taken over");
        builder.flaw(DoubtKind::Knowledge, pointer, why);
    }
    for invocation in list(run, "invocations") {
        if invocation.get("executionSuccessful") == Some(&Value::Bool(false)) {
            let why = "the tool says that it did not run to its end".to_owned();
            builder.flaw(DoubtKind::Target, pointer, why);
        }
    }
}

fn claim(builder: &mut Builder<'_>, result: &Value, rule: &Value, id: Option<&str>, at: &str) -> Claim {
    let place = result.pointer("/locations/0/physicalLocation").unwrap_or(&Value::Null);
    let path = place.pointer("/artifactLocation/uri").and_then(Value::as_str).unwrap_or_default();
    let message = result.pointer("/message/text").and_then(Value::as_str).unwrap_or_default();
    let (severity, said) = rated(result, rule);
    let id = id.unwrap_or_default();
    let of_rule = |key: &str| rule.pointer(key).and_then(Value::as_str);
    let mut out = Claim {
        class: class(rule, id),
        id: id.to_owned(),
        severity,
        severity_said: said,
        title: title(of_rule("/shortDescription/text").unwrap_or(message)),
        urls: text(rule, "helpUri").into_iter().map(str::to_owned).collect(),
        path: path.trim_start_matches("file://").trim_start_matches('/').to_owned(),
        line: place.get("region").and_then(|r| line(r, "startLine")),
        ..Claim::default()
    };
    if !is_vulnerability_id(id) {
        return out;
    }
    let said = said_lines(message);
    let purls: Vec<&str> = rule.get("properties").map(|p| texts(p, "purls").collect()).unwrap_or_default();
    let name = said.get("Package").copied().unwrap_or_default();
    let purl = match purls.as_slice() {
        [one] => Some(*one),
        many => many.iter().copied().find(|p| message.contains(&bare(p))),
    };
    // Grype names its rules by vulnerability and package, `CVE-2024-1-openssl`.
    let vulnerability = vulnerability_part(id);
    out.class = Class::Vulnerability;
    out.id = vulnerability.to_owned();
    out.fixed = said
        .get("Fixed Version")
        .into_iter()
        .flat_map(|v| v.split(','))
        .map(|v| v.trim().to_owned())
        .filter(|v| !v.is_empty())
        .collect();
    if purl.is_some() || !name.is_empty() {
        out.package = builder.package(&Found {
            purl,
            name: if name.is_empty() {
                id.strip_prefix(vulnerability).unwrap_or_default().trim_start_matches('-')
            } else {
                name
            },
            version: said.get("Installed Version").copied().unwrap_or_default(),
            path: &out.path,
            pointer: at.to_owned(),
            found_by: "sarif".to_owned(),
            ..Found::default()
        });
    }
    out
}

/// `Key: value` lines of a message, as Trivy writes them.
fn said_lines(message: &str) -> BTreeMap<&str, &str> {
    message.lines().filter_map(|l| l.split_once(": ")).map(|(k, v)| (k.trim(), v.trim())).collect()
}

/// The name in a package URL, as far as a message would repeat it.
fn bare(purl: &str) -> String {
    let path = purl.split(['?', '#']).next().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    last.split('@').next().unwrap_or_default().to_owned()
}

/// `CVE-2024-1234` of `CVE-2024-1234-openssl`; `GHSA-xxxx-xxxx-xxxx` of four groups.
fn vulnerability_part(id: &str) -> &str {
    let groups = if id.starts_with("GHSA-") {
        4
    } else if id.starts_with("CVE-") {
        3
    } else {
        return id;
    };
    match id.match_indices('-').nth(groups - 1) {
        Some((at, _)) => id.get(..at).unwrap_or(id),
        None => id,
    }
}

fn class(rule: &Value, id: &str) -> Class {
    let tags: Vec<String> = rule
        .get("properties")
        .map(|p| texts(p, "tags").map(str::to_ascii_lowercase).collect())
        .unwrap_or_default();
    let tagged = |words: &[&str]| tags.iter().any(|t| words.contains(&t.as_str()));
    match () {
        () if is_vulnerability_id(id) => Class::Vulnerability,
        () if tagged(&["secret", "secrets", "credentials"]) => Class::Secret,
        () if tagged(&["misconfiguration", "iac", "configuration"]) => Class::Configuration,
        () if tagged(&["license", "licence"]) => Class::License,
        () => Class::Other,
    }
}

/// The score that GitHub's convention puts beside a rule, else a word of the rule, else the level.
fn rated(result: &Value, rule: &Value) -> (Severity, String) {
    let of = |v: &Value, key: &str| v.get("properties").and_then(|p| text(p, key)).map(str::to_owned);
    if let Some(score) = of(result, "security-severity").or_else(|| of(rule, "security-severity"))
        && let Ok(number) = score.parse::<f64>()
    {
        return (Severity::from_cvss(number), format!("CVSS {score}"));
    }
    if let Some(word) = of(result, "severity").or_else(|| of(rule, "severity")) {
        return (severity(&word), word);
    }
    let of_rule = rule.pointer("/defaultConfiguration/level").and_then(Value::as_str);
    match text(result, "level").or(of_rule) {
        Some("error") => (Severity::High, "level error".to_owned()),
        Some("warning") => (Severity::Medium, "level warning".to_owned()),
        Some("note") => (Severity::Low, "level note".to_owned()),
        _ => (Severity::Unknown, String::new()),
    }
}
