//! Rules about packages: which advisories affect them.
//!
//! [`subjects`] asks the database about every package of a target, [`RULES`] judge the answers, [`judge`] does both
//! and unites what is one finding.

mod answer;
mod database;
mod ecosystem;
mod fault;
mod fix;
mod hit;
mod judge;
mod subject;

#[path = "rules/list.rs"]
pub mod rules;

#[cfg(test)]
mod tests;

pub use answer::{Answer, ask};
pub use database::database_info;
pub use ecosystem::{Asked, Question, asked};
pub use fix::fix;
pub use hit::Hit;
pub use judge::judge;
pub use rules::RULES;
pub use subject::{Subject, subjects};
