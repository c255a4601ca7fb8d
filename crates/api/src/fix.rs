//! The document that `plimsoll fix --format json` writes, `plimsoll.fix/1`.

use model::{Doubt, Place, Severity};
use serde::{Deserialize, Serialize};

use crate::report::Tool;

/// The value of `schema` in every such document.
pub const FIX_SCHEMA: &str = "plimsoll.fix/1";

/// What was mended, what was not and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FixReport {
    /// [`FIX_SCHEMA`].
    pub schema: String,
    /// Who wrote it.
    pub tool: Tool,
    /// The target as the user wrote it.
    pub target: String,
    /// Level of the Pod Security Standards that workloads are brought to.
    pub level: String,
    /// Files that change, by path.
    pub files: Vec<FixedFile>,
    /// Findings that are gone: by file, object, rule.
    pub closed: Vec<ClosedFinding>,
    /// Selected findings that stay, in the same order.
    pub open: Vec<OpenFinding>,
    /// What was given and not used, each a sentence without its full stop.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What of the target, or of what is known beside it, could not be read.
    pub doubts: Vec<Doubt>,
    /// Exit code: 1 if something that was selected stays open, 3 if the target could not be read whole.
    pub exit: u8,
}

/// A file that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixedFile {
    /// Its path, as seen from where the target was named.
    pub path: String,
    /// The change, a unified diff.
    pub diff: String,
}

/// The finding that something is said about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingRef {
    /// Id of the finding.
    pub id: String,
    /// Rule.
    pub rule: String,
    /// Control.
    pub control: String,
    /// Severity.
    pub severity: Severity,
    /// One line.
    pub title: String,
    /// Where it was.
    pub r#where: Place,
}

/// A finding that is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedFinding {
    /// The finding.
    #[serde(flatten)]
    pub finding: FindingRef,
    /// Fields of the object that were changed; none if another fix closed it too.
    pub edits: Vec<String>,
    /// What this changes for the workload.
    pub notes: Vec<String>,
}

/// A finding that stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenFinding {
    /// The finding.
    #[serde(flatten)]
    pub finding: FindingRef,
    /// Why.
    pub reason: String,
}
