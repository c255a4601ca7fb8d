//! What one layer holds: a compact table of its entries, and the bytes that an analyzer asked for.
//!
//! A layer may have millions of entries, so an entry is 28 bytes and its path, once, in one text for all.

mod build;
mod codec;
mod finish;
mod path;

pub use build::{LayerBuilder, Node};
pub use codec::CodecError;
pub(crate) use finish::keep_largest;

/// Entries of a layer; what comes after is not read.
pub const LAYER_ENTRIES_MAX: usize = 6_000_000;

/// Bytes of all paths and link targets of a layer; what comes after is not read.
pub const LAYER_TEXT_BYTES_MAX: usize = 512 << 20;

/// Bytes of a path or a link target (Linux `PATH_MAX`).
pub const PATH_BYTES_MAX: usize = 4096;

/// Bytes of a file that is kept or handed to an analyzer whole.
pub const FILE_KEEP_BYTES_MAX: u64 = 256 << 20;

/// Bytes that are kept of one layer, answers of the analyzer included.
pub const LAYER_KEEP_BYTES_MAX: u64 = 256 << 20;

/// Flaws that are named one by one; the others are counted.
pub const FLAWS_MAX: usize = 100;

/// A layer as far as a scan needs it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LayerIndex {
    /// Paths and link targets; a link's target stands right behind its path.
    pub(crate) text: String,
    /// Sorted by path, then [`Class`]; one entry a path and class.
    pub(crate) records: Vec<Record>,
    /// Pairs of user and group.
    pub(crate) owners: Vec<(u32, u32)>,
    /// Sorted by ordinal.
    pub(crate) extracts: Vec<Extract>,
    /// What [`Extract`]s point into.
    pub(crate) kept: Vec<u8>,
    /// Ordinals of files with more than one name, sorted.
    pub(crate) linked: Vec<u32>,
    /// Files that only the name of a hard link makes interesting, after their bytes went by.
    pub(crate) late: Vec<Late>,
    /// Entries lie behind a symbolic link of this layer: the merge must move them.
    pub(crate) through_links: bool,
    /// Regular files and what they hold.
    pub counts: Counts,
    /// What is wrong with the layer.
    pub flaws: Vec<LayerFlaw>,
    /// What a bound left out.
    pub skipped: Vec<LayerSkip>,
    /// Files that a later entry of the same layer replaced: path, bytes; the largest.
    pub shadowed: Vec<(String, u64)>,
}

/// What a layer counts for in the ledger.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Regular files, links to them not counted.
    pub files: u64,
    /// Bytes of the unpacked archive, or of the files of a directory.
    pub bytes: u64,
    /// Bytes of files that a later entry of the same layer replaced.
    pub shadowed_bytes: u64,
}

/// Something wrong with a layer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LayerFlaw {
    /// Path in the layer, or the offset of a block.
    pub place: String,
    /// What is wrong.
    pub reason: String,
    /// True if something may be missing for it; false if it is merely odd.
    pub loses: bool,
}

/// Something that a bound left out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LayerSkip {
    /// Path in the layer; empty for the rest of the layer.
    pub place: String,
    /// Name of the bound.
    pub bound: String,
    /// Its value.
    pub limit: u64,
    /// True if what was left out is wanted for an answer.
    pub loses: bool,
}

/// An entry. 28 bytes, so that three million of them are 84 MB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Record {
    /// Where the path begins in the text. Rises in the order of the archive.
    pub(crate) path_at: u32,
    /// Number of the entry whose bytes these are; names of one file share it.
    pub(crate) ordinal: u32,
    size: [u32; 2],
    /// Index of user and group.
    pub(crate) owner: u32,
    pub(crate) path_len: u16,
    pub(crate) link_len: u16,
    /// Permission bits, kind, capability.
    meta: u16,
}

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Regular,
    Directory,
    Symlink,
    Special,
    /// A link to a file that this layer does not hold.
    Hardlink,
    /// The path is gone from the layers below.
    Whiteout,
    /// What the layers below have in this directory is gone.
    Opaque,
    /// A directory that no entry names but paths need.
    Implied,
}

/// Records of one path and different class do not replace each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    Entry,
    Whiteout,
    Opaque,
}

/// A file that must be read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Late {
    /// Its number in the archive.
    pub ordinal: u32,
    /// The name that makes it interesting.
    pub path: String,
    /// Its permission bits.
    pub mode: u16,
}

/// Bytes kept of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extract {
    pub(crate) ordinal: u32,
    /// True for the analyzer's answer, false for the file itself.
    pub(crate) answer: bool,
    pub(crate) at: u64,
    pub(crate) len: u64,
}

