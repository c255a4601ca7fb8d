//! Where the parts of an image lie: a folder, a tar that can be read at any place, a stream that goes by once, or a
//! registry.

use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use oci::LayerRead;
use oci::tar::{Entry, EntryKind, Flaw, Visit, Walker};
use ports::remote::{PartError, Parts};

use crate::engine::Unpacked;

/// Entries of an archive of an image.
const ARCHIVE_ENTRIES_MAX: usize = 100_000;

/// Links from one entry of an archive to another (old `docker save`).
const ARCHIVE_LINKS_MAX: usize = 8;

/// The parts of an image by name (`blobs/sha256/…`, `manifest.json`).
pub(crate) enum Store {
    /// A folder.
    Folder(PathBuf),
    /// A tar.
    Archive(Archive),
    /// What was kept of a stream that has gone by.
    Stream(Stream),
    /// A registry.
    Remote(Arc<dyn Parts>),
    /// Layers that an engine unpacked.
    Unpacked(Unpacked),
}

/// Where the bytes of a part come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A registry or an engine, which keeps it by its digest.
    Keeper,
    /// A state of a file: device, inode, size, times, and the place in it. Who writes to the file changes it.
    File(String),
    /// Nobody knows.
    Unknown,
}

/// A tar with the places of its entries.
pub(crate) struct Archive {
    file: File,
    entries: BTreeMap<String, Part>,
    /// The first thing wrong with the archive.
    pub(crate) flaw: Option<String>,
}

#[derive(Debug, Clone)]
enum Part {
    Bytes { at: u64, len: u64 },
    Link(String),
}

/// What was kept of a stream.
#[derive(Default)]
pub(crate) struct Stream {
    /// Documents.
    pub(crate) small: BTreeMap<String, Vec<u8>>,
    /// Sizes of everything.
    pub(crate) sizes: BTreeMap<String, u64>,
    pub(crate) links: BTreeMap<String, String>,
    /// Layers as read while they went by.
    pub(crate) layers: Mutex<BTreeMap<String, LayerRead>>,
    /// Where to read again, if anywhere.
    pub(crate) path: Option<PathBuf>,
    pub(crate) flaw: Option<String>,
}

/// Why a part cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BlobError {
    Missing,
    TooLarge(u64),
    Read(String),
}

impl std::fmt::Display for BlobError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing => write!(f, "it is not there"),
            Self::TooLarge(n) => write!(f, "it has {n} bytes, more than the bound"),
            Self::Read(e) => write!(f, "it cannot be read: {e}"),
        }
    }
}

impl From<io::Error> for BlobError {
    fn from(e: io::Error) -> Self {
        if e.kind() == io::ErrorKind::NotFound { Self::Missing } else { Self::Read(e.to_string()) }
    }
}

impl From<PartError> for BlobError {
    fn from(e: PartError) -> Self {
        match e {
            PartError::Missing => Self::Missing,
            PartError::TooLarge(bytes) => Self::TooLarge(bytes),
            PartError::Refused(reason) => Self::Read(reason),
        }
    }
}

impl Store {
    /// A small part, whole.
    pub(crate) fn small(&self, name: &str, max: u64) -> Result<Vec<u8>, BlobError> {
        if let Self::Stream(stream) = self {
            let name = stream.resolve(name);
            let known = stream.small.get(&name).cloned();
            return known.ok_or(match stream.sizes.get(&name) {
                Some(&size) => BlobError::TooLarge(size),
                None => BlobError::Missing,
            });
        }
        if let Self::Remote(parts) = self {
            return match name {
                "index.json" => Ok(parts.index().to_vec()),
                _ => Ok(parts.document(name, max)?),
            };
        }
        let (mut reader, len) = self.open(name)?;
        if max < len {
            return Err(BlobError::TooLarge(len));
        }
        let mut bytes = Vec::new();
        (&mut reader).take(max + 1).read_to_end(&mut bytes)?;
        if max < bytes.len() as u64 { Err(BlobError::TooLarge(bytes.len() as u64)) } else { Ok(bytes) }
    }

    /// The size of a part.
    pub(crate) fn size(&self, name: &str) -> Option<u64> {
        match self {
            Self::Stream(stream) => stream.sizes.get(&stream.resolve(name)).copied(),
            Self::Remote(parts) => parts.size(name),
            Self::Unpacked(layers) => layers.size(name),
            _ => self.open(name).ok().map(|(_, len)| len),
        }
    }

