//! Python programs in one zip archive (PEP 441; shiv and PEX write such): the distributions that lie in them.

use crate::Problem;
use crate::zip;

/// Entries of an archive that are looked at.
const ENTRIES_MAX: u64 = 200_000;

/// Distributions that are kept of one archive.
const DISTRIBUTIONS_MAX: usize = 10_000;

/// Bytes of the header of one metadata file.
const HEADER_BYTES_MAX: usize = 64 << 10;

/// Bytes of a metadata file, its description included.
const METADATA_BYTES_MAX: u64 = 4 << 20;

/// What an archive holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Zipapp {
    /// Path inside and header of each distribution's `METADATA` or `PKG-INFO`.
    pub metadata: Vec<(String, String)>,
    /// Path inside and what could not be read.
    pub problems: Vec<(String, Problem)>,
}

/// Reads the archive behind whatever line starts it.
#[must_use]
pub fn read(bytes: &[u8]) -> Zipapp {
    let mut found = Zipapp::default();
    let mut left = ENTRIES_MAX;
    let outcome = zip::entries(bytes, |entry| {
        left = left.checked_sub(1).ok_or_else(|| format!("more than {ENTRIES_MAX} entries"))?;
        if !is_metadata(&entry.path) {
            return Ok(());
        }
        if found.metadata.len() == DISTRIBUTIONS_MAX {
            return Err(format!("more than {DISTRIBUTIONS_MAX} distributions"));
        }
        match entry.bytes(METADATA_BYTES_MAX) {
            Ok(text) => found.metadata.push((entry.path.clone(), header(&text))),
            Err(reason) => found.problems.push((entry.path.clone(), reason)),
        }
        Ok(())
    });
    found.problems.extend(outcome.err().map(|reason| (String::new(), reason)));
    found.metadata.sort();
    found
}

/// `x/foo-1.0.dist-info/METADATA`, `EGG-INFO/PKG-INFO`, `foo.egg-info/PKG-INFO`.
fn is_metadata(path: &str) -> bool {
    let Some((folder, file)) = path.rsplit_once('/') else { return false };
    match file {
        "METADATA" => folder.ends_with(".dist-info"),
        "PKG-INFO" => folder.ends_with("EGG-INFO") || folder.ends_with(".egg-info"),
        _ => false,
    }
}

/// The fields before the description.
fn header(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text.get(..HEADER_BYTES_MAX).unwrap_or(text)).replace("\r\n", "\n");
    text.split_once("\n\n").map_or(text.as_str(), |(header, _)| header).to_owned()
}
