//! A finding: what a rule holds against a place in a target.

use std::sync::Arc;

use model::{Place, Severity, Text, Timestamp};
use serde::{Deserialize, Serialize};

/// One finding. `id` is unique within its target and does not change when a package's version does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// 16 hexadecimal digits: hash of rule, object or package without its version, path, field, vulnerability.
    pub id: String,
    /// Control id.
    pub control: Text,
    /// Rule id.
    pub rule: Text,
    /// Severity.
    pub severity: Severity,
    /// One line.
    pub title: Text,
    /// What is wrong, where, and what to do.
    pub message: String,
    /// Target id.
    pub target: Text,
    /// Place.
    pub r#where: Place,
    /// Ids of `packages[]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<String>,
    /// For findings about a known vulnerability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vulnerability: Option<Arc<Vulnerability>>,
    /// The steps that lead to the finding.
    pub because: Vec<Because>,
    /// The concrete artefact that closes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<Box<Fix>>,
    /// Open or suppressed.
    pub status: Status,
    /// Who suppressed it and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppression: Option<Box<Suppression>>,
}

/// A step of the argument.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Because {
    /// What is so.
    pub what: String,
    /// Who says it: a file, an advisory id, a feed.
    pub from: String,
}

impl Because {
    /// A step.
    #[must_use]
    pub fn new(what: impl Into<String>, from: impl Into<String>) -> Self {
        Self { what: what.into(), from: from.into() }
    }
}

/// A vulnerability under its canonical id (the CVE id where there is one), as it concerns the finding's package.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Vulnerability {
    /// Canonical id.
    pub id: String,
    /// Every other id, sorted.
    pub aliases: Vec<String>,
    /// One line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Scores, best source first.
    pub cvss: Vec<Cvss>,
    /// EPSS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epss: Option<Epss>,
    /// CISA's catalogue of known exploited vulnerabilities names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kev: Option<Kev>,
    /// First publication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Timestamp>,
    /// Last change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<Timestamp>,
    /// Affected range in the ecosystem's versions, `>= 1.0, < 1.2.3`.
    pub range: String,
    /// Versions that fix it, in the branch of the installed version first.
    pub fixed: Vec<String>,
    /// Where to read more.
    pub urls: Vec<String>,
}

/// A CVSS score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cvss {
    /// `2.0`, `3.0`, `3.1`, `4.0`.
    pub version: String,
    /// Vector string.
    pub vector: String,
    /// 0.0–10.0.
    pub score: f64,
    /// Advisory or feed that gives it.
    pub source: String,
}

/// Exploit prediction (FIRST EPSS), both 0.0–1.0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Epss {
    /// Probability of exploitation within 30 days.
    pub score: f64,
    /// Share of vulnerabilities with at most this score.
    pub percentile: f64,
}

/// An entry of CISA's catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kev {
    /// Day it was added, `2024-03-14`.
    pub added: String,
    /// Day by which US agencies must act.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// Used by ransomware, if known.
    pub ransomware: bool,
}

/// What kind of artefact a fix is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FixKind {
    /// Raise a package to a version.
    Upgrade,
    /// Run a command.
    Command,
    /// Apply a patch.
    Patch,
}

/// The concrete artefact that closes a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// Kind.
    pub kind: FixKind,
    /// Command line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// Unified diff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patch: Option<String>,
    /// Version to go to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// Open or suppressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Counts at gates.
    #[default]
    Open,
    /// An ignore rule or a VEX statement covers it.
    Suppressed,
}

/// Who suppressed a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// File and entry.
    pub by: String,
    /// Their reason.
    pub reason: String,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Last day it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// The file of the finding accepts it itself, by a comment or an annotation.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_source: bool,
}
