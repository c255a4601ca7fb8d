//! Package databases of distributions: bytes in, packages and problems out. Nothing here opens a file, and no input,
//! however broken, makes a reader panic or run longer than its bytes allow.

pub mod alpm;
pub mod apk;
mod deb822;
pub mod dpkg;
pub mod rpm;

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a database yielded: everything readable, and a problem for everything that was not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found<T> {
    /// Packages, in the order of the database.
    pub packages: Vec<T>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// A part of a database that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Problem {
    /// `line 12`, `page 5`, `header 3`.
    pub at: String,
    /// What is wrong, lower case, no full stop.
    pub reason: String,
}

impl Problem {
    pub(crate) fn new(at: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { at: at.into(), reason: reason.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.reason)
    }
}

impl<T> Default for Found<T> {
    fn default() -> Self {
        Self { packages: Vec::new(), problems: Vec::new() }
    }
}

/// Most problems that one database reports in full; the last one counts the rest.
pub const PROBLEMS_MAX: usize = 16;

impl<T> Found<T> {
    pub(crate) fn problem(&mut self, at: impl Into<String>, reason: impl Into<String>) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(Problem::new(at, reason));
        } else if self.problems.len() == PROBLEMS_MAX {
            self.problems.push(Problem::new("further on", "more of the same is broken and not listed"));
        }
    }
}

/// The text of foreign bytes; what is no UTF-8 becomes U+FFFD, so that two different bytes never become one name by
/// being dropped.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests;
