//! A tar walker that trusts nothing: ustar, pax, GNU and V7 archives as a stream of blocks, read as container
//! runtimes read them (Go `archive/tar`), because an archive that two readers understand differently is how a file
//! hides from a scanner.
//!
//! The walker is pushed: it is fed whatever the inflater produced, keeps at most one header and one extension, and
//! skips data that nobody wants without touching it.

mod header;
mod pax;
mod sparse;
mod walk;

pub use walk::{Entry, EntryKind, Flaw, Visit, Walker};

/// Bytes of a block.
pub(crate) const BLOCK: usize = 512;

/// Bytes of the largest pax header, GNU long name or sparse map that is read (Go has the same bound).
pub const EXTENSION_BYTES_MAX: u64 = 1 << 20;

/// Data runs of the largest sparse map that is read.
pub const SPARSE_RUNS_MAX: usize = 1 << 16;

/// True if these first bytes are a header block whose checksum holds.
#[must_use]
pub fn looks_like_tar(head: &[u8]) -> bool {
    head.first_chunk::<BLOCK>().is_some_and(|block| matches!(header::read(block), header::Block::Header(_)))
}
