//! SARIF 2.1.0 of any tool. Results that name a vulnerability and a package (as Trivy, Grype and Snyk write them) are
//! claims about that package; the others are kept under the tool's own rule.
//!
//! Source: OASIS SARIF 2.1.0, sections 3.13, 3.14, 3.20, 3.27, 3.35, 3.52, 3.58.

use std::collections::BTreeMap;

use model::{DoubtKind, Severity};
use serde_json::Value;

use super::build::{Builder, Found, is_vulnerability_id, line, severity, title};
use super::{About, Claim, Class, Gap, Results, unknown_version};
use crate::json::{list, text, texts};
use crate::{Flaw, Subject};

/// Errors of one run that are told one by one.
const NOTIFICATIONS_MAX: usize = 100;

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
    let rules = Rules::of(run, driver);
    let (mut suppressed, mut open) = (0_usize, 0_usize);
    if run.get("results").and_then(Value::as_array).is_none() {
        let why = "the run has no list of results: the tool did not begin, or they lie in another file";
        builder.flaw(DoubtKind::Target, pointer, why.to_owned());
    }
    for (n, result) in list(run, "results").iter().enumerate() {
        match text(result, "kind") {
            Some("pass" | "notApplicable" | "informational") => continue,
            // Section 3.27.9: there was too little to decide by.
            Some("open") => {
                open += 1;
                continue;
            }
            _ => {}
        }
        // Section 3.27.24: it was there in an earlier run, and is not now.
        if text(result, "baselineState") == Some("absent") {
            continue;
        }
        if is_suppressed(result) {
            suppressed += 1;
            continue;
        }
        let at = format!("{pointer}/results/{n}");
        let id = text(result, "ruleId").or_else(|| result.pointer("/rule/id").and_then(Value::as_str));
        let rule = rules.of_result(result, id);
        let claim = claim(builder, result, rule, id.or_else(|| text(rule, "id")), &at);
        builder.claim(claim, &at);
    }
    if suppressed != 0 {
        let why = format!("results that the tool suppresses and that are not taken over: {suppressed}");
        builder.flaw(DoubtKind::Knowledge, pointer, why);
    }
    if open != 0 {
        let why = format!("results of which the tool says that it could not decide: {open}");
        builder.flaw(DoubtKind::Target, pointer, why);
    }
    for (n, invocation) in list(run, "invocations").iter().enumerate() {
        invoked(builder, invocation, &format!("{pointer}/invocations/{n}"));
    }
}

/// True if every request to suppress the result is accepted, as one without a status is: who asks for something or was
/// refused it suppresses nothing (sections 3.27.23 and 3.35.3).
fn is_suppressed(result: &Value) -> bool {
    let requests = list(result, "suppressions");
    !requests.is_empty() && requests.iter().all(|r| matches!(text(r, "status"), None | Some("accepted")))
}

/// What the tool says of its own run: that it failed, and its errors one by one.
fn invoked(builder: &mut Builder<'_>, invocation: &Value, pointer: &str) {
    if invocation.get("executionSuccessful") == Some(&Value::Bool(false)) {
        let why = "the tool says that it did not run to its end".to_owned();
        builder.flaw(DoubtKind::Target, pointer, why);
    }
    for key in ["toolExecutionNotifications", "toolConfigurationNotifications"] {
        let all = list(invocation, key).iter().filter(|n| text(n, "level") == Some("error"));
        let mut more = 0_usize;
        for (n, notification) in all.enumerate() {
            if NOTIFICATIONS_MAX <= n {
                more += 1;
                continue;
            }
            let said = notification.pointer("/message/text").and_then(Value::as_str).unwrap_or_default();
            let said = if said.is_empty() { "an error without a text".to_owned() } else { title(said) };
            builder.flaw(DoubtKind::Target, &format!("{pointer}/{key}"), format!("the tool says: {said}"));
        }
        if more != 0 {
            let why = format!("the tool says {more} more errors");
            builder.flaw(DoubtKind::Target, &format!("{pointer}/{key}"), why);
        }
    }
}

/// The rules of a run: those of the tool itself, and those of what extends it.
struct Rules<'a> {
    own: &'a [Value],
    extensions: Vec<&'a [Value]>,
    by_id: BTreeMap<&'a str, &'a Value>,
}

impl<'a> Rules<'a> {
    fn of(run: &'a Value, driver: &'a Value) -> Self {
        let own = list(driver, "rules");
        let tool = run.get("tool").unwrap_or(&Value::Null);
        let extensions: Vec<&[Value]> = list(tool, "extensions").iter().map(|e| list(e, "rules")).collect();
        let mut by_id = BTreeMap::new();
        for rule in own.iter().chain(extensions.iter().copied().flatten()) {
            if let Some(id) = text(rule, "id") {
                by_id.entry(id).or_insert(rule);
            }
        }
        Self { own, extensions, by_id }
    }

    /// By place (sections 3.27.6 and 3.52), else by id; of a subordinate rule `A/1` that is not described, `A` (3.52.4).
    fn of_result(&self, result: &Value, id: Option<&str>) -> &'a Value {
        let index =
            |v: &Value, key: &str| v.get(key).and_then(Value::as_u64).and_then(|i| usize::try_from(i).ok());
        let reference = result.get("rule").unwrap_or(&Value::Null);
        let component = reference.get("toolComponent").and_then(|c| index(c, "index"));
        let among = match component {
            Some(n) => self.extensions.get(n).copied().unwrap_or_default(),
            None => self.own,
        };
        let place = index(reference, "index").or_else(|| index(result, "ruleIndex"));
        let placed = place.and_then(|i| among.get(i));
        let named = id.and_then(|id| {
            let above = id.rsplit_once('/').map_or(id, |(above, _)| above);
            self.by_id.get(id).or_else(|| self.by_id.get(above)).copied()
        });
        // An extension may have a rule of the same id: there the place decides.
        let found = if component.is_some() { placed.or(named) } else { named.or(placed) };
        found.unwrap_or(&Value::Null)
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
        // Section 3.27.10: what neither says is a warning.
        None => (Severity::Medium, "level warning, as none is given".to_owned()),
        Some(other) => (Severity::Unknown, format!("level {other}")),
    }
}
