//! The scorecard: a framework read from data, and rules, findings, doubts and evidence folded into its controls.

mod fold;
mod framework;
#[cfg(test)]
mod tests;

use api::{CellOutcome, ControlRow, Finding, RuleRow, Score};
use inventory::TargetKind;
use model::Doubt;

pub use fold::assess;
pub use framework::{
    Control, Domain, EvidenceKind, FRAMEWORK_BYTES_MAX, FixProof, Framework, FrameworkError, Question,
};

/// The framework that `plimsoll assess` uses: eight domains, nineteen controls.
pub const PLIMSOLL: &str = include_str!("../../../../frameworks/plimsoll.toml");

/// The frameworks of others that are in the program, by name.
pub const OTHERS: [(&str, &str); 5] = [
    ("cis-kubernetes", include_str!("../../../../frameworks/cis-kubernetes.toml")),
    ("mitre-attack-containers", include_str!("../../../../frameworks/mitre-attack-containers.toml")),
    ("nist-800-190", include_str!("../../../../frameworks/nist-800-190.toml")),
    ("nsa-cisa-kubernetes", include_str!("../../../../frameworks/nsa-cisa-kubernetes.toml")),
    ("pci-dss-4", include_str!("../../../../frameworks/pci-dss-4.toml")),
];

/// Evidence, found in a target, that something enforces a control there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HoldEvidence {
    /// Control id.
    pub control: String,
    /// What kind of evidence it is.
    pub kind: EvidenceKind,
    /// Pass: it enforces. Fail: it is there and does not. Unknown: it could not be read.
    pub outcome: CellOutcome,
    /// What was found and where, one sentence without a full stop.
    pub because: String,
}

/// What came of judging a package again at the version that its findings name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FixEvidence {
    /// Control id.
    pub control: String,
    /// Id of the target.
    pub target: String,
    /// Id of the package there.
    pub package: String,
    /// Pass: nothing affects that version. Fail: something does. Unknown: it cannot be known.
    pub outcome: CellOutcome,
    /// What was found, one sentence without a full stop.
    pub because: String,
}

/// What came of mending the manifest that a finding is about, and judging it again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MendEvidence {
    /// Id of the target.
    pub target: String,
    /// Id of the finding.
    pub finding: String,
    /// Pass: it is gone and nothing came. Fail: nothing mends it. Unknown: it was not tried.
    pub outcome: CellOutcome,
    /// Why, one sentence without a full stop.
    pub because: String,
}

/// What is folded.
#[derive(Debug, Clone, Copy)]
pub struct Measured<'r> {
    /// Rows of every rule that ran; several rows of one rule are added.
    pub rules: &'r [RuleRow],
    /// Findings, after suppression.
    pub findings: &'r [Finding],
    /// Doubts.
    pub doubts: &'r [Doubt],
    /// Packages judged again at their fixed versions, one for each that a finding with a fixed version names.
    pub fixes: &'r [FixEvidence],
    /// Findings about manifests that were mended, one for each that was tried.
    pub mends: &'r [MendEvidence],
    /// Evidence of enforcement.
    pub hold: &'r [HoldEvidence],
    /// Kind of each target. Only a project directory can hold a pipeline file, so only there does finding none mean
    /// that there is none.
    pub targets: &'r [TargetKind],
}

/// The scorecard.
#[derive(Debug, Clone, PartialEq)]
pub struct Scorecard {
    /// One row a control, in the framework's order.
    pub controls: Vec<ControlRow>,
    /// Passing cells of those judged.
    pub score: Score,
}
