//! The merged tree of a target: what a process inside would see.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::analyze::{Analyzer, Interest, NoAnalyzer};
use crate::index::{FILE_KEEP_BYTES_MAX, Kind, LayerBuilder, LayerIndex, Node, Record};
use crate::links::{Astray, Step, follow};

/// What a tree entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// Regular file.
    Regular,
    /// Directory.
    Directory,
    /// Symbolic link; [`FileRef::link`] is its target as written.
    Symlink,
    /// Device, fifo or socket.
    Special,
}

/// An entry of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileRef<'t> {
    /// Relative to the root, `/`-separated, no leading slash. Bytes that are not UTF-8 are written `\xNN`.
    pub path: &'t str,
    /// Kind.
    pub kind: FileKind,
    /// Permission bits, `0o7777` at most.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Bytes of a regular file.
    pub size: u64,
    /// Index of the layer that brought the entry.
    pub layer: u32,
    /// Target of a symbolic link as written.
    pub link: Option<&'t str>,
    /// Carries the extended attribute `security.capability`.
    pub capability: bool,
}

/// Why a file could not be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenError {
    /// No such entry.
    Missing,
    /// A directory, device or dangling link.
    NotRegular,
    /// A link chain longer than 40, or a cycle.
    Loop,
    /// Larger than the caller's bound, in bytes.
    TooLarge(u64),
    /// The source failed.
    Source(String),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => write!(f, "no such file"),
            Self::NotRegular => write!(f, "not a regular file"),
            Self::Loop => write!(f, "symbolic links form a loop"),
            Self::TooLarge(n) => write!(f, "{n} bytes, more than the bound"),
            Self::Source(s) => write!(f, "{s}"),
        }
    }
}

impl std::error::Error for OpenError {}

/// A file in its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin<'t> {
    /// Layer that holds the bytes: for a hard link, that of its target.
    pub layer: u32,
    /// Number of the entry in the layer's archive.
    pub ordinal: u32,
    /// Path in the merged tree of the entry that holds the bytes.
    pub path: &'t str,
    /// Bytes.
    pub size: u64,
}

/// Reads a file again from its source: re-inflates one layer from its start, or opens a path.
pub trait Reopen: Send + Sync {
    /// The bytes of the regular file at `origin`, at most `max` of them.
    ///
    /// # Errors
    /// [`OpenError`] if it is gone, larger, or the source fails.
    fn reopen(&self, origin: Origin<'_>, max: u64) -> Result<Vec<u8>, OpenError>;
}

/// An entry of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slot {
    pub(crate) layer: u32,
    pub(crate) record: u32,
}

/// The merged tree. Iteration is in byte order of paths.
#[derive(Default)]
pub struct Tree {
    layers: Vec<Arc<LayerIndex>>,
    order: Vec<Slot>,
    /// Where the bytes of hard links to lower layers are, by place in `order`.
    borrowed: BTreeMap<u32, Slot>,
    reopen: Option<Box<dyn Reopen>>,
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tree({} entries of {} layers)", self.order.len(), self.layers.len())
    }
}

impl Tree {
    pub(crate) fn assemble(
        layers: Vec<Arc<LayerIndex>>,
        order: Vec<Slot>,
        borrowed: BTreeMap<u32, Slot>,
    ) -> Self {
        Self { layers, order, borrowed, reopen: None }
    }

    /// The tree of one layer.
    #[must_use]
    pub fn of(layer: LayerIndex) -> Self {
        crate::merge::merge(vec![Arc::new(layer)]).tree
    }

    /// Gives the tree a source, so that [`Tree::open`] can read what was not kept.
    #[must_use]
    pub fn with_reopen(mut self, reopen: Box<dyn Reopen>) -> Self {
        self.reopen = Some(reopen);
        self
    }

    /// The layers it was merged from, base first.
    pub(crate) fn layers(&self) -> &[Arc<LayerIndex>] {
        &self.layers
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// True if nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Every entry.
    pub fn iter(&self) -> impl Iterator<Item = FileRef<'_>> {
        (0..self.order.len()).filter_map(|at| self.file(at))
    }

