//! Rules, the run loop, the gate language, suppressions, the scorecard.

pub mod assess;
pub mod gate;
mod glob;
pub mod identifiers;
mod rule;
mod run;
mod suggest;
pub mod suppress;

pub use glob::{GLOB_CHARS_MAX, Glob, GlobError};
pub use rule::{Fault, Judgement, Rule, RuleDoubt, Subject};
pub use run::{Outcome, finding_id, run};
