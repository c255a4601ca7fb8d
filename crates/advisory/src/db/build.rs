//! From records to the bytes of a database.

use std::fmt;

use crate::feed::{Parsed, Problem};
use crate::record::Coverage;

/// Collects what was parsed.
#[derive(Debug, Default)]
pub struct Builder {
    parsed: Vec<Parsed>,
}

/// A finished database.
#[derive(Debug, Clone)]
pub struct Built {
    /// The file.
    pub bytes: Vec<u8>,
    /// What went in and what did not.
    pub summary: Summary,
}

/// What went into a database and what did not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Records read.
    pub records: u64,
    /// Of these, copies of an id that another record replaced or was united with.
    pub copies: u64,
    /// Of these, withdrawn.
    pub withdrawn: u64,
    /// Of these, about no vulnerability (bug fixes and enhancements that name none).
    pub not_about_security: u64,
    /// Of these, without a package of an ecosystem.
    pub without_package: u64,
    /// Vulnerabilities after joining.
    pub vulnerabilities: u64,
    /// Documents or parts that could not be read.
    pub problems: Vec<Problem>,
}

/// Why a database could not be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildError {
    /// There is no advisory in what was given.
    Empty,
    /// A table outgrew the format.
    TooLarge(&'static str),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there is no advisory in what was given"),
            Self::TooLarge(what) => write!(f, "too much for one database: {what}"),
        }
    }
}

impl std::error::Error for BuildError {}

impl Builder {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes what a document held. The result does not depend on the order of calls.
    pub fn add(&mut self, parsed: Parsed) {
        self.parsed.push(parsed);
    }

    /// States how much of an ecosystem (`Debian`) the given documents cover.
    pub fn declare(&mut self, ecosystem: &str, coverage: Coverage) {
        let _ = (ecosystem, coverage);
    }

    /// Joins, sorts and writes.
    ///
    /// # Errors
    /// [`BuildError`] if there is nothing to write, or too much.
    pub fn finish(self) -> Result<Built, BuildError> {
        Err(BuildError::Empty)
    }
}
