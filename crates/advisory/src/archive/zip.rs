//! Zip, stored and deflated.

use std::io::Read;

use rawzip::{CompressionMethod, ZipArchive};

use super::{ARCHIVE_BYTES_MAX, ENTRIES_MAX, ENTRY_BYTES_MAX};
use crate::feed::Problem;

pub(super) fn entries(
    archive: &str,
    bytes: &[u8],
    wanted: &dyn Fn(&str) -> bool,
    sink: &mut dyn FnMut(String, Vec<u8>),
) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Err(reason) = walk(archive, bytes, wanted, sink, &mut problems) {
        problems.push(Problem::new(archive, reason));
    }
    problems
}

fn walk(
    archive: &str,
    bytes: &[u8],
    wanted: &dyn Fn(&str) -> bool,
    sink: &mut dyn FnMut(String, Vec<u8>),
    problems: &mut Vec<Problem>,
) -> Result<(), String> {
    let zip = ZipArchive::from_slice(bytes).map_err(|e| format!("no zip archive: {e}"))?;
    let mut entries = zip.entries();
    let (mut seen, mut total) = (0_u64, 0_u64);
    while let Some(entry) = entries.next_entry().map_err(|e| format!("the zip directory is damaged: {e}"))? {
        seen += 1;
        if ENTRIES_MAX < seen {
            return Err(format!("more than ENTRIES_MAX ({ENTRIES_MAX}) files"));
        }
        let name = String::from_utf8_lossy(entry.file_path().as_bytes()).into_owned();
        if entry.is_dir() || !wanted(&name) {
            continue;
        }
        let file = zip.get_entry(entry.wayfinder()).map_err(|e| e.to_string()).and_then(|local| match entry
            .compression_method()
        {
            CompressionMethod::STORE => bounded(local.verifying_reader(local.data())),
            CompressionMethod::DEFLATE => {
                bounded(local.verifying_reader(flate2::bufread::DeflateDecoder::new(local.data())))
            }
            method => Err(format!("compressed by a method that is not read: {method:?}")),
        });
        match file {
            Ok(body) => {
                total = total.saturating_add(body.len() as u64);
                if ARCHIVE_BYTES_MAX < total {
                    return Err(format!(
                        "inflates to more than ARCHIVE_BYTES_MAX ({ARCHIVE_BYTES_MAX} bytes)"
                    ));
                }
                sink(name, body);
            }
            Err(reason) => problems.push(Problem::new(format!("{archive}!{name}"), reason)),
        }
    }
    match zip.entries_hint() {
        stated if stated == seen => Ok(()),
        stated => Err(format!("the zip directory names {stated} files and lists {seen}")),
    }
}

fn bounded(reader: impl Read) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    reader.take(ENTRY_BYTES_MAX + 1).read_to_end(&mut out).map_err(|e| e.to_string())?;
    if ENTRY_BYTES_MAX < out.len() as u64 {
        return Err(format!("larger than ENTRY_BYTES_MAX ({ENTRY_BYTES_MAX} bytes)"));
    }
    Ok(out)
}
