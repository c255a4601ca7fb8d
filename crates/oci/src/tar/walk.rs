//! The walk itself: a state machine over whatever pieces of the archive arrive.

use super::header::{self, Block, Format, Header};
use super::pax::{self, Records};
use super::sparse::{self, Cursor, Map, MapReader, Run};
use super::{BLOCK, EXTENSION_BYTES_MAX};

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// Regular file.
    Regular,
    /// Directory.
    Directory,
    /// Symbolic link to [`Entry::link`].
    Symlink,
    /// Another name of the earlier entry [`Entry::link`].
    Hardlink,
    /// Device or fifo.
    Special,
}

/// An entry as the archive has it: nothing is cleaned, nothing is decoded.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'w> {
    /// Path.
    pub path: &'w [u8],
    /// Target of a link.
    pub link: &'w [u8],
    /// Kind.
    pub kind: EntryKind,
    /// Permission bits, `0o7777` at most.
    pub mode: u16,
    /// Owner; ids beyond 32 bits are `u32::MAX`.
    pub uid: u32,
    /// Group; ids beyond 32 bits are `u32::MAX`.
    pub gid: u32,
    /// Bytes of the file, holes included.
    pub size: u64,
    /// Carries `security.capability`.
    pub capability: bool,
}

/// Something about the archive that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Offset of the block in the archive.
    pub offset: u64,
    /// What is wrong.
    pub reason: &'static str,
    /// True if entries or bytes of entries may be missing for it.
    pub loses: bool,
}

/// Is told what the walk meets.
pub trait Visit {
    /// An entry. Its stored bytes follow as [`Visit::data`] if it is a regular file, and [`Visit::close`] ends it.
    fn entry(&mut self, entry: &Entry<'_>);
    /// Bytes of the entry that stand at `offset` in the file. Offsets rise; what lies between them is zero.
    fn data(&mut self, offset: u64, bytes: &[u8]);
    /// The entry is whole.
    fn close(&mut self);
    /// Something is wrong.
    fn flaw(&mut self, flaw: Flaw);
}

/// Walks an archive.
#[derive(Default)]
pub struct Walker {
    state: State,
    /// Bytes consumed.
    offset: u64,
    block: Vec<u8>,
    zeros: u8,
    lost: bool,
    next: Extensions,
    path: Vec<u8>,
    link: Vec<u8>,
    meta: Meta,
}

#[derive(Default)]
enum State {
    #[default]
    Header,
    /// Data of a regular file.
    Data {
        left: u64,
        at: u64,
        pad: u64,
        cursor: Option<Cursor>,
    },
    /// Body of a pax header or a GNU long name.
    Extension {
        kind: u8,
        left: u64,
        pad: u64,
        body: Vec<u8>,
    },
    /// Further blocks of an old GNU sparse map.
    SparseBlocks {
        runs: Vec<Run>,
        stored: u64,
    },
    /// A sparse map of format 1.0 in front of the data.
    SparseMap {
        reader: MapReader,
        left: u64,
        pad: u64,
    },
    Skip {
        left: u64,
    },
    End,
}

/// What extended headers say of the next entry.
#[derive(Default)]
struct Extensions {
    pax: Option<Records>,
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
}

#[derive(Default, Clone, Copy)]
struct Meta {
    kind: Option<EntryKind>,
    mode: u16,
    uid: u32,
    gid: u32,
    size: u64,
    capability: bool,
}

impl Walker {
    /// Takes the next piece of the archive.
    pub fn feed(&mut self, mut bytes: &[u8], visit: &mut dyn Visit) {
        while !bytes.is_empty() {
            let before = bytes.len();
            match &mut self.state {
                State::End => {
                    self.offset += before as u64;
                    return;
                }
                State::Skip { left } => {
                    bytes = skip(bytes, left);
                    if *left == 0 {
                        self.state = State::Header;
                    }
                }
                State::Data { left, at, pad, cursor } => {
                    let take = usize::try_from(*left).unwrap_or(usize::MAX).min(before);
                    let (piece, rest) = bytes.split_at(take);
                    match cursor {
                        Some(cursor) => cursor.place(piece, |offset, run| visit.data(offset, run)),
                        None => visit.data(*at, piece),
                    }
                    *left -= take as u64;
                    *at += take as u64;
                    bytes = rest;
                    if *left == 0 {
                        self.state = skip_then_header(*pad);
                        visit.close();
                    }
                }
                State::Extension { left, body, .. } => {
                    let take = usize::try_from(*left).unwrap_or(usize::MAX).min(before);
                    let (piece, rest) = bytes.split_at(take);
                    body.extend_from_slice(piece);
                    *left -= take as u64;
                    bytes = rest;
                    if *left == 0 {
                        self.extension(visit);
                    }
                }
                State::Header | State::SparseBlocks { .. } | State::SparseMap { .. } => {
                    bytes = self.gather(bytes, visit);
                }
            }
            self.offset += (before - bytes.len()) as u64;
        }
    }

