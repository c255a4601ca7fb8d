//! What is known of vulnerabilities: the advisory database, opened and built.

use std::fmt;
use std::sync::Arc;

use advisory::Coverage;
use advisory::db::{Database, Summary};

use crate::source::Progress;

/// Opens and builds advisory databases. Implemented by `store`.
pub trait Knowledge: Sync {
    /// Opens the database at `path`; without one the user's own, else the demonstration database in the program.
    ///
    /// # Errors
    /// [`KnowledgeError`] if a file that was named, or is there, cannot be used. It is never replaced silently.
    fn open(&self, path: Option<&str>) -> Result<OpenedDatabase, KnowledgeError>;

    /// Builds a database from advisories and writes it, whole or not at all.
    ///
    /// # Errors
    /// [`KnowledgeError`] if an input does not exist, holds no advisory, or the file cannot be written.
    fn build(&self, request: &BuildRequest, progress: &dyn Progress) -> Result<BuildReport, KnowledgeError>;
}

/// An open database and where it came from.
#[derive(Clone)]
pub struct OpenedDatabase {
    /// The database.
    pub database: Arc<Database>,
    /// Where it came from.
    pub origin: DatabaseOrigin,
}

/// Where a database came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseOrigin {
    /// A file.
    File(String),
    /// The small demonstration database in the program.
    Demonstration,
}

/// `db build`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BuildRequest {
    /// Files, archives and directories of advisories.
    pub from: Vec<String>,
    /// The file to write; `None` for the user's own database.
    pub out: Option<String>,
    /// Ecosystems (`Debian`) that the user says are complete.
    pub complete: Vec<String>,
    /// Worker threads; 0 for one a core.
    pub jobs: usize,
}

/// What came of a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildReport {
    /// The file written.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// What went in and what did not.
    pub summary: Summary,
}

/// Why there is no database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KnowledgeError {
    /// The request makes no sense (no such file): exit code 2.
    Usage(String),
    /// It exists and cannot be used: exit code 2 for a database, 3 for an input.
    Unreadable(String),
}

impl fmt::Display for KnowledgeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(s) | Self::Unreadable(s) => f.write_str(s),
        }
    }
}

impl std::error::Error for KnowledgeError {}

/// The word of a coverage in reports.
#[must_use]
pub fn coverage_word(coverage: Coverage) -> &'static str {
    match coverage {
        Coverage::Complete => "complete",
        Coverage::Partial => "partial",
    }
}
