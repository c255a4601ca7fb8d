//! To come.
use std::io;
use api::Report;
pub(crate) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> { crate::json::write(report, out) }
