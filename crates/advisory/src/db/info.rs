//! What a database says about itself.

use model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ecosystem::base;
use crate::record::Coverage;

/// What a database says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    /// Hash of the content.
    pub id: String,
    /// The newest snapshot in it.
    pub built: Timestamp,
    /// Sources, by name.
    pub sources: Vec<Source>,
    /// Every ecosystem with its release (`Debian:12`), by name.
    pub ecosystems: Vec<Ecosystem>,
    /// Format of the file, major and minor.
    pub format: (u16, u16),
    /// Vulnerabilities, each counted once whatever its names.
    pub vulnerabilities: u64,
    /// Advisories.
    pub advisories: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// The feeds that it was built from by an update, by name; empty if it was built from files.
    pub feeds: Vec<FeedInfo>,
}

/// A feed that a database was built from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedInfo {
    /// `osv-npm`, `debian-tracker` …
    pub name: String,
    /// The ecosystem that it speaks of, or one release of it (`Amazon Linux:2`); `None` if it is about ids alone, the
    /// user's own, or of a database older than this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ecosystem: Option<String>,
    /// Of when it is, as its upstream says.
    pub modified: Option<Timestamp>,
    /// When its upstream last said that this is what it has.
    pub checked: Option<Timestamp>,
    /// Records in it.
    pub records: u64,
    /// Why the last attempt to fetch it failed before this database was built; what is in it is older then, or nothing.
    pub problem: Option<String>,
}

/// A source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// `Debian`, `PyPI`, `kev` …
    pub name: String,
    /// Newest record in it; the beginning of 1970 if its records carry no dates.
    pub snapshot: Timestamp,
    /// Number of records.
    pub records: u64,
    /// Complete or partial.
    pub coverage: Coverage,
}

/// An ecosystem with its release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ecosystem {
    /// `Debian:12`, `PyPI`.
    pub name: String,
    /// Advisories that name it.
    pub advisories: u64,
    /// Packages that they name.
    pub packages: u64,
    /// Complete or partial.
    pub coverage: Coverage,
}

impl Info {
    /// The ecosystem of that name, if anything in the database is about it.
    #[must_use]
    pub fn ecosystem(&self, name: &str) -> Option<&Ecosystem> {
        let at = self.ecosystems.binary_search_by(|e| e.name.as_str().cmp(name)).ok()?;
        self.ecosystems.get(at)
    }

    /// How much of `ecosystem` (`Debian:12`) is covered; `None` if nothing is.
    #[must_use]
    pub fn coverage(&self, ecosystem: &str) -> Option<Coverage> {
        self.ecosystem(ecosystem).map(|e| e.coverage)
    }

    /// The source that an ecosystem's advisories come from.
    #[must_use]
    pub fn source(&self, ecosystem: &str) -> Option<&Source> {
        self.sources.iter().find(|s| s.name == base(ecosystem))
    }

    /// The feed that has stood still the longest, where several speak of `ecosystem` (`Debian:12`); one without a date
    /// before all others.
    #[must_use]
    pub fn oldest_feed(&self, ecosystem: &str) -> Option<&FeedInfo> {
        let speaks = |feed: &&FeedInfo| {
            let of = feed.ecosystem.as_deref().filter(|_| feed.records != 0);
            of.and_then(|of| ecosystem.strip_prefix(of)).is_some_and(|r| r.is_empty() || r.starts_with(':'))
        };
        let feeds = || self.feeds.iter().filter(speaks);
        feeds().nth(1)?;
        feeds().min_by_key(|f| f.modified)
    }
}
