//! Archives of advisories as upstreams serve them: zip, and tar plain, in gzip, bzip2, zstd or xz. Nothing
//! is unpacked; each file is handed on as bytes.

mod tar;
mod zip;

use std::io::Read;

use crate::feed::Problem;

/// Files in one archive.
pub const ENTRIES_MAX: u64 = 4_000_000;

/// Bytes that one archive may inflate to.
pub const ARCHIVE_BYTES_MAX: u64 = 64 << 30;

/// Bytes of the longest file of an archive that is read. The longest OSV record has about one megabyte.
pub const ENTRY_BYTES_MAX: u64 = 64 << 20;

/// KiB of memory that undoing xz may take; its strongest preset takes 65 MiB.
const XZ_MEMORY_KIB_MAX: u32 = 256 << 10;

/// The archives that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Zip.
    Zip,
    /// Tar.
    Tar,
    /// Tar in gzip.
    TarGzip,
    /// Tar in bzip2, of which no stream takes more than four megabytes to undo.
    TarBzip2,
    /// Tar in zstd.
    TarZstd,
    /// Tar in xz.
    TarXz,
}

/// What archive `bytes` are, if any. A gzipped document is none: it is told by what is inside.
#[must_use]
pub fn format(bytes: &[u8]) -> Option<Format> {
    let mut head = [0_u8; 512];
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return Some(Format::Zip);
    }
    if bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        return Some(Format::TarZstd);
    }
    if bytes.starts_with(b"\xfd7zXZ\0") {
        return Some(Format::TarXz);
    }
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let n = fill(&mut flate2::read::MultiGzDecoder::new(bytes), &mut head).ok()?;
        return tar::is_tar(head.get(..n)?).then_some(Format::TarGzip);
    }
    if bytes.starts_with(b"BZh") {
        // A block is undone whole or not at all: one that is cut off cannot say what is inside, and is told when read.
        return match fill(&mut bzip2::read::MultiBzDecoder::new(bytes), &mut head) {
            Ok(n) => tar::is_tar(head.get(..n)?).then_some(Format::TarBzip2),
            Err(_) => Some(Format::TarBzip2),
        };
    }
    bytes.get(..512).is_some_and(tar::is_tar).then_some(Format::Tar)
}

/// Hands every regular file whose name `wanted` likes to `sink`: its name in the archive and its bytes. Returns what
/// could not be read; what comes before is handed on all the same.
pub fn entries(
    name: &str,
    bytes: &[u8],
    format: Format,
    wanted: &dyn Fn(&str) -> bool,
    sink: &mut dyn FnMut(String, Vec<u8>),
) -> Vec<Problem> {
    match format {
        Format::Zip => zip::entries(name, bytes, wanted, sink),
        Format::Tar => tar::entries(name, bytes, wanted, sink),
        Format::TarGzip => tar::entries(name, flate2::read::MultiGzDecoder::new(bytes), wanted, sink),
        Format::TarBzip2 => tar::entries(name, bzip2::read::MultiBzDecoder::new(bytes), wanted, sink),
        Format::TarXz => {
            let reader = lzma_rust2::XzReader::new_mem_limit(bytes, true, XZ_MEMORY_KIB_MAX);
            tar::entries(name, reader, wanted, sink)
        }
        Format::TarZstd => match zstd::stream::read::Decoder::with_buffer(bytes) {
            Ok(reader) => tar::entries(name, reader, wanted, sink),
            Err(e) => vec![Problem::new(name, format!("the zstd stream cannot be read: {e}"))],
        },
    }
}

/// Reads until `buffer` is full or the input ends.
fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|r| !r.is_empty()) {
        match reader.read(rest) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(filled)
}
