//! SPDX 2.2 and 2.3, JSON and tag-value.

mod from_tag;
mod read;
mod to_tag;
mod write;

pub(crate) use from_tag::document as from_tag;
pub(crate) use read::{check_version, read};
pub(crate) use write::{write, write_tag};
