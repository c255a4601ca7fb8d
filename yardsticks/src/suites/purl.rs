//! Suite `purl`.

use std::path::Path;

use anyhow::Result;

use crate::SuiteResult;

/// Runs every case under `suites/purl`.
pub(crate) fn run(_shared: &Path) -> Result<SuiteResult> {
    Ok(SuiteResult::new("purl"))
}
