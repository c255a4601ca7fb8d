//! The header: an index of tags over a data store, big-endian (rpm, "Package header format").

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Bytes;
use crate::text;

/// An installed package.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// Name.
    pub name: String,
    /// Epoch, if any.
    pub epoch: Option<u32>,
    /// Version.
    pub version: String,
    /// Release.
    pub release: String,
    /// Architecture; empty for `gpg-pubkey`.
    pub architecture: String,
    /// File name of the source package, `bash-5.1.8-4.el9.src.rpm`.
    pub source_rpm: String,
    /// Licence as written.
    pub license: String,
    /// Vendor.
    pub vendor: String,
    /// `nodejs:18:8080020230718161142:c3a3e4a3`.
    pub modularity_label: String,
    /// Names of capabilities provided.
    pub provides: Vec<String>,
    /// Names of capabilities required.
    pub requires: Vec<String>,
    /// Files it put on disk, relative to the root: no directories, no ghosts, none that were left out at installation.
    pub files: Vec<String>,
}

/// Why a blob is no header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeaderError {
    /// The index or the store ends beyond the blob.
    Short,
    /// More index entries than a header may have.
    Entries(u32),
    /// A wanted tag points outside of the store or has the wrong type.
    Tag(u32),
    /// No name or no version.
    Nameless,
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short => write!(f, "the header ends before its index says"),
            Self::Entries(n) => write!(f, "{n} index entries, more than {ENTRIES_MAX}"),
            Self::Tag(t) => write!(f, "tag {t} points outside of the header or has the wrong type"),
            Self::Nameless => write!(f, "the header names no package or no version"),
        }
    }
}

impl std::error::Error for HeaderError {}

/// Most index entries of a header, rpm's own bound (`hdr_tags_max`).
const ENTRIES_MAX: u32 = 0xffff;
/// Bytes of all paths put together per byte of the header: real packages stay below 2.
const PATH_BYTES_PER_BYTE_MAX: usize = 16;

const NAME: u32 = 1000;
const VERSION: u32 = 1001;
const RELEASE: u32 = 1002;
const EPOCH: u32 = 1003;
const VENDOR: u32 = 1011;
const LICENSE: u32 = 1014;
const ARCH: u32 = 1022;
const OLD_FILE_NAMES: u32 = 1027;
const FILE_STATES: u32 = 1029;
const FILE_MODES: u32 = 1030;
const FILE_FLAGS: u32 = 1037;
const SOURCE_RPM: u32 = 1044;
const PROVIDE_NAME: u32 = 1047;
const REQUIRE_NAME: u32 = 1049;
const DIR_INDEXES: u32 = 1116;
const BASE_NAMES: u32 = 1117;
const DIR_NAMES: u32 = 1118;
const MODULARITY_LABEL: u32 = 5096;

const TYPE_CHAR: u32 = 1;
const TYPE_INT8: u32 = 2;
const TYPE_INT16: u32 = 3;
const TYPE_INT32: u32 = 4;
const TYPE_STRING: u32 = 6;
const TYPE_STRING_ARRAY: u32 = 8;
const TYPE_I18N_STRING: u32 = 9;

const FLAG_GHOST: u32 = 1 << 6;
const STATE_NORMAL: u8 = 0;
const STATE_NET_SHARED: u8 = 3;
const MODE_KIND: u16 = 0o170_000;
const MODE_DIRECTORY: u16 = 0o040_000;

/// Reads a header as the database stores it: without the eight bytes of magic that a package file has.
///
/// # Errors
/// [`HeaderError`] if it is broken; no half package is returned, since a wrong version would be worse than none.
pub fn header(blob: &[u8]) -> Result<Package, HeaderError> {
    let store = Store::new(blob)?;
    let mut p = Package::default();
    let mut files = Files::default();
    for (tag, entry) in store.entries() {
        match tag {
            NAME => p.name = store.string(tag, entry)?,
            VERSION => p.version = store.string(tag, entry)?,
            RELEASE => p.release = store.string(tag, entry)?,
            EPOCH => p.epoch = store.numbers(tag, entry)?.first().copied(),
            VENDOR => p.vendor = store.string(tag, entry)?,
            LICENSE => p.license = store.string(tag, entry)?,
            ARCH => p.architecture = store.string(tag, entry)?,
            SOURCE_RPM => p.source_rpm = store.string(tag, entry)?,
            MODULARITY_LABEL => p.modularity_label = store.string(tag, entry)?,
            PROVIDE_NAME => p.provides = store.strings(tag, entry)?,
            REQUIRE_NAME => p.requires = store.strings(tag, entry)?,
            OLD_FILE_NAMES => files.whole = store.raw_strings(tag, entry)?,
            BASE_NAMES => files.names = store.raw_strings(tag, entry)?,
            DIR_NAMES => files.directories = store.raw_strings(tag, entry)?,
            DIR_INDEXES => files.indexes = store.numbers(tag, entry)?,
            FILE_FLAGS => files.flags = store.numbers(tag, entry)?,
            FILE_MODES => files.modes = store.shorts(tag, entry)?,
            FILE_STATES => files.states = store.octets(tag, entry)?,
            _ => {}
        }
    }
    if p.name.is_empty() || p.version.is_empty() {
        return Err(HeaderError::Nameless);
    }
    p.files = files.paths(blob.len().saturating_mul(PATH_BYTES_PER_BYTE_MAX))?;
    Ok(p)
}

#[derive(Clone, Copy)]
struct Entry {
    kind: u32,
    offset: usize,
    count: usize,
}

struct Store<'b> {
    index: Bytes<'b>,
    data: Bytes<'b>,
    count: usize,
}

