//! Rules about images and what lies in them.

pub mod hold;
mod redact;
mod subject;

#[path = "rules/list.rs"]
pub mod rules;

pub use redact::redact;
pub use rules::RULES;
pub use subject::Subject;
