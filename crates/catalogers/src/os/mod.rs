//! Distributions and their package databases.

use model::Distribution;

/// The distribution that `tree` is, if it is one.
#[must_use]
pub fn distribution(_tree: &oci::Tree) -> Option<Distribution> {
    None
}
