//! A file of objects held compressed: a dump of a large cluster repeats itself, and is read more than once.

use std::io::{self, Write};

/// Bytes of a block before it is compressed.
pub(crate) const BLOCK_BYTES: usize = 1 << 20;

/// The quickest of zstd's usual levels; dumps shrink to a tenth and less by it.
const LEVEL: i32 = 1;

/// Bytes in compressed blocks of one MiB each, and the last of them as they are. Written as a stream, read by
/// [`crate::read_packed`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packed {
    blocks: Vec<Box<[u8]>>,
    last: Vec<u8>,
}

impl Packed {
    /// Bytes that were written.
    #[must_use]
    pub fn len(&self) -> u64 {
        (self.blocks.len() * BLOCK_BYTES + self.last.len()) as u64
    }

    /// Whether nothing was written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All that was written, at once.
    ///
    /// # Errors
    /// If a block cannot be undone for want of memory.
    pub fn unpacked(&self) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        for block in self.blocks() {
            all.append(&mut block?);
        }
        Ok(all)
    }

    /// All that was written, if `word` stands in it.
    ///
    /// # Errors
    /// As [`Packed::unpacked`].
    pub fn holding(&self, word: &str) -> io::Result<Option<Vec<u8>>> {
        let mut seen = Vec::new();
        for block in self.blocks() {
            // The word may stand across two blocks.
            seen.drain(..seen.len().saturating_sub(word.len()));
            seen.extend_from_slice(&block?);
            if memchr::memmem::find(&seen, word.as_bytes()).is_some() {
                return self.unpacked().map(Some);
            }
        }
        Ok(None)
    }

    /// What was written, block by block.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = io::Result<Vec<u8>>> {
        let packed = self.blocks.iter().map(|b| zstd::bulk::decompress(b, BLOCK_BYTES));
        packed.chain((!self.last.is_empty()).then(|| Ok(self.last.clone())))
    }
}

impl Write for Packed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (taken, _) = bytes.split_at(bytes.len().min(BLOCK_BYTES - self.last.len()));
        self.last.extend_from_slice(taken);
        if self.last.len() == BLOCK_BYTES {
            self.blocks.push(zstd::bulk::compress(&self.last, LEVEL)?.into());
            self.last.clear();
        }
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl From<&[u8]> for Packed {
    /// Small files, which stay as they are.
    fn from(bytes: &[u8]) -> Self {
        Self { blocks: Vec::new(), last: bytes.to_vec() }
    }
}
