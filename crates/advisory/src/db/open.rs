//! Opening a database, and its bytes by section, each page checked once.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use crate::db::error::DbError;
use crate::db::info::Info;
use crate::db::layout::{HEAD_BYTES_MAX, HEADER_BYTES, MAGIC, MAJOR, Meta, PAGE_BYTES, Section};
use crate::record::Coverage;

/// An open database: a mapped file, or bytes in the program.
pub struct Database {
    bytes: Arc<dyn AsRef<[u8]> + Send + Sync>,
    info: Info,
    /// Of each section, where it lies in the file.
    sections: [Range<usize>; Section::ALL.len()],
    /// Where the body begins.
    body: usize,
    /// Where the checksums of pages begin.
    checksums: usize,
    /// A bit for each page whose checksum fitted.
    checked: Vec<AtomicU64>,
    /// Inflated blocks of details.
    pub(crate) inflated: Mutex<BTreeMap<u32, Arc<Vec<u8>>>>,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("info", &self.info).finish_non_exhaustive()
    }
}

impl Database {
    /// Opens a database; checks its head and nothing else.
    ///
    /// # Errors
    /// [`DbError`] if it is none, of another major format, cut off or damaged.
    pub fn open(bytes: Arc<dyn AsRef<[u8]> + Send + Sync>) -> Result<Self, DbError> {
        let file = (*bytes).as_ref();
        let length = file.len();
        let head = Head::read(file)?;
        let head_bytes = file
            .get(..head.length)
            .ok_or(DbError::Truncated { expected: head.file_length, found: length as u64 })?;
        head.check(head_bytes)?;
        let json_end =
            HEADER_BYTES.checked_add(head.json_length).ok_or(DbError::Malformed { part: "header" })?;
        let json = head_bytes.get(HEADER_BYTES..json_end).ok_or(DbError::Malformed { part: "header" })?;
        let meta: Meta = serde_json::from_slice(json).map_err(|_| DbError::Malformed { part: "metadata" })?;
        if head.file_length != length as u64 {
            return Err(DbError::Truncated { expected: head.file_length, found: length as u64 });
        }
        let pages = (length - head.length).div_ceil(PAGE_BYTES);
        let checksums = json_end.next_multiple_of(4);
        if pages.checked_mul(4).and_then(|n| n.checked_add(checksums)).is_none_or(|end| head.length < end) {
            return Err(DbError::Malformed { part: "checksums" });
        }
        Ok(Self {
            sections: sections(&meta, head.length, length)?,
            body: head.length,
            checksums,
            checked: (0..pages.div_ceil(64)).map(|_| AtomicU64::new(0)).collect(),
            inflated: Mutex::new(BTreeMap::new()),
            info: Info {
                id: meta.id,
                built: meta.built,
                sources: meta.sources,
                ecosystems: meta.ecosystems,
                format: (head.major, head.minor),
                vulnerabilities: meta.vulnerabilities,
                advisories: meta.advisories,
                bytes: length as u64,
                feeds: meta.feeds,
            },
            bytes,
        })
    }

    /// What it says about itself.
    #[must_use]
    pub fn info(&self) -> &Info {
        &self.info
    }

    /// How much of `ecosystem` (`Debian:12`) is covered; `None` if nothing is.
    #[must_use]
    pub fn coverage(&self, ecosystem: &str) -> Option<Coverage> {
        self.info.coverage(ecosystem)
    }

    /// Checks every page and reads every table to its end.
    ///
    /// # Errors
    /// [`DbError`] for the first damage met.
    pub fn verify(&self) -> Result<(), DbError> {
        let end = (*self.bytes).as_ref().len();
        self.check(self.body..end, "the body")?;
        self.verify_tables()
    }

    /// Bytes of a section, relative to it, with a fitting checksum.
    pub(crate) fn part(&self, section: Section, range: Range<usize>) -> Result<&[u8], DbError> {
        let part = section.name();
        let whole = self.section(section);
        let from = whole.start.checked_add(range.start).ok_or(DbError::Malformed { part })?;
        let to = whole.start.checked_add(range.end).ok_or(DbError::Malformed { part })?;
        if to < from || whole.end < to {
            return Err(DbError::Malformed { part });
        }
        self.check(from..to, part)?;
        (*self.bytes).as_ref().get(from..to).ok_or(DbError::Malformed { part })
    }

    /// Length of a section.
    pub(crate) fn section_length(&self, section: Section) -> usize {
        self.section(section).len()
    }

    /// Row `n` of a table of two numbers.
    pub(crate) fn row(&self, section: Section, n: usize) -> Result<(u32, u32), DbError> {
        let malformed = DbError::Malformed { part: section.name() };
        let from = n.checked_mul(8).ok_or(malformed.clone())?;
        let row = self.part(section, from..from.checked_add(8).ok_or(malformed.clone())?)?;
        let row = <[u8; 8]>::try_from(row).map_err(|_| malformed)?;
        let [a0, a1, a2, a3, b0, b1, b2, b3] = row;
        Ok((u32::from_le_bytes([a0, a1, a2, a3]), u32::from_le_bytes([b0, b1, b2, b3])))
    }

