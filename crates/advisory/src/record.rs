//! An advisory as every feed is brought to: who says it, what it is about, which versions of what it affects.

use model::Timestamp;
use serde::{Deserialize, Serialize};

/// An advisory.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
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
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rating {
    /// A CVSS vector, `CVSS:3.1/…`; of version 2 without prefix.
    Cvss(String),
    /// A word: `HIGH`, `Important`, `moderate`.
    Word(String),
}

/// A package that an advisory names, and its versions.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
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
}

/// A range: events in the order of the feed.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range {
    /// Events.
    pub events: Vec<Event>,
}

/// A point where a range begins or ends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// Which.
    pub kind: Kind,
    /// The version; `0` is before every version.
    pub version: String,
}

/// What happens at a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
