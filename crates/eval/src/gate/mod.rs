//! The gate language of `--fail-on`: an expression over findings, controls and packages, judged in three values.

use std::fmt;

use api::{ControlRow, DatabaseInfo, Finding, Gate, PackageRow, RuleRow, Verdict};
use model::{Doubt, Timestamp};

/// A gate that has been read.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    text: String,
}

/// Why a text is no gate; [`fmt::Display`] shows the place with a caret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// The text.
    pub expression: String,
    /// 1-based column, in characters.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What was probably meant.
    pub suggestion: Option<String>,
}

/// What a gate may look at: the parts of a report.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'r> {
    /// Findings, suppressed ones included (a gate passes over them).
    pub findings: &'r [Finding],
    /// Doubts.
    pub doubts: &'r [Doubt],
    /// Packages.
    pub packages: &'r [PackageRow],
    /// Rules that ran.
    pub rules: &'r [RuleRow],
    /// The scorecard; empty outside `assess`.
    pub controls: &'r [ControlRow],
    /// Which knowledge answered: without a `kev` source, `kev` is unknown.
    pub database: Option<&'r DatabaseInfo>,
    /// The moment ages are counted from.
    pub as_of: Timestamp,
}

impl Expression {
    /// Reads a gate.
    ///
    /// # Errors
    /// [`ParseError`] with column and suggestion.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        Ok(Self { text: text.to_owned() })
    }

    /// As written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ParseError {}

/// Judges each gate.
#[must_use]
pub fn evaluate(_gates: &[Expression], _evidence: &Evidence<'_>) -> Vec<Gate> {
    Vec::new()
}

/// The verdict and exit code of a run (contract, "Exit codes").
#[must_use]
pub fn verdict(gates: Vec<Gate>, _doubts: &[Doubt]) -> Verdict {
    Verdict { outcome: api::VerdictOutcome::Ungated, exit: 0, gates }
}
