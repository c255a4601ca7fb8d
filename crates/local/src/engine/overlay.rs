//! The upper folder of an overlayfs as the archive of a layer (Linux, `Documentation/filesystems/overlayfs.rst`):
//! character devices 0/0 are whiteouts, an extended attribute makes a directory opaque. fuse-overlayfs writes the names
//! of archives (`.wh.…`) instead, which mean the same here.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use oci::engine::split::Piece;
use rustix::io::Errno;

use super::tarred::Header;
use crate::folder::FOLDER_DEPTH_MAX;

/// Files with several names that are remembered.
const LINKED_MAX: usize = 1_000_000;

/// The parts of the archive, in order.
pub(crate) struct Unrolled {
    root: PathBuf,
    todo: Vec<PathBuf>,
    ready: VecDeque<Result<Piece, String>>,
    /// First names of files that have several, by device and number.
    linked: BTreeMap<(u64, u64), Vec<u8>>,
}

impl Unrolled {
    pub(crate) fn new(root: &Path) -> Self {
        let todo = vec![PathBuf::new()];
        Self { root: root.to_owned(), todo, ready: VecDeque::new(), linked: BTreeMap::new() }
    }

    /// Takes the entries of one directory.
    fn directory(&mut self, dir: &Path) -> io::Result<()> {
        if FOLDER_DEPTH_MAX < dir.components().count() {
            return Err(io::Error::other(format!("deeper than FOLDER_DEPTH_MAX ({FOLDER_DEPTH_MAX})")));
        }
        let mut names = Vec::new();
        for entry in fs::read_dir(self.root.join(dir))? {
            names.push(entry?.file_name());
        }
        names.sort();
        let mut below = Vec::new();
        for name in names {
            let path = dir.join(name);
            let meta = fs::symlink_metadata(self.root.join(&path))?;
            self.entry(&path, &meta)?;
            if meta.is_dir() {
                below.push(path);
            }
        }
        below.reverse();
        self.todo.append(&mut below);
        Ok(())
    }

    fn entry(&mut self, path: &Path, meta: &Metadata) -> io::Result<()> {
        let (kind, full) = (meta.file_type(), self.root.join(path));
        let mut header = header(path, meta);
        if kind.is_dir() {
            return self.folder(path, &full, header);
        }
        if kind.is_file() {
            return self.file(path, &full, meta, header);
        }
        if kind.is_char_device() && meta.rdev() == 0 {
            header.path = marker(path);
        } else if kind.is_symlink() {
            header.kind = b'2';
            header.link = fs::read_link(&full)?.into_os_string().into_vec();
        } else {
            header.kind = if kind.is_char_device() || kind.is_block_device() { b'3' } else { b'6' };
        }
        self.bytes(header.write());
        Ok(())
    }

    fn folder(&mut self, path: &Path, full: &Path, mut header: Header) -> io::Result<()> {
        if overlay(full, "redirect")?.is_some() {
            return Err(io::Error::other(format!("`{}` was moved within the overlay", path.display())));
        }
        header.kind = b'5';
        let mark = Header { path: [&header.path[..], b"/.wh..wh..opq"].concat(), ..Header::default() };
        self.bytes(header.write());
        if overlay(full, "opaque")?.as_deref() == Some(b"y") {
            self.bytes(mark.write());
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, full: &Path, meta: &Metadata, mut header: Header) -> io::Result<()> {
        // Linux 6.7 and later: a whiteout of an overlay within an overlay is an empty file with this attribute.
        if meta.len() == 0 && overlay(full, "whiteout")?.is_some() {
            header.path = marker(path);
            self.bytes(header.write());
            return Ok(());
        }
        if overlay(full, "metacopy")?.is_some() {
            let reason = format!("the content of `{}` lies in a layer below (metacopy)", path.display());
            return Err(io::Error::other(reason));
        }
        if 1 < meta.nlink() && self.linked.len() < LINKED_MAX {
            let first = self.linked.entry((meta.dev(), meta.ino())).or_insert_with(|| header.path.clone());
            if *first != header.path {
                (header.kind, header.link) = (b'1', first.clone());
                self.bytes(header.write());
                return Ok(());
            }
        }
        header.size = meta.len();
        header.capability = attribute(full, "security.capability")?.is_some();
        let padding = (512 - meta.len() % 512) % 512;
        self.bytes(header.write());
        self.ready.push_back(Ok(Piece::File { name: header.path, size: meta.len() }));
        self.bytes(vec![0; padding as usize]);
        Ok(())
    }

    fn bytes(&mut self, bytes: Vec<u8>) {
        self.ready.push_back(Ok(Piece::Bytes(bytes)));
    }
}

impl Iterator for Unrolled {
    type Item = Result<Piece, String>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(ready) = self.ready.pop_front() {
                return Some(ready);
            }
            let dir = self.todo.pop()?;
            if let Err(e) = self.directory(&dir) {
                self.todo.clear();
                let shown = self.root.join(&dir);
                self.ready.push_back(Err(format!("the folder `{}` of the layer: {e}", shown.display())));
            } else if self.todo.is_empty() {
                // Two empty blocks end an archive.
                self.bytes(vec![0; 1024]);
            }
        }
    }
}

fn header(path: &Path, meta: &Metadata) -> Header {
    Header {
        path: path.as_os_str().as_bytes().to_vec(),
        mode: meta.mode() & 0o7777,
        uid: meta.uid(),
        gid: meta.gid(),
        ..Header::default()
    }
}

/// The name by which an archive deletes `path`.
fn marker(path: &Path) -> Vec<u8> {
    let name = path.file_name().map(OsStrExt::as_bytes).unwrap_or_default();
    let marked = [b".wh.", name].concat();
    match path.parent().map(|p| p.as_os_str().as_bytes()) {
        None | Some(b"") => marked,
        Some(dir) => [dir, b"/", &marked].concat(),
    }
}

/// An attribute of overlayfs, by root or by a user's mount.
fn overlay(path: &Path, name: &str) -> io::Result<Option<Vec<u8>>> {
    match attribute(path, &format!("trusted.overlay.{name}"))? {
        Some(value) => Ok(Some(value)),
        None => attribute(path, &format!("user.overlay.{name}")),
    }
}

fn attribute(path: &Path, name: &str) -> io::Result<Option<Vec<u8>>> {
    let mut value = [0u8; 64];
    match rustix::fs::lgetxattr(path, name, &mut value) {
        Ok(len) => Ok(Some(value.get(..len).unwrap_or_default().to_vec())),
        // Longer than any that matters here: it is there.
        Err(Errno::RANGE) => Ok(Some(Vec::new())),
        Err(Errno::NODATA | Errno::OPNOTSUPP | Errno::PERM) => Ok(None),
        Err(e) => Err(e.into()),
    }
}
