//! Writes archives: what proper writers write, and whatever else a header can say.

/// An entry of an archive.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Path, written as it is.
    pub path: Vec<u8>,
    /// Type flag.
    pub kind: u8,
    /// Permission bits.
    pub mode: u32,
    /// Owner.
    pub uid: u64,
    /// Group.
    pub gid: u64,
    /// Target of a link.
    pub link: Vec<u8>,
    /// Bytes of a file.
    pub data: Vec<u8>,
    /// Records of a pax header in front.
    pub pax: Vec<(String, Vec<u8>)>,
    /// How a path is written that does not fit.
    pub long: Long,
    /// Size in the header, if it shall not be that of the data.
    pub size: Option<u64>,
}

/// How a path or link is written that does not fit its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Long {
    /// Pax `path` and `linkpath`.
    Pax,
    /// GNU `L` and `K`.
    Gnu,
}

impl Entry {
    /// An entry of a kind with nothing in it.
    #[must_use]
    pub fn new(kind: u8, path: &str, mode: u32) -> Self {
        Self {
            path: path.as_bytes().to_vec(),
            kind,
            mode,
            uid: 0,
            gid: 0,
            link: Vec::new(),
            data: Vec::new(),
            pax: Vec::new(),
            long: Long::Pax,
            size: None,
        }
    }

    /// A regular file.
    #[must_use]
    pub fn file(path: &str, mode: u32, data: &[u8]) -> Self {
        Self { data: data.to_vec(), ..Self::new(b'0', path, mode) }
    }

    /// A directory.
    #[must_use]
    pub fn dir(path: &str, mode: u32) -> Self {
        Self::new(b'5', &format!("{path}/"), mode)
    }

    /// A symbolic link.
    #[must_use]
    pub fn symlink(path: &str, target: &str) -> Self {
        Self { link: target.as_bytes().to_vec(), ..Self::new(b'2', path, 0o777) }
    }

    /// A hard link.
    #[must_use]
    pub fn hardlink(path: &str, target: &str) -> Self {
        Self { link: target.as_bytes().to_vec(), ..Self::new(b'1', path, 0o644) }
    }

    /// A sparse file: runs of bytes at their offsets, written in one of the four formats.
    #[must_use]
    pub fn sparse(path: &str, size: u64, runs: &[(u64, &[u8])], format: Sparse) -> Self {
        sparse(path, size, runs, format)
    }
}

/// Formats of sparse files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sparse {
    /// Pax 0.0: repeated `offset` and `numbytes`.
    Pax00,
    /// Pax 0.1: `map`.
    Pax01,
    /// Pax 1.0: the map in front of the data.
    Pax10,
}

fn sparse(path: &str, size: u64, runs: &[(u64, &[u8])], format: Sparse) -> Entry {
    let mut entry = Entry::file(path, 0o644, &[]);
    let mut put =
        |key: &str, value: String| entry.pax.push((format!("GNU.sparse.{key}"), value.into_bytes()));
    match format {
        Sparse::Pax00 => {
            put("size", size.to_string());
            put("numblocks", runs.len().to_string());
            for (offset, bytes) in runs {
                put("offset", offset.to_string());
                put("numbytes", bytes.len().to_string());
            }
        }
        Sparse::Pax01 => {
            put("size", size.to_string());
            put("numblocks", runs.len().to_string());
            let map: Vec<String> = runs.iter().map(|(o, b)| format!("{o},{}", b.len())).collect();
            put("map", map.join(","));
            put("name", path.to_owned());
        }
        Sparse::Pax10 => {
            put("major", "1".to_owned());
            put("minor", "0".to_owned());
            put("name", path.to_owned());
            put("realsize", size.to_string());
            let mut map = format!("{}\n", runs.len()).into_bytes();
            for (offset, bytes) in runs {
                map.extend_from_slice(format!("{offset}\n{}\n", bytes.len()).as_bytes());
            }
            map.resize(map.len().next_multiple_of(512), 0);
            entry.data = map;
        }
    }
    if format != Sparse::Pax00 {
        entry.path = format!("GNUSparseFile.0/{path}").into_bytes();
    }
    for (_, bytes) in runs {
        entry.data.extend_from_slice(bytes);
    }
    entry
}

