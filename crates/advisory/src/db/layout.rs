//! The bytes of a database file.
//!
//! ```text
//! 0   magic "PLIMSDB\n"       8 bytes
//! 8   major, minor            u16 each
//! 12  length of the head      u32   all before the body
//! 16  length of the file      u64
//! 24  length of the metadata  u32   JSON, from byte 64
//! 28  CRC-32 of the head      u32   taken with this field zero
//! 64  metadata, then a CRC-32 (u32) for each page of the body, padded to 64 bytes
//! ..  body: the sections, at offsets that the metadata names
//! ```
//! All numbers are little-endian. Opening checks the head alone; a page of the body is checked when it is first
//! touched. A newer minor may add sections, fields of the metadata, and bytes after those that a row is known to have.

use model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::db::info::{Ecosystem, FeedInfo, Source};

pub(crate) const MAGIC: &[u8; 8] = b"PLIMSDB\n";
/// Raised when an older program would misread the file.
pub(crate) const MAJOR: u16 = 1;
/// Raised when something is added that an older program may pass over.
pub(crate) const MINOR: u16 = 2;
/// Bytes before the metadata.
pub(crate) const HEADER_BYTES: usize = 64;
/// Bytes that share a checksum. Small, so that a lookup checks little more than it reads.
pub(crate) const PAGE_BYTES: usize = 16 << 10;
/// Bytes of a head that is opened.
pub(crate) const HEAD_BYTES_MAX: u32 = 64 << 20;

/// The metadata.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Meta {
    pub(crate) id: String,
    pub(crate) built: Timestamp,
    pub(crate) sources: Vec<Source>,
    pub(crate) ecosystems: Vec<Ecosystem>,
    pub(crate) vulnerabilities: u64,
    pub(crate) advisories: u64,
    pub(crate) sections: Vec<SectionRow>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) feeds: Vec<FeedInfo>,
}

/// Where a section lies in the body.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SectionRow {
    pub(crate) name: String,
    pub(crate) offset: u64,
    pub(crate) length: u64,
}

/// The sections. A table is rows of two `u32`; row `n` and row `n + 1` of an offset column span item `n`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Section {
    /// Rows: offset in `KeyText`, offset in `Entries`; one more row than keys. Keys are `ECOSYSTEM\0NAME`, sorted.
    Keys,
    /// Keys, one after the other.
    KeyText,
    /// For each key: number of entries, then each with its length.
    Entries,
    /// Rows: offset in `Advisories`, 0.
    AdvisoryRows,
    /// Advisories.
    Advisories,
    /// Rows: offset in `Vulnerabilities`, 0.
    VulnerabilityRows,
    /// Vulnerabilities: canonical id, and where the detail lies.
    Vulnerabilities,
    /// Rows: offset in `Blocks`, inflated length.
    BlockRows,
    /// Details, in zstd frames.
    Blocks,
    /// Rows: offset in `IdText`, what it names; one more row than ids. Ids are sorted.
    Ids,
    /// Ids, one after the other.
    IdText,
}

impl Section {
    pub(crate) const ALL: [Section; 11] = [
        Self::Keys,
        Self::KeyText,
        Self::Entries,
        Self::AdvisoryRows,
        Self::Advisories,
        Self::VulnerabilityRows,
        Self::Vulnerabilities,
        Self::BlockRows,
        Self::Blocks,
        Self::Ids,
        Self::IdText,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Keys => "keys",
            Self::KeyText => "key-text",
            Self::Entries => "entries",
            Self::AdvisoryRows => "advisory-rows",
            Self::Advisories => "advisories",
            Self::VulnerabilityRows => "vulnerability-rows",
            Self::Vulnerabilities => "vulnerabilities",
            Self::BlockRows => "block-rows",
            Self::Blocks => "blocks",
            Self::Ids => "ids",
            Self::IdText => "id-text",
        }
    }
}

/// Set in what an id names if it is an advisory and not a vulnerability.
pub(crate) const ID_IS_ADVISORY: u32 = 1 << 31;

/// Between ecosystem and name of a key; below every character of both.
pub(crate) const KEY_SEPARATOR: char = '\0';
