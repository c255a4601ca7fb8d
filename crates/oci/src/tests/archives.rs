use testkit::tar::{Entry, Long, Sparse, archive};
use testkit::{Packing, hostile, image, pack};

use super::{lines, read};
use crate::{Broken, Compression, FileKind, LayerIndex, Tree, read_files};

fn tree_of(entries: &[Entry]) -> Tree {
    let read = read(&archive(entries));
    assert!(read.index.flaws.is_empty(), "{:?}", read.index.flaws);
    Tree::of(read.index)
}

#[test]
fn long_names_large_ids_and_capabilities() {
    let long = format!("{}/{}", "d".repeat(150), "n".repeat(180));
    for how in [Long::Pax, Long::Gnu] {
        let mut file = Entry::file(&long, 0o4755, b"x");
        (file.long, file.uid, file.gid) = (how, 3_000_000_000, 1 << 40);
        let mut link = Entry::symlink("link", &long);
        link.long = how;
        let mut capable = Entry::file("capable", 0o755, b"");
        capable.pax.push(("SCHILY.xattr.security.capability".to_owned(), vec![1, 0, 0, 2, 0, 4]));
        let tree = tree_of(&[file, link, capable]);
        let file = tree.get(&long).unwrap();
        assert_eq!(
            (file.mode, file.uid, file.gid, file.capability),
            (0o4755, 3_000_000_000, u32::MAX, false)
        );
        assert_eq!(tree.get("link").unwrap().link, Some(long.as_str()));
        assert!(tree.get("capable").unwrap().capability);
    }
}

#[test]
fn pax_sizes_rule_and_the_next_entry_is_found_behind_them() {
    let mut file = Entry::file("f", 0o644, b"0123456789");
    file.size = Some(1);
    file.pax.push(("size".to_owned(), b"10".to_vec()));
    let tree = tree_of(&[file, Entry::file("g", 0o644, b"next")]);
    assert_eq!(lines(&tree), ["f = 0123456789", "g = next"]);
    // What directories and links say of their size is not followed by bytes (Go, `isHeaderOnly`).
    let mut dir = Entry::dir("d", 0o755);
    dir.size = Some(4096);
    let tree = tree_of(&[dir, Entry::file("d/h", 0o644, b"x")]);
    assert_eq!(lines(&tree), ["d/", "d/h = x"]);
}

#[test]
fn global_headers_change_nothing_and_are_named_where_they_would() {
    let mut global = Entry::new(b'g', "pax_global_header", 0o644);
    global.data = testkit::tar::record("comment", b"commit id");
    let tree = tree_of(&[global.clone(), Entry::file("f", 0o644, b"x")]);
    assert_eq!(lines(&tree), ["f = x"]);
    global.data = testkit::tar::record("path", b"etc/shadow");
    let read = read(&archive(&[global, Entry::file("f", 0o644, b"x")]));
    assert_eq!(read.index.flaws.len(), 1);
    assert!(read.index.is_whole());
    assert_eq!(lines(&Tree::of(read.index)), ["f = x"]);
}

#[test]
fn sparse_files_are_read_with_their_holes() {
    let runs: &[(u64, &[u8])] = &[(0, b"begin"), (2000, b"middle"), (4090, b"end")];
    let mut want = vec![0; 5000];
    for (at, bytes) in runs {
        want[*at as usize..*at as usize + bytes.len()].copy_from_slice(bytes);
    }
    for format in [Sparse::Pax00, Sparse::Pax01, Sparse::Pax10] {
        let tree = tree_of(&[
            Entry::sparse("dir/sparse", 5000, runs, format),
            Entry::sparse("hole", 5000, &[], Sparse::Pax10),
            Entry::file("next", 0o644, b"x"),
        ]);
        assert_eq!(tree.kept("dir/sparse"), Some(&want[..]), "{format:?}");
        assert_eq!(tree.get("dir/sparse").unwrap().size, 5000);
        assert_eq!(tree.kept("hole"), Some(&[0; 5000][..]));
        assert_eq!(tree.kept("next"), Some(&b"x"[..]));
    }
    let overlapping = Entry::sparse("bad", 100, &[(0, b"0123456789"), (5, b"x")], Sparse::Pax01);
    let beyond = Entry::sparse("beyond", 5, &[(0, b"0123456789")], Sparse::Pax10);
    let read = read(&archive(&[overlapping, beyond, Entry::file("next", 0o644, b"x")]));
    assert_eq!(read.index.flaws.len(), 2);
    assert!(Tree::of(read.index).get("next").is_some());
}

#[test]
fn every_packing_gives_the_same_and_both_digests() {
    let image = image().layer().dpkg("openssl", "3.0.11-1").file("large.big", vec![7; 300_000]);
    let layer = &image.layers()[0];
    let plain = layer.tar();
    for packing in [Packing::Plain, Packing::Gzip, Packing::GzipMembers, Packing::Zstd, Packing::ZstdFrames] {
        let stored = pack(&plain, packing);
        let mut told = 0;
        let read = crate::read_layer(&mut &*stored, &super::KeepAll, &mut |n| told += n);
        assert_eq!(read.inflated.broken, None, "{packing:?}");
        assert_eq!(read.inflated.digest.unwrap().to_string(), testkit::digest(&plain));
        assert_eq!(read.inflated.stored_digest.unwrap().to_string(), testkit::digest(&stored));
        assert_eq!((read.inflated.stored_bytes, told), (stored.len() as u64, stored.len() as u64));
        let tree = Tree::of(read.index);
        assert_eq!(tree.noted("large.big"), Some(&b"large.big 300000"[..]));
        assert!(tree.kept("var/lib/dpkg/status").unwrap().starts_with(b"Package: openssl\n"));
    }
}

