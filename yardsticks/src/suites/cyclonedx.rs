//! Suite `cyclonedx`.

use std::path::Path;

use anyhow::Result;

use crate::SuiteResult;

/// Runs every case under `suites/cyclonedx`.
pub(crate) fn run(_shared: &Path) -> Result<SuiteResult> {
    Ok(SuiteResult::new("cyclonedx"))
}
