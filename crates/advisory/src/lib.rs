//! Advisories: OSV, distributions' own feeds, CISA KEV, EPSS, CVSS, and the one database file they become.
//!
//! [`read`] turns a document into [`Parsed`], [`db::Builder`] turns what was parsed into the bytes of a database,
//! [`db::Database`] answers from those bytes without copying them.

pub mod archive;
pub mod db;
pub mod ecosystem;
mod feed;
mod identity;
pub mod range;
mod rating;
mod record;

#[cfg(test)]
mod tests;

pub use feed::{DOCUMENT_BYTES_MAX, KevEntry, Parsed, Problem, is_document_name, read};
pub use record::{
    Affected, Coverage, Event, Kind, REASON_CHARS_MAX, Range, Rating, Record, Stance, Statement,
};
