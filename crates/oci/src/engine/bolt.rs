//! A reader of bbolt files (go.etcd.io/bbolt, `page.go`, `bucket.go`, `db.go`): buckets of keys and values in pages of
//! a B+ tree, two meta pages in front of which the newer whole one counts. Nothing is written; a database that is
//! written to meanwhile is told by its transaction number.

use std::fmt;

/// Pages that one reading may visit: more is a cycle, or a database of gigabytes.
pub const BOLT_PAGES_MAX: usize = 1_000_000;

/// Bytes of all pages that one reading may load.
pub const BOLT_BYTES_MAX: usize = 1 << 30;

/// Pages below one another.
pub const BOLT_DEPTH_MAX: usize = 32;

/// Bytes of one page with its overflow, of keys and values together.
pub const BOLT_PAGE_BYTES_MAX: usize = 64 << 20;

const MAGIC: u32 = 0xED0C_DAED;
const VERSION: u32 = 2;
const PAGE_HEADER: usize = 16;
const ELEMENT: usize = 16;
const META: usize = 64;
const BRANCH: u16 = 1;
const LEAF: u16 = 2;

/// Reads bytes of the file: offset and length. Fewer than asked for if the file ends.
pub type ReadAt<'r> = dyn Fn(u64, usize) -> Result<Vec<u8>, String> + 'r;

/// Why a database cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BoltError {
    /// Neither meta page is whole.
    NotBolt,
    /// The file fails.
    Read(String),
    /// A page is not what its parent says.
    Damaged(&'static str),
    /// A bound was crossed: its name and value.
    Bound(&'static str, usize),
}

impl fmt::Display for BoltError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotBolt => write!(f, "neither meta page is one of a bbolt database"),
            Self::Read(e) => write!(f, "it cannot be read: {e}"),
            Self::Damaged(what) => write!(f, "the database is damaged: {what}"),
            Self::Bound(name, max) => write!(f, "the database crosses the bound {name} of {max}"),
        }
    }
}

impl std::error::Error for BoltError {}

/// An open database.
pub struct Bolt<'r> {
    read: &'r ReadAt<'r>,
    page_size: usize,
    root: u64,
    /// The transaction that was last when it was opened.
    pub transaction: u64,
    pages: usize,
    bytes: usize,
}

/// Where the content of a bucket is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bucket {
    /// In a page.
    Page(u64),
    /// A small one, in the value itself.
    Inline(Vec<u8>),
}

/// What stands under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Bytes.
    Bytes(Vec<u8>),
    /// A bucket.
    Bucket(Bucket),
}

/// A meta page.
struct Meta {
    page_size: usize,
    root: u64,
    transaction: u64,
}

impl<'r> Bolt<'r> {
    /// Reads the meta pages.
    ///
    /// # Errors
    /// [`BoltError`].
    pub fn open(read: &'r ReadAt<'r>) -> Result<Self, BoltError> {
        let at = |offset: u64| read(offset, PAGE_HEADER + META).map_err(BoltError::Read).map(|b| meta(&b));
        let first = at(0)?;
        // The second lies behind the first page, whose size only a whole first meta page tells.
        let sizes = match &first {
            Some(meta) => vec![meta.page_size],
            None => (10..=16).map(|power| 1usize << power).collect(),
        };
        let mut best = first;
        for size in sizes {
            let second = at(size as u64)?.filter(|m| m.page_size == size);
            if let Some(second) = second
                && best.as_ref().is_none_or(|b| b.transaction < second.transaction)
            {
                best = Some(second);
            }
        }
        let Meta { page_size, root, transaction } = best.ok_or(BoltError::NotBolt)?;
        Ok(Self { read, page_size, root, transaction, pages: 0, bytes: 0 })
    }

    /// The bucket that everything is in.
    #[must_use]
    pub fn root(&self) -> Bucket {
        Bucket::Page(self.root)
    }

    /// Every key of a bucket with what stands under it, in order.
    ///
    /// # Errors
    /// [`BoltError`].
    pub fn entries(&mut self, bucket: &Bucket) -> Result<Vec<(Vec<u8>, Value)>, BoltError> {
        let mut out = Vec::new();
        match bucket {
            Bucket::Inline(page) => self.page(page, 0, &mut out)?,
            Bucket::Page(id) => {
                let page = self.load(*id)?;
                self.page(&page, 0, &mut out)?;
            }
        }
        Ok(out)
    }

