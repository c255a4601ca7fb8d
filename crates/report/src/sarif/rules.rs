//! The rules of a SARIF run: one a rule, and one a rule and vulnerability.

use std::collections::BTreeMap;

use api::{Finding, Report};
use model::Severity;

use crate::RuleHelp;
use crate::sarif::level;
use crate::sarif::types::{Configuration, Help, Rule, RuleProperties, Text};
use crate::text::clean;
use crate::view::humanised;

/// Names of others that a rule carries beside its own tags: services take twenty of all.
const TAGS_MAX: usize = 16;

/// The rules in the order of their ids.
pub(super) struct Catalogue {
    rules: Vec<Rule>,
    index: BTreeMap<String, usize>,
}

/// The id of the SARIF rule that a finding is a result of.
pub(super) fn id(finding: &Finding) -> String {
    match &finding.vulnerability {
        Some(v) => format!("{}/{}", finding.rule, v.id),
        None => finding.rule.to_string(),
    }
}

/// The number services rank by: the CVSS score where it says the same as the severity, else the middle of the
/// severity's range; nothing for what nobody rated.
pub(super) fn security_severity(finding: &Finding) -> Option<f64> {
    let scores = finding.vulnerability.iter().flat_map(|v| &v.cvss).map(|c| c.score);
    let agreeing = scores.into_iter().find(|s| Severity::from_cvss(*s) == finding.severity);
    agreeing.or(match finding.severity {
        Severity::Critical => Some(9.5),
        Severity::High => Some(8.0),
        Severity::Medium => Some(5.5),
        Severity::Low => Some(2.0),
        Severity::Info => Some(0.0),
        Severity::Unknown => None,
    })
}

/// One decimal.
pub(super) fn number(score: f64) -> String {
    format!("{score:.1}")
}

impl Catalogue {
    /// The rules that have results, and every rule that ran without one.
    pub(super) fn new(report: &Report, help: &[RuleHelp]) -> Self {
        let pages: BTreeMap<&str, &RuleHelp> = help.iter().map(|h| (h.id.as_str(), h)).collect();
        let mut worst: BTreeMap<String, &Finding> = BTreeMap::new();
        for finding in &report.findings {
            let slot = worst.entry(id(finding)).or_insert(finding);
            if slot.severity < finding.severity {
                *slot = finding;
            }
        }
        let mut rules: BTreeMap<String, Rule> =
            worst.into_iter().map(|(id, f)| (id.clone(), with_results(id, f, &pages))).collect();
        for row in &report.rules {
            rules.entry(row.id.clone()).or_insert_with(|| without_results(&row.id, &row.control, &pages));
        }
        let index = rules.keys().enumerate().map(|(i, id)| (id.clone(), i)).collect();
        Self { rules: rules.into_values().collect(), index }
    }

    /// Where the rule stands.
    pub(super) fn index(&self, id: &str) -> usize {
        // Every id of a finding was put in by `new`; 0 would only mislead a reader about a rule that is not there.
        self.index.get(id).copied().unwrap_or(0)
    }

    /// The rules.
    pub(super) fn into_rules(self) -> Vec<Rule> {
        self.rules
    }
}

fn with_results(id: String, finding: &Finding, pages: &BTreeMap<&str, &RuleHelp>) -> Rule {
    let page = pages.get(finding.rule.as_str());
    let Some(v) = &finding.vulnerability else {
        let mut rule = without_results(&id, &finding.control, pages);
        if page.is_none() {
            rule.short_description = text(&finding.title);
            rule.full_description = text(&finding.title);
        }
        rule.default_configuration.level = level(finding.severity);
        rule.properties.security_severity = security_severity(finding).map(number);
        return rule;
    };
    let summary = v.summary.clone().unwrap_or_else(|| finding.title.to_string());
    let safe: Vec<&String> = v.urls.iter().filter(|u| is_web(u)).collect();
    let fixed =
        if v.fixed.is_empty() { "no fixed version is published".to_owned() } else { v.fixed.join(", ") };
    let plain = format!("{}: {summary}\nAffected: {}\nFixed in: {fixed}", v.id, v.range);
    let aliases = if v.aliases.is_empty() { String::new() } else { format!(" ({})", v.aliases.join(", ")) };
    let links: String = safe.iter().map(|u| format!("\n* <{u}>")).collect();
    let markdown = format!(
        "**{}**{aliases}\n\n{}\n\n* affected: `{}`\n* fixed in: `{fixed}`{links}",
        v.id,
        markdown_text(&summary),
        v.range
    );
    Rule {
        name: v.id.clone(),
        short_description: text(&format!("{}: {summary}", v.id)),
        full_description: text(&summary),
        help_uri: safe.first().map(|u| (*u).clone()),
        help: Help { text: clean_lines(&plain), markdown: clean_lines(&markdown) },
        default_configuration: Configuration { level: level(finding.severity) },
        properties: RuleProperties {
            tags: vec!["security".into(), "vulnerability".into(), finding.control.to_string()],
            precision: "very-high",
            security_severity: security_severity(finding).map(number),
        },
        id,
    }
}

fn without_results(id: &str, control: &str, pages: &BTreeMap<&str, &RuleHelp>) -> Rule {
    let title = pages.get(id).map_or_else(|| humanised(id), |h| h.title.clone());
    let page = pages.get(id).map_or_else(|| title.clone(), |h| h.page.clone());
    let tags = pages.get(id).map_or(&[][..], |h| h.tags.as_slice());
    Rule {
        id: id.to_owned(),
        name: id.to_owned(),
        short_description: text(&title),
        full_description: text(&title),
        help_uri: None,
        help: Help { text: clean_lines(&page), markdown: clean_lines(&page) },
        default_configuration: Configuration { level: "warning" },
        properties: RuleProperties {
            tags: ["security", control].into_iter().map(str::to_owned).chain(others(tags)).collect(),
            precision: "very-high",
            security_severity: None,
        },
    }
}

/// What others call a rule, as many as services take.
fn others(tags: &[String]) -> impl Iterator<Item = String> {
    tags.iter().take(TAGS_MAX).map(|t| clean(t).into_owned())
}

fn text(text: &str) -> Text {
    Text { text: clean(text).into_owned() }
}

fn clean_lines(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(clean).collect();
    lines.join("\n")
}

/// Text of others inside Markdown: what begins markup is escaped.
fn markdown_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Only links that lead to a page, never `javascript:`; characters that a URI cannot hold rule it out.
fn is_web(url: &str) -> bool {
    let web = url.starts_with("https://") || url.starts_with("http://");
    web && url
        .chars()
        .all(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | '`' | '\\' | '{' | '}' | '|' | '^'))
}