    /// A part as a stream, and its bytes.
    pub(crate) fn open(&self, name: &str) -> Result<(Box<dyn Read + Send + '_>, u64), BlobError> {
        match self {
            Self::Folder(dir) => {
                let (file, len) = file(dir, name)?;
                Ok((Box::new(file), len))
            }
            Self::Archive(archive) => {
                let (at, len) = archive.part(name).ok_or(BlobError::Missing)?;
                Ok((Box::new(Section { file: &archive.file, at, left: len }), len))
            }
            Self::Remote(parts) => Ok((parts.open(name)?, parts.size(name).unwrap_or_default())),
            Self::Unpacked(layers) => layers.open(name),
            Self::Stream(stream) => match (&stream.path, stream.sizes.get(&stream.resolve(name))) {
                (_, None) => Err(BlobError::Missing),
                (None, _) => Err(BlobError::Read("standard input cannot be read twice".to_owned())),
                (Some(path), Some(&len)) => {
                    let reader = crate::stream::open_part(path, &stream.resolve(name))?;
                    Ok((Box::new(reader), len))
                }
            },
        }
    }

    /// A range of a part; `None` where only the whole can be had.
    pub(crate) fn range(
        &self,
        name: &str,
        at: u64,
        len: u64,
    ) -> Result<Option<Box<dyn Read + Send + '_>>, BlobError> {
        match self {
            Self::Remote(parts) => Ok(parts.range(name, at, len)?),
            _ => Ok(None),
        }
    }

    /// Which bytes a part is made of, as far as that can be told without reading them.
    pub(crate) fn origin(&self, name: &str) -> Origin {
        let known = |meta: io::Result<Metadata>, place: String| match meta {
            Ok(meta) => Origin::File(format!(
                "{} {} {} {}.{} {}.{} {place}",
                meta.dev(),
                meta.ino(),
                meta.len(),
                meta.mtime(),
                meta.mtime_nsec(),
                meta.ctime(),
                meta.ctime_nsec()
            )),
            Err(_) => Origin::Unknown,
        };
        match self {
            Self::Folder(dir) => known(dir.join(name).metadata(), String::new()),
            Self::Archive(archive) => match archive.part(name) {
                Some((at, len)) => known(archive.file.metadata(), format!("{at}+{len}")),
                None => Origin::Unknown,
            },
            Self::Stream(stream) => match &stream.path {
                Some(path) => known(path.metadata(), stream.resolve(name)),
                None => Origin::Unknown,
            },
            Self::Remote(_) | Self::Unpacked(_) => Origin::Keeper,
        }
    }

    /// True if there is such a part.
    pub(crate) fn has(&self, name: &str) -> bool {
        match self {
            Self::Folder(dir) => dir.join(name).is_file(),
            Self::Archive(archive) => archive.part(name).is_some(),
            Self::Stream(stream) => stream.sizes.contains_key(&stream.resolve(name)),
            Self::Remote(parts) => parts.size(name).is_some(),
            Self::Unpacked(layers) => layers.size(name).is_some(),
        }
    }

    /// What is wrong with the archive itself.
    pub(crate) fn flaw(&self) -> Option<&str> {
        match self {
            Self::Folder(_) | Self::Remote(_) | Self::Unpacked(_) => None,
            Self::Archive(archive) => archive.flaw.as_deref(),
            Self::Stream(stream) => stream.flaw.as_deref(),
        }
    }
}

/// A part in a folder, and its bytes.
pub(crate) fn file(dir: &Path, name: &str) -> Result<(File, u64), BlobError> {
    if name.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err(BlobError::Missing);
    }
    let file = disk::open(&dir.join(name))?;
    let len = file.metadata()?.len();
    Ok((file, len))
}

impl Stream {
    /// The name behind links.
    pub(crate) fn resolve(&self, name: &str) -> String {
        follow(name, |n| self.links.get(n).cloned())
    }
}

fn follow(name: &str, link: impl Fn(&str) -> Option<String>) -> String {
    let mut name = name.trim_start_matches("./").to_owned();
    for _ in 0..ARCHIVE_LINKS_MAX {
        match link(&name) {
            Some(next) => name = next,
            None => break,
        }
    }
    name
}

