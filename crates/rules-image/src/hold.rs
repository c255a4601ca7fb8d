//! Evidence that a project's pipeline enforces a control: a step that fails the build on what a scanner finds.

use eval::assess::HoldEvidence;

/// Bytes of the largest pipeline file that is read.
pub const PIPELINE_BYTES_MAX: u64 = 1 << 20;

/// Whether a path (relative to the project's root) is a pipeline file that [`evidence`] reads.
#[must_use]
pub fn is_pipeline(_path: &str) -> bool {
    false
}

/// What the pipeline files enforce, by control; empty if they enforce nothing.
#[must_use]
pub fn evidence(_files: &[(String, Vec<u8>)]) -> Vec<HoldEvidence> {
    Vec::new()
}
