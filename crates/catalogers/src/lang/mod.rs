//! Language packages: lockfiles, manifests and installed packages.

use inventory::{Harvest, TargetKind};

/// What the pass shall do with a file of a language ecosystem; `None` if it is none.
#[must_use]
pub fn interest(_path: &str, _size: u64, _head: &[u8]) -> Option<oci::Interest> {
    None
}

/// Packages of the language ecosystems in `tree`.
#[must_use]
pub fn catalog(_tree: &oci::Tree, _kind: TargetKind) -> Harvest {
    Harvest::default()
}
