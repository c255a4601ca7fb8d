//! Advisories: OSV, Alpine secdb, CISA KEV, EPSS, CVSS, and the one database file they become.
//!
//! [`read`] turns a document into [`Parsed`], [`db::Builder`] turns what was parsed into the bytes of a database,
//! [`db::Database`] answers from those bytes without copying them.

pub mod db;
mod feed;
mod record;

pub use feed::{KevEntry, Parsed, Problem, read};
pub use record::{Affected, Coverage, Event, Kind, Range, Rating, Record};
