//! An advisory as every feed is brought to: who says it, what it is about, which versions of what it affects.

use model::Timestamp;
use serde::{Deserialize, Serialize};

/// An advisory.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Record {
    /// Its id: `CVE-…`, `GHSA-…`, `DSA-…`.
    pub id: String,
    /// Other ids of the same vulnerability.
    pub aliases: Vec<String>,
    /// What it is related to, or derived from (`related` and `upstream` of OSV).
    pub related: Vec<String>,
    /// Last change; `None` where the feed gives none.
    pub modified: Option<Timestamp>,
    /// First publication.
    pub published: Option<Timestamp>,
    /// True if it was taken back.
    pub withdrawn: bool,
    /// True if it comes from where other copies of it were made from, without a date: an Alpine security database.
    pub primary: bool,
    /// The module streams it is about, `nodejs:18`; empty if it is about no module.
    pub streams: Vec<String>,
    /// One line.
    pub summary: String,
    /// Where to read more, best first.
    pub urls: Vec<String>,
    /// How bad it is, in the words of this advisory.
    pub ratings: Vec<Rating>,
    /// What it affects.
    pub affected: Vec<Affected>,
}

/// A rating.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Rating {
    /// A CVSS vector, `CVSS:3.1/…`; of version 2 without prefix.
    Cvss(String),
    /// A word: `HIGH`, `Important`, `moderate`.
    Word(String),
}

/// A package that an advisory names, and its versions.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Affected {
    /// Ecosystem with its release, `Debian:12`.
    pub ecosystem: String,
    /// Package.
    pub name: String,
    /// Ranges.
    pub ranges: Vec<Range>,
    /// Versions that no range covers, or all of them if there is no range.
    pub versions: Vec<String>,
    /// The distribution's own word for it: `unimportant`, `low`, `end-of-life`.
    pub urgency: Option<String>,
    /// Ratings of this package alone.
    pub ratings: Vec<Rating>,
    /// What its publisher says of it beyond versions.
    pub statement: Option<Statement>,
    /// The module stream that it is about, `nodejs:18`; `None` where the publisher names none.
    pub stream: Option<String>,
    /// True if it comes from the distribution's own feed, whose word about its own packages counts above everyone
    /// else's.
    pub primary: bool,
}

/// What a publisher says of a package beyond the versions that are affected.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Statement {
    /// Which.
    pub stance: Stance,
    /// Why, in the publisher's words; empty if it gives no reason.
    pub reason: String,
}

/// What is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stance {
    /// No version of this package is affected.
    NotAffected,
    /// It is affected, and no fix is planned.
    WillNotFix,
    /// It is affected, and the fix will come with a later one.
    Postponed,
    /// Nobody has found out yet.
    Undetermined,
    /// It is affected, and judged too minor for an announcement of its own; a fix may come with a point release.
    NoAnnouncement,
}

impl Stance {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::NotAffected => 1,
            Self::WillNotFix => 2,
            Self::Postponed => 3,
            Self::Undetermined => 4,
            Self::NoAnnouncement => 5,
        }
    }

    pub(crate) fn of_code(code: u8) -> Option<Self> {
        [Self::NotAffected, Self::WillNotFix, Self::Postponed, Self::Undetermined, Self::NoAnnouncement]
            .into_iter()
            .find(|s| s.code() == code)
    }

    /// In words, after the name of who says it: `Debian postponed the fix`.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::NotAffected => "says that it is not affected",
            Self::WillNotFix => "will not fix it",
            Self::Postponed => "postponed the fix",
            Self::Undetermined => "has not determined whether it is affected",
            Self::NoAnnouncement => "makes no security announcement of it",
        }
    }
}

impl Affected {
    /// Every version before `fixed`; every version at all without one.
    #[must_use]
    pub fn until(ecosystem: &str, name: &str, fixed: Option<&str>) -> Self {
        let mut events = vec![Event { kind: Kind::Introduced, version: "0".to_owned() }];
        events.extend(fixed.map(|v| Event { kind: Kind::Fixed, version: v.to_owned() }));
        Self {
            ecosystem: ecosystem.to_owned(),
            name: crate::ecosystem::key_name(ecosystem, name),
            ranges: vec![Range { events }],
            ..Self::default()
        }
    }

    /// No version.
    #[must_use]
    pub fn never(ecosystem: &str, name: &str, reason: &str) -> Self {
        Self {
            ecosystem: ecosystem.to_owned(),
            name: crate::ecosystem::key_name(ecosystem, name),
            statement: Some(Statement::new(Stance::NotAffected, reason)),
            ..Self::default()
        }
    }
}

/// Characters kept of a reason.
pub const REASON_CHARS_MAX: usize = 200;

impl Statement {
    /// A statement; of a long reason the beginning.
    #[must_use]
    pub fn new(stance: Stance, reason: &str) -> Self {
        let words = reason.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut kept: String = words.chars().take(REASON_CHARS_MAX).collect();
        if kept.len() < words.len() {
            kept.push('…');
        }
        Self { stance, reason: kept }
    }
}

/// A range: events in the order of the feed.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Range {
    /// Events.
    pub events: Vec<Event>,
}

/// A point where a range begins or ends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Event {
    /// Which.
    pub kind: Kind,
    /// The version; `0` is before every version.
    pub version: String,
}

/// What happens at a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// From here on it is affected.
    Introduced,
    /// From here on it is not.
    Fixed,
    /// After this one it is not known to be.
    LastAffected,
    /// Nothing is said from here on.
    Limit,
}

/// How much of an ecosystem a source covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Coverage {
    /// A part; what it does not name may still be vulnerable.
    Partial,
    /// All that its upstream publishes.
    Complete,
}
