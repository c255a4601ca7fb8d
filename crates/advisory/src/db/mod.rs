//! The database file: built once, mapped, asked without copying.

mod build;
mod error;
mod info;
mod open;

pub use build::{BuildError, Builder, Built, Summary};
pub use error::DbError;
pub use info::{Info, Source};
pub use open::{Cvss, Database, Detail, Entry, Found, Kev, Severity, VulnId};
