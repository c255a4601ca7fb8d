//! What other scanners found: packages and claims about them, as the tool wrote them and with what it did not look at.
//!
//! Nothing is judged here. A claim keeps its tool's words (severity and who gave it, versions that fix it); whether the
//! package is affected by our own knowledge is the rules' question.

mod build;
mod grype;
mod osv;
mod sarif;
mod syft;
#[cfg(test)]
mod tests;
mod trivy;

use model::{DoubtKind, Severity, Timestamp};
use serde_json::Value;

use crate::{Document, Flaw, SbomError, Subject};

pub(crate) use build::{moment, number, severity, title};
pub(crate) use syft::read as read_syft;

/// Claims of one file.
pub const CLAIMS_MAX: usize = 1 << 20;

/// The results of one tool.
#[derive(Debug, Clone, PartialEq)]
pub struct Results {
    /// `trivy`, `grype`, `osv-scanner`; of SARIF the name that the tool gives itself.
    pub tool: String,
    /// Its version, where the file says it.
    pub tool_version: Option<String>,
    /// What was scanned.
    pub subject: Subject,
    /// The packages that the file names, and the distribution.
    pub packages: Vec<model::Package>,
    /// Distribution.
    pub distribution: Option<model::Distribution>,
    /// What the tool says of them.
    pub claims: Vec<Claim>,
    /// What the file does not tell: it is no pass.
    pub gaps: Vec<Gap>,
}

/// Something that the tool found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Claim {
    /// What kind of thing.
    pub class: Class,
    /// Index of its package in [`Results::packages`].
    pub package: Option<usize>,
    /// Id of the vulnerability or of the tool's rule.
    pub id: String,
    /// Other ids of the same vulnerability.
    pub aliases: Vec<String>,
    /// How bad, on our scale.
    pub severity: Severity,
    /// In the tool's word.
    pub severity_said: String,
    /// Who rated it, where the file says so; else the tool.
    pub severity_by: String,
    /// One line.
    pub title: String,
    /// Affected range as written.
    pub range: String,
    /// Versions that fix it.
    pub fixed: Vec<String>,
    /// Where to read more.
    pub urls: Vec<String>,
    /// Scores.
    pub scores: Vec<Score>,
    /// First publication.
    pub published: Option<Timestamp>,
    /// Last change.
    pub modified: Option<Timestamp>,
    /// File, relative to the target's root.
    pub path: String,
    /// 1-based line.
    pub line: Option<u32>,
    /// What the tool says of a fix (`will_not_fix`), empty for nothing.
    pub state: String,
    /// What it is about where that is no package of the list: two claims of one rule and file differ by it.
    pub about: String,
    /// CISA's catalogue of exploited vulnerabilities names it, the tool says.
    pub exploited: Option<Exploited>,
    /// EPSS score and percentile, 0.0–1.0.
    pub epss: Option<(f64, f64)>,
}

/// An entry of CISA's catalogue as a tool repeats it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exploited {
    /// Day it was added, `2024-03-14`.
    pub added: String,
    /// Day by which US agencies must act.
    pub due: Option<String>,
    /// Used by ransomware.
    pub ransomware: bool,
}

/// A CVSS score as written.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Score {
    /// `3.1`.
    pub version: String,
    /// Vector.
    pub vector: String,
    /// 0.0–10.0.
    pub score: f64,
    /// Who gave it.
    pub source: String,
}

/// What kind of thing a claim is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Class {
    /// A known vulnerability of a package.
    #[default]
    Vulnerability,
    /// A faulty configuration.
    Configuration,
    /// A secret.
    Secret,
    /// A licence that the tool's policy refuses.
    License,
    /// Anything else.
    Other,
}

/// What a file of results leaves open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// Which question stays open.
    pub about: About,
    /// Why.
    pub reason: String,
    /// What would close it.
    pub remedy: String,
}

/// The question that a gap leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// Packages of the distribution.
    System,
    /// Packages of applications.
    Dependencies,
    /// Both.
    Packages,
}

/// True if the document is a tool's results, by its own marks.
pub(crate) fn is(document: &Value) -> bool {
    trivy::is(document) || grype::is(document) || osv::is(document) || sarif::is(document)
}

/// Reads results.
///
/// # Errors
/// [`SbomError::Format`] if the document is of no tool that is read.
pub(crate) fn read(document: &Value) -> Result<(Results, Vec<Flaw>), SbomError> {
    let mut flaws = Vec::new();
    let results = match () {
        () if trivy::is(document) => trivy::read(document, &mut flaws),
        () if grype::is(document) => grype::read(document, &mut flaws),
        () if osv::is(document) => osv::read(document, &mut flaws),
        () if sarif::is(document) => sarif::read(document, &mut flaws),
        () => return Err(SbomError::Format),
    };
    Ok((results, flaws))
}

/// A version of the format that is not the one this was written for: what it says otherwise may be missed.
fn unknown_version(flaws: &mut Vec<Flaw>, pointer: &str, tool: &str, found: &str, known: &str) {
    flaws.push(Flaw {
        pointer: pointer.to_owned(),
        reason: format!(
            "`{}` is a version of {tool}'s format that is not known; it was read as {known}",
            crate::identity::clip(found)
        ),
        kind: DoubtKind::Knowledge,
    });
}

/// A bill of materials or a tool's results.
#[derive(Debug, Clone, PartialEq)]
pub enum Opened {
    /// A bill of materials.
    Bill(Box<Document>),
    /// Results.
    Results(Box<Results>),
}
