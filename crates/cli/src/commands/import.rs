//! `plimsoll import FILE…`

use crate::args::Judge;
use crate::commands::{Command, judge};
use crate::failure::Failure;
use crate::outside::Outside;

/// Takes other scanners' results over and reports.
pub(super) fn run(command: &Command<'_>, args: Judge, outside: &mut Outside<'_>) -> Result<u8, Failure> {
    if args.rematch {
        return Err(Failure::usage("`--rematch` belongs to `scan`"));
    }
    judge::run(command, args, outside, flows::import)
}
