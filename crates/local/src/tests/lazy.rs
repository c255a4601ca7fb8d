//! Layers of a registry that carry a table of contents.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::sync::Mutex;

use ports::remote::{Choice, Listing, PartError, Parts, Remote};
use testkit::lazy::{Lazy, estargz, zstd_chunked};
use testkit::tar::Entry;

use super::*;

/// A registry with one image.
#[derive(Default)]
struct Shelf {
    files: BTreeMap<String, Vec<u8>>,
    ranges: bool,
    /// What was asked for: whole parts and bytes of ranges.
    asked: Mutex<(Vec<String>, u64)>,
}

struct OnShelf(Arc<Shelf>);

impl Remote for OnShelf {
    fn image(&self, _: &str) -> Result<Arc<dyn Parts>, SourceError> {
        Ok(Arc::clone(&self.0) as _)
    }
    fn list(&self, _: &Choice) -> Result<Listing, SourceError> {
        Ok(Listing::default())
    }
}

impl Parts for Shelf {
    fn name(&self) -> &str {
        "reg.example/shop"
    }
    fn index(&self) -> &[u8] {
        &self.files["index.json"]
    }
    fn document(&self, part: &str, _: u64) -> Result<Vec<u8>, PartError> {
        self.files.get(part).cloned().ok_or(PartError::Missing)
    }
    fn size(&self, part: &str) -> Option<u64> {
        self.files.get(part).map(|bytes| bytes.len() as u64)
    }
    fn open(&self, part: &str) -> Result<Box<dyn Read + Send + '_>, PartError> {
        self.asked.lock().unwrap().0.push(part.to_owned());
        Ok(Box::new(Cursor::new(self.document(part, 0)?)))
    }
    fn range(&self, part: &str, at: u64, len: u64) -> Result<Option<Box<dyn Read + Send + '_>>, PartError> {
        if !self.ranges {
            return Ok(None);
        }
        self.asked.lock().unwrap().1 += len;
        let (at, len) = (usize::try_from(at).unwrap(), usize::try_from(len).unwrap());
        let bytes = self.files[part].get(at..at + len).ok_or(PartError::Missing)?;
        Ok(Some(Box::new(Cursor::new(bytes))))
    }
    fn take_notes(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Keeps small files of `etc/`, by name alone.
struct ByName;

impl Analyzer for ByName {
    fn version(&self) -> u32 {
        3
    }
    fn interest(&self, path: &str, _: u64, _: u32, _: &[u8]) -> Interest {
        if path.starts_with("etc/") { Interest::Keep } else { Interest::No }
    }
    fn glance(&self, path: &str, size: u64, mode: u32) -> oci::Glance {
        oci::Glance::Decided(self.interest(path, size, mode, &[]))
    }
    fn digest(&self, _: &str, _: &[u8]) -> Vec<u8> {
        Vec::new()
    }
}

fn entries() -> Vec<Entry> {
    let mut x = 7u32;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        x as u8
    })
    .take(500_000)
    .collect();
    vec![
        Entry::file("etc/os-release", 0o644, b"ID=debian\n"),
        Entry::file("usr/share/data", 0o644, &noise),
        Entry::file("usr/share/late", 0o600, b"late"),
        Entry::hardlink("etc/late", "usr/share/late"),
    ]
}

fn shelf(lazy: Lazy, ranges: bool) -> Arc<Shelf> {
    let files = testkit::image().layer().lazy(lazy).layout();
    Arc::new(Shelf { files, ranges, ..Shelf::default() })
}

fn read(shelf: &Arc<Shelf>, cache: Option<&Arc<DirCache>>, verify: bool) -> Opened {
    let sources = LocalSources::new(cache.cloned()).with_remote(Arc::new(OnShelf(Arc::clone(shelf))));
    let options = ReadOptions { verify, ..ReadOptions::default() };
    let spec = TargetSpec::parse("registry:reg.example/shop:1").unwrap();
    let mut opened = sources.open(&spec, &ByName, &options, &Silent, &|_| false).unwrap();
    assert_eq!(opened.len(), 1);
    opened.remove(0)
}

