//! Suite `cyclonedx`: documents whose names begin with `valid` or `invalid`, one folder a version.

use std::path::Path;

use anyhow::{Context, Result};

use crate::{SuiteResult, walk};

/// Runs every case under `suites/cyclonedx`; schemas and files that are named otherwise are no cases.
pub(crate) fn run(shared: &Path) -> Result<SuiteResult> {
    let mut result = SuiteResult::new("cyclonedx");
    let root = shared.join("suites/cyclonedx");
    for file in walk::files(&root)? {
        let base = file.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        if file.extension().is_none_or(|e| e != "json") {
            continue;
        }
        let is_valid = match base.split(['-', '_', '.']).next() {
            Some("valid") => true,
            Some("invalid") => false,
            _ => continue,
        };
        let bytes = std::fs::read(&file).with_context(|| file.display().to_string())?;
        let violations = sbom::check(&bytes);
        let outcome = match (is_valid, violations.first()) {
            (true, Some(first)) => Err(format!("valid, but `{}`: {}", first.pointer, first.reason)),
            (false, None) => Err("invalid, but nothing was found wrong".to_owned()),
            _ => Ok(()),
        };
        result.case(&walk::name(&root, &file), outcome);
    }
    Ok(result)
}
