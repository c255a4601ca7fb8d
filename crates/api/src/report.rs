//! The report as a whole.

use model::{Distribution, Doubt, LayerRef, Ledger, PackageType, SourcePackage, Timestamp};
use serde::{Deserialize, Serialize};

use crate::assess::{ControlRow, FrameworkTable, Score};
use crate::finding::Finding;
use crate::run::{Match, Run, WorkloadRow};

/// The document that `--format json` writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`crate::SCHEMA`].
    pub schema: String,
    /// Who wrote it.
    pub tool: Tool,
    /// The moment that ages are counted from.
    pub as_of: Timestamp,
    /// The advisory database, `null` if none was asked.
    pub database: Option<DatabaseInfo>,
    /// Targets in the order they were named.
    pub targets: Vec<TargetRow>,
    /// Packages by target, type, name, version, path.
    pub packages: Vec<PackageRow>,
    /// Rules that ran, by id.
    pub rules: Vec<RuleRow>,
    /// Relations between things.
    pub links: Vec<Link>,
    /// The workloads of the targets and the images they run; with `--images` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workloads: Option<Vec<WorkloadRow>>,
    /// Findings: target, then worst first, then control, rule, place, id.
    pub findings: Vec<Finding>,
    /// What could not be known.
    pub doubts: Vec<Doubt>,
    /// What was read.
    pub ledger: Ledger,
    /// What the user should know and no gate looks at: unused and expired ignore entries, invalid VEX statements.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// Of `assess` only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub controls: Vec<ControlRow>,
    /// Of `assess` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<Score>,
    /// Of `assess --framework` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub framework: Option<FrameworkTable>,
    /// The verdict.
    pub verdict: Verdict,
}

/// The program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// `plimsoll`.
    pub name: String,
    /// Semantic version.
    pub version: String,
}

/// Which knowledge answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseInfo {
    /// Hash of the content.
    pub id: String,
    /// When it was built: the newest snapshot in it, never a clock.
    pub built: Timestamp,
    /// Its sources.
    pub sources: Vec<DatabaseSource>,
}

/// One source of the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseSource {
    /// `Debian`, `PyPI`, `kev` …
    pub name: String,
    /// Newest record in it.
    pub snapshot: Timestamp,
    /// Number of records.
    pub records: u64,
    /// Complete or partial.
    pub coverage: Coverage,
}

/// How much of an ecosystem a source covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Coverage {
    /// All that its upstream publishes.
    Complete,
    /// A part; what it does not name may still be vulnerable.
    Partial,
}

/// A target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetRow {
    /// Id within the report: kind and name.
    pub id: String,
    /// `oci`, `docker-archive`, `rootfs`, `dir`, `sbom`.
    pub kind: String,
    /// As the user wrote it, without the machine's own prefix where it can be avoided.
    pub name: String,
    /// Manifest digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// `linux/amd64`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Distribution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution: Option<Distribution>,
    /// Whose advisories answered for its packages, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<TargetSource>,
    /// The containers that run it, if it is an image; with `--images` only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runs_in: Vec<Run>,
    /// Why it is taken for what those containers name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matched: Option<Match>,
}

/// Who answers about a target's packages: an ecosystem's advisories, and of when they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetSource {
    /// `Debian`, `PyPI` …
    pub ecosystem: String,
    /// Newest record of the source; absent if its records carry no dates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<Timestamp>,
    /// Days from the snapshot to `as_of`; negative if the snapshot is later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_days: Option<i64>,
    /// Complete or partial.
    pub coverage: Coverage,
    /// Packages of the target that it was asked about.
    pub packages: u64,
    /// The feed that has stood still the longest, where the advisories come from several and it is older than the
    /// snapshot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest_feed: Option<SourceFeed>,
}

/// A feed of an ecosystem's advisories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFeed {
    /// `debian-tracker`, `osv-debian` …
    pub name: String,
    /// When its upstream changed last; absent if that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<Timestamp>,
}

/// A package row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageRow {
    /// Unique within the report's target.
    pub id: String,
    /// Target id.
    pub target: String,
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
    /// Type.
    #[serde(rename = "type")]
    pub kind: PackageType,
    /// Package URL.
    pub purl: String,
    /// Source package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourcePackage>,
    /// Architecture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// Licences.
    pub licenses: Vec<String>,
    /// Files that say so.
    pub paths: Vec<String>,
    /// Layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<LayerRef>,
    /// History line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instruction: Option<String>,
    /// Direct or transitive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direct: Option<bool>,
    /// For development or tests alone, as its lockfile says; false where nothing says so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub development: bool,
    /// Seen in use at run time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reached: Option<bool>,
}

/// How a rule fared; `evaluated` = passed + failed + unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleRow {
    /// Rule id.
    pub id: String,
    /// Control id.
    pub control: String,
    /// Subjects judged.
    pub evaluated: u64,
    /// Of these, without fault or doubt.
    pub passed: u64,
    /// With a fault.
    pub failed: u64,
    /// With a doubt and no fault.
    pub unknown: u64,
    /// Subjects the rule does not apply to.
    pub not_applicable: u64,
}

/// A relation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Link {
    /// Id of a target, package or workload.
    pub from: String,
    /// Id of a target or package.
    pub to: String,
    /// `depends-on`, `contains`, `built-from`, `owned-by`, `runs` …
    pub kind: String,
}

/// Something the user should know that is neither a finding nor a doubt about the target.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Note {
    /// Kind.
    pub kind: NoteKind,
    /// File and entry, `plimsoll-ignore.toml:12`.
    pub r#where: String,
    /// One line: what is so and what to do.
    pub message: String,
}

/// What a note is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoteKind {
    /// An ignore entry whose last day has passed; its findings are open again.
    ExpiredIgnore,
    /// An ignore entry that covers no finding.
    UnusedIgnore,
    /// An acceptance in a file or on an object that says too little or something wrong, and was not applied.
    InvalidIgnore,
    /// A VEX statement that breaks the format's rules and was not applied.
    InvalidStatement,
    /// A VEX statement that names a vulnerability found here, yet covers no finding; or names none found.
    UnusedStatement,
    /// A vulnerability that is no finding because the distribution's own feed says that its package is not affected,
    /// where another source says that it is.
    Overruled,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Outcome.
    pub outcome: VerdictOutcome,
    /// Exit code: 0, 1 or 3 (2 never has a report).
    pub exit: u8,
    /// Each `--fail-on`.
    pub gates: Vec<Gate>,
}

/// Outcome of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VerdictOutcome {
    /// Every gate passed.
    Pass,
    /// A gate failed on something known.
    Fail,
    /// Something asked for could not be known.
    Incomplete,
    /// No gate, and the target was read whole.
    Ungated,
}

/// One gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// As written.
    pub expression: String,
    /// Outcome.
    pub outcome: GateOutcome,
    /// Ids of findings (or controls) that matched.
    pub matched: Vec<String>,
    /// The decision explained, one sentence.
    pub because: String,
}

/// Outcome of a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GateOutcome {
    /// Nothing matched and nothing unknown could.
    Pass,
    /// Something known matched.
    Fail,
    /// Something unknown could match.
    Incomplete,
}
