//! rpm: the package database in its three forms (sqlite, ndb, Berkeley DB hash) and the header each of them stores.

mod bdb;
mod header;
mod ndb;
mod sqlite;

pub use header::{HeaderError, Package, header};

use crate::Found;

/// The form of a package database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `rpmdb.sqlite`.
    Sqlite,
    /// `Packages.db`.
    Ndb,
    /// `Packages`.
    BerkeleyDb,
}

/// Largest package database read, in bytes.
pub const DATABASE_BYTES_MAX: u64 = 1 << 30;

/// Most packages read from one database.
pub const PACKAGES_MAX: usize = 200_000;

/// The form by the first 16 bytes; `None` if it is no package database.
#[must_use]
pub fn form(head: &[u8]) -> Option<Form> {
    if head.starts_with(b"SQLite format 3\0") {
        Some(Form::Sqlite)
    } else if head.starts_with(b"RpmP") {
        Some(Form::Ndb)
    } else if matches!(head.get(12..16), Some([0x61, 0x15, 0x06, 0] | [0, 0x06, 0x15, 0x61])) {
        Some(Form::BerkeleyDb)
    } else {
        None
    }
}

/// Reads a package database, whatever its form.
#[must_use]
pub fn database(bytes: &[u8]) -> Found<Package> {
    let mut blobs = Blobs::default();
    match form(bytes) {
        Some(Form::Sqlite) => sqlite::walk(bytes, &mut blobs),
        Some(Form::Ndb) => ndb::walk(bytes, &mut blobs),
        Some(Form::BerkeleyDb) => bdb::walk(bytes, &mut blobs),
        None => blobs.found.problem("offset 0", "neither sqlite, ndb nor a Berkeley DB hash"),
    }
    blobs.found
}

/// Takes header blobs as a walker finds them, so that only one lies in memory at a time.
#[derive(Default)]
pub(crate) struct Blobs {
    found: Found<Package>,
    count: usize,
}

impl Blobs {
    pub(crate) fn problem(&mut self, at: impl Into<String>, reason: impl Into<String>) {
        self.found.problem(at, reason);
    }

    /// Takes one blob; false when no more are wanted.
    pub(crate) fn take(&mut self, blob: &[u8]) -> bool {
        self.count += 1;
        if PACKAGES_MAX < self.count {
            self.problem(format!("header {}", self.count), format!("more than {PACKAGES_MAX} packages"));
            return false;
        }
        match header(blob) {
            Ok(package) => self.found.packages.push(package),
            Err(e) => self.problem(format!("header {}", self.count), e.to_string()),
        }
        true
    }
}

/// Big-endian or little-endian numbers out of foreign bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bytes<'b> {
    pub(crate) all: &'b [u8],
    pub(crate) big: bool,
}

impl<'b> Bytes<'b> {
    pub(crate) fn slice(self, at: usize, len: usize) -> Option<&'b [u8]> {
        self.all.get(at..at.checked_add(len)?)
    }

    pub(crate) fn u8(self, at: usize) -> Option<u8> {
        self.all.get(at).copied()
    }

    pub(crate) fn u16(self, at: usize) -> Option<u16> {
        let b = self.slice(at, 2)?.try_into().ok()?;
        Some(if self.big { u16::from_be_bytes(b) } else { u16::from_le_bytes(b) })
    }

    pub(crate) fn u32(self, at: usize) -> Option<u32> {
        let b = self.slice(at, 4)?.try_into().ok()?;
        Some(if self.big { u32::from_be_bytes(b) } else { u32::from_le_bytes(b) })
    }

    /// A 32-bit number as an offset or a count.
    pub(crate) fn size(self, at: usize) -> Option<usize> {
        usize::try_from(self.u32(at)?).ok()
    }
}

/// Pages that were already read: a page has one owner, so a chain that meets a known page is broken. This bounds every
/// walk by the number of pages of the file.
pub(crate) struct Seen(Vec<u64>);

impl Seen {
    pub(crate) fn new(pages: usize) -> Self {
        Self(vec![0; pages / 64 + 1])
    }

    /// Marks a page; false if it is known or outside.
    pub(crate) fn first(&mut self, page: usize) -> bool {
        let Some(word) = self.0.get_mut(page / 64) else { return false };
        let bit = 1_u64 << (page % 64);
        let first = *word & bit == 0;
        *word |= bit;
        first
    }
}
