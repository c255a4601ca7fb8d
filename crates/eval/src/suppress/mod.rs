//! What a user has decided to accept: ignore files and VEX documents, with a trace of every decision.

use api::{Finding, Note, PackageRow, TargetRow};
use model::Timestamp;

/// An ignore file that has been read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct IgnoreFile {
    /// As the user wrote it.
    pub name: String,
}

/// A VEX document that has been read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Vex {
    /// As the user wrote it.
    pub name: String,
}

/// Why a file could not be read: a usage error (exit 2). The text names file, line and column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuppressError(pub String);

impl std::fmt::Display for SuppressError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SuppressError {}

/// Reads `plimsoll-ignore.toml`.
///
/// # Errors
/// [`SuppressError`].
pub fn parse_ignore(name: &str, _bytes: &[u8]) -> Result<IgnoreFile, SuppressError> {
    Ok(IgnoreFile { name: name.to_owned() })
}

/// Reads an OpenVEX document; statements that break the format's rules become notes.
///
/// # Errors
/// [`SuppressError`].
pub fn parse_vex(name: &str, _bytes: &[u8]) -> Result<Vex, SuppressError> {
    Ok(Vex { name: name.to_owned() })
}

/// What suppressions are held against.
#[derive(Debug, Clone, Copy)]
pub struct Context<'r> {
    /// Ignore files.
    pub ignores: &'r [IgnoreFile],
    /// VEX documents.
    pub vex: &'r [Vex],
    /// Targets of the report.
    pub targets: &'r [TargetRow],
    /// Packages of the report.
    pub packages: &'r [PackageRow],
    /// The moment entries expire against.
    pub as_of: Timestamp,
}

/// What suppressing did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Account {
    /// Every decision, by finding.
    pub traces: Vec<Trace>,
    /// What the user should know.
    pub notes: Vec<Note>,
}

/// One entry or statement held against one finding it could have been about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trace {
    /// Target of the finding.
    pub target: String,
    /// Id of the finding.
    pub finding: String,
    /// File and entry: `plimsoll-ignore.toml:12`, `vendor.vex.json#3`.
    pub by: String,
    /// Whether it suppressed the finding.
    pub suppressed: bool,
    /// Why, or why not.
    pub why: String,
}

/// Suppresses findings: they stay in the report with [`api::Status::Suppressed`]. Each decision is also a step of
/// the finding's `because`.
pub fn apply(_findings: &mut [Finding], _context: &Context<'_>) -> Account {
    Account::default()
}
