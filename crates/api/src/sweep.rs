//! Wire types of a sweep over a whole registry, `plimsoll.sweep/1`, and of the state that it keeps.

use std::collections::{BTreeMap, BTreeSet};

use model::{Severity, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{DatabaseInfo, Tool, VerdictOutcome};

/// The value of `schema` in every summary.
pub const SWEEP_SCHEMA: &str = "plimsoll.sweep/1";

/// The value of `schema` in every state.
pub const SWEEP_STATE_SCHEMA: &str = "plimsoll.sweep-state/1";

/// What a sweep found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sweep {
    /// [`SWEEP_SCHEMA`].
    pub schema: String,
    /// The program.
    pub tool: Tool,
    /// The moment ages are counted from.
    pub as_of: Timestamp,
    /// `registry.example:5000`.
    pub registry: String,
    /// The pattern as written.
    pub pattern: String,
    /// The database that answered.
    pub database: Option<DatabaseInfo>,
    /// When the last whole sweep before this one was, by its own `as_of`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since_last: Option<Timestamp>,
    /// Images by name.
    pub images: Vec<SweptImage>,
    /// Images of the last sweep that the registry does not list any more.
    pub removed: Vec<String>,
    /// What could not be listed: where, why.
    pub problems: Vec<SweepProblem>,
    /// The worst of all images.
    pub outcome: VerdictOutcome,
    /// Exit code: 0, 1 or 3.
    pub exit: u8,
}

/// One image of a sweep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweptImage {
    /// `registry.example:5000/team/shop:1.4`.
    pub name: String,
    /// Manifest digests, one a platform.
    pub digests: Vec<String>,
    /// What was done with it.
    pub state: SweptState,
    /// Why it was left out, or what could not be known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// True if no earlier sweep saw it.
    pub first: bool,
    /// Open findings by severity, those there are.
    pub findings: BTreeMap<Severity, u32>,
    /// Open findings that the last whole sweep did not have, worst first.
    pub new: Vec<SweptFinding>,
    /// Findings of the last whole sweep that are gone.
    pub gone: u32,
    /// Outcome of its gates.
    pub outcome: VerdictOutcome,
    /// Exit code that a scan of it alone has.
    pub exit: u8,
}

/// What was done with an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SweptState {
    /// Scanned now.
    Scanned,
    /// Scanned by a run of this sweep that was broken off.
    Resumed,
    /// Left out: no image, or older than asked for.
    LeftOut,
}

/// A finding, in short.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SweptFinding {
    /// Finding id.
    pub id: String,
    /// Severity.
    pub severity: Severity,
    /// Rule id.
    pub rule: String,
    /// One line.
    pub title: String,
}

/// What could not be listed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SweepProblem {
    /// Registry or repository.
    pub r#where: String,
    /// Why.
    pub reason: String,
}

/// What is kept from one run to the next.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepState {
    /// [`SWEEP_STATE_SCHEMA`].
    pub schema: String,
    /// Names what was asked and who answered: a run that was broken off is only continued by one that is equal in it.
    pub run: String,
    /// Which images were asked for: only a run that asks for the same can tell that one is gone.
    #[serde(default)]
    pub choice: String,
    /// False while a run is under way, and after one was broken off.
    pub complete: bool,
    /// `as_of` of the last whole sweep.
    pub completed: Option<Timestamp>,
    /// Images by name.
    pub images: BTreeMap<String, KeptImage>,
}

/// What is kept of an image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptImage {
    /// Ids of the findings at the end of the last whole sweep; `None` if that did not see the image.
    pub before: Option<BTreeSet<String>>,
    /// What the run under way, or the last one, found.
    pub last: Option<SweptImage>,
    /// Ids of the findings that it found.
    pub now: BTreeSet<String>,
    /// What the last whole sweep saw it by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_before: Option<SeenImage>,
    /// What the run under way, or the last one, saw it by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<SeenImage>,
}

/// What an image was seen by, so that the next run can tell what is new from what was only not known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenImage {
    /// Manifests, one a platform.
    pub digests: Vec<String>,
    /// Id of the database.
    pub database: String,
    /// True if the image was read whole.
    pub whole: bool,
    /// What was in doubt, each as a digest of its words.
    pub doubts: BTreeSet<String>,
}
