use testkit::{ImageBuilder, hostile, image, layouts, write_files};

use super::{facts, files, open, open_one, reasons, show};

/// Writes the image, opens it, and checks that what could be read was.
fn opened(image: &ImageBuilder) -> ports::source::Opened {
    let dir = tempfile::tempdir().unwrap();
    image.write_layout(dir.path()).unwrap();
    let opened = open_one(&show(dir.path()));
    assert!(opened.doubts.iter().all(|d| d.control == model::EVERY_CONTROL && d.target == opened.target.id));
    assert!(files(&opened).facts_key.is_none(), "what was not read whole has no name");
    let outside: Vec<_> = std::fs::read_dir(dir.path().parent().unwrap())
        .unwrap()
        .filter(|e| e.as_ref().is_ok_and(|e| e.file_name().to_string_lossy().contains("escaped")))
        .collect();
    assert!(outside.is_empty());
    opened
}

fn base() -> ImageBuilder {
    image().layer().os_release("debian", "12").dpkg("openssl", "3.0.11-1")
}

#[test]
fn a_layer_that_is_missing_cut_or_changed_is_a_doubt_and_the_others_are_read() {
    let big: Vec<u8> = (0..200_000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let upper = || base().layer().file("first", "1").file("big", &big);
    for (image, want) in [
        (upper().missing(), "the layer was not read"),
        (upper().truncated(200_000), "damaged or ends early"),
        (upper().flipped(300_000), "wrong digest"),
        (upper().wrong_diff_id(), "wrong digest of the unpacked layer"),
        (base().layer().stored(hostile::bomb(400 << 20)), "INFLATE_RATIO_MAX"),
        (base().layer().stored(b"BZh91AY&SY".to_vec()), "neither gzip nor zstd"),
    ] {
        let opened = opened(&image);
        assert!(reasons(&opened).iter().any(|r| r.contains(want)), "{want}: {:?}", opened.doubts);
        assert!(files(&opened).tree.kept("var/lib/dpkg/status").is_some(), "{want}");
        assert!(!opened.ledger.unread.is_empty() || !opened.ledger.skipped.is_empty());
    }
    let cut = opened(&upper().truncated(200_000));
    assert!(files(&cut).tree.get("first").is_some(), "what stands before the cut");
    assert!(reasons(&cut).iter().any(|r| r.contains("wrong size")));
}

#[test]
fn hostile_archives_are_held_inside_and_named() {
    let mut hostile = base().layer();
    for entry in hostile::traversal().into_iter().chain(hostile::cycle()) {
        hostile = hostile.entry(entry);
    }
    let opened = opened(&hostile);
    let named = |part: &str| opened.doubts.iter().any(|d| d.r#where.contains(part));
    for part in ["../../escaped-by-dots", "escaped-in-the-middle", "linked", "a/inside", "hard-one"] {
        assert!(named(part), "{part}: {:?}", opened.doubts);
        assert!(opened.ledger.unread.iter().any(|u| u.r#where.contains(part)), "{part}");
    }
}

#[test]
fn documents_that_are_missing_or_changed_are_doubts() {
    let dir = tempfile::tempdir().unwrap();
    let all = layouts(&[base()]);
    let names: Vec<&String> = all.keys().filter(|k| k.starts_with("blobs/")).collect();
    assert_eq!(names.len(), 3);
    for (number, name) in names.iter().enumerate() {
        for remove in [true, false] {
            let mut files = all.clone();
            if remove {
                files.remove(*name);
            } else if let Some(bytes) = files.get_mut(*name) {
                bytes.push(b' ');
            }
            let root = dir.path().join(format!("{number}{remove}"));
            write_files(&files, &root).unwrap();
            let opened = open_one(&show(&root));
            assert!(!opened.doubts.is_empty(), "{name} {remove}");
        }
    }
}

#[test]
fn the_same_harm_reads_the_same_twice() {
    let dir = tempfile::tempdir().unwrap();
    base().layer().file("x", "1").truncated(30).write_layout(dir.path()).unwrap();
    let run = || facts(&open(&show(dir.path())).unwrap()[0]);
    assert_eq!(run(), run());
}

#[test]
fn a_fifo_in_the_place_of_a_layer_is_named_and_not_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let layout = dir.path().join("layout");
    base().layer().file("x", "1").write_layout(&layout).unwrap();
    let blobs = layout.join("blobs/sha256");
    let largest = std::fs::read_dir(&blobs).unwrap().map(|e| e.unwrap().path());
    let largest = largest.max_by_key(|p| p.metadata().unwrap().len()).unwrap();
    std::fs::remove_file(&largest).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, &largest, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0)
        .unwrap();
    let opened = open_one(&show(&layout));
    assert!(reasons(&opened).iter().any(|r| r.contains("no regular file")), "{:?}", reasons(&opened));
}

#[test]
fn a_path_that_cannot_be_what_was_asked_for_is_the_users_slip() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| show(&dir.path().join(name));
    std::fs::write(dir.path().join("file"), "x").unwrap();
    std::os::unix::fs::symlink("nowhere", dir.path().join("link")).unwrap();
    for (target, words) in [
        (at("link"), "leads nowhere"),
        (format!("oci:{}", at("link")), "leads nowhere"),
        (format!("dir:{}", at("file")), "takes a directory"),
        (format!("rootfs:{}", at("file")), "takes a directory"),
        (format!("sbom:{}", show(dir.path())), "takes a file"),
        ("sbom:/dev/null".to_owned(), "neither a file nor a directory"),
    ] {
        match open(&target) {
            Err(ports::source::SourceError::Usage(text)) => assert!(text.contains(words), "{target}: {text}"),
            other => panic!("{target}: {:?}", other.map(|o| o.len())),
        }
    }
}

#[test]
fn versions_that_nobody_knows_are_named() {
    let read = |file: &str, from: &str, to: &str| {
        let dir = tempfile::tempdir().unwrap();
        base().write_layout(dir.path()).unwrap();
        let path = dir.path().join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        let changed = text.replacen(from, to, 1);
        assert_ne!(text, changed, "{file}: {text}");
        std::fs::write(&path, changed).unwrap();
        open(&format!("oci:{}", show(dir.path())))
    };
    let opened = read("oci-layout", "1.0.0", "9.0.0").unwrap();
    let told =
        opened.iter().flat_map(reasons).any(|r| r.contains("`imageLayoutVersion` \"9.0.0\" is not known"));
    assert!(told, "{:?}", opened[0].doubts);
    match read("index.json", "\"schemaVersion\":2", "\"schemaVersion\":9") {
        Err(ports::source::SourceError::Unreadable(e)) => assert!(e.contains("schema version 9"), "{e}"),
        other => panic!("{:?}", other.map(|o| o.len())),
    }
}
