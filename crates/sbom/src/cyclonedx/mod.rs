//! CycloneDX JSON.

mod read;
mod write;

pub(crate) use read::{read, reference_names};
pub(crate) use write::{image_purl, write};
