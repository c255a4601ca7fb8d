//! Rules about packages: which advisories affect them.
//!
//! [`judge`] asks the database about every package of a target, lets [`RULES`] judge the answers, and unites what is
//! one finding.

mod age;
mod answer;
mod claim;
mod database;
mod ecosystem;
mod fault;
mod fix;
mod hit;
mod judge;
mod rematch;
mod remedy;
mod subject;

#[path = "rules/list.rs"]
pub mod rules;

#[cfg(test)]
mod tests;

pub use age::{CoolDown, Knowledge, MaxAge};
pub use answer::{Answer, Answers, Denied, ask};
pub use database::database_info;
pub use ecosystem::{Asked, Question, asked};
pub use fix::fix;
pub use hit::Hit;
pub use judge::{Judged, judge, judge_claimed};
pub use rematch::{Matched, Memory};
pub use remedy::{Raised, Wanted, raise};
pub use rules::RULES;
pub use subject::{Subject, questions};
