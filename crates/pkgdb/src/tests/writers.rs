//! Writes a header, and the three forms of database around it.

/// A header of a package named `name`, version `1.2`, release `3.el9`, with one file and `filler` bytes of licence.
pub(super) fn header(name: &str, filler: usize) -> Vec<u8> {
    let license = format!("MIT{}", " ".repeat(filler));
    let mut data = Vec::new();
    let mut index = Vec::new();
    let mut put = |tag: u32, kind: u32, count: u32, bytes: &[u8]| {
        if kind == 4 {
            data.resize(usize::next_multiple_of(data.len(), 4), 0);
        }
        for word in [tag, kind, data.len() as u32, count] {
            index.extend(word.to_be_bytes());
        }
        data.extend_from_slice(bytes);
    };
    let text = |s: &str| [s.as_bytes(), b"\0"].concat();
    put(1000, 6, 1, &text(name));
    put(1001, 6, 1, &text("1.2"));
    put(1002, 6, 1, &text("3.el9"));
    put(1003, 4, 1, &7_u32.to_be_bytes());
    put(1014, 6, 1, &text(&license));
    put(1022, 6, 1, &text("x86_64"));
    put(1044, 6, 1, &text("source-1.2-3.el9.src.rpm"));
    put(1116, 4, 2, &[0_u32.to_be_bytes(), 0_u32.to_be_bytes()].concat());
    put(1117, 8, 2, b"tool\0ghost\0");
    put(1118, 8, 1, b"/usr/bin/\0");
    put(1037, 4, 2, &[0_u32.to_be_bytes(), 64_u32.to_be_bytes()].concat());
    put(5096, 6, 1, &text("nodejs:18:8080:abc"));
    let mut out = Vec::new();
    out.extend((index.len() as u32 / 16).to_be_bytes());
    out.extend((data.len() as u32).to_be_bytes());
    out.extend(index);
    out.extend(data);
    out
}

/// `Packages.db` of these headers.
pub(super) fn ndb(headers: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"RpmP".to_vec();
    for word in [0_u32, 1, 1, headers.len() as u32 + 1, 0, 0, 0] {
        out.extend(word.to_le_bytes());
    }
    let mut blobs = Vec::new();
    for (i, header) in headers.iter().enumerate() {
        let offset = (4096 + blobs.len()) / 16;
        let mut blob = b"BlbS".to_vec();
        for word in [i as u32 + 1, 1, header.len() as u32] {
            blob.extend(word.to_le_bytes());
        }
        blob.extend(header);
        blob.resize(blob.len().next_multiple_of(4), 0);
        blob.extend([0; 8]);
        blob.extend(b"BlbE");
        blob.resize(blob.len().next_multiple_of(16), 0);
        out.extend(b"Slot");
        for word in [i as u32 + 1, offset as u32, blob.len() as u32 / 16] {
            out.extend(word.to_le_bytes());
        }
        blobs.extend(blob);
    }
    while out.len() < 4096 {
        out.extend(b"Slot");
        out.extend([0; 12]);
    }
    out.extend(blobs);
    out
}

const PAGE: usize = 4096;

/// `Packages` of these headers: a meta page, one page of buckets, then overflow pages; in either byte order.
pub(super) fn bdb(headers: &[Vec<u8>], big: bool) -> Vec<u8> {
    let word = |n: u32| if big { n.to_be_bytes() } else { n.to_le_bytes() };
    let half = |n: u16| if big { n.to_be_bytes() } else { n.to_le_bytes() };
    let mut overflow: Vec<Vec<u8>> = Vec::new();
    let mut items: Vec<Vec<u8>> =
        vec![[&[1][..], &word(0)].concat(), [&[1][..], &word(headers.len() as u32)].concat()];
    for (i, header) in headers.iter().enumerate() {
        items.push([&[1][..], &word(i as u32 + 1)].concat());
        if header.len() < 600 {
            items.push([&[1][..], header].concat());
            continue;
        }
        let first = overflow.len() as u32 + 2;
        items.push([&[3, 0, 0, 0][..], &word(first), &word(header.len() as u32)].concat());
        let chunks: Vec<&[u8]> = header.chunks(PAGE - 26).collect();
        for (n, chunk) in chunks.iter().enumerate() {
            let number = first + n as u32;
            let next = if n + 1 == chunks.len() { 0 } else { number + 1 };
            let mut page = vec![0; 8];
            page.extend([word(number), word(0), word(next)].concat());
            page.extend([half(1), half(chunk.len() as u16)].concat());
            page.extend([0, 7]);
            page.extend_from_slice(chunk);
            page.resize(PAGE, 0);
            overflow.push(page);
        }
    }
    let mut meta = vec![0; PAGE];
    meta[12..16].copy_from_slice(&word(0x06_1561));
    meta[16..20].copy_from_slice(&word(9));
    meta[20..24].copy_from_slice(&word(PAGE as u32));
    meta[25] = 8;
    meta[32..36].copy_from_slice(&word(overflow.len() as u32 + 1));
    let mut bucket = vec![0; PAGE];
    bucket[8..12].copy_from_slice(&word(1));
    bucket[20..22].copy_from_slice(&half(items.len() as u16));
    bucket[25] = 13;
    let mut end = PAGE;
    for (i, item) in items.iter().enumerate() {
        end -= item.len();
        bucket[end..end + item.len()].copy_from_slice(item);
        bucket[26 + i * 2..28 + i * 2].copy_from_slice(&half(end as u16));
    }
    [meta, bucket].into_iter().chain(overflow).flatten().collect()
}

