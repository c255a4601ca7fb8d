//! A layer read by its table of contents is the layer read whole, or is not read so at all.

use std::cell::RefCell;
use std::io::{Cursor, Read};

use serde_json::{Value, json};
use testkit::lazy::{Lazy, estargz, zstd_chunked};
use testkit::tar::Entry;

use super::*;
use crate::analyze::{Analyzer, Glance, Interest};
use crate::{LayerIndex, OpenError, read_layer};

/// Keeps what lies in `etc/`, digests programs, which only their first bytes tell.
struct Asks;

impl Analyzer for Asks {
    fn version(&self) -> u32 {
        1
    }
    fn interest(&self, path: &str, _: u64, _: u32, head: &[u8]) -> Interest {
        match path {
            _ if path.starts_with("etc/") => Interest::Keep,
            _ if head.starts_with(b"\x7fELF") => Interest::Digest,
            _ => Interest::No,
        }
    }
    fn glance(&self, path: &str, _: u64, _: u32) -> Glance {
        match path {
            _ if path.starts_with("etc/") => Glance::Decided(Interest::Keep),
            _ if path.starts_with("bin/") => Glance::Head,
            _ => Glance::Decided(Interest::No),
        }
    }
    fn digest(&self, path: &str, bytes: &[u8]) -> Vec<u8> {
        format!("{path} {}", crate::sha256(bytes)).into_bytes()
    }
}

struct Stored<'s> {
    bytes: &'s [u8],
    asked: RefCell<Vec<(u64, u64)>>,
}

impl Ranged for Stored<'_> {
    fn size(&self) -> u64 {
        self.bytes.len() as u64
    }
    fn range(&self, at: u64, len: u64) -> Result<Box<dyn Read + '_>, TocError> {
        self.asked.borrow_mut().push((at, len));
        let (at, len) = (usize::try_from(at).unwrap(), usize::try_from(len).unwrap());
        Ok(Box::new(Dripping(Cursor::new(&self.bytes[at..at + len]), 0)))
    }
}

/// Gives a byte now and many then, as connections do.
struct Dripping<'b>(Cursor<&'b [u8]>, usize);

impl Read for Dripping<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.1 += 1;
        let most = if self.1.is_multiple_of(3) { buffer.len() } else { buffer.len().min(1) };
        self.0.read(&mut buffer[..most])
    }
}

/// Bytes that do not compress.
fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut x = seed | 1;
    let next = |_| {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        (x >> 32) as u8
    };
    (0..len).map(next).collect()
}

fn entries() -> Vec<Entry> {
    let program = [b"\x7fELF".to_vec(), noise(9000, 1)].concat();
    let capability = ("SCHILY.xattr.security.capability".to_owned(), vec![1, 0, 0, 2]);
    vec![
        Entry::dir("etc/", 0o755),
        Entry { uid: 7, gid: 8, ..Entry::file("etc/passwd", 0o640, b"root:x:0:0\n") },
        Entry::file("etc/empty", 0o644, b""),
        Entry { pax: vec![capability], ..Entry::file("bin/server", 0o4755, &program) },
        Entry::file("bin/script", 0o755, b"#!/bin/sh\n"),
        Entry::file("bin/large", 0o755, &noise(60_000, 2)),
        Entry::hardlink("bin/other", "bin/server"),
        Entry::hardlink("etc/linked", "usr/share/text"),
        Entry::symlink("bin/sh", "server"),
        Entry::file("usr/share/data", 0o644, &noise(300_000, 3)),
        Entry::file("usr/share/text", 0o644, b"a text"),
        Entry::hardlink("etc/late", "usr/share/text"),
        Entry::new(b'3', "dev/null", 0o666),
        Entry::file("usr/.wh.gone", 0o644, b""),
        Entry::file("var/.wh..wh..opq", 0o644, b""),
        Entry::file("etc/last", 0o600, &noise(5000, 4)),
    ]
}

type Change = fn(&mut Vec<Value>);
type Write = fn(&[Entry], &mut dyn FnMut(&mut Vec<Value>)) -> Lazy;

