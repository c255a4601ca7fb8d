//! Layers that mean harm.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::tar::Entry;

/// A gzip layer of one file of zeros: a thousand times smaller than what it unpacks to.
#[must_use]
pub fn bomb(bytes: u64) -> Vec<u8> {
    let mut head = Vec::new();
    let mut entry = Entry::file("zeros", 0o644, b"");
    entry.size = Some(bytes);
    crate::tar::write(&mut head, &entry);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(9));
    let zeros = vec![0; 1 << 20];
    let mut left = bytes.next_multiple_of(512) + 1024;
    let mut written = encoder.write_all(&head);
    while 0 < left && written.is_ok() {
        let take = left.min(zeros.len() as u64);
        written = encoder.write_all(zeros.get(..take as usize).unwrap_or_default());
        left -= take;
    }
    written.and_then(|()| encoder.finish()).expect("writing to memory does not fail")
}

/// Entries that try to leave the root: by `..`, by an absolute path, by way of a link, as link targets.
#[must_use]
pub fn traversal() -> Vec<Entry> {
    vec![
        Entry::file("../../escaped-by-dots", 0o644, b"x"),
        Entry::file("/escaped-by-slash", 0o644, b"x"),
        Entry::file("a/../../../escaped-in-the-middle", 0o644, b"x"),
        Entry::symlink("out", "../../../../tmp"),
        Entry::file("out/escaped-by-link", 0o644, b"x"),
        Entry::symlink("absolute", "/etc"),
        Entry::file("absolute/escaped-by-absolute-link", 0o644, b"x"),
        Entry::hardlink("linked", "../../../../etc/passwd"),
    ]
}

/// Links that lead to one another.
#[must_use]
pub fn cycle() -> Vec<Entry> {
    vec![
        Entry::symlink("a", "b"),
        Entry::symlink("b", "a"),
        Entry::symlink("self", "self"),
        Entry::file("a/inside", 0o644, b"x"),
        Entry::hardlink("hard-one", "hard-two"),
        Entry::hardlink("hard-two", "hard-one"),
    ]
}

/// A layer of `count` tiny files in directories of a thousand, written piece by piece to `out`.
///
/// # Errors
/// If `out` fails.
pub fn tiny_files(count: u64, out: &mut dyn Write) -> std::io::Result<()> {
    let mut piece = Vec::new();
    for number in 0..count {
        if number % 1000 == 0 {
            crate::tar::write(&mut piece, &Entry::dir(&format!("srv/tiny/{:05}", number / 1000), 0o755));
        }
        let path = format!("srv/tiny/{:05}/file-{number:08}.txt", number / 1000);
        crate::tar::write(&mut piece, &Entry::file(&path, 0o644, number.to_string().as_bytes()));
        if (1 << 20) < piece.len() {
            out.write_all(&piece)?;
            piece.clear();
        }
    }
    piece.resize(piece.len() + 1024, 0);
    out.write_all(&piece)
}
