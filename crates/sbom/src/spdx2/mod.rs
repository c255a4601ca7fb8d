//! SPDX 2.2 and 2.3, JSON and tag-value.

mod from_tag;
mod read;
mod to_tag;
mod write;

/// The purpose of the entry that is the distribution, as the JSON schema spells it; tag-value has a hyphen (SPDX 2.3,
/// 7.24).
pub(crate) const OPERATING_SYSTEM: &str = "OPERATING_SYSTEM";

pub(crate) use from_tag::document as from_tag;
pub(crate) use read::{check_version, read};
pub(crate) use write::{write, write_tag};