const FORMATS: [(&str, Write); 2] =
    [("estargz", |e, change| estargz(e, change)), ("zstd:chunked", |e, change| zstd_chunked(e, change))];

fn read(lazy: &Lazy) -> Result<(TocRead, Vec<(u64, u64)>), TocError> {
    let stored = Stored { bytes: &lazy.stored, asked: RefCell::default() };
    let toc = load(&Chain::of(&lazy.annotations).unwrap(), &stored)?;
    let read = read_members(&toc, &Asks, &stored)?;
    Ok((read, stored.asked.into_inner()))
}

fn whole_of(lazy: &Lazy) -> LayerIndex {
    let read = read_layer(&mut Dripping(Cursor::new(&lazy.stored), 0), &Asks, &mut |_| {});
    assert_eq!(read.inflated.digest, Some(crate::sha256(&lazy.tar)));
    assert!(read.index.flaws.is_empty(), "{:?}", read.index.flaws);
    read.index
}

#[test]
fn a_layer_read_by_its_table_is_the_layer_read_whole() {
    for (name, write) in FORMATS {
        let lazy = write(&entries(), &mut |_| {});
        let (mut read, asked) = read(&lazy).unwrap();
        let whole = whole_of(&lazy);
        // The archive was not seen, so its headers and padding are not counted.
        assert!(read.index.counts.bytes < whole.counts.bytes);
        read.index.counts.bytes = whole.counts.bytes;
        assert_eq!(read.index, whole, "{name}");
        assert_eq!(read.index.late().len(), 1, "{name}: a hard link's name makes a file interesting");
        let bytes: u64 = asked.iter().map(|(_, len)| len).sum();
        assert!(bytes < lazy.stored.len() as u64 / 4, "{name}: {bytes} of {} bytes", lazy.stored.len());
    }
}

#[test]
fn one_member_is_opened_without_the_others() {
    for (name, write) in FORMATS {
        let lazy = write(&entries(), &mut |_| {});
        let stored = Stored { bytes: &lazy.stored, asked: RefCell::default() };
        let toc = load(&Chain::of(&lazy.annotations).unwrap(), &stored).unwrap();
        assert_eq!(open_member(&toc, 9, 1 << 20, &stored), Ok(noise(300_000, 3)), "{name}");
        assert_eq!(open_member(&toc, 2, 1 << 20, &stored), Ok(Vec::new()));
        assert_eq!(open_member(&toc, 9, 100, &stored), Err(OpenError::TooLarge(300_000)));
        assert_eq!(open_member(&toc, 99, 100, &stored), Err(OpenError::Missing));
    }
}

#[test]
fn a_layer_of_which_most_is_needed_is_read_whole() {
    for (name, write) in FORMATS {
        let lazy = write(&[Entry::file("etc/all", 0o644, &noise(50_000, 5))], &mut |_| {});
        assert!(matches!(read(&lazy), Err(TocError::Whole(reason)) if reason.contains("half")), "{name}");
    }
}

/// Reads a layer whose table was falsified.
fn falsified(write: Write, change: &mut dyn FnMut(&mut Vec<Value>)) -> TocError {
    read(&write(&entries(), change)).unwrap_err()
}

fn of<'l>(lines: &'l mut [Value], name: &str) -> &'l mut Value {
    lines.iter_mut().find(|l| l["name"] == name).unwrap()
}

#[test]
fn a_table_that_lies_is_refused_and_named() {
    let lies: [(&str, Change, &str); 8] = [
        (
            "another digest",
            |l| of(l, "etc/passwd")["chunkDigest"] = json!(testkit::digest(b"x")),
            "other bytes",
        ),
        ("another file", |l| of(l, "etc/passwd")["offset"] = of(l, "etc/last")["offset"].clone(), ""),
        ("out of bounds", |l| of(l, "etc/passwd")["offset"] = json!(1u64 << 40), "outside"),
        ("negative", |l| of(l, "etc/passwd")["size"] = json!(-1), "names -1"),
        ("a larger file", |l| of(l, "bin/script")["size"] = json!(400), ""),
        ("a piece of nothing", |l| l.insert(0, json!({"type": "chunk", "offset": 1})), "a piece of no file"),
        ("no piece", |l| drop(l.remove(5)), "do not make a file"),
        ("not a beginning", |l| of(l, "etc/last")["offset"] = json!(77), ""),
    ];
    for (format, write) in FORMATS {
        for (name, change, words) in lies {
            let refused = falsified(write, &mut |lines| change(lines));
            assert!(
                matches!(&refused, TocError::Lie(why) if why.contains(words)),
                "{format} {name}: {refused:?}"
            );
        }
    }
}

