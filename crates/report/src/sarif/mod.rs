//! To come.
use std::io;
use api::Report;
pub(crate) fn write(report: &Report, _rules: &[crate::RuleHelp], out: &mut dyn io::Write) -> io::Result<()> { crate::json::write(report, out) }
