//! Archives that GNU tar writes from a directory, compared with the directory.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use super::read;
use crate::{FileKind, Tree};

fn fill(root: &Path, long: bool) {
    let write = |path: &str, bytes: &[u8], mode: u32| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    };
    write("usr/bin/sudo", b"\x7fELF", 0o4755);
    write("tmp/with space and ümläut", b"text", 0o600);
    write("tmp/with\nline feed", b"", 0o644);
    write("exactly/512", &[1; 512], 0o644);
    write("exactly/513", &[2; 513], 0o644);
    write(&format!("{}/{}", "p".repeat(60), "n".repeat(60)), b"prefix and name", 0o644);
    write(&"a".repeat(100), b"one hundred", 0o644);
    fs::hard_link(root.join("usr/bin/sudo"), root.join("usr/bin/sudoedit")).unwrap();
    symlink("../bin/sudo", root.join("usr/link")).unwrap();
    symlink("t".repeat(100), root.join("usr/link-of-100")).unwrap();
    fs::create_dir(root.join("empty")).unwrap();
    fs::set_permissions(root.join("empty"), fs::Permissions::from_mode(0o1777)).unwrap();
    if long {
        write(&format!("{0}/{0}/{0}", "deep".repeat(40)), b"long", 0o644);
        symlink("t".repeat(300), root.join("usr/long-link")).unwrap();
        fs::hard_link(root.join(format!("{0}/{0}/{0}", "deep".repeat(40))), root.join("hard-to-long"))
            .unwrap();
    }
    // Holes: at the beginning, in the middle (more runs than the first header holds), at the end.
    let sparse = fs::File::create(root.join("sparse")).unwrap();
    for run in 0..40u64 {
        std::os::unix::fs::FileExt::write_all_at(&sparse, &[run as u8 + 1; 4096], 65_536 + run * 131_072)
            .unwrap();
    }
    sparse.set_len(8 << 20).unwrap();
    fs::File::create(root.join("hole")).unwrap().set_len(1 << 20).unwrap();
}

/// The directory as lines: kind, mode, size, link; and the bytes of its files.
fn directory(root: &Path) -> BTreeMap<String, (FileKind, u32, u64, String, Vec<u8>)> {
    let mut out = BTreeMap::new();
    let mut todo = vec![root.to_owned()];
    while let Some(dir) = todo.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let meta = fs::symlink_metadata(&path).unwrap();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            let mode = meta.mode() & 0o7777;
            let row = if meta.is_dir() {
                todo.push(path);
                (FileKind::Directory, mode, 0, String::new(), Vec::new())
            } else if meta.is_symlink() {
                let link = fs::read_link(&path).unwrap().to_str().unwrap().to_owned();
                (FileKind::Symlink, 0o777, 0, link, Vec::new())
            } else {
                (FileKind::Regular, mode, meta.len(), String::new(), fs::read(&path).unwrap())
            };
            out.insert(name, row);
        }
    }
    out
}

fn compare(root: &Path, archive: &[u8], what: &str) {
    let read = read(archive);
    assert!(read.index.flaws.is_empty(), "{what}: {:?}", read.index.flaws);
    assert_eq!(read.inflated.broken, None);
    let tree = Tree::of(read.index);
    let want = directory(root);
    let names: Vec<_> = tree.iter().map(|f| f.path.to_owned()).collect();
    assert_eq!(names, want.keys().cloned().collect::<Vec<_>>(), "{what}");
    for file in tree.iter() {
        let (kind, mode, size, link, bytes) = &want[file.path];
        let got = (file.kind, file.mode, file.size, file.link.unwrap_or_default());
        assert_eq!(got, (*kind, *mode, *size, link.as_str()), "{what}: {}", file.path);
        if let Some(kept) = tree.kept(file.path) {
            assert!(kept == bytes.as_slice(), "{what}: bytes of {}", file.path);
        } else if file.kind == FileKind::Regular {
            assert!(1 << 20 <= file.size, "{what}: {} was not kept", file.path);
        }
    }
}

#[test]
fn archives_of_gnu_tar_read_as_the_directory_they_were_written_from() {
    if Command::new("tar").arg("--version").output().is_ok_and(|o| o.stdout.starts_with(b"tar (GNU tar)")) {
        let dir = tempfile::tempdir().unwrap();
        let (short, long) = (dir.path().join("short"), dir.path().join("long"));
        for (root, with_long) in [(&short, false), (&long, true)] {
            fs::create_dir(root).unwrap();
            fill(root, with_long);
        }
        let formats: [(&Path, &[&str]); 10] = [
            (&short, &["--format=v7", "--exclude=./p*"]),
            (&short, &["--format=ustar"]),
            (&long, &["--format=gnu"]),
            (&long, &["--format=oldgnu"]),
            (&long, &["--format=gnu", "-S"]),
            (&long, &["--format=pax"]),
            (&long, &["--format=pax", "-S", "--sparse-version=0.0"]),
            (&long, &["--format=pax", "-S", "--sparse-version=0.1"]),
            (&long, &["--format=pax", "-S", "--sparse-version=1.0"]),
            (&long, &["--format=pax", "--pax-option=globexthdr.name=g,comment=x", "--xattrs"]),
        ];
        for (root, options) in formats {
            let v7 = options[0] == "--format=v7";
            if v7 {
                // Names of v7 end at 99 bytes.
                for entry in fs::read_dir(root).unwrap() {
                    let entry = entry.unwrap();
                    let name = entry.file_name().into_string().unwrap();
                    if name.starts_with("ppp") {
                        fs::remove_dir_all(entry.path()).unwrap();
                    } else if name.starts_with("aaa") {
                        fs::rename(entry.path(), root.join("a".repeat(90))).unwrap();
                    }
                }
                fs::remove_file(root.join("usr/link-of-100")).unwrap();
            }
            let out = Command::new("tar")
                .args(options)
                .arg("-cf")
                .arg("-")
                .arg("-C")
                .arg(root)
                .arg(".")
                .output()
                .unwrap();
            assert!(out.status.success(), "{options:?}: {}", String::from_utf8_lossy(&out.stderr));
            compare(root, &out.stdout, &format!("{options:?}"));
        }
    } else {
        println!("SKIPPED: no GNU tar here to write the archives");
    }
}
