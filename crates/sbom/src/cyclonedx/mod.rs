//! CycloneDX, JSON and XML.

mod claims;
mod from_xml;
mod memory;
mod outline;
mod part;
mod read;
mod to_xml;
mod write;

pub(crate) use from_xml::document as from_xml;
pub use memory::{Memory, Noted};
pub(crate) use read::{read, read_text, reference_names};
pub(crate) use write::{image_purl, is_program, write, write_xml};
