//! The gate language of `--fail-on`: an expression over findings, controls and packages, judged in three values.

mod ast;
mod explain;
mod item;
mod judge;
mod lex;
mod licence;
mod parse;
mod running;
#[cfg(test)]
mod tests;
mod truth;

use std::collections::BTreeSet;
use std::fmt;

use api::{
    ControlRow, DatabaseInfo, Finding, Gate, GateOutcome, PackageRow, RuleRow, TargetRow, Verdict,
    VerdictOutcome, WorkloadRow,
};
use model::{Doubt, DoubtKind, Text, Timestamp};

/// A gate that has been read.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    text: String,
    root: ast::Node,
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
    /// Targets, with the containers that run them where they were linked.
    pub targets: &'r [TargetRow],
    /// Workloads; `None` where nobody asked which images run, so that nobody knows what is `exposed`.
    pub workloads: Option<&'r [WorkloadRow]>,
    /// Rules that ran.
    pub rules: &'r [RuleRow],
    /// The scorecard; empty outside `assess`.
    pub controls: &'r [ControlRow],
    /// Which knowledge answered: without a `kev` source, `kev` is unknown.
    pub database: Option<&'r DatabaseInfo>,
    /// The moment ages are counted from.
    pub as_of: Timestamp,
    /// What an earlier report already had; without it nobody can say what is `new`.
    pub baseline: Option<&'r Baseline>,
}

/// What is new since an earlier report. Things are named by target and id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    /// Findings that the earlier report did not have.
    pub findings: BTreeSet<(Text, String)>,
    /// Findings of which nobody can say so: the earlier report could not see that far.
    pub unclear: BTreeSet<(Text, String)>,
    /// Packages, and versions of packages, that it did not have.
    pub packages: BTreeSet<(String, String)>,
    /// Doubts that it had about the same things, so that they hide nothing new.
    pub doubts: BTreeSet<Doubt>,
}

impl Expression {
    /// Reads a gate.
    ///
    /// # Errors
    /// [`ParseError`] with column and suggestion.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        Ok(Self { text: text.trim().to_owned(), root: parse::parse(text)? })
    }

    /// As written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for ParseError {
    /// The message, the gate, and a caret below the place.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "gate, column {}: {}", self.column, self.message)?;
        if let Some(suggestion) = &self.suggestion {
            write!(f, "; try {suggestion}")?;
        }
        let line = self.expression.replace(|c: char| c.is_control(), " ");
        write!(f, "\n  {line}\n  {:>width$}", "^", width = self.column)
    }
}

impl std::error::Error for ParseError {}

/// Judges each gate. Something known that matches fails it; something unknown that could match, be it a value or a
/// doubt, leaves it incomplete, unless the expression says otherwise (`known(epss) && …`, `… && !unknown`).
#[must_use]
pub fn evaluate(gates: &[Expression], evidence: &Evidence<'_>) -> Vec<Gate> {
    let index = item::Index::new(evidence);
    gates.iter().map(|gate| judge::judge(gate, evidence, &index)).collect()
}

/// The verdict and exit code of a run (contract, "Exit codes").
///
/// A gate that failed on something known gives 1. Else a gate that is incomplete, or that failed only through doubts
/// (nothing in `matched`), gives 3. Without gates, a target that could not be read whole gives 3.
#[must_use]
pub fn verdict(gates: Vec<Gate>, doubts: &[Doubt]) -> Verdict {
    let failed = |g: &Gate| g.outcome == GateOutcome::Fail && !g.matched.is_empty();
    let target_whole = doubts.iter().all(|d| d.kind != DoubtKind::Target);
    let (outcome, exit) = if gates.iter().any(failed) {
        (VerdictOutcome::Fail, 1)
    } else if gates.iter().any(|g| g.outcome != GateOutcome::Pass) {
        (VerdictOutcome::Incomplete, 3)
    } else if !gates.is_empty() {
        (VerdictOutcome::Pass, 0)
    } else if target_whole {
        (VerdictOutcome::Ungated, 0)
    } else {
        (VerdictOutcome::Incomplete, 3)
    };
    Verdict { outcome, exit, gates }
}