const KINDS: [Kind; 8] = [
    Kind::Regular,
    Kind::Directory,
    Kind::Symlink,
    Kind::Special,
    Kind::Hardlink,
    Kind::Whiteout,
    Kind::Opaque,
    Kind::Implied,
];

impl Record {
    pub(crate) fn kind(&self) -> Kind {
        KINDS[usize::from(self.meta >> 12 & 7)]
    }

    pub(crate) fn class(&self) -> Class {
        match self.kind() {
            Kind::Whiteout => Class::Whiteout,
            Kind::Opaque => Class::Opaque,
            _ => Class::Entry,
        }
    }

    pub(crate) fn is_dir(&self) -> bool {
        matches!(self.kind(), Kind::Directory | Kind::Implied)
    }

    pub(crate) fn mode(&self) -> u16 {
        self.meta & 0o7777
    }

    pub(crate) fn capability(&self) -> bool {
        self.meta & 0x8000 != 0
    }

    pub(crate) fn set(&mut self, kind: Kind, mode: u16, capability: bool) {
        self.meta = mode & 0o7777 | (kind as u16) << 12 | u16::from(capability) << 15;
    }

    pub(crate) fn size(&self) -> u64 {
        u64::from(self.size[0]) << 32 | u64::from(self.size[1])
    }

    pub(crate) fn set_size(&mut self, size: u64) {
        self.size = [(size >> 32) as u32, size as u32];
    }
}

impl LayerIndex {
    /// True if the layer was read whole and everything asked for was kept.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        !self.flaws.iter().any(|f| f.loses) && !self.skipped.iter().any(|s| s.loses) && self.late.is_empty()
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// True if nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Bytes it takes in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.text.len() + self.records.len() * size_of::<Record>() + self.kept.len()
    }

    pub(crate) fn path(&self, record: &Record) -> &str {
        text(&self.text, record.path_at as usize, usize::from(record.path_len))
    }

    pub(crate) fn link(&self, record: &Record) -> &str {
        let at = record.path_at as usize + usize::from(record.path_len);
        text(&self.text, at, usize::from(record.link_len))
    }

    pub(crate) fn owner(&self, record: &Record) -> (u32, u32) {
        self.owners.get(record.owner as usize).copied().unwrap_or_default()
    }

    /// Index of the entry at `path`.
    pub(crate) fn find(&self, path: &str) -> Option<usize> {
        self.find_class(path, Class::Entry)
    }

    pub(crate) fn find_class(&self, path: &str, class: Class) -> Option<usize> {
        let key = |r: &Record| self.path(r).cmp(path).then(r.class().cmp(&class));
        self.records.binary_search_by(key).ok()
    }

    /// What was kept of the entry `ordinal`.
    pub(crate) fn extract(&self, ordinal: u32, answer: bool) -> Option<&[u8]> {
        let found = self.extracts.binary_search_by_key(&ordinal, |e| e.ordinal).ok()?;
        let extract = self.extracts.get(found).filter(|e| e.answer == answer)?;
        let at = usize::try_from(extract.at).ok()?;
        self.kept.get(at..at.checked_add(usize::try_from(extract.len).ok()?)?)
    }

    /// Files that must be read again, because only a link's name makes them interesting.
    #[must_use]
    pub fn late(&self) -> &[Late] {
        &self.late
    }

    /// Forgets that a file was to be read again: its bytes are not interesting.
    pub fn dismiss(&mut self, ordinal: u32) {
        self.late.retain(|l| l.ordinal != ordinal);
    }

    /// Keeps what reading again gave: the file, or the analyzer's answer. False if there is no room.
    pub fn settle(&mut self, ordinal: u32, bytes: &[u8], answer: bool) -> bool {
        self.late.retain(|l| l.ordinal != ordinal);
        let (at, len) = (self.kept.len() as u64, bytes.len() as u64);
        let Err(place) = self.extracts.binary_search_by_key(&ordinal, |e| e.ordinal) else {
            return true;
        };
        if LAYER_KEEP_BYTES_MAX < at + len {
            return false;
        }
        self.kept.extend_from_slice(bytes);
        self.extracts.insert(place, Extract { ordinal, answer, at, len });
        true
    }
}

fn text(text: &str, at: usize, len: usize) -> &str {
    // Builder and decoder check every range once; a miss cannot happen and would be an empty path.
    text.get(at..at + len).unwrap_or_default()
}

/// The directory that holds `path`; empty for entries of the root.
pub(crate) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}