    /// The entry at exactly this path; links are not followed.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<FileRef<'_>> {
        self.file(self.find(path)?)
    }

    /// The entry a process inside would reach: links are followed in every component, never out of the root.
    #[must_use]
    pub fn resolve(&self, path: &str) -> Option<FileRef<'_>> {
        self.file(self.walk(path).ok()?)
    }

    /// Entries below the directory `dir` (all depths), `dir` itself excluded; of an empty `dir`, every entry.
    pub fn below<'t>(&'t self, dir: &str) -> impl Iterator<Item = FileRef<'t>> {
        let prefix = if dir.is_empty() { String::new() } else { format!("{dir}/") };
        let start = self.order.partition_point(|s| self.path(*s) < prefix.as_str());
        (start..self.order.len()).map_while(move |at| self.file(at).filter(|f| f.path.starts_with(&prefix)))
    }

    /// The bytes kept for a path by [`Interest::Keep`].
    #[must_use]
    pub fn kept(&self, path: &str) -> Option<&[u8]> {
        self.extract(self.find(path)?, false)
    }

    /// The analyzer's answer for a path ([`Interest::Digest`]).
    #[must_use]
    pub fn noted(&self, path: &str) -> Option<&[u8]> {
        self.extract(self.find(path)?, true)
    }

    /// Reads a file, links followed, at most `max` bytes.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(&self, path: &str, max: u64) -> Result<Vec<u8>, OpenError> {
        let at = self.walk(path)?;
        let (layer, record) = self.bytes_of(at).ok_or(OpenError::Missing)?;
        let index = self.layers.get(layer as usize).ok_or(OpenError::Missing)?;
        if record.kind() != Kind::Regular {
            return Err(OpenError::NotRegular);
        }
        if max < record.size() {
            return Err(OpenError::TooLarge(record.size()));
        }
        if let Some(bytes) = index.extract(record.ordinal, false) {
            return Ok(bytes.to_vec());
        }
        let origin = Origin { layer, ordinal: record.ordinal, path: index.path(record), size: record.size() };
        match &self.reopen {
            Some(r) => r.reopen(origin, max),
            None => Err(OpenError::Source("the source cannot be read twice".to_owned())),
        }
    }

    /// Keeps the files of lower layers that only the name of a hard link in a higher one makes interesting. `read`
    /// gives a file's bytes. Answers what could not be read: path and why.
    pub fn settle_late(
        &mut self,
        analyzer: &dyn Analyzer,
        read: &mut dyn FnMut(Origin<'_>) -> Result<Vec<u8>, OpenError>,
    ) -> Vec<(String, OpenError)> {
        let mut lost = Vec::new();
        for at in self.borrowed.keys().copied().collect::<Vec<_>>() {
            let Some((path, interest, layer, ordinal, bytes)) = self.read_late(at as usize, analyzer, read)
            else {
                continue;
            };
            let settled = bytes.map(|bytes| match interest {
                Interest::Digest => (analyzer.digest(&path, &bytes), true),
                Interest::Keep | Interest::No => (bytes, false),
            });
            match (settled, self.layers.get_mut(layer as usize)) {
                (Ok((bytes, answer)), Some(index)) => {
                    if !Arc::make_mut(index).settle(ordinal, &bytes, answer) {
                        lost.push((path, OpenError::TooLarge(bytes.len() as u64)));
                    }
                }
                (Err(e), _) => lost.push((path, e)),
                (Ok(_), None) => {}
            }
        }
        lost
    }

    #[expect(clippy::type_complexity, reason = "private, one caller, taken apart at once")]
    fn read_late(
        &self,
        at: usize,
        analyzer: &dyn Analyzer,
        read: &mut dyn FnMut(Origin<'_>) -> Result<Vec<u8>, OpenError>,
    ) -> Option<(String, Interest, u32, u32, Result<Vec<u8>, OpenError>)> {
        let file = self.file(at)?;
        let (layer, record) = self.bytes_of(at)?;
        let index = self.layers.get(layer as usize)?;
        if index.extracts.binary_search_by_key(&record.ordinal, |e| e.ordinal).is_ok() {
            return None;
        }
        let interest = analyzer.interest(file.path, file.size, file.mode, &[]);
        if interest == Interest::No {
            return None;
        }
        let origin = Origin { layer, ordinal: record.ordinal, path: index.path(record), size: record.size() };
        let bytes =
            if FILE_KEEP_BYTES_MAX < file.size { Err(OpenError::TooLarge(file.size)) } else { read(origin) };
        Some((file.path.to_owned(), interest, layer, record.ordinal, bytes))
    }

    fn find(&self, path: &str) -> Option<usize> {
        self.order.binary_search_by(|s| self.path(*s).cmp(path)).ok()
    }

    fn path(&self, slot: Slot) -> &str {
        let index = self.layers.get(slot.layer as usize);
        index.and_then(|l| Some(l.path(l.records.get(slot.record as usize)?))).unwrap_or_default()
    }

    fn record(&self, slot: Slot) -> Option<&Record> {
        self.layers.get(slot.layer as usize)?.records.get(slot.record as usize)
    }

    /// The layer and record that hold the bytes of the entry at `at`.
    fn bytes_of(&self, at: usize) -> Option<(u32, &Record)> {
        let slot = *self.order.get(at)?;
        let record = self.record(slot)?;
        if record.kind() != Kind::Hardlink {
            return Some((slot.layer, record));
        }
        let target = *self.borrowed.get(&u32::try_from(at).ok()?)?;
        Some((target.layer, self.record(target)?))
    }

    fn extract(&self, at: usize, answer: bool) -> Option<&[u8]> {
        let (layer, record) = self.bytes_of(at)?;
        if record.kind() != Kind::Regular {
            return None;
        }
        self.layers.get(layer as usize)?.extract(record.ordinal, answer)
    }

    fn file(&self, at: usize) -> Option<FileRef<'_>> {
        let slot = *self.order.get(at)?;
        let own = self.layers.get(slot.layer as usize)?;
        let named = own.records.get(slot.record as usize)?;
        let (holder, record) = self.bytes_of(at)?;
        let kind = match record.kind() {
            Kind::Regular => FileKind::Regular,
            Kind::Directory | Kind::Implied => FileKind::Directory,
            Kind::Symlink => FileKind::Symlink,
            Kind::Special | Kind::Hardlink | Kind::Whiteout | Kind::Opaque => FileKind::Special,
        };
        let (uid, gid) = self.layers.get(holder as usize)?.owner(record);
        Some(FileRef {
            path: own.path(named),
            kind,
            mode: u32::from(record.mode()),
            uid,
            gid,
            size: record.size(),
            layer: slot.layer,
            link: (kind == FileKind::Symlink).then(|| own.link(named)),
            capability: record.capability(),
        })
    }

    /// Follows links in every component.
    fn walk(&self, path: &str) -> Result<usize, OpenError> {
        let walked = follow(path, |place| {
            let found = self.find(place)?;
            let file = self.file(found)?;
            let stands = match file.link {
                Some(link) => Step::Link(link),
                None if file.kind == FileKind::Directory => Step::Directory,
                None => Step::Leaf,
            };
            Some((found, stands))
        });
        match walked {
            Ok((_, Some(at))) => Ok(at),
            Ok((place, None)) => self.find(&place).ok_or(OpenError::Missing),
            Err(Astray::Missing) => Err(OpenError::Missing),
            Err(Astray::Loop) => Err(OpenError::Loop),
        }
    }
}

