//! `plimsoll scan TARGET…`

use crate::args::Judge;
use crate::commands::{Command, judge, rematch, sweep};
use crate::failure::Failure;
use crate::outside::Outside;

/// Scans and reports.
pub(super) fn run(command: &Command<'_>, args: Judge, outside: &mut Outside<'_>) -> Result<u8, Failure> {
    if args.rematch {
        return rematch::run(command, &args, outside);
    }
    if let Some((registry, pattern)) = args.targets.iter().find_map(|t| ports::remote::pattern(t)) {
        return sweep::run(command, args, &registry, &pattern, outside);
    }
    judge::run(command, args, outside, flows::scan)
}
