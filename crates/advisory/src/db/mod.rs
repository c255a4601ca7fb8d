//! The database file: built once, mapped, asked without copying.

mod build;
mod codec;
mod compose;
mod copies;
mod detail;
mod diff;
mod error;
mod info;
mod layout;
mod lookup;
mod open;
mod search;
mod tables;
mod write;

pub use build::{BuildError, Builder, Built, Summary};
pub use detail::{Cvss, Detail, Kev, Severity};
pub use diff::{Change, Delta, diff};
pub use error::DbError;
pub use info::{Ecosystem, FeedInfo, Info, Source};
pub use lookup::{Advisory, Entry, VulnId};
pub use open::Database;
pub use search::{Found, FoundEntry};
