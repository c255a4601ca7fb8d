//! The scorecard: a framework read from data, and rules, findings and doubts folded into its controls.

use api::{CellOutcome, ControlRow, Finding, RuleRow, Score};
use model::Doubt;

/// The framework that `plimsoll assess` uses.
pub const PLIMSOLL: &str = include_str!("../../../../frameworks/plimsoll.toml");

/// A framework: domains of controls, each with its questions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Framework {
    /// Name.
    pub name: String,
}

/// Why a framework could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameworkError(pub String);

impl std::fmt::Display for FrameworkError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FrameworkError {}

/// Evidence, found in a target, that something enforces a control there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HoldEvidence {
    /// Control id.
    pub control: String,
    /// Pass: it enforces. Fail: it is there and does not. Unknown: it could not be read.
    pub outcome: CellOutcome,
    /// What was found and where.
    pub because: String,
}

/// What is folded.
#[derive(Debug, Clone, Copy)]
pub struct Measured<'r> {
    /// Rows of every rule that ran.
    pub rules: &'r [RuleRow],
    /// Findings, after suppression.
    pub findings: &'r [Finding],
    /// Doubts.
    pub doubts: &'r [Doubt],
    /// Evidence of enforcement.
    pub hold: &'r [HoldEvidence],
    /// Whether a target could carry a pipeline file (a project directory), so that finding none means there is none.
    pub pipelines_readable: bool,
}

/// The scorecard.
#[derive(Debug, Clone, PartialEq)]
pub struct Scorecard {
    /// One row a control, in the framework's order.
    pub controls: Vec<ControlRow>,
    /// Passing cells of those judged.
    pub score: Score,
}

impl Framework {
    /// Reads a framework.
    ///
    /// # Errors
    /// [`FrameworkError`].
    pub fn parse(_text: &str) -> Result<Self, FrameworkError> {
        Ok(Self::default())
    }

    /// Rule ids that the framework names and `known` lacks, each with its control.
    #[must_use]
    pub fn unknown_rules(&self, _known: &[&str]) -> Vec<(String, String)> {
        Vec::new()
    }
}

/// Folds what was measured into the framework's controls.
#[must_use]
pub fn assess(_framework: &Framework, _measured: &Measured<'_>) -> Scorecard {
    let score = Score { value: 0, of: 0, arithmetic: String::new() };
    Scorecard { controls: Vec::new(), score }
}
