//! Berkeley DB hash, as rpm wrote `Packages` until 2020: either byte order, values inline or on overflow pages.
//! Layouts: Berkeley DB `dbinc/db_page.h` (`HASHHDR`, `PAGE`, `HOFFPAGE`).

use super::{Blobs, Bytes, Seen};

const MAGIC_LITTLE: &[u8] = &[0x61, 0x15, 0x06, 0];
const PAGE_HEADER: usize = 26;
const PAGE_FREE: u8 = 0;
const PAGE_HASH_UNSORTED: u8 = 2;
const PAGE_OVERFLOW: u8 = 7;
const PAGE_HASH_META: u8 = 8;
const PAGE_HASH: u8 = 13;
const ITEM_INLINE: u8 = 1;
const ITEM_OFF_PAGE: u8 = 3;
const META_CHECKSUM: u8 = 1;
/// Page sizes that Berkeley DB allows, in bytes.
const PAGE_BYTES_MIN: usize = 512;
const PAGE_BYTES_MAX: usize = 65_536;

struct File<'b> {
    all: Bytes<'b>,
    page_bytes: usize,
    seen: Seen,
    last: u32,
}

pub(crate) fn walk(bytes: &[u8], blobs: &mut Blobs) {
    let all = Bytes { all: bytes, big: bytes.get(12..16) != Some(MAGIC_LITTLE) };
    let (Some(page_bytes), Some(encryption), Some(flags), Some(last)) =
        (all.size(20), all.u8(24), all.u8(26), all.u32(32))
    else {
        return blobs.problem("page 0", "the file ends within its meta page");
    };
    if !(PAGE_BYTES_MIN..=PAGE_BYTES_MAX).contains(&page_bytes) || !page_bytes.is_power_of_two() {
        return blobs.problem("page 0", format!("{page_bytes} is no page size"));
    }
    if encryption != 0 || flags & META_CHECKSUM != 0 {
        return blobs.problem("page 0", "encrypted or checksummed pages, which rpm never writes");
    }
    let pages = bytes.len() / page_bytes;
    if usize::try_from(last).is_ok_and(|last| pages <= last) {
        blobs.problem(
            "page 0",
            format!("the file has {pages} pages of {} that its meta page counts", u64::from(last) + 1),
        );
    }
    let mut file = File { all, page_bytes, seen: Seen::new(pages), last };
    for page in 1..pages {
        let kind = file.page(page).u8(25);
        if !matches!(kind, Some(PAGE_FREE | PAGE_HASH_UNSORTED | PAGE_OVERFLOW | PAGE_HASH_META | PAGE_HASH))
        {
            blobs.problem(format!("page {page}"), "a page of a kind that no hash has");
        }
        let is_bucket = matches!(kind, Some(PAGE_HASH | PAGE_HASH_UNSORTED));
        if is_bucket && !bucket(&mut file, page, blobs) {
            return;
        }
    }
    orphans(&mut file, pages, blobs);
}

/// Freed pages lose their kind, so an overflow page that no value led to belongs to a package that was not found.
fn orphans(file: &mut File<'_>, pages: usize, blobs: &mut Blobs) {
    let is_overflow = |file: &File<'_>, page: usize| file.page(page).u8(25) == Some(PAGE_OVERFLOW);
    let lost = (1..pages).filter(|page| is_overflow(file, *page) && file.seen.first(*page)).count();
    if 0 < lost {
        blobs.problem("overflow pages", format!("{lost} pages belong to no package that could be found"));
    }
}

impl<'b> File<'b> {
    fn page(&self, number: usize) -> Bytes<'b> {
        let at = number.saturating_mul(self.page_bytes);
        Bytes { all: self.all.slice(at, self.page_bytes).unwrap_or_default(), big: self.all.big }
    }
}

/// Hands the values of one hash page to `blobs`; false when no more are wanted.
fn bucket(file: &mut File<'_>, number: usize, blobs: &mut Blobs) -> bool {
    let page = file.page(number);
    let entries = usize::from(page.u16(20).unwrap_or(0));
    let mut end = file.page_bytes;
    let mut key_is_zero = false;
    for i in 0..entries {
        let Some(at) =
            page.u16(PAGE_HEADER + i * 2).map(usize::from).filter(|at| *at < end && *at > PAGE_HEADER)
        else {
            blobs.problem(
                format!("page {number}"),
                format!("entry {i} of {entries} points outside of the page"),
            );
            return true;
        };
        let item = page.slice(at, end - at).unwrap_or_default();
        end = at;
        if i % 2 == 0 {
            // Key 0 holds the highest number given out so far, not a package.
            key_is_zero = item.get(1..).is_some_and(|k| k == [0; 4]);
            continue;
        }
        if key_is_zero {
            continue;
        }
        match value(file, item) {
            Ok(Some(blob)) if !blobs.take(&blob) => return false,
            Ok(_) => {}
            Err(reason) => blobs.problem(format!("page {number}, entry {i}"), reason),
        }
    }
    true
}

fn value(file: &mut File<'_>, item: &[u8]) -> Result<Option<Vec<u8>>, String> {
    match item.first() {
        Some(&ITEM_INLINE) => Ok(item.get(1..).map(<[u8]>::to_vec)),
        Some(&ITEM_OFF_PAGE) => {
            let item = Bytes { all: item, big: file.all.big };
            let (Some(page), Some(length)) = (item.u32(4), item.size(8)) else {
                return Err("a reference to overflow pages is cut short".to_owned());
            };
            overflow(file, page, length).map(Some)
        }
        Some(other) => Err(format!("item type {other} is not expected in a package database")),
        None => Err("an empty item".to_owned()),
    }
}

fn overflow(file: &mut File<'_>, first: u32, length: usize) -> Result<Vec<u8>, String> {
    if file.all.all.len() < length {
        return Err(format!("a value of {length} bytes, more than the file has"));
    }
    let mut out = Vec::with_capacity(length);
    let mut number = first;
    while number != 0 {
        let at = usize::try_from(number).unwrap_or(usize::MAX);
        if file.last < number || !file.seen.first(at) {
            return Err(format!(
                "the chain of overflow pages from {first} meets page {number} twice or outside"
            ));
        }
        let page = file.page(at);
        if page.u8(25) != Some(PAGE_OVERFLOW) {
            return Err(format!("page {number} of a chain is no overflow page"));
        }
        let used = usize::from(page.u16(22).unwrap_or(0));
        let part =
            page.slice(PAGE_HEADER, used).ok_or_else(|| format!("overflow page {number} is overfull"))?;
        out.extend_from_slice(part);
        if length < out.len() {
            return Err(format!("the overflow pages from {first} hold more than {length} bytes"));
        }
        number = page.u32(16).unwrap_or(0);
    }
    if out.len() < length {
        return Err(format!("the overflow pages from {first} hold {} of {length} bytes", out.len()));
    }
    Ok(out)
}