/// Where a link in an archive points, seen from the archive's root.
pub(crate) fn beside(name: &str, target: &[u8], hard: bool) -> String {
    let target = String::from_utf8_lossy(target);
    let mut parts: Vec<&str> = if hard { Vec::new() } else { name.split('/').collect() };
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The name of an entry as documents write it.
pub(crate) fn part_name(path: &[u8]) -> String {
    let path = String::from_utf8_lossy(path);
    path.trim_start_matches("./").trim_matches('/').to_owned()
}

impl Archive {
    /// Notes where every entry of a plain tar lies, without reading their bytes.
    pub(crate) fn scan(path: &Path) -> io::Result<Self> {
        let file = disk::open(path)?;
        let len = file.metadata()?.len();
        let mut places = Places::default();
        let mut walker = Walker::default();
        let (mut at, mut buffer) = (0u64, [0u8; 512]);
        while at < len && !walker.is_done() && places.entries.len() < ARCHIVE_ENTRIES_MAX {
            let read = read_at(&file, &mut buffer, at)?;
            let Some(block) = buffer.get(..read).filter(|b| !b.is_empty()) else {
                break;
            };
            walker.feed(block, &mut places);
            at += read as u64;
            places.begins(at);
            let jump = walker.pending();
            if len < at.saturating_add(jump) {
                // A last padding may be missing, bytes may not.
                places.cut(len);
                break;
            }
            walker.jump(&mut places);
            at += jump;
        }
        if places.flaw.is_none() && at == len {
            walker.finish(&mut places);
        }
        Ok(Self { file, entries: places.entries, flaw: places.flaw })
    }

    /// The names of its entries.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    fn part(&self, name: &str) -> Option<(u64, u64)> {
        let name = follow(name, |n| match self.entries.get(n) {
            Some(Part::Link(to)) => Some(to.clone()),
            _ => None,
        });
        match self.entries.get(&name) {
            Some(&Part::Bytes { at, len }) => Some((at, len)),
            _ => None,
        }
    }
}

/// Gathers the places of entries.
#[derive(Default)]
struct Places {
    entries: BTreeMap<String, Part>,
    open: Option<(String, u64)>,
    flaw: Option<String>,
}

impl Places {
    /// The entry told last has its bytes at `at`.
    fn begins(&mut self, at: u64) {
        if let Some((name, len)) = self.open.take() {
            self.entries.insert(name, Part::Bytes { at, len });
        }
    }

    /// The archive ends at `len`, in the middle of an entry.
    fn cut(&mut self, len: u64) {
        let missing = self
            .entries
            .values()
            .any(|p| matches!(p, Part::Bytes { at, len: l } if len < at.saturating_add(*l)));
        if missing {
            self.flaw = Some("the archive ends in the middle of an entry".to_owned());
        }
    }
}

impl Visit for Places {
    fn entry(&mut self, entry: &Entry<'_>) {
        let name = part_name(entry.path);
        match entry.kind {
            EntryKind::Regular => self.open = Some((name, entry.size)),
            EntryKind::Symlink | EntryKind::Hardlink => {
                let to = beside(&name, entry.link, entry.kind == EntryKind::Hardlink);
                self.entries.insert(name, Part::Link(to));
            }
            EntryKind::Directory | EntryKind::Special => {}
        }
    }
    fn data(&mut self, _: u64, _: &[u8]) {}
    fn close(&mut self) {}
    fn flaw(&mut self, flaw: Flaw) {
        if flaw.loses && self.flaw.is_none() {
            self.flaw = Some(format!("{} (offset {})", flaw.reason, flaw.offset));
        }
    }
}

/// A part of a file, read without moving the file's own place, so that several threads can.
struct Section<'f> {
    file: &'f File,
    at: u64,
    left: u64,
}

impl Read for Section<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let want = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let Some(buffer) = buffer.get_mut(..want) else {
            return Ok(0);
        };
        let n = self.file.read_at(buffer, self.at)?;
        self.at += n as u64;
        self.left -= n as u64;
        Ok(n)
    }
}

/// Fills the buffer as far as the file goes.
pub(crate) fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    let mut done = 0;
    while let Some(rest) = buffer.get_mut(done..).filter(|r| !r.is_empty()) {
        match file.read_at(rest, at + done as u64) {
            Ok(0) => break,
            Ok(n) => done += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(done)
}
