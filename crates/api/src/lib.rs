//! Wire types of the JSON report, `plimsoll.report/1`. Additions are free; anything else needs an ADR.

mod assess;
mod diff;
mod finding;
mod fix;
mod policy;
mod report;
mod run;
mod sweep;

pub use assess::{Cell, CellOutcome, ControlRow, DomainRow, FrameworkTable, Score};
pub use diff::{
    Change, Counts, DIFF_SCHEMA, Diff, DiffCounts, DiffSide, Direction, DoubtChange, FindingChange,
    PackageChange, TargetChange, Was, Why, WhyKind,
};
pub use finding::{Because, Cvss, Epss, Finding, Fix, FixKind, Kev, Status, Suppression, Vulnerability};
pub use fix::{ClosedFinding, FIX_SCHEMA, FindingRef, FixReport, FixedFile, OpenFinding};
pub use policy::{
    ConvertedPolicy, NamespaceLevel, POLICY_CONVERSION_SCHEMA, PolicyConversion, PolicyRemainder,
    PolicySubject, RemainderKind,
};
pub use report::{
    Coverage, DatabaseInfo, DatabaseSource, Gate, GateOutcome, Link, Note, NoteKind, PackageRow, Report,
    RuleRow, SourceFeed, TargetRow, TargetSource, Tool, Verdict, VerdictOutcome,
};
pub use run::{ContainerRole, Match, MatchedBy, Run, WorkloadImage, WorkloadRow, WorstFinding};
pub use sweep::{
    KeptImage, SWEEP_SCHEMA, SWEEP_STATE_SCHEMA, SeenImage, Sweep, SweepProblem, SweepState, SweptFinding,
    SweptImage, SweptState,
};

/// The value of `schema` in every report.
pub const SCHEMA: &str = "plimsoll.report/1";
