//! Layers that an engine unpacked, as the archives they were: put together again from tar-split's list, byte for byte,
//! or, where there is none, written anew from the folder.

use std::collections::{BTreeMap, VecDeque};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use oci::engine::split::{Piece, Pieces};

use super::overlay::Unrolled;
use crate::beneath::{self, Links};
use crate::blobs::{self, BlobError};

/// Layers by the name of their part.
#[derive(Debug, Default)]
pub(crate) struct Unpacked {
    layers: BTreeMap<String, Layer>,
    /// A folder that holds the other parts.
    beside: Option<PathBuf>,
}

#[derive(Debug)]
struct Layer {
    /// The unpacked files.
    folder: PathBuf,
    /// tar-split's list of the archive's parts.
    split: Option<PathBuf>,
    /// The files of the layers below lie in the folder as well.
    is_whole: bool,
    /// Bytes of the archive, as the engine noted it.
    size: u64,
}

impl Unpacked {
    /// Adds a layer that lies in a folder ([`super::folder`]). False if its archive cannot be put together again, so
    /// that its digest cannot be verified.
    pub(crate) fn add(&mut self, part: &str, folder: (PathBuf, bool), split: PathBuf, size: u64) -> bool {
        let (folder, is_own) = folder;
        let split = Some(split).filter(|path| path.is_file());
        let exact = split.is_some();
        self.layers.insert(part.to_owned(), Layer { folder, split, is_whole: !is_own, size });
        exact
    }

    /// No layers yet, and other parts in a folder.
    pub(crate) fn beside(folder: PathBuf) -> Self {
        Self { beside: Some(folder), ..Self::default() }
    }

    /// The size of a layer's archive.
    pub(crate) fn size(&self, part: &str) -> Option<u64> {
        let beside = || Some(blobs::file(self.beside.as_deref()?, part).ok()?.1);
        self.layers.get(part).map(|l| l.size).or_else(beside)
    }

    /// A layer's archive.
    pub(crate) fn open(&self, part: &str) -> Result<(Box<dyn Read + Send + '_>, u64), BlobError> {
        let Some(layer) = self.layers.get(part) else {
            let (file, len) = blobs::file(self.beside.as_deref().ok_or(BlobError::Missing)?, part)?;
            return Ok((Box::new(file), len));
        };
        // Without the right to look into it, a folder must not read as an empty one.
        std::fs::read_dir(&layer.folder)
            .map_err(|e| BlobError::Read(format!("`{}`: {e}", layer.folder.display())))?;
        let source = match &layer.split {
            Some(split) => Source::Split(Box::new(Pieces::new(disk::open(split)?))),
            None if layer.is_whole => {
                let reason =
                    "the engine keeps no list of its parts, and the layers below lie in the same folder";
                return Err(BlobError::Read(reason.to_owned()));
            }
            None => Source::Folder(Unrolled::new(&layer.folder)),
        };
        let now = Now::Bytes(VecDeque::new());
        Ok((Box::new(Archived { folder: layer.folder.clone(), source, now }), layer.size))
    }
}

/// An archive under way.
struct Archived {
    folder: PathBuf,
    source: Source,
    now: Now,
}

enum Source {
    Split(Box<Pieces<File>>),
    Folder(Unrolled),
}

/// What is being given out.
enum Now {
    Bytes(VecDeque<u8>),
    File { file: File, name: String, left: u64 },
}

impl Archived {
    fn next(&mut self) -> Option<io::Result<Now>> {
        let (piece, links) = match &mut self.source {
            // A runtime followed the links of the layer itself when it unpacked.
            Source::Split(pieces) => (pieces.next()?, Links::Inside),
            Source::Folder(unrolled) => (unrolled.next()?, Links::Refused),
        };
        Some(match piece {
            Ok(Piece::Bytes(bytes)) => Ok(Now::Bytes(bytes.into())),
            Ok(Piece::File { size: 0, .. }) => Ok(Now::Bytes(VecDeque::new())),
            Ok(Piece::File { name, size }) => self.file(&name, size, links),
            Err(e) => Err(io::Error::other(e)),
        })
    }

    fn file(&self, name: &[u8], left: u64, links: Links) -> io::Result<Now> {
        let path = Path::new(OsStr::from_bytes(name));
        let path = path.strip_prefix("/").unwrap_or(path);
        let shown = path.display().to_string();
        let file = beneath::open(&self.folder, path, links)
            .map_err(|e| io::Error::other(format!("`{shown}` of the unpacked layer: {e}")))?;
        Ok(Now::File { file, name: shown, left })
    }
}

impl Read for Archived {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            match &mut self.now {
                Now::Bytes(bytes) if !bytes.is_empty() => return bytes.read(buffer),
                Now::File { file, name, left } if 0 < *left => {
                    let want = usize::try_from(*left).unwrap_or(usize::MAX).min(buffer.len());
                    let n = file.read(buffer.get_mut(..want).unwrap_or_default())?;
                    if n == 0 {
                        let reason =
                            format!("`{name}` of the unpacked layer is {left} bytes shorter than it was");
                        return Err(io::Error::other(reason));
                    }
                    *left -= n as u64;
                    return Ok(n);
                }
                Now::Bytes(_) | Now::File { .. } => match self.next() {
                    Some(next) => self.now = next?,
                    None => return Ok(0),
                },
            }
        }
    }
}
