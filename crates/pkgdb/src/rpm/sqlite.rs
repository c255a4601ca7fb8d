//! SQLite, read only as far as rpm needs it: the rows of table `Packages` (sqlite.org, "Database File Format").
//! A write-ahead log beside the file is not read; the caller says so where one lies.

use super::{Blobs, Bytes, Seen};

const FILE_HEADER: usize = 100;
const INTERIOR: u8 = 5;
const LEAF: u8 = 13;
/// Deepest b-tree followed; SQLite's own bound is 20.
const DEPTH_MAX: u32 = 24;

struct File<'b> {
    all: Bytes<'b>,
    page_bytes: usize,
    /// Bytes of a page that hold content.
    usable: usize,
    seen: Seen,
}

pub(crate) fn walk(bytes: &[u8], blobs: &mut Blobs) {
    let all = Bytes { all: bytes, big: true };
    let page_bytes = match all.u16(16) {
        Some(1) => 65_536,
        Some(n) if 512 <= n && n.is_power_of_two() => usize::from(n),
        _ => return blobs.problem("offset 16", "no page size that SQLite allows"),
    };
    let reserved = usize::from(all.u8(20).unwrap_or(0));
    if page_bytes < 480 + reserved || bytes.len() < FILE_HEADER {
        return blobs
            .problem("offset 20", "the file ends within its header, or reserves more than a page can spare");
    }
    let pages = bytes.len() / page_bytes;
    let counted = all.size(28).unwrap_or(0);
    if pages < counted {
        blobs.problem("offset 28", format!("the file has {pages} pages of {counted} that its header counts"));
    }
    let mut file = File { all, page_bytes, usable: page_bytes - reserved, seen: Seen::new(pages) };
    let mut root = None;
    let mut rows = |row: &[u8], _: &mut Blobs| {
        let [kind, name, _, page] = columns::<4>(row);
        if text_is(kind, b"table") && text_is(name, b"packages") {
            root = page.and_then(integer).and_then(|n| usize::try_from(n).ok());
        }
        root.is_none()
    };
    table(&mut file, 1, 0, blobs, &mut rows);
    let Some(root) = root else {
        return blobs.problem("page 1", "no table `Packages`");
    };
    table(&mut file, root, 0, blobs, &mut |row, blobs| {
        let [_, blob] = columns::<2>(row);
        match blob {
            Some(Column { kind, bytes }) if 12 <= kind && kind % 2 == 0 => blobs.take(bytes),
            _ => {
                blobs.problem("table Packages", "a row without a header");
                true
            }
        }
    });
}

type Row<'r> = dyn FnMut(&[u8], &mut Blobs) -> bool + 'r;

/// Hands the rows of a table's b-tree to `row` until it answers false; false if it did.
fn table(file: &mut File<'_>, number: usize, depth: u32, blobs: &mut Blobs, row: &mut Row<'_>) -> bool {
    if DEPTH_MAX < depth || number == 0 || !file.seen.first(number - 1) {
        blobs.problem(
            format!("page {number}"),
            "the tree meets a page twice, outside of the file or too deep",
        );
        return true;
    }
    let Some(page) = file.page(number) else {
        blobs.problem(format!("page {number}"), "the file ends before this page");
        return true;
    };
    let start = if number == 1 { FILE_HEADER } else { 0 };
    let kind = page.u8(start).unwrap_or(0);
    let cells = usize::from(page.u16(start + 3).unwrap_or(0));
    let header = match kind {
        INTERIOR => 12,
        LEAF => 8,
        other => {
            blobs.problem(format!("page {number}"), format!("page type {other} is none of a table"));
            return true;
        }
    };
    for i in 0..cells {
        let Some(at) = page.u16(start + header + i * 2).map(usize::from) else {
            blobs.problem(format!("page {number}"), format!("only {i} of {cells} cells lie in the page"));
            break;
        };
        let more = if kind == INTERIOR {
            child(file, page.size(at), depth, blobs, row)
        } else {
            match cell(file, page, at) {
                Some(payload) => row(&payload, blobs),
                None => {
                    blobs.problem(
                        format!("page {number}, cell {i}"),
                        "the cell or its overflow chain is broken",
                    );
                    true
                }
            }
        };
        if !more {
            return false;
        }
    }
    kind != INTERIOR || child(file, page.size(start + 8), depth, blobs, row)
}

