//! Tables to bytes.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::db::build::BuildError;
use crate::db::codec::Writer;
use crate::db::layout::{HEADER_BYTES, MAGIC, MAJOR, MINOR, Meta, PAGE_BYTES, Section, SectionRow};

/// Rows of two `u32`.
#[derive(Debug, Default)]
pub(crate) struct Rows(Vec<u8>);

impl Rows {
    pub(crate) fn push(&mut self, a: usize, b: u32, what: &'static str) -> Result<(), BuildError> {
        let a = u32::try_from(a).map_err(|_| BuildError::TooLarge(what))?;
        self.0.extend_from_slice(&a.to_le_bytes());
        self.0.extend_from_slice(&b.to_le_bytes());
        Ok(())
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// Items of any length after one another, and a row for where each begins.
#[derive(Debug, Default)]
pub(crate) struct Items {
    rows: Rows,
    bytes: Vec<u8>,
    what: &'static str,
}

impl Items {
    pub(crate) fn new(what: &'static str) -> Self {
        Self { what, ..Self::default() }
    }

    pub(crate) fn push(&mut self, item: &[u8], second: u32) -> Result<(), BuildError> {
        self.rows.push(self.bytes.len(), second, self.what)?;
        self.bytes.extend_from_slice(item);
        Ok(())
    }

    /// Rows with their end, and the bytes.
    pub(crate) fn finish(mut self) -> Result<(Vec<u8>, Vec<u8>), BuildError> {
        self.rows.push(self.bytes.len(), 0, self.what)?;
        Ok((self.rows.into_bytes(), self.bytes))
    }
}

/// Packs details into blocks of about [`BLOCK_BYTES`], in the order given.
pub(crate) struct Blocks {
    items: Items,
    open: Vec<u8>,
    count: u32,
    /// For each detail: block, offset in it, length.
    pub(crate) places: Vec<(u32, u32, u32)>,
}

/// Inflated bytes of a block: large enough to compress well, small enough to inflate for one hit.
const BLOCK_BYTES: usize = 32 << 10;

/// Past this level blocks get a few per cent smaller for several times the work.
const ZSTD_LEVEL: i32 = 12;

impl Blocks {
    pub(crate) fn new() -> Self {
        Self { items: Items::new("details"), open: Vec::new(), count: 0, places: Vec::new() }
    }

    pub(crate) fn push(&mut self, detail: &[u8]) -> Result<(), BuildError> {
        self.places.push((self.count, self.open.len() as u32, detail.len() as u32));
        self.open.extend_from_slice(detail);
        if BLOCK_BYTES <= self.open.len() { self.close() } else { Ok(()) }
    }

    fn close(&mut self) -> Result<(), BuildError> {
        if self.open.is_empty() {
            return Ok(());
        }
        let length = u32::try_from(self.open.len()).map_err(|_| BuildError::TooLarge("a detail"))?;
        let frame = zstd::bulk::compress(&self.open, ZSTD_LEVEL).map_err(|_| BuildError::Compression)?;
        self.items.push(&frame, length)?;
        self.open.clear();
        self.count += 1;
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<(Vec<u8>, Vec<u8>), BuildError> {
        self.close()?;
        self.items.finish()
    }
}

/// Puts the file together; `meta.id` and `meta.sections` are set here.
pub(crate) fn assemble(mut meta: Meta, sections: BTreeMap<Section, Vec<u8>>) -> Result<Vec<u8>, BuildError> {
    let mut body = Vec::with_capacity(sections.values().map(|s| s.len() + 8).sum());
    for (section, bytes) in sections {
        body.resize(body.len().next_multiple_of(8), 0);
        meta.sections.push(SectionRow {
            name: section.name().to_owned(),
            offset: body.len() as u64,
            length: bytes.len() as u64,
        });
        body.extend_from_slice(&bytes);
    }
    let digest = Sha256::digest(&body);
    meta.id = digest.iter().fold("sha256:".to_owned(), |s, b| s + &format!("{b:02x}"));
    let json = serde_json::to_vec(&meta).map_err(|_| BuildError::TooLarge("metadata"))?;
    let mut head = vec![0_u8; HEADER_BYTES];
    head.extend_from_slice(&json);
    head.resize(head.len().next_multiple_of(4), 0);
    for page in body.chunks(PAGE_BYTES) {
        head.extend_from_slice(&crc32fast::hash(page).to_le_bytes());
    }
    head.resize(head.len().next_multiple_of(64), 0);
    let narrow = |n: usize| u32::try_from(n).map_err(|_| BuildError::TooLarge("head"));
    let mut fields = Writer::default();
    fields.0.extend_from_slice(MAGIC);
    fields.0.extend_from_slice(&MAJOR.to_le_bytes());
    fields.0.extend_from_slice(&MINOR.to_le_bytes());
    fields.0.extend_from_slice(&narrow(head.len())?.to_le_bytes());
    fields.0.extend_from_slice(&((head.len() + body.len()) as u64).to_le_bytes());
    fields.0.extend_from_slice(&narrow(json.len())?.to_le_bytes());
    head.splice(..fields.0.len(), fields.0);
    let crc = crc32fast::hash(&head);
    head.splice(28..32, crc.to_le_bytes());
    head.extend_from_slice(&body);
    Ok(head)
}
