//! The merged tree of a target: what a process inside would see.

use std::collections::BTreeMap;
use std::fmt;

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
    /// Relative to the root, `/`-separated, no leading slash.
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

/// Reads a file again from its source: re-inflates one layer from its start, or opens a path.
pub trait Reopen: Send + Sync {
    /// The bytes of the regular file `path` of layer `layer`, at most `max` of them.
    ///
    /// # Errors
    /// [`OpenError`] if it is gone, larger, or the source fails.
    fn reopen(&self, layer: u32, path: &str, max: u64) -> Result<Vec<u8>, OpenError>;
}

/// The merged tree. Iteration is in byte order of paths.
pub struct Tree {
    entries: BTreeMap<String, Node>,
    reopen: Option<Box<dyn Reopen>>,
}

struct Node {
    kind: FileKind,
    mode: u32,
    uid: u32,
    gid: u32,
    size: u64,
    layer: u32,
    link: Option<String>,
    capability: bool,
    kept: Option<Vec<u8>>,
    noted: Option<Vec<u8>>,
}

impl Tree {
    /// Every entry.
    pub fn iter(&self) -> impl Iterator<Item = FileRef<'_>> {
        self.entries.iter().map(|(p, n)| file_ref(p, n))
    }

    /// The entry at exactly this path; links are not followed.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<FileRef<'_>> {
        self.entries.get_key_value(path).map(|(p, n)| file_ref(p, n))
    }

    /// The entry a process inside would reach: links are followed in every component, never out of the root.
    #[must_use]
    pub fn resolve(&self, path: &str) -> Option<FileRef<'_>> {
        self.get(path)
    }

    /// Entries below the directory `dir` (all depths), `dir` itself excluded.
    pub fn below<'t>(&'t self, dir: &str) -> impl Iterator<Item = FileRef<'t>> {
        let prefix = format!("{dir}/");
        let start = prefix.clone();
        self.entries.range(start..).take_while(move |(p, _)| p.starts_with(&prefix)).map(|(p, n)| file_ref(p, n))
    }

    /// The bytes kept for a path by [`crate::Interest::Keep`].
    #[must_use]
    pub fn kept(&self, path: &str) -> Option<&[u8]> {
        self.entries.get(path)?.kept.as_deref()
    }

    /// The analyzer's answer for a path ([`crate::Interest::Digest`]).
    #[must_use]
    pub fn noted(&self, path: &str) -> Option<&[u8]> {
        self.entries.get(path)?.noted.as_deref()
    }

    /// Reads a file, links followed, at most `max` bytes.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(&self, path: &str, max: u64) -> Result<Vec<u8>, OpenError> {
        let file = self.resolve(path).ok_or(OpenError::Missing)?;
        if file.kind != FileKind::Regular {
            return Err(OpenError::NotRegular);
        }
        if max < file.size {
            return Err(OpenError::TooLarge(file.size));
        }
        if let Some(bytes) = self.kept(file.path) {
            return Ok(bytes.to_vec());
        }
        match &self.reopen {
            Some(r) => r.reopen(file.layer, file.path, max),
            None => Err(OpenError::Source("the source cannot be read twice".to_owned())),
        }
    }
}

fn file_ref<'t>(path: &'t str, n: &'t Node) -> FileRef<'t> {
    FileRef {
        path,
        kind: n.kind,
        mode: n.mode,
        uid: n.uid,
        gid: n.gid,
        size: n.size,
        layer: n.layer,
        link: n.link.as_deref(),
        capability: n.capability,
    }
}

/// Builds a tree by hand: for directories, and for tests.
#[derive(Default)]
pub struct TreeBuilder {
    entries: BTreeMap<String, Node>,
}

impl TreeBuilder {
    /// Adds a regular file whose bytes are at hand; the analyzer is asked as in a layer pass.
    pub fn file(&mut self, path: &str, mode: u32, bytes: &[u8], analyzer: &dyn crate::Analyzer) -> &mut Self {
        let head = &bytes[..bytes.len().min(64)];
        let size = bytes.len() as u64;
        let (kept, noted) = match analyzer.interest(path, size, mode, head) {
            crate::Interest::No => (None, None),
            crate::Interest::Keep => (Some(bytes.to_vec()), None),
            crate::Interest::Digest => (None, Some(analyzer.digest(path, bytes))),
        };
        self.put(path, FileKind::Regular, mode, size, None, kept, noted)
    }

    /// Adds a symbolic link.
    pub fn symlink(&mut self, path: &str, target: &str) -> &mut Self {
        self.put(path, FileKind::Symlink, 0o777, 0, Some(target.to_owned()), None, None)
    }

    /// Adds a directory.
    pub fn dir(&mut self, path: &str, mode: u32) -> &mut Self {
        self.put(path, FileKind::Directory, mode, 0, None, None, None)
    }

    #[expect(clippy::too_many_arguments, reason = "private, one caller a kind")]
    fn put(
        &mut self,
        path: &str,
        kind: FileKind,
        mode: u32,
        size: u64,
        link: Option<String>,
        kept: Option<Vec<u8>>,
        noted: Option<Vec<u8>>,
    ) -> &mut Self {
        let node = Node { kind, mode, uid: 0, gid: 0, size, layer: 0, link, capability: false, kept, noted };
        self.entries.insert(path.to_owned(), node);
        self
    }

    /// The tree.
    #[must_use]
    pub fn build(self, reopen: Option<Box<dyn Reopen>>) -> Tree {
        Tree { entries: self.entries, reopen }
    }
}