/// Writes entries and the closing blocks.
#[must_use]
pub fn archive(entries: &[Entry]) -> Vec<u8> {
    let mut out = Vec::new();
    for entry in entries {
        write(&mut out, entry);
    }
    out.resize(out.len() + 1024, 0);
    out
}

/// Appends one entry, with the extended headers it needs.
pub fn write(out: &mut Vec<u8>, entry: &Entry) {
    let mut pax = entry.pax.clone();
    let split = split(&entry.path);
    if split.is_none() {
        match entry.long {
            Long::Pax => pax.push(("path".to_owned(), entry.path.clone())),
            Long::Gnu => gnu_long(out, b'L', &entry.path),
        }
    }
    if 100 < entry.link.len() {
        match entry.long {
            Long::Pax => pax.push(("linkpath".to_owned(), entry.link.clone())),
            Long::Gnu => gnu_long(out, b'K', &entry.link),
        }
    }
    if !pax.is_empty() {
        let body: Vec<u8> = pax.iter().flat_map(|(k, v)| record(k, v)).collect();
        let mut header = Entry::new(b'x', "PaxHeaders/entry", 0o644);
        header.data = body;
        block(out, &header, b"", b"PaxHeaders/entry");
    }
    let (prefix, name) = split.unwrap_or((&[], entry.path.get(..100).unwrap_or(&entry.path)));
    block(out, entry, prefix, name);
}

/// A pax record; its length counts itself.
#[must_use]
pub fn record(key: &str, value: &[u8]) -> Vec<u8> {
    let rest = key.len() + value.len() + 3;
    let mut len = rest + 1;
    while len != rest + len.to_string().len() {
        len = rest + len.to_string().len();
    }
    let mut out = format!("{len} {key}=").into_bytes();
    out.extend_from_slice(value);
    out.push(b'\n');
    out
}

/// Splits a path into prefix and name where they fit.
fn split(path: &[u8]) -> Option<(&[u8], &[u8])> {
    if path.len() <= 100 {
        return Some((&[], path));
    }
    let at =
        (0..path.len().min(156)).rev().find(|&i| path.get(i) == Some(&b'/') && path.len() - i - 1 <= 100)?;
    Some((path.get(..at)?, path.get(at + 1..)?)).filter(|(_, name)| !name.is_empty())
}

fn gnu_long(out: &mut Vec<u8>, kind: u8, text: &[u8]) {
    let mut header = Entry::new(kind, "././@LongLink", 0o644);
    header.data = [text, b"\0"].concat();
    block(out, &header, b"", b"././@LongLink");
}

/// A header block and the data, filled up to whole blocks.
fn block(out: &mut Vec<u8>, entry: &Entry, prefix: &[u8], name: &[u8]) {
    let mut header = [0u8; 512];
    let mut put = |at: usize, bytes: &[u8]| {
        for (to, from) in header.iter_mut().skip(at).zip(bytes) {
            *to = *from;
        }
    };
    put(0, name);
    put(100, format!("{:07o}\0", entry.mode).as_bytes());
    put(108, &number(entry.uid, 8));
    put(116, &number(entry.gid, 8));
    put(124, &number(entry.size.unwrap_or(entry.data.len() as u64), 12));
    put(136, b"00000000000\0");
    put(156, &[entry.kind]);
    put(157, entry.link.get(..100).unwrap_or(&entry.link));
    put(257, b"ustar\x0000");
    put(345, prefix);
    put(148, b"        ");
    let sum: u32 = header.iter().map(|&b| u32::from(b)).sum();
    for (to, from) in header.iter_mut().skip(148).zip(format!("{sum:06o}\0 ").bytes()) {
        *to = from;
    }
    out.extend_from_slice(&header);
    out.extend_from_slice(&entry.data);
    out.resize(out.len().next_multiple_of(512), 0);
}

/// Octal where it fits, else base 256.
fn number(n: u64, width: usize) -> Vec<u8> {
    let octal = format!("{n:0w$o}\0", w = width - 1);
    if octal.len() == width {
        return octal.into_bytes();
    }
    let mut out = vec![0; width.saturating_sub(8)];
    out.extend_from_slice(&n.to_be_bytes());
    let mut out = out.split_off(out.len() - width);
    if let Some(first) = out.first_mut() {
        *first |= 0x80;
    }
    out
}