/// `rpmdb.sqlite` of these headers: the schema, one leaf a header under one interior page, then overflow pages.
pub(super) fn sqlite(headers: &[Vec<u8>]) -> Vec<u8> {
    const SQL_PAGE: usize = 1024;
    let mut pages: Vec<Vec<u8>> = vec![vec![0; SQL_PAGE]; 2 + headers.len()];
    let usable = SQL_PAGE;
    for (i, header) in headers.iter().enumerate() {
        let mut record = vec![3_u8 + 1];
        let kind = varint(header.len() as u64 * 2 + 12);
        record[0] = 2 + kind.len() as u8;
        record.push(0);
        record.extend(kind);
        record.extend(header);
        let max = usable - 35;
        let min = (usable - 12) * 32 / 255 - 23;
        let local = if record.len() <= max {
            record.len()
        } else {
            let k = min + (record.len() - min) % (usable - 4);
            if k <= max { k } else { min }
        };
        let mut cell = varint(record.len() as u64);
        cell.extend(varint(i as u64 + 1));
        cell.extend(&record[..local]);
        let mut rest = &record[local..];
        if !rest.is_empty() {
            cell.extend((pages.len() as u32 + 1).to_be_bytes());
        }
        while !rest.is_empty() {
            let (part, tail) = rest.split_at(rest.len().min(usable - 4));
            let next = if tail.is_empty() { 0 } else { pages.len() as u32 + 2 };
            let mut page = next.to_be_bytes().to_vec();
            page.extend(part);
            page.resize(SQL_PAGE, 0);
            pages.push(page);
            rest = tail;
        }
        place(&mut pages[2 + i], 0, 13, &[cell], None);
    }
    let children: Vec<Vec<u8>> = (0..headers.len() - 1)
        .map(|i| [&(i as u32 + 3).to_be_bytes()[..], &varint(i as u64 + 1)].concat())
        .collect();
    place(&mut pages[1], 0, 5, &children, Some(headers.len() as u32 + 2));
    let row = |kind: &str, name: &str, page: u8| {
        let texts = [kind, name, name];
        let kinds: Vec<u8> = texts.iter().map(|t| t.len() as u8 * 2 + 13).chain([1, 13]).collect();
        let mut record = vec![kinds.len() as u8 + 1];
        record.extend(kinds);
        texts.iter().for_each(|t| record.extend(t.bytes()));
        record.push(page);
        let mut cell = varint(record.len() as u64);
        cell.push(1);
        cell.extend(record);
        cell
    };
    let mut first = b"SQLite format 3\0".to_vec();
    first.extend((SQL_PAGE as u16).to_be_bytes());
    first.extend([1, 1, 0, 64, 32, 32]);
    first.resize(28, 0);
    first.extend((pages.len() as u32).to_be_bytes());
    first.resize(SQL_PAGE, 0);
    place(&mut first, 100, 13, &[row("table", "Other", 9), row("table", "Packages", 2)], None);
    pages[0] = first;
    pages.concat()
}

fn place(page: &mut [u8], start: usize, kind: u8, cells: &[Vec<u8>], right: Option<u32>) {
    page[start] = kind;
    page[start + 3..start + 5].copy_from_slice(&(cells.len() as u16).to_be_bytes());
    let mut pointers = start + 8;
    if let Some(right) = right {
        page[start + 8..start + 12].copy_from_slice(&right.to_be_bytes());
        pointers += 4;
    }
    let mut end = page.len();
    for (i, cell) in cells.iter().enumerate() {
        end -= cell.len();
        page[end..end + cell.len()].copy_from_slice(cell);
        page[pointers + i * 2..pointers + i * 2 + 2].copy_from_slice(&(end as u16).to_be_bytes());
    }
}

fn varint(n: u64) -> Vec<u8> {
    let mut out = vec![(n & 0x7f) as u8];
    let mut rest = n >> 7;
    while 0 < rest {
        out.insert(0, (rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    out
}
