//! The Pod Security Standards, every version from v1.0 on, as the admission controller of the API server holds them
//! (<https://kubernetes.io/docs/concepts/security/pod-security-standards/>; versions and messages:
//! `k8s.io/pod-security-admission`, package `policy`).

mod baseline;
mod configuration;
mod labels;
mod restricted;
mod words;

use std::fmt;

use manifest::WrongType;

use crate::workload::{Pod, Spot};

pub(crate) use baseline::{CAPABILITIES, SELINUX_TYPES, added_capabilities as added, texts};
pub use configuration::{Configuration, configuration_of};
pub use labels::{LabelError, NamespacePolicy, policy_of};

/// The newest minor version whose rules are known; `latest` and everything newer mean this one.
pub const NEWEST_MINOR: u32 = 37;

/// How much a pod may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Everything.
    Privileged,
    /// No known way to more privileges.
    Baseline,
    /// Hardened as far as common workloads bear.
    Restricted,
}

impl Level {
    /// The word of labels.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Privileged => "privileged",
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        }
    }

    /// Reads the word of a label.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Privileged, Self::Baseline, Self::Restricted].into_iter().find(|l| l.as_str() == word)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A version of the standards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// `v1.N`.
    Minor(u32),
    /// `latest`.
    Latest,
}

impl Version {
    /// Reads `latest` or `v1.N`.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        if word == "latest" {
            return Some(Self::Latest);
        }
        let minor = word.strip_prefix("v1.")?;
        let plain = minor == "0" || !minor.starts_with('0');
        (plain && minor.bytes().all(|b| b.is_ascii_digit())).then(|| minor.parse().ok().map(Self::Minor))?
    }

    fn minor(self) -> u32 {
        match self {
            Self::Minor(n) => n.min(NEWEST_MINOR),
            Self::Latest => NEWEST_MINOR,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Minor(n) => write!(f, "v1.{n}"),
            Self::Latest => f.write_str("latest"),
        }
    }
}

/// What a check answers: nothing, or why the pod is forbidden.
pub(crate) type Answer = Result<Option<Forbidden>, WrongType>;

/// Why a check forbids a pod, in the words of the API server, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forbidden {
    /// The reason, `host namespaces`.
    pub reason: String,
    /// Fields and values, `hostNetwork=true, hostPID=true`.
    pub detail: String,
    /// The fields at fault, in order; never empty.
    pub spots: Vec<Spot>,
}

/// First minor version that a form of a check holds from, and the check.
type Revision = (u32, fn(&Pod<'_>) -> Answer);

/// One check of the standards.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// Its name in the admission controller, `capabilities_baseline`.
    pub id: &'static str,
    /// The level it belongs to.
    pub level: Level,
    /// First minor version it holds from, and how; ascending.
    revisions: &'static [Revision],
    /// Check of the baseline that it stands for.
    overrides: Option<&'static str>,
}

impl Check {
    /// Asks this check as it is in `version`; `None` if the version does not have it.
    pub fn ask(&self, version: Version, pod: &Pod<'_>) -> Option<Result<Option<Forbidden>, WrongType>> {
        let minor = version.minor();
        let (_, check) = self.revisions.iter().rev().find(|(since, _)| *since <= minor)?;
        Some(check(pod))
    }

    /// The check of the baseline that this one stands for.
    #[must_use]
    pub fn overridden(&self) -> Option<&'static Check> {
        self.overrides.and_then(check)
    }

    fn exists(&self, version: Version) -> bool {
        self.revisions.first().is_some_and(|(since, _)| *since <= version.minor())
    }
}

/// The check called `id`.
#[must_use]
pub fn check(id: &str) -> Option<&'static Check> {
    all().find(|c| c.id == id)
}

/// Every check: those of the baseline, then those of the restricted level, each in the order of their names, which is
/// that of the API server's messages.
pub fn all() -> impl Iterator<Item = &'static Check> {
    baseline::CHECKS.iter().chain(restricted::CHECKS)
}

/// The checks of a level in a version. A restricted check may stand for one of the baseline.
pub fn checks(level: Level, version: Version) -> impl Iterator<Item = &'static Check> {
    let overridden = move |id: &str| {
        level == Level::Restricted
            && restricted::CHECKS.iter().any(|c| c.exists(version) && c.overrides == Some(id))
    };
    all().filter(move |c| c.level <= level && c.exists(version) && !overridden(c.id))
}

/// What the API server would answer to a pod.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evaluation {
    /// Checks that forbid it: id and why.
    pub forbidden: Vec<(&'static str, Forbidden)>,
    /// Checks that could not be asked: id and why.
    pub unknown: Vec<(&'static str, WrongType)>,
}

impl Evaluation {
    /// Nothing forbids the pod and everything could be asked.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.forbidden.is_empty() && self.unknown.is_empty()
    }

    /// The list of reasons as the API server words it.
    #[must_use]
    pub fn message(&self) -> String {
        let each = |(_, f): &(&str, Forbidden)| format!("{} ({})", f.reason, f.detail);
        self.forbidden.iter().map(each).collect::<Vec<_>>().join(", ")
    }
}

/// Holds a pod against a level of a version.
#[must_use]
pub fn evaluate(level: Level, version: Version, pod: &Pod<'_>) -> Evaluation {
    let mut evaluation = Evaluation::default();
    for check in checks(level, version) {
        match check.ask(version, pod) {
            None | Some(Ok(None)) => {}
            Some(Ok(Some(forbidden))) => evaluation.forbidden.push((check.id, forbidden)),
            Some(Err(e)) => evaluation.unknown.push((check.id, e)),
        }
    }
    evaluation
}
