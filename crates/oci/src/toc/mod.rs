//! Layers that carry a table of contents: eStargz (containerd/stargz-snapshotter, `docs/estargz.md`) and zstd:chunked
//! (containers/storage, `pkg/chunked`). Such a layer can be read without fetching all of it: the manifest names the
//! table's digest, the table the digest of every member.
//!
//! What that proves is what the table says, and the bytes of the members that were fetched. It does not prove that the
//! archive holds the same, since neither the layer's own digest nor that of its unpacked archive is seen.

mod fetch;
mod locate;
mod parse;
mod read;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

use model::Digest;

pub use locate::load;
pub use parse::{Toc, parse};
pub use read::{TocRead, open_member, read_members};

/// Bytes of a table of contents, as stored and inflated. That of a layer with 100,000 files has about 40 MB.
pub const TOC_BYTES_MAX: u64 = 64 << 20;

/// Lines of a table of contents, those of further pieces included.
pub const TOC_LINES_MAX: usize = 1_000_000;

/// Ranges of one layer that are asked for; where members lie further apart, more of what lies between is fetched.
pub const RANGES_MAX: usize = 256;

/// How a layer is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TocKind {
    /// gzip members, the table in the last but one.
    EStargz,
    /// zstd frames, the table in one that decoders skip.
    ZstdChunked {
        /// Where the table's bytes begin.
        at: u64,
        /// Bytes as stored.
        stored: u64,
        /// Bytes inflated.
        inflated: u64,
    },
}

/// What a manifest says of a layer's table of contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// How the layer is stored.
    pub kind: TocKind,
    /// Digest of the table: of eStargz its text, of zstd:chunked its stored bytes.
    pub digest: Digest,
}

impl Chain {
    /// Reads the annotations of a layer. `None` if they name no table, or one that cannot be: then the layer is read
    /// whole.
    #[must_use]
    pub fn of(annotations: &BTreeMap<String, String>) -> Option<Self> {
        // containers/storage writes the first prefix, containerd's converter the second.
        for prefix in ["io.github.containers.zstd-chunked", "io.containers.zstd-chunked"] {
            let of = |what: &str| annotations.get(&format!("{prefix}.manifest-{what}"));
            if let (Some(checksum), Some(position)) = (of("checksum"), of("position")) {
                return Some(Self { kind: position_of(position)?, digest: checksum.parse().ok()? });
            }
        }
        let digest = annotations.get("containerd.io/snapshot/stargz/toc.digest")?.parse().ok()?;
        Some(Self { kind: TocKind::EStargz, digest })
    }
}

/// `OFFSET:LENGTH:INFLATED:TYPE`, of which only the type 1 is known.
fn position_of(text: &str) -> Option<TocKind> {
    let mut numbers = text.split(':').map(|n| n.parse::<u64>().ok());
    let kind =
        TocKind::ZstdChunked { at: numbers.next()??, stored: numbers.next()??, inflated: numbers.next()?? };
    (numbers.next()? == Some(1) && numbers.next().is_none()).then_some(kind)
}

/// A stored layer of which ranges can be read.
pub trait Ranged {
    /// Bytes of the layer, as its manifest names them.
    fn size(&self) -> u64;

    /// `len` bytes from byte `at` on.
    ///
    /// # Errors
    /// Why they cannot be had, [`TocError::Whole`] if only the whole can.
    fn range(&self, at: u64, len: u64) -> Result<Box<dyn Read + '_>, TocError>;
}

/// Why a layer was not read by its table of contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TocError {
    /// Nothing is wrong; the whole is read instead.
    Whole(String),
    /// The table, or a member, is not what a digest says, or cannot be.
    Lie(String),
}

impl fmt::Display for TocError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(reason) | Self::Lie(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for TocError {}

fn whole<T>(reason: impl Into<String>) -> Result<T, TocError> {
    Err(TocError::Whole(reason.into()))
}

fn lie<T>(reason: impl Into<String>) -> Result<T, TocError> {
    Err(TocError::Lie(reason.into()))
}