#[test]
fn a_cut_or_damaged_layer_gives_what_stands_before_the_damage() {
    let image = image().layer().file("first", "1").file("second", vec![b'x'; 5000]);
    let plain = image.layers()[0].tar();
    for packing in [Packing::Plain, Packing::Gzip, Packing::Zstd] {
        let stored = pack(&plain, packing);
        let cut = &stored[..stored.len() - if packing == Packing::Plain { 3000 } else { 9 }];
        let read = read(cut);
        assert!(!read.index.is_whole(), "{packing:?}");
        assert_eq!(read.inflated.stored_digest.unwrap().to_string(), testkit::digest(cut));
    }
    let mut flipped = pack(&plain, Packing::Gzip);
    let last = flipped.len() - 5;
    flipped[last] ^= 1;
    let read = read(&flipped);
    assert!(matches!(read.inflated.broken, Some(Broken::Stream(_))), "the sum at the end of gzip");
    assert!(Tree::of(read.index).get("second").is_some());
}

#[test]
fn a_damaged_header_is_named_and_the_walk_goes_on_behind_it() {
    let mut bytes = archive(&[Entry::file("a", 0o644, b"1"), Entry::file("b", 0o644, b"2")]);
    bytes[10] ^= 1;
    let damaged = read(&bytes);
    assert_eq!(damaged.index.flaws.len(), 1);
    assert!(damaged.index.flaws[0].loses);
    assert_eq!(lines(&Tree::of(damaged.index)), ["b = 2"]);
    let unknown = [Entry::new(b'Z', "odd", 0o644), Entry::file("b", 0o644, b"2")];
    let odd = read(&archive(&unknown));
    assert_eq!((odd.index.flaws.len(), lines(&Tree::of(odd.index))), (1, vec!["b = 2".to_owned()]));
    let lone = [archive(&[])[..512].to_vec(), archive(&[Entry::file("b", 0o644, b"2")])].concat();
    let lone = read(&lone);
    assert!(lone.index.is_whole() && lone.index.flaws.len() == 1);
    assert_eq!(lines(&Tree::of(lone.index)), ["b = 2"]);
}

#[test]
fn a_bomb_is_left_alone_in_time() {
    let bomb = hostile::bomb(400 << 20);
    assert!(bomb.len() < 3 << 20);
    let read = read(&bomb);
    assert_eq!(read.inflated.broken, Some(Broken::Bomb));
    assert!(read.inflated.bytes < 300 << 20);
    assert_eq!(read.index.skipped[0].bound, "INFLATE_RATIO_MAX");
    assert!(!read.index.is_whole());
}

#[test]
fn other_compressions_are_named() {
    assert_eq!(Compression::of(b"BZh91AY&SY"), Compression::Unsupported);
    assert_eq!(Compression::of(b"BZh"), Compression::Plain);
    let read = read(b"\xfd7zXZ\0\0\0\0\0");
    assert_eq!(read.inflated.broken, Some(Broken::Unsupported));
    assert!(!read.index.is_whole());
}

#[test]
fn files_are_read_again_by_their_number() {
    let entries =
        [Entry::file("f", 0o644, b"first"), Entry::dir("d", 0o755), Entry::file("f", 0o644, b"second")];
    let stored = pack(&archive(&entries), Packing::Zstd);
    let files = read_files(&mut &*stored, &[0, 2], 100).unwrap();
    assert_eq!((files[&0].as_slice(), files[&2].as_slice()), (&b"first"[..], &b"second"[..]));
    assert_eq!(read_files(&mut &*stored, &[0], 4), Err(crate::OpenError::TooLarge(5)));
    assert_eq!(read_files(&mut &*stored, &[9], 4), Err(crate::OpenError::Missing));
}

#[test]
fn an_index_is_written_and_read_back_and_damage_is_noticed() {
    let image = image()
        .layer()
        .dpkg("a", "1")
        .file("x.big", "12345")
        .hardlink("y", "x.big")
        .symlink("l", "y")
        .whiteout("gone")
        .file("dup", "1")
        .file("dup", "2")
        .file("../out", "3");
    let index = read(&image.layers()[0].stored()).index;
    let mut bytes = Vec::new();
    index.encode(&mut bytes).unwrap();
    assert_eq!(LayerIndex::decode(&mut &*bytes).unwrap(), index);
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        assert!(LayerIndex::decode(&mut &*damaged).is_err(), "byte {at}");
        assert!(LayerIndex::decode(&mut &bytes[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn a_tree_built_by_hand_reads_like_a_layer() {
    let mut builder = crate::TreeBuilder::default();
    builder.file("etc/os-release", 0o644, b"ID=x", &super::KeepAll).dir("etc", 0o755).symlink("l", "etc");
    let tree = builder.build(None);
    assert_eq!(tree.open("l/os-release", 10).unwrap(), b"ID=x");
    assert_eq!(
        tree.iter().map(|f| f.kind).collect::<Vec<_>>(),
        [FileKind::Directory, FileKind::Regular, FileKind::Symlink]
    );
}
