//! RPM databases in the three forms, with one package each, by hand.

/// sqlite, ndb, Berkeley DB.
pub fn rpm_databases() -> Vec<Vec<u8>> {
    let header = header();
    vec![sqlite(&header), ndb(&header), berkeley(&header)]
}

/// A header blob: counts, index entries of 16 bytes (tag, type, offset, count), data.
fn header() -> Vec<u8> {
    let mut entries: Vec<(u32, u32, u32, u32)> = Vec::new();
    let mut data: Vec<u8> = Vec::new();
    for (tag, kind, text) in [
        (1000_u32, 6_u32, "openssl-libs"),
        (1001, 6, "3.0.7"),
        (1002, 6, "24.el9"),
        (1014, 6, "ASL 2.0"),
        (1022, 6, "x86_64"),
        (1044, 6, "openssl-3.0.7-24.el9.src.rpm"),
        (1117, 8, "libssl.so.3"),
        (1118, 8, "/usr/lib64/"),
        (5096, 6, "nodejs:18:8060020220523160029:ad008a3a"),
    ] {
        entries.push((tag, kind, data.len() as u32, 1));
        data.extend_from_slice(text.as_bytes());
        data.push(0);
    }
    for (tag, value) in [(1003_u32, 1_u32), (1116, 0)] {
        data.resize(data.len().div_ceil(4) * 4, 0);
        entries.push((tag, 4, data.len() as u32, 1));
        data.extend_from_slice(&value.to_be_bytes());
    }
    let mut blob = Vec::new();
    blob.extend_from_slice(&(entries.len() as u32).to_be_bytes());
    blob.extend_from_slice(&(data.len() as u32).to_be_bytes());
    for (tag, kind, offset, count) in entries {
        [tag, kind, offset, count].iter().for_each(|w| blob.extend_from_slice(&w.to_be_bytes()));
    }
    blob.extend_from_slice(&data);
    blob
}

/// Two pages of 4096 bytes: the schema with the table `Packages`, and its one row.
fn sqlite(header: &[u8]) -> Vec<u8> {
    const PAGE: usize = 4096;
    let mut file = b"SQLite format 3\0\x10\x00\x01\x01\x00\x40\x20\x20".to_vec();
    file.resize(100, 0);
    file[28..32].copy_from_slice(&2_u32.to_be_bytes());
    file[44..48].copy_from_slice(&4_u32.to_be_bytes());
    file[56..60].copy_from_slice(&1_u32.to_be_bytes());
    let sql = "CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)";
    let mut schema = Vec::new();
    schema.extend_from_slice(&[0x07, 0x17, 0x1d, 0x1d, 0x01]);
    varint(&mut schema, 13 + 2 * sql.len() as u64);
    schema[0] = schema.len() as u8;
    for text in ["table", "Packages", "Packages"] {
        schema.extend_from_slice(text.as_bytes());
    }
    schema.push(2);
    schema.extend_from_slice(sql.as_bytes());
    let mut row = Vec::new();
    row.extend_from_slice(&[0, 0]);
    varint(&mut row, 12 + 2 * header.len() as u64);
    row[0] = row.len() as u8;
    row.extend_from_slice(header);
    let mut first = vec![0_u8; PAGE];
    first[..100].copy_from_slice(&file);
    leaf(&mut first, 100, &schema);
    let mut second = vec![0_u8; PAGE];
    leaf(&mut second, 0, &row);
    [first, second].concat()
}

/// A leaf page of a table b-tree with one cell at its end.
fn leaf(page: &mut [u8], at: usize, payload: &[u8]) {
    let mut cell = Vec::new();
    varint(&mut cell, payload.len() as u64);
    cell.push(1);
    cell.extend_from_slice(payload);
    let start = page.len() - cell.len();
    page[start..].copy_from_slice(&cell);
    page[at] = 0x0d;
    page[at + 3..at + 5].copy_from_slice(&1_u16.to_be_bytes());
    page[at + 5..at + 7].copy_from_slice(&(start as u16).to_be_bytes());
    page[at + 8..at + 10].copy_from_slice(&(start as u16).to_be_bytes());
}

fn varint(out: &mut Vec<u8>, value: u64) {
    let mut groups = vec![(value & 0x7f) as u8];
    let mut rest = value >> 7;
    while 0 < rest {
        groups.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    out.extend(groups.iter().rev());
}

/// A page of slots, then one blob.
fn ndb(header: &[u8]) -> Vec<u8> {
    const PAGE: usize = 4096;
    let mut file = Vec::new();
    let word = |file: &mut Vec<u8>, w: u32| file.extend_from_slice(&w.to_le_bytes());
    file.extend_from_slice(b"RpmP");
    [0, 1, 1, 2].iter().for_each(|w| word(&mut file, *w));
    file.resize(32, 0);
    let blocks = (header.len() + 28).div_ceil(16) as u32;
    file.extend_from_slice(b"Slot");
    [1, PAGE as u32 / 16, blocks].iter().for_each(|w| word(&mut file, *w));
    while file.len() < PAGE {
        file.extend_from_slice(b"Slot");
        file.extend_from_slice(&[0; 12]);
    }
    file.extend_from_slice(b"BlbS");
    [1, 1, header.len() as u32].iter().for_each(|w| word(&mut file, *w));
    file.extend_from_slice(header);
    file.resize(PAGE + blocks as usize * 16 - 12, 0);
    let sum = adler(&file[PAGE..]);
    word(&mut file, sum);
    word(&mut file, header.len() as u32);
    file.extend_from_slice(b"BlbE");
    file
}

fn adler(bytes: &[u8]) -> u32 {
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    (b << 16) | a
}

/// Meta page, a bucket page with one pair, an overflow page that holds its value.
fn berkeley(header: &[u8]) -> Vec<u8> {
    const PAGE: usize = 4096;
    let mut meta = vec![0_u8; PAGE];
    let put =
        |page: &mut Vec<u8>, at: usize, word: u32| page[at..at + 4].copy_from_slice(&word.to_le_bytes());
    for (at, word) in [(12, 0x0006_1561), (16, 9), (20, PAGE as u32), (32, 2), (72, 0), (76, 1), (80, 1)] {
        put(&mut meta, at, word);
    }
    meta[25] = 8;
    let mut bucket = vec![0_u8; PAGE];
    put(&mut bucket, 8, 1);
    bucket[20..22].copy_from_slice(&2_u16.to_le_bytes());
    bucket[25] = 13;
    let (key, value) = (PAGE - 5, PAGE - 17);
    bucket[22..24].copy_from_slice(&(value as u16).to_le_bytes());
    bucket[26..28].copy_from_slice(&(key as u16).to_le_bytes());
    bucket[28..30].copy_from_slice(&(value as u16).to_le_bytes());
    bucket[key..].copy_from_slice(&[1, 1, 0, 0, 0]);
    bucket[value] = 3;
    put(&mut bucket, value + 4, 2);
    put(&mut bucket, value + 8, header.len() as u32);
    let mut overflow = vec![0_u8; PAGE];
    put(&mut overflow, 8, 2);
    overflow[22..24].copy_from_slice(&(header.len() as u16).to_le_bytes());
    overflow[25] = 7;
    overflow[26..26 + header.len()].copy_from_slice(header);
    [meta, bucket, overflow].concat()
}
