use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;

use inventory::TargetKind;
use testkit::{Packing, image, pack, tar_of};

use super::{files, open, open_one, show};

#[test]
fn a_project_is_read_with_the_targets_inside_it() {
    let dir = tempfile::tempdir().unwrap();
    let at = |path: &str| {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    };
    fs::write(at("src/app.note"), "12345").unwrap();
    fs::write(at("node_modules/x/package.json"), "{}").unwrap();
    fs::write(at(".git/config"), "[core]").unwrap();
    fs::write(at("bom.json"), r#"{"bomFormat": "CycloneDX"}"#).unwrap();
    image()
        .tag("a")
        .layer()
        .file("x", "1")
        .write_layout(&at("images/shop/oci-layout").with_file_name(""))
        .unwrap();
    fs::write(at("images/saved.tar"), image().layer().file("x", "1").docker_archive("b:1")).unwrap();
    symlink("/etc", at("outside")).unwrap();
    symlink("loop", at("loop")).unwrap();
    let all = open(&show(dir.path())).unwrap();
    let kinds: Vec<_> = all.iter().map(|o| o.target.kind).collect();
    assert_eq!(kinds, [TargetKind::Dir, TargetKind::Oci, TargetKind::DockerArchive, TargetKind::Sbom]);
    let own = &all[0];
    assert!(own.doubts.is_empty(), "{:?}", own.doubts);
    let tree = &files(own).tree;
    let paths: Vec<_> = tree.iter().map(|f| f.path).collect();
    assert!(paths.contains(&"node_modules/x/package.json") && paths.contains(&"src/app.note"));
    assert!(
        !paths
            .iter()
            .any(|p| p.starts_with(".git") || p.starts_with("outside/") || p.starts_with("images/shop"))
    );
    assert_eq!(tree.noted("src/app.note"), Some(&b"src/app.note 5"[..]));
    assert_eq!(tree.open("src/app.note", 10).unwrap(), b"12345");
    assert!(tree.open("outside/passwd", 1000).is_err());
    let unread: Vec<_> = own.ledger.unread.iter().map(|u| u.r#where.as_str()).collect();
    assert_eq!(unread, [".git"], "a target of its own is not unread");
}

#[test]
fn a_root_file_system_is_told_by_its_package_database() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("etc")).unwrap();
    fs::write(dir.path().join("etc/os-release"), "ID=debian").unwrap();
    fs::create_dir_all(dir.path().join("srv/.git")).unwrap();
    let opened = open_one(&show(dir.path()));
    assert_eq!(opened.target.kind, TargetKind::Rootfs);
    assert_eq!(files(&opened).tree.kept("etc/os-release"), Some(&b"ID=debian"[..]));
    assert!(files(&opened).tree.get("srv/.git").is_some());
    assert_eq!(open_one(&format!("dir:{}", show(dir.path()))).target.kind, TargetKind::Dir);
}

#[test]
fn archives_of_a_project_that_are_cut_off_are_named_once_each() {
    let dir = tempfile::tempdir().unwrap();
    let saved = image().layer().file("x", vec![1; 9000]).docker_archive("b:1");
    let packed = pack(&saved, Packing::Gzip);
    let mut files = BTreeMap::from([("x".to_owned(), vec![7; 2000])]);
    fs::write(dir.path().join("fixture.tar"), tar_of(&files)).unwrap();
    fs::write(dir.path().join("empty.tar"), vec![0; 10_240]).unwrap();
    for (name, bytes) in [
        ("begun.tar", saved.get(..4000).unwrap()),
        ("early.tar", saved.get(..100).unwrap()),
        ("early.tgz", packed.get(..40).unwrap()),
        ("late.tar.gz", packed.get(..packed.len() - 60).unwrap()),
        ("nothing.tar", b""),
    ] {
        fs::write(dir.path().join(name), bytes).unwrap();
    }
    files.insert("y".to_owned(), vec![7; 900_000]);
    fs::write(dir.path().join("other.tar.gz"), pack(&tar_of(&files), Packing::Gzip).get(..300).unwrap())
        .unwrap();
    let all = open(&show(dir.path())).unwrap();
    assert_eq!(all.len(), 1, "none of them is an image any more");
    let unread: Vec<_> = all[0].ledger.unread.iter().map(|u| u.r#where.as_str()).collect();
    assert_eq!(unread, ["begun.tar", "early.tar", "early.tgz", "late.tar.gz", "nothing.tar", "other.tar.gz"]);
    let doubts: Vec<_> = all[0].doubts.iter().map(|d| d.r#where.as_str()).collect();
    assert_eq!(doubts, ["begun.tar", "late.tar.gz"], "what begins like an image may have been one");
}

#[test]
fn a_broken_layout_of_a_project_stands_in_the_ledger_once() {
    let dir = tempfile::tempdir().unwrap();
    let layout = dir.path().join("images/shop");
    image().tag("a").layer().file("x", "1").write_layout(&layout).unwrap();
    fs::write(layout.join("index.json"), "{").unwrap();
    let all = open(&show(dir.path())).unwrap();
    let unread: Vec<_> = all.iter().flat_map(|o| &o.ledger.unread).map(|u| u.r#where.as_str()).collect();
    assert_eq!(unread, ["images/shop"]);
    assert_eq!(all[0].doubts.len(), 1);
}

#[test]
fn fifos_are_not_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let made = std::process::Command::new("mkfifo").arg(dir.path().join("fifo.json")).status();
    if made.is_ok_and(|s| s.success()) {
        let opened = open_one(&show(dir.path()));
        assert_eq!(files(&opened).tree.get("fifo.json").unwrap().kind, oci::FileKind::Special);
        assert!(opened.doubts.is_empty());
    } else {
        println!("SKIPPED: no mkfifo here");
    }
}
