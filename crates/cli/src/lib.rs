//! The terminal: commands, flags, progress, exit codes.

mod door;

use std::process::ExitCode;

pub use door::{AdapterSettings, Adapters, Door};

/// Runs the program: reads its arguments, does what they ask, gives the exit code of the contract.
#[must_use]
pub fn main(_door: &dyn Door) -> ExitCode {
    ExitCode::from(2)
}
