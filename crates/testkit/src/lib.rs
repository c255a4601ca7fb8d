//! Writes images, package databases, lockfiles and advisories for tests, in the words of the domain:
//! `image().tag("shop").layer().dpkg("openssl", "3.0.11-1").file("etc/x", "y").whiteout("tmp")`.
//!
//! Same calls, same bytes.

pub mod bolt;
pub mod cases;
mod engine;
pub mod hostile;
mod image;
mod layer;
pub mod lazy;
mod packages;
pub mod registry;
pub mod tar;
pub mod web;
mod zip;

pub use engine::split;
pub use image::{ImageBuilder, image, layouts, tar_of, write_files};
pub use layer::{Layer, Packing, pack};
pub use zip::zip;

/// The digest of `bytes` as manifests write it.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    use sha2::Digest;
    model::Digest(sha2::Sha256::digest(bytes).into()).to_string()
}
