//! Files that only the name of a hard link makes interesting, after their bytes went by.

use std::collections::BTreeMap;

use oci::{Analyzer, FILE_KEEP_BYTES_MAX, Interest, LayerIndex, OpenError};

use crate::images::Reading;

/// Reads again the files that only a hard link's name makes interesting.
pub(crate) fn settle_late(
    reading: &Reading<'_>,
    part: &str,
    index: &mut LayerIndex,
) -> Vec<(String, OpenError)> {
    let mut late = index.late().to_vec();
    late.sort_by_key(|l| l.ordinal);
    if late.is_empty() {
        return Vec::new();
    }
    let ordinals: Vec<u32> = late.iter().map(|l| l.ordinal).collect();
    let read = reading
        .store
        .open(part)
        .map_err(|e| OpenError::Source(e.to_string()))
        .and_then(|(mut reader, _)| oci::read_files(&mut reader, &ordinals, FILE_KEEP_BYTES_MAX));
    match read {
        Ok(files) => settle(reading.analyzer, index, late, &files),
        Err(e) => late.into_iter().map(|l| (l.path, e.clone())).collect(),
    }
}

/// Asks about files that were read again, and keeps what is asked for.
pub(crate) fn settle(
    analyzer: &dyn Analyzer,
    index: &mut LayerIndex,
    late: Vec<oci::Late>,
    files: &BTreeMap<u32, Vec<u8>>,
) -> Vec<(String, OpenError)> {
    let mut lost = Vec::new();
    for late in late {
        let bytes = files.get(&late.ordinal).map(Vec::as_slice).unwrap_or_default();
        let head = bytes.get(..oci::HEAD_BYTES).unwrap_or(bytes);
        let size = bytes.len() as u64;
        let kept = match analyzer.interest(&late.path, size, u32::from(late.mode), head) {
            Interest::Digest => index.settle(late.ordinal, &analyzer.digest(&late.path, bytes), true),
            Interest::Keep => index.settle(late.ordinal, bytes, false),
            Interest::No => {
                index.dismiss(late.ordinal);
                true
            }
        };
        if !kept {
            lost.push((late.path, OpenError::TooLarge(size)));
        }
    }
    lost
}