    /// Bytes of the archive that hold nothing but the current entry's data and padding.
    #[must_use]
    pub fn pending(&self) -> u64 {
        match &self.state {
            State::Skip { left } => *left,
            State::Data { left, pad, .. } => left.saturating_add(*pad),
            _ => 0,
        }
    }

    /// Passes over [`Walker::pending`] bytes that nobody wants to see; the caller moves its source as far.
    pub fn jump(&mut self, visit: &mut dyn Visit) {
        self.offset = self.offset.saturating_add(self.pending());
        if let State::Data { .. } = std::mem::replace(&mut self.state, State::Header) {
            visit.close();
        }
    }

    /// True behind the closing blocks.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self.state, State::End)
    }

    /// The archive ended here. Both closing blocks may be missing (Go and GNU read such archives without a word).
    pub fn finish(&mut self, visit: &mut dyn Visit) {
        let whole = match self.state {
            State::End => true,
            State::Header => self.block.is_empty(),
            // Some writers leave out the padding after the last file.
            State::Skip { left } => left < BLOCK as u64,
            _ => false,
        };
        if !whole {
            self.flaw("the archive ends in the middle of an entry", true, visit);
        }
    }

    /// Collects a whole block, without copying where it lies whole in `bytes`; returns what is left.
    fn gather<'b>(&mut self, bytes: &'b [u8], visit: &mut dyn Visit) -> &'b [u8] {
        if self.block.is_empty()
            && let Some((block, rest)) = bytes.split_first_chunk::<BLOCK>()
        {
            self.whole_block(block, visit);
            return rest;
        }
        let take = (BLOCK - self.block.len()).min(bytes.len());
        let (piece, rest) = bytes.split_at(take);
        self.block.extend_from_slice(piece);
        if let Some(&block) = self.block.first_chunk::<BLOCK>() {
            self.block.clear();
            self.whole_block(&block, visit);
        }
        rest
    }

    fn whole_block(&mut self, block: &[u8; BLOCK], visit: &mut dyn Visit) {
        match std::mem::take(&mut self.state) {
            State::SparseBlocks { mut runs, stored } => {
                let (more, extended) = header::sparse_block(block);
                let fits = more.is_some_and(|more| {
                    runs.extend(more);
                    runs.len() <= super::SPARSE_RUNS_MAX
                });
                match (fits, extended) {
                    (false, _) => self.broken_sparse("an old GNU sparse map cannot be read", stored, visit),
                    (true, true) => self.state = State::SparseBlocks { runs, stored },
                    (true, false) => self.begin_sparse(runs, stored, visit),
                }
            }
            State::SparseMap { mut reader, left, pad } => {
                let Some(left) = left.checked_sub(BLOCK as u64) else {
                    return self.broken_sparse("a sparse map is larger than its entry", 0, visit);
                };
                match reader.block(block) {
                    Ok(Map::More) => self.state = State::SparseMap { reader, left, pad },
                    Ok(Map::Done(runs)) => self.begin_sparse(runs, left, visit),
                    Err(reason) => self.broken_sparse(reason, left, visit),
                }
            }
            _ => match header::read(block) {
                Block::Zero => {
                    self.zeros += 1;
                    if 2 <= self.zeros {
                        self.state = State::End;
                    }
                }
                Block::Garbage => self.garbage(visit),
                Block::Header(header) => {
                    if 0 < self.zeros {
                        self.flaw("entries follow a lone zero block", false, visit);
                    }
                    self.zeros = 0;
                    self.lost = false;
                    self.header(&header, visit);
                }
            },
        }
    }

    /// Goes on at the next block that is a header, as GNU tar does; told once a gap.
    fn garbage(&mut self, visit: &mut dyn Visit) {
        if !self.lost {
            self.flaw("a header does not match its checksum", true, visit);
        }
        self.lost = true;
        self.zeros = 0;
        self.next = Extensions::default();
    }

    fn header(&mut self, header: &Header<'_>, visit: &mut dyn Visit) {
        let Some(size) = header.size() else {
            return self.garbage(visit);
        };
        match header.kind() {
            kind @ (b'x' | b'X' | b'g' | b'L' | b'K') => self.begin_extension(kind, size, visit),
            b'V' => self.state = skip_then_header(padded(size)),
            kind => self.entry(header, kind, size, visit),
        }
    }

    fn begin_extension(&mut self, kind: u8, size: u64, visit: &mut dyn Visit) {
        if EXTENSION_BYTES_MAX < size {
            self.flaw("an extended header is larger than EXTENSION_BYTES_MAX", true, visit);
            self.state = skip_then_header(padded(size));
            return;
        }
        self.state = State::Extension { kind, left: size, pad: pad(size), body: Vec::new() };
        if size == 0 {
            self.extension(visit);
        }
    }

    fn extension(&mut self, visit: &mut dyn Visit) {
        let State::Extension { kind, pad, mut body, .. } = std::mem::take(&mut self.state) else {
            return;
        };
        self.state = skip_then_header(pad);
        match kind {
            b'L' | b'K' => {
                if let Some(end) = memchr::memchr(0, &body) {
                    body.truncate(end);
                }
                if kind == b'L' {
                    self.next.name = Some(body);
                } else {
                    self.next.link = Some(body);
                }
            }
            // Runtimes read global headers and do not apply them (Docker: "found and ignored").
            b'g' => match pax::read(&body) {
                Ok(records) if records.changes_entries() => {
                    self.flaw(
                        "a global pax header that changes entries is ignored, as runtimes do",
                        false,
                        visit,
                    );
                }
                Ok(_) => {}
                Err(reason) => self.flaw(reason, false, visit),
            },
            _ => match pax::read(&body) {
                Ok(records) => self.next.pax = Some(records),
                Err(reason) => self.flaw(reason, true, visit),
            },
        }
    }

    fn entry(&mut self, header: &Header<'_>, kind: u8, header_size: u64, visit: &mut dyn Visit) {
        let next = std::mem::take(&mut self.next);
        let pax = next.pax.unwrap_or_default();
        let stored = pax.size.unwrap_or(header_size);
        self.name(header, next.name, pax.path);
        set(&mut self.link, next.link.or(pax.link).as_deref().unwrap_or(header.link()));
        let (kind, stored) = match kind {
            b'0' | 0 | b'7' if self.path.ends_with(b"/") => (EntryKind::Directory, stored),
            b'0' | 0 | b'7' | b'S' => (EntryKind::Regular, stored),
            b'1' => (EntryKind::Hardlink, 0),
            b'2' => (EntryKind::Symlink, 0),
            b'3' | b'4' | b'6' => (EntryKind::Special, 0),
            b'5' => (EntryKind::Directory, 0),
            b'D' => (EntryKind::Directory, stored),
            _ => {
                self.flaw("an entry is of a type that no runtime unpacks", true, visit);
                self.state = skip_then_header(padded(stored));
                return;
            }
        };
        let id = |n: Option<u64>| n.map_or(u32::MAX, |n| u32::try_from(n).unwrap_or(u32::MAX));
        if header.mode().is_none() {
            self.flaw("an entry's mode is not a number", false, visit);
        }
        self.meta = Meta {
            kind: Some(kind),
            mode: (header.mode().unwrap_or(0) & 0o7777) as u16,
            uid: id(pax.uid.or_else(|| header.uid())),
            gid: id(pax.gid.or_else(|| header.gid())),
            size: if kind == EntryKind::Regular { stored } else { 0 },
            capability: pax.capability,
        };
        if kind != EntryKind::Regular {
            self.emit(visit);
            self.state = skip_then_header(padded(stored));
            visit.close();
            return;
        }
        match (header.kind() == b'S' && header.format() == Format::Gnu, pax.sparse) {
            (true, _) => self.old_sparse(header, stored, visit),
            (false, sparse) if sparse != pax::Sparse::default() => self.pax_sparse(sparse, stored, visit),
            _ => self.begin(stored, None, visit),
        }
    }

    fn name(&mut self, header: &Header<'_>, long: Option<Vec<u8>>, pax: Option<Vec<u8>>) {
        if let Some(name) = long.or(pax) {
            self.path = name;
            return;
        }
        set(&mut self.path, header.prefix());
        if !self.path.is_empty() {
            self.path.push(b'/');
        }
        self.path.extend_from_slice(header.name());
    }

    fn old_sparse(&mut self, header: &Header<'_>, stored: u64, visit: &mut dyn Visit) {
        let (runs, extended) = header.sparse();
        match (header.real_size(), runs) {
            (Some(size), Some(runs)) => {
                self.meta.size = size;
                if extended {
                    self.state = State::SparseBlocks { runs, stored };
                } else {
                    self.begin_sparse(runs, stored, visit);
                }
            }
            _ => self.broken_sparse("an old GNU sparse map cannot be read", stored, visit),
        }
    }

    fn pax_sparse(&mut self, sparse: pax::Sparse, stored: u64, visit: &mut dyn Visit) {
        if let Some(name) = sparse.name {
            self.path = name;
        }
        if let Some(size) = sparse.real_size {
            self.meta.size = size;
        }
        match (sparse.major, sparse.minor, sparse.runs) {
            (Some(1), Some(0), _) => {
                self.state =
                    State::SparseMap { reader: MapReader::default(), left: stored, pad: pad(stored) };
            }
            (None | Some(0), _, Some(runs)) => self.begin_sparse(runs, stored, visit),
            // A size alone, without a map, is what some writers leave on ordinary files.
            (None, None, None) => {
                self.meta.size = stored;
                self.begin(stored, None, visit);
            }
            _ => self.broken_sparse("a sparse file is of an unknown format", stored, visit),
        }
    }

    fn begin_sparse(&mut self, runs: Vec<Run>, stored: u64, visit: &mut dyn Visit) {
        match sparse::check(&runs, self.meta.size, stored) {
            Ok(()) => self.begin(stored, Some(Cursor::new(runs)), visit),
            Err(reason) => self.broken_sparse(reason, stored, visit),
        }
    }

    /// The entry is told with its name and without its bytes.
    fn broken_sparse(&mut self, reason: &'static str, stored: u64, visit: &mut dyn Visit) {
        self.flaw(reason, true, visit);
        self.emit(visit);
        self.state = skip_then_header(padded(stored));
        visit.close();
    }

    fn begin(&mut self, stored: u64, cursor: Option<Cursor>, visit: &mut dyn Visit) {
        self.emit(visit);
        if stored == 0 {
            self.state = State::Header;
            visit.close();
        } else {
            self.state = State::Data { left: stored, at: 0, pad: pad(stored), cursor };
        }
    }

    fn emit(&self, visit: &mut dyn Visit) {
        let Some(kind) = self.meta.kind else {
            return;
        };
        let Meta { mode, uid, gid, size, capability, .. } = self.meta;
        visit.entry(&Entry { path: &self.path, link: &self.link, kind, mode, uid, gid, size, capability });
    }

    fn flaw(&self, reason: &'static str, loses: bool, visit: &mut dyn Visit) {
        visit.flaw(Flaw { offset: self.offset, reason, loses });
    }
}

fn set(buffer: &mut Vec<u8>, bytes: &[u8]) {
    buffer.clear();
    buffer.extend_from_slice(bytes);
}

fn skip<'b>(bytes: &'b [u8], left: &mut u64) -> &'b [u8] {
    let take = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
    *left -= take as u64;
    &bytes[take..]
}

fn skip_then_header(left: u64) -> State {
    if left == 0 { State::Header } else { State::Skip { left } }
}

/// Bytes between the end of `size` bytes and the next block.
fn pad(size: u64) -> u64 {
    (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64
}

fn padded(size: u64) -> u64 {
    size.saturating_add(pad(size))
}