#[test]
fn what_cannot_be_proven_or_is_not_understood_is_read_whole() {
    for (format, write) in FORMATS {
        let no_digest = |lines: &mut Vec<Value>| {
            for key in ["digest", "chunkDigest"] {
                of(lines, "etc/passwd").as_object_mut().unwrap().remove(key);
            }
        };
        for change in [no_digest, |l: &mut Vec<Value>| of(l, "dev/null")["type"] = json!("contiguous")] {
            let refused = falsified(write, &mut |lines| change(lines));
            assert!(matches!(refused, TocError::Whole(_)), "{format}: {refused:?}");
        }
        let enormous = falsified(write, &mut |l| {
            for line in l {
                line["size"] = json!(1u64 << 40);
            }
        });
        assert!(matches!(enormous, TocError::Whole(_) | TocError::Lie(_)), "{format}");
    }
}

#[test]
fn a_table_that_is_not_the_one_named_is_refused() {
    for (format, write) in FORMATS {
        let mut lazy = write(&entries(), &mut |_| {});
        for value in lazy.annotations.values_mut().filter(|v| v.starts_with("sha256:")) {
            *value = testkit::digest(b"another");
        }
        let refused = read(&lazy).unwrap_err();
        assert!(
            matches!(&refused, TocError::Lie(why) if why.contains("wrong digest")),
            "{format}: {refused}"
        );
        // The end of the layer is cut off.
        let mut lazy = write(&entries(), &mut |_| {});
        lazy.stored.truncate(lazy.stored.len() / 2);
        assert!(read(&lazy).is_err(), "{format}");
    }
}

#[test]
fn annotations_that_name_no_table_make_no_chain() {
    let of = |pairs: &[(&str, &str)]| {
        Chain::of(&pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    };
    let sum = testkit::digest(b"");
    let key = "io.github.containers.zstd-chunked.manifest-checksum";
    let place = "io.github.containers.zstd-chunked.manifest-position";
    assert_eq!(of(&[]), None);
    assert_eq!(of(&[(key, &sum)]), None);
    for bad in ["1:2:3", "1:2:3:2", "1:2:3:1:5", "x:2:3:1", "-1:2:3:1", ""] {
        assert_eq!(of(&[(key, &sum), (place, bad)]), None, "{bad}");
    }
    let kind = TocKind::ZstdChunked { at: 1, stored: 2, inflated: 3 };
    assert_eq!(of(&[(key, &sum), (place, "1:2:3:1")]).unwrap().kind, kind);
    assert_eq!(of(&[("containerd.io/snapshot/stargz/toc.digest", "md5:1")]), None);
}

#[test]
fn a_table_beyond_its_bounds_is_not_held() {
    let lines = "{},".repeat(TOC_LINES_MAX + 1);
    let text = format!("{{\"version\":1,\"entries\":[{}]}}", lines.trim_end_matches(','));
    assert!(matches!(parse(text.as_bytes(), 10), Err(TocError::Whole(why)) if why.contains("TOC_LINES_MAX")));
    // A bomb: zeros that inflate beyond the bound.
    let table = testkit::pack(&vec![b' '; TOC_BYTES_MAX as usize + 1], testkit::Packing::Zstd);
    let kind = TocKind::ZstdChunked { at: 0, stored: table.len() as u64, inflated: TOC_BYTES_MAX + 1 };
    let stored = Stored { bytes: &table, asked: RefCell::default() };
    let refused = load(&Chain { kind, digest: crate::sha256(&table) }, &stored);
    assert!(matches!(refused, Err(TocError::Whole(why)) if why.contains("TOC_BYTES_MAX")));
}
