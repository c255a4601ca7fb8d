//! Documents in a quicker form: what each was read to, found by the hash of its bytes. A feed of which one document in a
//! hundred changed is read a hundred times less.
//!
//! ```text
//! magic, program version and length   then for each document: 16 bytes of SHA-256, u32 length, postcard of `Parsed`
//! last 16 bytes: of the SHA-256 of all before
//! ```

use std::collections::HashMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use advisory::Parsed;
use ports::knowledge::KnowledgeError;
use sha2::{Digest, Sha256};

use crate::database::cannot_write;
use crate::write_atomically;

/// Raised when a reader of documents changes what it makes of the same bytes.
const VERSION: &str = concat!("plimsoll parsed 2 ", env!("CARGO_PKG_VERSION"), "\n");

/// Bytes of the largest such file that is read.
const PARSED_BYTES_MAX: u64 = 8 << 30;

/// Bytes of a hash that is kept.
pub(crate) const KEY_BYTES: usize = 16;

/// Names a document by its content.
pub(crate) type Key = [u8; KEY_BYTES];

/// The key of a document. YAML is told by its name, so that the name's end belongs to it.
pub(crate) fn key(name: &str, bytes: &[u8]) -> Key {
    let ending = name.rsplit('.').next().unwrap_or("");
    let digest =
        Sha256::new().chain_update(ending.as_bytes()).chain_update([0]).chain_update(bytes).finalize();
    let mut out = [0; KEY_BYTES];
    out.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    out
}

/// Documents of a file in their quicker form.
#[derive(Default)]
pub(crate) struct Kept {
    bytes: Vec<u8>,
    at: HashMap<Key, Range<usize>>,
    /// In the order of the file.
    order: Vec<Range<usize>>,
}

impl Kept {
    /// Reads what is kept of the file with that digest; nothing if it is not there, of another version, or damaged.
    pub(crate) fn read(folder: &str, digest: &str) -> Option<Self> {
        let path = place(folder, digest);
        if PARSED_BYTES_MAX < fs::metadata(&path).ok()?.len() {
            return None;
        }
        let bytes = fs::read(&path).ok()?;
        let (body, sum) = bytes.split_at_checked(bytes.len().checked_sub(KEY_BYTES)?)?;
        if Sha256::digest(body).get(..KEY_BYTES) != Some(sum) || !body.starts_with(VERSION.as_bytes()) {
            return None;
        }
        let mut out = Self::default();
        let mut at = VERSION.len();
        while at < body.len() {
            let key: Key = body.get(at..at + KEY_BYTES)?.try_into().ok()?;
            let length =
                body.get(at + KEY_BYTES..at + KEY_BYTES + 4)?.try_into().ok().map(u32::from_le_bytes)?;
            let from = at + KEY_BYTES + 4;
            let to = from.checked_add(length as usize)?;
            body.get(from..to)?;
            out.at.insert(key, from..to);
            out.order.push(from..to);
            at = to;
        }
        out.bytes = bytes;
        Some(out)
    }

    /// The bytes that are kept of a document.
    pub(crate) fn get(&self, key: &Key) -> Option<&[u8]> {
        self.bytes.get(self.at.get(key)?.clone())
    }

    /// How many documents there are.
    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    /// What documents `range` were read to; `None` if one cannot be understood.
    pub(crate) fn parsed(&self, range: Range<usize>) -> Option<Parsed> {
        let mut out = Parsed::default();
        for place in self.order.get(range)? {
            out.append(postcard::from_bytes(self.bytes.get(place.clone())?).ok()?);
        }
        Some(out)
    }
}

fn place(folder: &str, digest: &str) -> PathBuf {
    Path::new(folder).join(format!("{digest}.parsed"))
}

/// Keeps documents under the digest of the file they came from.
pub(crate) fn write(
    folder: &str,
    digest: &str,
    mut documents: Vec<(Key, Vec<u8>)>,
) -> Result<(), KnowledgeError> {
    // The threads bring them in any order; the file is the same all the same.
    documents.sort_unstable();
    let path = place(folder, digest);
    let failed = |e: std::io::Error| KnowledgeError::Unreadable(cannot_write(&path, &e));
    let size: usize = documents.iter().map(|(_, bytes)| bytes.len() + KEY_BYTES + 4).sum();
    let mut out = Vec::with_capacity(VERSION.len() + size + KEY_BYTES);
    out.extend_from_slice(VERSION.as_bytes());
    for (key, bytes) in documents {
        let Ok(length) = u32::try_from(bytes.len()) else {
            // Too long for the quicker form: nothing is kept, and the file is read anew.
            return Ok(());
        };
        out.extend_from_slice(&key);
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&bytes);
    }
    let sum = Sha256::digest(&out);
    out.extend_from_slice(sum.get(..KEY_BYTES).unwrap_or_default());
    fs::create_dir_all(folder).map_err(failed)?;
    write_atomically(&path, &out).map_err(failed)
}
