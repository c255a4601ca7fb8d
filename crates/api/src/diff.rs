//! The document that `plimsoll diff --format json` writes, `plimsoll.diff/1`.

use model::{Doubt, PackageType, Severity, Timestamp};
use serde::{Deserialize, Serialize};

use crate::finding::{Finding, Status};
use crate::report::{Tool, Verdict};

/// The value of `schema` in every difference.
pub const DIFF_SCHEMA: &str = "plimsoll.diff/1";

/// What differs between two reports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Diff {
    /// [`DIFF_SCHEMA`].
    pub schema: String,
    /// Who wrote it.
    pub tool: Tool,
    /// What came before.
    pub old: DiffSide,
    /// What came after.
    pub new: DiffSide,
    /// Targets: those on both sides, then those on one.
    pub targets: Vec<TargetChange>,
    /// Packages: by target, kind of change, type, name, version.
    pub packages: Vec<PackageChange>,
    /// Findings: by kind of change, worst first, target, id.
    pub findings: Vec<FindingChange>,
    /// Doubts that only one side has.
    pub doubts: Vec<DoubtChange>,
    /// How many of each.
    pub counts: DiffCounts,
    /// What the gates came to.
    pub verdict: Verdict,
}

/// One side of a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffSide {
    /// As the user wrote it.
    pub name: String,
    /// The moment that its ages are counted from.
    pub as_of: Timestamp,
    /// Version of the program that judged it.
    pub version: String,
    /// Id of the database that answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// When that was built: the newest record in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub built: Option<Timestamp>,
    /// Open findings.
    pub open: u64,
    /// Packages.
    pub packages: u64,
    /// Doubts.
    pub doubts: u64,
}

/// What happened to a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// Only the new side has it.
    Added,
    /// Both have it, and it differs.
    Changed,
    /// Only the old side has it.
    Removed,
    /// Both have it, and it is the same (targets only).
    Same,
}

/// A target of either side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetChange {
    /// What happened.
    pub change: Change,
    /// Id in the old report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// Id in the new report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
}

/// Which way a version went, by its ecosystem's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Higher.
    Up,
    /// Lower.
    Down,
    /// Written otherwise, and equal.
    Equal,
    /// The ecosystem's order cannot say.
    Unknown,
}

/// A package that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageChange {
    /// What happened.
    pub change: Change,
    /// Target id, of the new side where there is one.
    pub target: String,
    /// Type.
    #[serde(rename = "type")]
    pub kind: PackageType,
    /// Name.
    pub name: String,
    /// Version before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// Version after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
    /// Which way it went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// File that shows it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
}

/// A finding that differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FindingChange {
    /// What happened.
    pub change: Change,
    /// The finding, of the new side where there is one.
    pub finding: Finding,
    /// What it was, where it changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<Was>,
    /// Why, each reason once; never empty.
    pub why: Vec<Why>,
    /// Of an added one: true if the old side could not have known it, so that nobody can say whether it is new.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unclear: bool,
}

/// What a finding was before it changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Was {
    /// Severity.
    pub severity: Severity,
    /// Open or suppressed.
    pub status: Status,
    /// Versions that fixed it.
    pub fixed: Vec<String>,
}

/// A reason.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Why {
    /// What kind of thing changed.
    pub kind: WhyKind,
    /// One line.
    pub what: String,
}

/// What changed underneath.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WhyKind {
    /// The package: added, removed, another version.
    Package,
    /// What is in the target beside packages.
    Target,
    /// What is known: an advisory is new, changed or withdrawn, or another database answered.
    Knowledge,
    /// What the user or a vendor accepted.
    Decision,
    /// Rules of another version of the program, or other controls asked.
    Program,
    /// One side could not know.
    Unknown,
}

/// A doubt that only one side has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoubtChange {
    /// What happened.
    pub change: Change,
    /// The doubt.
    pub doubt: Doubt,
}

/// How many of each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffCounts {
    /// Packages.
    pub packages: Counts,
    /// Findings.
    pub findings: Counts,
    /// Doubts.
    pub doubts: Counts,
}

/// How many were added, changed, removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Added.
    pub added: u64,
    /// Changed.
    pub changed: u64,
    /// Removed.
    pub removed: u64,
}

impl Counts {
    /// Counts one.
    pub fn count(&mut self, change: Change) {
        match change {
            Change::Added => self.added += 1,
            Change::Changed => self.changed += 1,
            Change::Removed => self.removed += 1,
            Change::Same => {}
        }
    }
}
