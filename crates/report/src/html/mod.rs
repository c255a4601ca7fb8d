//! To come.
use api::Report;
use std::io;
pub(crate) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    crate::json::write(report, out)
}
