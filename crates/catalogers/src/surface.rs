//! What lies in a file system beside packages, as far as rules ask.

use inventory::Surface;
use model::Package;

/// The surface of `tree`; `packages` tell which package owns a file. The caller fills `wasted` from the merge of layers.
#[must_use]
pub fn surface(_tree: &oci::Tree, _packages: &[Package]) -> Surface {
    Surface::default()
}
