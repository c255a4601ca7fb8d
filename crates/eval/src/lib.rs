//! Rules, the run loop, the gate language, suppressions.

mod rule;
mod run;

pub use rule::{Fault, Judgement, Rule, RuleDoubt};
pub use run::{Outcome, finding_id, run};
