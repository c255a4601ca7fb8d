//! `plimsoll scan TARGET…`

use crate::args::Judge;
use crate::commands::{Command, judge, rematch};
use crate::failure::Failure;
use crate::outside::Outside;

/// Scans and reports.
pub(super) fn run(command: &Command<'_>, args: Judge, outside: &mut Outside<'_>) -> Result<u8, Failure> {
    if args.rematch {
        return rematch::run(command, &args, outside);
    }
    judge::run(command, args, outside, flows::scan)
}
