use proptest::prelude::*;
use testkit::tar::{Entry, Long, Sparse, archive};
use testkit::{Packing, pack};

use super::{KeepAll, lines};
use crate::tar::{Flaw, Visit, Walker};
use crate::{LayerIndex, Tree, read_layer};

fn seed() -> Vec<u8> {
    let long = "x/".repeat(150);
    let mut gnu = Entry::file(&long, 0o644, b"gnu");
    gnu.long = Long::Gnu;
    archive(&[
        Entry::dir("etc", 0o755),
        Entry::file("etc/passwd", 0o644, b"root"),
        Entry::file(&format!("{long}pax"), 0o644, b"pax"),
        gnu,
        Entry::sparse("s00", 3000, &[(10, b"abc"), (600, b"def")], Sparse::Pax00),
        Entry::sparse("s10", 3000, &[(10, b"abc"), (600, b"def")], Sparse::Pax10),
        Entry::symlink("etc/l", "passwd"),
        Entry::hardlink("h", "etc/passwd"),
        Entry::file("etc/.wh.gone", 0o644, b""),
        Entry::file("d/.wh..wh..opq", 0o644, b""),
    ])
}

#[derive(Default, PartialEq, Debug)]
struct Told(Vec<String>);

impl Visit for Told {
    fn entry(&mut self, entry: &crate::tar::Entry<'_>) {
        self.0.push(format!("{entry:?}"));
    }
    fn data(&mut self, offset: u64, bytes: &[u8]) {
        // Pieces may be cut differently; what they say per byte may not.
        self.0.extend(bytes.iter().enumerate().map(|(i, b)| format!("{}:{b}", offset + i as u64)));
    }
    fn close(&mut self) {
        self.0.push("close".to_owned());
    }
    fn flaw(&mut self, flaw: Flaw) {
        self.0.push(format!("{flaw:?}"));
    }
}

fn walk(bytes: &[u8], piece: usize) -> Told {
    let (mut walker, mut told) = (Walker::default(), Told::default());
    bytes.chunks(piece).for_each(|p| walker.feed(p, &mut told));
    walker.finish(&mut told);
    told
}

/// Everything that is done with a layer, on bytes of anybody.
fn use_all(bytes: &[u8]) {
    let read = read_layer(&mut &*bytes, &KeepAll, &mut |_| {});
    let mut encoded = Vec::new();
    read.index.encode(&mut encoded).unwrap();
    let mut index = LayerIndex::decode(&mut &*encoded).unwrap();
    let late = read.index.late().to_vec();
    late.iter().for_each(|l| index.dismiss(l.ordinal));
    let below = read_layer(&mut &*archive(&[Entry::symlink("etc", "d")]), &KeepAll, &mut |_| {}).index;
    let tree = crate::merge(vec![below.into(), index.into()]).tree;
    let paths: Vec<String> = tree.iter().map(|f| f.path.to_owned()).collect();
    assert!(paths.is_sorted());
    for path in &paths {
        assert!(!path.starts_with('/') && path.split('/').all(|p| !matches!(p, "" | "." | "..")));
        assert!(tree.get(path).is_some());
        if let Some((dir, _)) = path.rsplit_once('/') {
            assert!(tree.get(dir).is_some(), "{dir}");
        }
        let _ = (tree.resolve(path), tree.kept(path), tree.noted(path), tree.open(path, 10));
    }
    lines(&tree);
    lines(&Tree::of(read.index));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn pieces_of_any_size_tell_the_same(piece in 1usize..1500) {
        let seed = seed();
        prop_assert_eq!(walk(&seed, piece), walk(&seed, seed.len()));
    }

    #[test]
    fn a_changed_archive_is_read_without_panic(
        changes in proptest::collection::vec((0usize..20_000, any::<u8>()), 0..12),
        cut in 0usize..40_000,
        fix in any::<bool>(),
    ) {
        let mut bytes = seed();
        for (at, value) in changes {
            let len = bytes.len();
            bytes[at % len] = value;
        }
        bytes.truncate(cut.max(1));
        if fix {
            fix_checksums(&mut bytes);
        }
        use_all(&bytes);
    }

    #[test]
    fn any_bytes_are_read_without_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..4000)) {
        use_all(&bytes);
        fix_checksums(&mut bytes);
        use_all(&bytes);
    }

    #[test]
    fn a_changed_packing_is_read_without_panic(at in any::<usize>(), value in any::<u8>(), gzip in any::<bool>()) {
        let mut bytes = pack(&seed(), if gzip { Packing::GzipMembers } else { Packing::ZstdFrames });
        let len = bytes.len();
        bytes[at % len] = value;
        use_all(&bytes);
    }

    #[test]
    fn any_bytes_are_no_index(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(LayerIndex::decode(&mut &*bytes).is_err());
        let named = [b"plimlyr2".as_slice(), &bytes].concat();
        prop_assert!(LayerIndex::decode(&mut &*named).is_err());
    }

    #[test]
    fn any_bytes_are_no_manifest(text in "\\PC{0,200}") {
        let _ = crate::spec::read_document(text.as_bytes());
        let _ = crate::spec::read_config(text.as_bytes());
        let _ = crate::spec::read_saved(text.as_bytes());
    }
}

/// Makes every block a header whose checksum holds, so that chance gets behind the first check.
fn fix_checksums(bytes: &mut [u8]) {
    for block in bytes.chunks_exact_mut(512) {
        if block.iter().all(|&b| b == 0) {
            continue;
        }
        block[148..156].copy_from_slice(b"        ");
        let sum: u32 = block.iter().map(|&b| u32::from(b)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
}