    /// Items of a table: one less than its rows.
    pub(crate) fn items(&self, rows: Section) -> usize {
        (self.section_length(rows) / 8).saturating_sub(1)
    }

    /// Item `n` of a table, and the second number of its row.
    pub(crate) fn item(&self, rows: Section, bytes: Section, n: usize) -> Result<(&[u8], u32), DbError> {
        let (from, second) = self.row(rows, n)?;
        let (to, _) = self.row(rows, n + 1)?;
        Ok((self.part(bytes, from as usize..to as usize)?, second))
    }

    fn section(&self, section: Section) -> Range<usize> {
        self.sections.get(section as usize).cloned().unwrap_or_default()
    }

    fn check(&self, range: Range<usize>, part: &'static str) -> Result<(), DbError> {
        if range.is_empty() {
            return Ok(());
        }
        let first = (range.start - self.body) / PAGE_BYTES;
        let last = (range.end - 1 - self.body) / PAGE_BYTES;
        for page in first..=last {
            let Some(word) = self.checked.get(page / 64) else { return Err(DbError::Malformed { part }) };
            let bit = 1_u64 << (page % 64);
            if word.load(Ordering::Relaxed) & bit == 0 {
                self.check_page(page, part)?;
                word.fetch_or(bit, Ordering::Relaxed);
            }
        }
        Ok(())
    }

    fn check_page(&self, page: usize, part: &'static str) -> Result<(), DbError> {
        let file = (*self.bytes).as_ref();
        let from = self.body + page * PAGE_BYTES;
        let to = (from + PAGE_BYTES).min(file.len());
        let at = self.checksums + page * 4;
        let stated = file.get(at..at + 4).and_then(|b| <[u8; 4]>::try_from(b).ok()).map(u32::from_le_bytes);
        let found = file.get(from..to).map(crc32fast::hash);
        match (stated, found) {
            (Some(stated), Some(found)) if stated == found => Ok(()),
            _ => Err(DbError::Checksum { part, offset: from as u64 }),
        }
    }
}

struct Head {
    major: u16,
    minor: u16,
    length: usize,
    file_length: u64,
    json_length: usize,
    checksum: u32,
}

impl Head {
    fn read(file: &[u8]) -> Result<Self, DbError> {
        let field = |from: usize, to: usize| file.get(from..to);
        if field(0, 8) != Some(MAGIC) {
            return Err(DbError::NotADatabase);
        }
        let short = || DbError::Truncated { expected: HEADER_BYTES as u64, found: file.len() as u64 };
        let two =
            |at| field(at, at + 2).and_then(|b| b.try_into().ok()).map(u16::from_le_bytes).ok_or_else(short);
        let four =
            |at| field(at, at + 4).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes).ok_or_else(short);
        let eight =
            |at| field(at, at + 8).and_then(|b| b.try_into().ok()).map(u64::from_le_bytes).ok_or_else(short);
        let (major, minor) = (two(8)?, two(10)?);
        if major != MAJOR {
            return Err(DbError::Version { major, minor, reads: MAJOR });
        }
        let length = four(12)?;
        if HEAD_BYTES_MAX < length || (length as usize) < HEADER_BYTES {
            return Err(DbError::Malformed { part: "header" });
        }
        Ok(Self {
            major,
            minor,
            length: length as usize,
            file_length: eight(16)?,
            json_length: four(24)? as usize,
            checksum: four(28)?,
        })
    }

    /// The checksum covers the whole head with its own field zero.
    fn check(&self, head: &[u8]) -> Result<(), DbError> {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(head.get(..28).unwrap_or_default());
        hasher.update(&[0; 4]);
        hasher.update(head.get(32..).unwrap_or_default());
        if hasher.finalize() == self.checksum {
            Ok(())
        } else {
            Err(DbError::Checksum { part: "header", offset: 0 })
        }
    }
}

fn sections(meta: &Meta, body: usize, length: usize) -> Result<[Range<usize>; Section::ALL.len()], DbError> {
    let mut out = std::array::from_fn(|_| 0..0);
    for (slot, section) in out.iter_mut().zip(Section::ALL) {
        let part = section.name();
        let row = meta.sections.iter().find(|s| s.name == part).ok_or(DbError::Malformed { part })?;
        let from = usize::try_from(row.offset).ok().and_then(|o| o.checked_add(body));
        let to = usize::try_from(row.length).ok().zip(from).and_then(|(l, from)| from.checked_add(l));
        *slot = match (from, to) {
            (Some(from), Some(to)) if to <= length => from..to,
            _ => return Err(DbError::Malformed { part }),
        };
    }
    Ok(out)
}