impl<'b> Store<'b> {
    fn new(blob: &'b [u8]) -> Result<Self, HeaderError> {
        let all = Bytes { all: blob, big: true };
        let count = all.u32(0).ok_or(HeaderError::Short)?;
        if ENTRIES_MAX < count {
            return Err(HeaderError::Entries(count));
        }
        let count = usize::try_from(count).map_err(|_| HeaderError::Short)?;
        let length = all.size(4).ok_or(HeaderError::Short)?;
        let index = all.slice(8, count * 16).ok_or(HeaderError::Short)?;
        let data = all.slice(8 + count * 16, length).ok_or(HeaderError::Short)?;
        Ok(Self { index: Bytes { all: index, big: true }, data: Bytes { all: data, big: true }, count })
    }

    fn entries(&self) -> impl Iterator<Item = (u32, Entry)> {
        let index = self.index;
        (0..self.count).filter_map(move |i| {
            let at = i * 16;
            let entry =
                Entry { kind: index.u32(at + 4)?, offset: index.size(at + 8)?, count: index.size(at + 12)? };
            Some((index.u32(at)?, entry))
        })
    }

    fn string(&self, tag: u32, e: Entry) -> Result<String, HeaderError> {
        if !matches!(e.kind, TYPE_STRING | TYPE_I18N_STRING) {
            return Err(HeaderError::Tag(tag));
        }
        let rest = self.data.all.get(e.offset..).ok_or(HeaderError::Tag(tag))?;
        let end = rest.iter().position(|b| *b == 0).ok_or(HeaderError::Tag(tag))?;
        Ok(text(rest.get(..end).unwrap_or_default()))
    }

    fn raw_strings(&self, tag: u32, e: Entry) -> Result<Vec<&'b [u8]>, HeaderError> {
        if !matches!(e.kind, TYPE_STRING | TYPE_STRING_ARRAY | TYPE_I18N_STRING) {
            return Err(HeaderError::Tag(tag));
        }
        let mut rest = self.data.all.get(e.offset..).ok_or(HeaderError::Tag(tag))?;
        // Every string takes one byte at least, so the store bounds the count before anything is reserved.
        if rest.len() < e.count {
            return Err(HeaderError::Tag(tag));
        }
        let mut out = Vec::with_capacity(e.count);
        for _ in 0..e.count {
            let end = rest.iter().position(|b| *b == 0).ok_or(HeaderError::Tag(tag))?;
            let (string, tail) = rest.split_at(end);
            out.push(string);
            rest = tail.get(1..).unwrap_or_default();
        }
        Ok(out)
    }

    fn strings(&self, tag: u32, e: Entry) -> Result<Vec<String>, HeaderError> {
        Ok(self.raw_strings(tag, e)?.into_iter().map(text).collect())
    }

    fn fixed(&self, tag: u32, e: Entry, width: usize) -> Result<&'b [u8], HeaderError> {
        let length = e.count.checked_mul(width).ok_or(HeaderError::Tag(tag))?;
        self.data.slice(e.offset, length).ok_or(HeaderError::Tag(tag))
    }

    fn numbers(&self, tag: u32, e: Entry) -> Result<Vec<u32>, HeaderError> {
        if e.kind != TYPE_INT32 {
            return Err(HeaderError::Tag(tag));
        }
        let (words, _) = self.fixed(tag, e, 4)?.as_chunks::<4>();
        Ok(words.iter().map(|w| u32::from_be_bytes(*w)).collect())
    }

    fn shorts(&self, tag: u32, e: Entry) -> Result<Vec<u16>, HeaderError> {
        if e.kind != TYPE_INT16 {
            return Err(HeaderError::Tag(tag));
        }
        let (words, _) = self.fixed(tag, e, 2)?.as_chunks::<2>();
        Ok(words.iter().map(|w| u16::from_be_bytes(*w)).collect())
    }

    fn octets(&self, tag: u32, e: Entry) -> Result<Vec<u8>, HeaderError> {
        if !matches!(e.kind, TYPE_CHAR | TYPE_INT8) {
            return Err(HeaderError::Tag(tag));
        }
        Ok(self.fixed(tag, e, 1)?.to_vec())
    }
}

#[derive(Default)]
struct Files<'b> {
    whole: Vec<&'b [u8]>,
    names: Vec<&'b [u8]>,
    directories: Vec<&'b [u8]>,
    indexes: Vec<u32>,
    flags: Vec<u32>,
    modes: Vec<u16>,
    states: Vec<u8>,
}

impl Files<'_> {
    fn paths(&self, mut budget: usize) -> Result<Vec<String>, HeaderError> {
        let count = self.names.len().max(self.whole.len());
        let mut out = Vec::with_capacity(count);
        for i in (0..count).filter(|i| self.on_disk(*i)) {
            let Some(name) = self.names.get(i) else {
                out.push(relative(self.whole.get(i).copied().unwrap_or_default()));
                continue;
            };
            let directory = self.indexes.get(i).and_then(|d| self.directories.get(usize::try_from(*d).ok()?));
            let directory = directory.ok_or(HeaderError::Tag(DIR_INDEXES))?;
            // Many names may share one long directory: without a bound the paths outgrow the header by its square.
            budget = budget.checked_sub(directory.len() + name.len()).ok_or(HeaderError::Tag(DIR_NAMES))?;
            out.push(relative(&[*directory, *name].concat()));
        }
        Ok(out)
    }

    fn on_disk(&self, i: usize) -> bool {
        self.flags.get(i).is_none_or(|f| f & FLAG_GHOST == 0)
            && self.modes.get(i).is_none_or(|m| m & MODE_KIND != MODE_DIRECTORY)
            && self.states.get(i).is_none_or(|s| matches!(*s, STATE_NORMAL | STATE_NET_SHARED))
    }
}

fn relative(path: &[u8]) -> String {
    text(path).trim_start_matches('/').to_owned()
}