/// Builds a tree by hand: for directories, and for tests.
#[derive(Default)]
pub struct TreeBuilder {
    layer: LayerBuilder,
}

impl TreeBuilder {
    /// Adds a regular file whose bytes are at hand; the analyzer is asked as in a layer pass.
    pub fn file(&mut self, path: &str, mode: u32, bytes: &[u8], analyzer: &dyn Analyzer) -> &mut Self {
        let head = bytes.get(..crate::layer::HEAD_BYTES).unwrap_or(bytes);
        let size = bytes.len() as u64;
        if let Some(ordinal) = self.put(path, FileKind::Regular, mode, size, "") {
            match analyzer.interest(path, size, mode, head) {
                Interest::No => {}
                Interest::Keep => {
                    self.layer.keep(ordinal, bytes);
                }
                Interest::Digest => {
                    self.layer.note(ordinal, &analyzer.digest(path, bytes));
                }
            }
        }
        self
    }

    /// Adds a symbolic link.
    pub fn symlink(&mut self, path: &str, target: &str) -> &mut Self {
        self.put(path, FileKind::Symlink, 0o777, 0, target);
        self
    }

    /// Adds a directory.
    pub fn dir(&mut self, path: &str, mode: u32) -> &mut Self {
        self.put(path, FileKind::Directory, mode, 0, "");
        self
    }

    fn put(&mut self, path: &str, kind: FileKind, mode: u32, size: u64, link: &str) -> Option<u32> {
        let (path, link) = (path.as_bytes(), link.as_bytes());
        let mode = (mode & 0o7777) as u16;
        self.layer.node(&Node { path, kind, mode, uid: 0, gid: 0, size, link, capability: false })
    }

    /// The tree.
    #[must_use]
    pub fn build(self, reopen: Option<Box<dyn Reopen>>) -> Tree {
        let tree = Tree::of(self.layer.finish(&NoAnalyzer));
        match reopen {
            Some(reopen) => tree.with_reopen(reopen),
            None => tree,
        }
    }
}