    /// The bucket under `key`, if there is one.
    ///
    /// # Errors
    /// [`BoltError`].
    pub fn bucket(&mut self, parent: &Bucket, key: &[u8]) -> Result<Option<Bucket>, BoltError> {
        let found = self.entries(parent)?.into_iter().find(|(k, _)| k == key);
        Ok(found.and_then(|(_, value)| match value {
            Value::Bucket(bucket) => Some(bucket),
            Value::Bytes(_) => None,
        }))
    }

    fn load(&mut self, id: u64) -> Result<Vec<u8>, BoltError> {
        self.pages += 1;
        if BOLT_PAGES_MAX < self.pages {
            return Err(BoltError::Bound("BOLT_PAGES_MAX", BOLT_PAGES_MAX));
        }
        let offset =
            id.checked_mul(self.page_size as u64).ok_or(BoltError::Damaged("a page beyond the file"))?;
        let head = self.bytes(offset, self.page_size)?;
        if u64_at(&head, 0) != Some(id) {
            return Err(BoltError::Damaged("a page that has another number"));
        }
        let overflow = u32_at(&head, 12).ok_or(BoltError::Damaged("a page without a header"))? as usize;
        if overflow == 0 {
            return Ok(head);
        }
        let len = overflow.checked_add(1).and_then(|n| n.checked_mul(self.page_size));
        let len = len.filter(|len| *len <= BOLT_PAGE_BYTES_MAX);
        let len = len.ok_or(BoltError::Bound("BOLT_PAGE_BYTES_MAX", BOLT_PAGE_BYTES_MAX))?;
        self.bytes(offset, len)
    }

    fn bytes(&mut self, offset: u64, len: usize) -> Result<Vec<u8>, BoltError> {
        self.bytes = self.bytes.saturating_add(len);
        if BOLT_BYTES_MAX < self.bytes {
            return Err(BoltError::Bound("BOLT_BYTES_MAX", BOLT_BYTES_MAX));
        }
        (self.read)(offset, len).map_err(BoltError::Read)
    }

    fn page(&mut self, page: &[u8], depth: usize, out: &mut Vec<(Vec<u8>, Value)>) -> Result<(), BoltError> {
        if BOLT_DEPTH_MAX < depth {
            return Err(BoltError::Bound("BOLT_DEPTH_MAX", BOLT_DEPTH_MAX));
        }
        let header = BoltError::Damaged("a page without a header");
        let (Some(flags), Some(count)) = (u16_at(page, 8), u16_at(page, 10)) else { return Err(header) };
        for number in 0..usize::from(count) {
            let at = PAGE_HEADER + number * ELEMENT;
            match flags {
                BRANCH => {
                    let below = u64_at(page, at + 8).ok_or(BoltError::Damaged("a branch beyond its page"))?;
                    let below = self.load(below)?;
                    self.page(&below, depth + 1, out)?;
                }
                LEAF => out.push(leaf(page, at).ok_or(BoltError::Damaged("an entry beyond its page"))?),
                _ => return Err(BoltError::Damaged("a page of another kind in a tree")),
            }
        }
        Ok(())
    }
}

/// The entry whose element stands at `at`: kind, place from here, bytes of key and value.
fn leaf(page: &[u8], at: usize) -> Option<(Vec<u8>, Value)> {
    let field = |n: usize| u32_at(page, at.checked_add(4 * n)?).map(|n| n as usize);
    let (flags, place, key_len, value_len) = (field(0)?, field(1)?, field(2)?, field(3)?);
    let key_at = at.checked_add(place)?;
    let value_at = key_at.checked_add(key_len)?;
    let key = page.get(key_at..value_at)?.to_vec();
    let value = page.get(value_at..value_at.checked_add(value_len)?)?;
    if flags & 1 == 0 {
        return Some((key, Value::Bytes(value.to_vec())));
    }
    let bucket = match u64_at(value, 0)? {
        0 => Bucket::Inline(value.get(16..)?.to_vec()),
        root => Bucket::Page(root),
    };
    Some((key, Value::Bucket(bucket)))
}

/// A meta page, if it is whole.
fn meta(page: &[u8]) -> Option<Meta> {
    let body = page.get(PAGE_HEADER..PAGE_HEADER + META)?;
    let sum = u64_at(body, 56)?;
    let page_size = u32_at(body, 8)? as usize;
    let whole = u32_at(body, 0)? == MAGIC && u32_at(body, 4)? == VERSION && fnv(body.get(..56)?) == sum;
    let size_is_right = page_size.is_power_of_two() && (1024..=1 << 16).contains(&page_size);
    (whole && size_is_right).then_some(())?;
    Some(Meta { page_size, root: u64_at(body, 16)?, transaction: u64_at(body, 48)? })
}

/// FNV-1a, 64 bits, as the meta pages are summed.
fn fnv(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}
