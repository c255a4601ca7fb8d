//! A layer under construction.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::tar::{Entry, archive};

/// How a layer is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Packing {
    /// As it is.
    Plain,
    /// One gzip member.
    #[default]
    Gzip,
    /// A gzip member every 10,000 bytes.
    GzipMembers,
    /// One zstd frame.
    Zstd,
    /// A zstd frame every 10,000 bytes, behind a skippable one.
    ZstdFrames,
}

/// What is done to a stored layer afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Harm {
    /// Only so many bytes of it are there.
    Truncate(usize),
    /// One byte is another.
    Flip(usize),
    /// It is not there.
    Remove,
    /// The configuration names another digest.
    WrongDiffId,
}

/// A layer.
#[derive(Debug, Clone, Default)]
pub struct Layer {
    /// Entries, in order.
    pub entries: Vec<Entry>,
    /// How it is stored.
    pub packing: Packing,
    /// The instruction that made it.
    pub instruction: String,
    pub(crate) harm: Option<Harm>,
    pub(crate) dpkg: Vec<crate::packages::Installed>,
    pub(crate) apk: Vec<crate::packages::Installed>,
    /// The stored bytes, if they shall not be made from the entries.
    pub(crate) raw: Option<Vec<u8>>,
    pub(crate) lazy: Option<crate::lazy::Lazy>,
}

impl Layer {
    /// The archive, unpacked.
    #[must_use]
    pub fn tar(&self) -> Vec<u8> {
        self.lazy.as_ref().map_or_else(|| archive(&self.entries), |lazy| lazy.tar.clone())
    }

    /// The archive as stored.
    #[must_use]
    pub fn stored(&self) -> Vec<u8> {
        match (&self.raw, &self.lazy) {
            (Some(raw), _) => raw.clone(),
            (None, Some(lazy)) => lazy.stored.clone(),
            (None, None) => pack(&self.tar(), self.packing),
        }
    }

    pub(crate) fn media_type(&self) -> &'static str {
        match self.packing {
            Packing::Plain => "application/vnd.oci.image.layer.v1.tar",
            Packing::Gzip | Packing::GzipMembers => "application/vnd.oci.image.layer.v1.tar+gzip",
            Packing::Zstd | Packing::ZstdFrames => "application/vnd.oci.image.layer.v1.tar+zstd",
        }
    }
}

/// Packs bytes.
#[must_use]
pub fn pack(bytes: &[u8], packing: Packing) -> Vec<u8> {
    match packing {
        Packing::Plain => bytes.to_vec(),
        Packing::Gzip => gzip(bytes),
        Packing::GzipMembers => bytes.chunks(10_000).flat_map(gzip).collect(),
        Packing::Zstd => zstd(bytes),
        Packing::ZstdFrames => {
            let skippable = [0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4];
            skippable.into_iter().chain(bytes.chunks(10_000).flat_map(zstd)).collect()
        }
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("writing to memory does not fail")
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(bytes, 3).expect("compressing in memory does not fail")
}
