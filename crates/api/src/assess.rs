//! The scorecard's wire types.

use serde::{Deserialize, Serialize};

/// A row of the scorecard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlRow {
    /// Control id.
    pub id: String,
    /// Domain id.
    pub domain: String,
    /// What the control asks, one line.
    pub title: String,
    /// Measured?
    pub see: Cell,
    /// Is there an artefact that would re-evaluate clean?
    pub fix: Cell,
    /// Does something in the target enforce it?
    pub hold: Cell,
}

/// The table of another framework than Plimsoll's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameworkTable {
    /// Name, as in `--framework`.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// Edition and address of the document; empty if the framework's file names none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// Domains in the framework's order.
    pub domains: Vec<DomainRow>,
    /// One row a control, in the framework's order.
    pub controls: Vec<ControlRow>,
    /// Passing cells of those judged.
    pub score: Score,
}

/// A domain of such a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainRow {
    /// Id.
    pub id: String,
    /// Name for people.
    pub title: String,
}

/// One of the 57 cells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// Outcome.
    pub outcome: CellOutcome,
    /// Ids of the findings that decide it, worst first (at most ten).
    pub findings: Vec<String>,
    /// Why, one sentence; for unknown: what would make it known.
    pub because: String,
}

/// Outcome of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CellOutcome {
    /// Earned.
    Pass,
    /// Known to be wrong.
    Fail,
    /// Could not be known.
    Unknown,
    /// The target has nothing the control speaks of.
    NotApplicable,
    /// This version of Plimsoll does not measure it.
    NotImplemented,
}

/// Passing cells of those judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// Cells that pass.
    pub value: u32,
    /// Cells judged: pass, fail, unknown.
    pub of: u32,
    /// The sum in words.
    pub arithmetic: String,
}
