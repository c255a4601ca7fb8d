//! The entries of a zip archive, without a copy where they are stored.

use std::borrow::Cow;
use std::io::Read;

use rawzip::{CompressionMethod, ZipArchive, ZipFileHeaderRecord, ZipSliceArchive};

/// An entry and the way to its bytes.
pub(crate) struct Entry<'a, 'b> {
    /// Path as written, lossy.
    pub(crate) path: String,
    archive: &'a ZipSliceArchive<&'b [u8]>,
    header: &'a ZipFileHeaderRecord<'a>,
    all: &'b [u8],
}

/// Calls `each` for every file of the central directory.
///
/// # Errors
/// When the archive is broken, or `each` says so.
pub(crate) fn entries<'b>(
    bytes: &'b [u8],
    mut each: impl FnMut(Entry<'_, 'b>) -> Result<(), String>,
) -> Result<(), String> {
    let archive = ZipArchive::from_slice(bytes).map_err(|e| format!("no zip archive: {e}"))?;
    let mut entries = archive.entries();
    while let Some(header) = entries.next_entry().map_err(|e| format!("a broken directory: {e}"))? {
        if header.is_dir() {
            continue;
        }
        let path = header.file_path();
        let path = String::from_utf8_lossy(path.as_bytes()).trim_start_matches('/').to_owned();
        each(Entry { path, archive: &archive, header: &header, all: bytes })?;
    }
    Ok(())
}

impl<'b> Entry<'_, 'b> {
    /// The bytes, inflated, at most `max` of them.
    pub(crate) fn bytes(&self, max: u64) -> Result<Cow<'b, [u8]>, String> {
        let entry = self.archive.get_entry(self.header.wayfinder()).map_err(|e| e.to_string())?;
        let (begin, end) = entry.compressed_data_range();
        let range = usize::try_from(begin).ok().zip(usize::try_from(end).ok());
        let data =
            range.and_then(|(b, e)| self.all.get(b..e)).ok_or("the entry lies outside of the archive")?;
        if self.header.compression_method() == CompressionMethod::STORE {
            let size = data.len() as u64;
            return if size <= max { self.checked(Cow::Borrowed(data)) } else { Err(too_large(max)) };
        }
        if self.header.compression_method() != CompressionMethod::DEFLATE {
            return Err("a compression other than deflate".to_owned());
        }
        let mut out = Vec::new();
        flate2::bufread::DeflateDecoder::new(data)
            .take(max.saturating_add(1))
            .read_to_end(&mut out)
            .map_err(|e| format!("the entry does not inflate: {e}"))?;
        if max < out.len() as u64 { Err(too_large(max)) } else { self.checked(Cow::Owned(out)) }
    }

    /// The bytes, if they are those that the directory's checksum was taken of.
    fn checked(&self, bytes: Cow<'b, [u8]>) -> Result<Cow<'b, [u8]>, String> {
        let mut crc = flate2::Crc::new();
        crc.update(&bytes);
        if crc.sum() == self.header.crc32() { Ok(bytes) } else { Err("the checksum does not fit".to_owned()) }
    }
}

fn too_large(max: u64) -> String {
    format!("larger than {max} bytes")
}
