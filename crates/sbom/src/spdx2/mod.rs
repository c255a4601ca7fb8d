//! SPDX 2.2 and 2.3 JSON.

mod read;
mod write;

pub(crate) use read::read;
pub(crate) use write::write;
