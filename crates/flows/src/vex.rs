//! `vex`: an ignore file as OpenVEX, held against the reports whose findings it covers.

use api::Report;
use eval::suppress;
pub use eval::suppress::{Accepted, Written};
use model::Timestamp;

use crate::world::{FlowError, NamedBytes};

/// Writes what the ignore file says.
///
/// # Errors
/// [`FlowError::Usage`] with the line, if the ignore file cannot be read.
pub fn vex(
    ignore: &NamedBytes,
    reports: &[Report],
    author: Option<&str>,
    accepted: Accepted,
    as_of: Timestamp,
    version: &str,
) -> Result<Written, FlowError> {
    let file =
        suppress::parse_ignore(&ignore.name, &ignore.bytes).map_err(|e| FlowError::Usage(e.to_string()))?;
    Ok(suppress::write_openvex(&file, reports, author, accepted, as_of, version))
}