/// Paths, sizes and what was kept.
fn seen(opened: &Opened) -> Vec<(String, u64, u32, Option<Vec<u8>>)> {
    let tree = &files(opened).tree;
    tree.iter().map(|f| (f.path.to_owned(), f.size, f.mode, tree.kept(f.path).map(<[u8]>::to_vec))).collect()
}

fn both() -> [Lazy; 2] {
    [estargz(&entries(), |_| {}), zstd_chunked(&entries(), |_| {})]
}

#[test]
fn a_layer_with_a_table_is_read_by_it_and_the_ledger_says_what_that_does_not_prove() {
    for lazy in both() {
        let size = lazy.stored.len() as u64;
        let (shelf, whole) = (shelf(lazy.clone(), true), shelf(lazy, false));
        let (by_table, read_whole) = (read(&shelf, None, false), read(&whole, None, false));
        assert_eq!(seen(&by_table), seen(&read_whole));
        assert!(by_table.doubts.is_empty() && read_whole.doubts.is_empty(), "{:?}", by_table.doubts);
        let asked = shelf.asked.lock().unwrap().clone();
        assert!(asked.0.is_empty() && asked.1 < size / 10, "{asked:?} of {size}");
        let told = |o: &Opened| o.ledger.unread.iter().any(|u| u.reason == crate::lazy::NOT_PROVEN);
        assert!(told(&by_table) && !told(&read_whole));
        assert!(by_table.notes.iter().any(|n| n.contains("bytes are fetched")), "{:?}", by_table.notes);
        assert!(read_whole.notes.iter().any(|n| n.contains("sends no ranges")), "{:?}", read_whole.notes);
        // A file that nobody asked for at first is fetched by itself.
        let late = files(&by_table).tree.open("usr/share/data", 1 << 20).unwrap();
        assert_eq!(late.len(), 500_000);
        assert!(shelf.asked.lock().unwrap().0.is_empty());
    }
}

#[test]
fn verifying_reads_the_whole_and_the_cache_keeps_both_apart() {
    for lazy in both() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Arc::new(DirCache::new(dir.path().to_path_buf()));
        let shelf = shelf(lazy, true);
        let first = read(&shelf, Some(&cache), false);
        let ranges = shelf.asked.lock().unwrap().1;
        let again = read(&shelf, Some(&cache), false);
        assert_eq!(shelf.asked.lock().unwrap().1, ranges, "a layer in the cache is not fetched");
        assert_eq!((again.ledger.clone(), seen(&again)), (first.ledger.clone(), seen(&first)));
        let verified = read(&shelf, Some(&cache), true);
        assert!(verified.ledger.unread.is_empty() && verified.doubts.is_empty());
        // The layer, and again for the file that only a hard link's name makes interesting.
        assert_eq!(shelf.asked.lock().unwrap().0.len(), 2);
        // What was verified is worth more.
        let last = read(&shelf, Some(&cache), false);
        assert!(last.ledger.unread.is_empty());
        assert_ne!(files(&first).facts_key, files(&last).facts_key);
    }
}

#[test]
fn a_table_that_lies_is_named_and_the_layer_read_whole_each_time() {
    let lie = |lines: &mut Vec<serde_json::Value>| lines[0]["chunkDigest"] = testkit::digest(b"x").into();
    let dir = tempfile::tempdir().unwrap();
    let cache = Arc::new(DirCache::new(dir.path().to_path_buf()));
    for lazy in [estargz(&entries(), lie), zstd_chunked(&entries(), lie)] {
        let shelf = shelf(lazy, true);
        for _ in 0..2 {
            let opened = read(&shelf, Some(&cache), false);
            assert!(
                opened.doubts.iter().any(|d| d.reason.contains("refused") && d.reason.contains("os-release"))
            );
            assert_eq!(files(&opened).tree.kept("etc/os-release").unwrap(), b"ID=debian\n");
        }
        assert_eq!(shelf.asked.lock().unwrap().0.len(), 4);
    }
}
