//! `plimsoll assess TARGET…`

use config::Layer;

use crate::args::{Assess, IntoLayer};
use crate::commands::{Command, judge};
use crate::failure::Failure;
use crate::outside::Outside;

/// Scans, fills the scorecard and reports.
pub(super) fn run(command: &Command<'_>, args: Assess, outside: &mut Outside<'_>) -> Result<u8, Failure> {
    if args.judge.rematch {
        return Err(Failure::usage("`--rematch` belongs to `scan`"));
    }
    let mut flags = Layer::default();
    args.add(&mut flags);
    judge::run_with(command, flags, args.judge, outside, flows::assess)
}
