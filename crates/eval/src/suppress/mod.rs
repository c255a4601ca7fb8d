//! What a user has decided to accept: ignore files, comments and annotations, VEX documents, with a trace of every decision.
//!
//! Nothing here removes a finding. A covered one stays in the report as suppressed, with who said so and why; one that
//! an entry or a statement was meant for and does not cover says why not.

mod apply;
mod csaf;
mod cyclonedx;
#[cfg(test)]
mod foreign_tests;
mod ignore;
mod inline;
mod openvex;
mod product;
#[cfg(test)]
mod tests;
mod vex;

use std::fmt;

use api::{Note, PackageRow, TargetRow};
use model::{Text, Timestamp};

pub use apply::apply;
pub use ignore::{IGNORE_BYTES_MAX, IGNORE_ENTRIES_MAX, IgnoreEntry, IgnoreFile, parse_ignore};
pub use inline::{INLINE_ANNOTATION, INLINE_COMMENT, INLINE_RULES_MAX, Inline, Scope, parse_inline};
pub use openvex::{Accepted, Written, write_openvex};
pub use vex::{VEX_BYTES_MAX, VEX_STATEMENTS_MAX, Vex, VexStatus, parse_vex};

/// Why a file could not be read: a usage error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuppressError {
    /// As the user wrote it.
    pub file: String,
    /// 1-based, where one is at fault.
    pub line: Option<usize>,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for SuppressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.message),
            None => write!(f, "{}: {}", self.file, self.message),
        }
    }
}

impl std::error::Error for SuppressError {}

/// What suppressions are held against.
#[derive(Debug, Clone, Copy)]
pub struct Context<'r> {
    /// Ignore files, in the order they apply.
    pub ignores: &'r [IgnoreFile],
    /// What files accept themselves, in the order of the files; after the ignore files.
    pub inlines: &'r [Inline],
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
    /// Every decision, in the order of the findings.
    pub traces: Vec<Trace>,
    /// What the user should know, in the order of files and entries.
    pub notes: Vec<Note>,
}

/// One entry or statement held against one finding that it was meant for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trace {
    /// Target of the finding.
    pub target: Text,
    /// Id of the finding.
    pub finding: String,
    /// File and entry: `plimsoll-ignore.toml:12`, `vendor.vex.json#/statements/3`.
    pub by: String,
    /// Whether it suppressed the finding.
    pub suppressed: bool,
    /// Why, or why not.
    pub why: String,
}
