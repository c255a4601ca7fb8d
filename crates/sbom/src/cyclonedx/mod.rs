//! CycloneDX, JSON and XML.

mod from_xml;
mod read;
mod to_xml;
mod write;

pub(crate) use from_xml::document as from_xml;
pub(crate) use read::{read, reference_names};
pub(crate) use write::{image_purl, is_program, write, write_xml};
