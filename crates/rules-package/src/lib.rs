//! Rules about packages: which advisories affect them.
//!
//! [`subjects`] asks the database about every package of a target, [`RULES`] judge the answers, [`judge`] does both
//! and unites what is one finding.

mod database;
mod judge;
mod subject;

#[path = "rules/list.rs"]
pub mod rules;

pub use database::database_info;
pub use judge::judge;
pub use rules::RULES;
pub use subject::{Subject, subjects};
