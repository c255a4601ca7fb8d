//! Rules about images and what lies in them.
//!
//! [`Subject::of`] makes the subject of a target, [`RULES`] judge it through `eval::run`. What a rule quotes from a
//! configuration or a history line goes through [`redact`]. [`hold`] looks for evidence that a project's pipeline
//! enforces a control.

mod common;
mod history;
pub mod hold;
mod redact;
mod subject;
#[cfg(test)]
mod tests;

#[path = "rules/list.rs"]
pub mod rules;

pub use redact::redact;
pub use rules::RULES;
pub use subject::Subject;