fn child(
    file: &mut File<'_>,
    number: Option<usize>,
    depth: u32,
    blobs: &mut Blobs,
    row: &mut Row<'_>,
) -> bool {
    table(file, number.unwrap_or(0), depth + 1, blobs, row)
}

impl<'b> File<'b> {
    fn page(&self, number: usize) -> Option<Bytes<'b>> {
        let at = number.checked_sub(1)?.checked_mul(self.page_bytes)?;
        Some(Bytes { all: self.all.slice(at, self.page_bytes)?, big: true })
    }
}

/// The payload of a leaf cell, overflow pages included.
fn cell(file: &mut File<'_>, page: Bytes<'_>, at: usize) -> Option<Vec<u8>> {
    let (length, a) = varint(page.all.get(at..)?)?;
    let (_, b) = varint(page.all.get(at + a..)?)?;
    let length = usize::try_from(length).ok().filter(|n| *n <= file.all.all.len())?;
    let begin = at + a + b;
    let local = local_bytes(length, file.usable);
    let mut out = Vec::with_capacity(length);
    out.extend_from_slice(page.slice(begin, local)?);
    if local == length {
        return Some(out);
    }
    let mut next = page.size(begin + local)?;
    while next != 0 && out.len() < length {
        if !file.seen.first(next - 1) {
            return None;
        }
        let page = file.page(next)?;
        let part = (file.usable - 4).min(length - out.len());
        out.extend_from_slice(page.slice(4, part)?);
        next = page.size(0)?;
    }
    (out.len() == length).then_some(out)
}

/// How much of a payload lies in the leaf itself ("B-tree Cell Format").
fn local_bytes(length: usize, usable: usize) -> usize {
    let max = usable - 35;
    if length <= max {
        return length;
    }
    let min = (usable - 12) * 32 / 255 - 23;
    let wanted = min + (length - min) % (usable - 4);
    if wanted <= max { wanted } else { min }
}

#[derive(Clone, Copy)]
struct Column<'r> {
    kind: u64,
    bytes: &'r [u8],
}

/// The first `N` columns of a record; absent where the record is shorter or broken.
fn columns<const N: usize>(record: &[u8]) -> [Option<Column<'_>>; N] {
    let mut out = [None; N];
    let Some((header, mut at)) = varint(record) else { return out };
    let Ok(header) = usize::try_from(header) else { return out };
    let mut body = header;
    for column in &mut out {
        if header <= at {
            break;
        }
        let Some((kind, used)) = record.get(at..).and_then(varint) else { break };
        at += used;
        let Some(length) = stored_bytes(kind) else { break };
        let Some(bytes) = body.checked_add(length).and_then(|end| record.get(body..end)) else { break };
        body += length;
        *column = Some(Column { kind, bytes });
    }
    out
}

fn stored_bytes(kind: u64) -> Option<usize> {
    Some(match kind {
        0 | 8 | 9 => 0,
        1..=4 => usize::try_from(kind).ok()?,
        5 => 6,
        6 | 7 => 8,
        10 | 11 => return None,
        n => usize::try_from((n - 12) / 2).ok()?,
    })
}

fn integer(column: Column<'_>) -> Option<u64> {
    match column.kind {
        8 => Some(0),
        9 => Some(1),
        1..=6 => Some(column.bytes.iter().fold(0, |n, b| n << 8 | u64::from(*b))),
        _ => None,
    }
}

fn text_is(column: Option<Column<'_>>, text: &[u8]) -> bool {
    column.is_some_and(|c| 13 <= c.kind && c.kind % 2 == 1 && c.bytes.eq_ignore_ascii_case(text))
}

/// A variable-length integer and the bytes it takes.
fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut n = 0_u64;
    for (i, b) in bytes.iter().take(9).enumerate() {
        if i == 8 {
            return Some((n << 8 | u64::from(*b), 9));
        }
        n = n << 7 | u64::from(b & 0x7f);
        if b & 0x80 == 0 {
            return Some((n, i + 1));
        }
    }
    None
}
