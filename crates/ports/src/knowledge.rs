//! What is known of vulnerabilities: the advisory database, opened and built.

use std::fmt;
use std::sync::Arc;

use advisory::db::{Database, Info, Summary};
use advisory::{Coverage, Problem};

use crate::feeds::{Kept, KeptFile};
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

    /// Reads the files of a feed, and keeps what they say in a quicker form for the build. Documents that `before`, the
    /// files that were kept of the feed until now, held too are not read again.
    ///
    /// # Errors
    /// [`KnowledgeError`] if the folder of quicker forms cannot be written.
    fn inspect(
        &self,
        request: &InspectRequest<'_>,
        progress: &dyn Progress,
    ) -> Result<Inspected, KnowledgeError> {
        let _ = (request, progress);
        Err(KnowledgeError::Unreadable("feeds cannot be read here".to_owned()))
    }

    /// Takes a prebuilt database in the place of the one at `out` (the user's own without it), after every checksum of
    /// it was found to hold. One built from older advisories than those at hand is taken only if `older` says so.
    ///
    /// # Errors
    /// [`KnowledgeError`] if it is no database that can be used, is older, or cannot be put there.
    fn adopt(&self, path: &str, out: Option<&str>, older: bool) -> Result<Adopted, KnowledgeError> {
        let _ = (path, out, older);
        Err(KnowledgeError::Unreadable("databases cannot be taken over here".to_owned()))
    }

    /// The file that is the user's own database, whether it exists or not.
    fn own(&self) -> Option<String> {
        None
    }
}

/// A feed whose files are to be read.
#[derive(Debug, Clone)]
pub struct InspectRequest<'r> {
    /// Name of the feed, which messages call its documents by.
    pub feed: &'r str,
    /// Its files.
    pub files: &'r [KeptFile],
    /// The files that were kept of it until now.
    pub before: &'r [KeptFile],
    /// The folder of quicker forms.
    pub parsed: &'r str,
    /// Worker threads; 0 for one a core.
    pub jobs: usize,
}

/// What the files of a feed hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inspected {
    /// Records, entries and rows.
    pub records: u64,
    /// Documents that had to be read anew.
    pub read: u64,
    /// Documents or parts that could not be read.
    pub problems: Vec<Problem>,
    /// Why a file as a whole could not be read to its end.
    pub broken: Option<String>,
}

/// A prebuilt database that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adopted {
    /// Where it is now.
    pub path: String,
    /// What it says about itself.
    pub info: Info,
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
    /// Feeds that were fetched, to be built from beside `from`.
    pub feeds: Vec<Kept>,
    /// The folder of their quicker forms.
    pub parsed: Option<String>,
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
