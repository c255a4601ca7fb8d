use std::fs;
use std::path::Path;

use ports::source::{Engines, Opened, ReadOptions, SourceError};
use rustix::fs::{CWD, FileType, Mode, XattrFlags};
use testkit::{ImageBuilder, image};

use super::{facts, files, open, open_one, open_with, reasons, show};

fn shop() -> ImageBuilder {
    image()
        .tag("docker.io/library/shop:1")
        .layer()
        .os_release("debian", "12")
        .dpkg("openssl", "3.0.11-1")
        .dir("srv/old")
        .file("srv/old/x", "1")
        .file("srv/gone", "2")
        .layer()
        .dpkg("curl", "7.88.1-10")
        .opaque("srv/old")
        .whiteout("srv/gone")
        .file("app.note", vec![b'n'; 5000])
        .hardlink("same.note", "app.note")
        .symlink("link", "app.note")
        .file(&format!("long/{}", "n".repeat(150)), "long")
}

fn read(spec: &str, root: &Path) -> Result<Vec<Opened>, SourceError> {
    let root = Some(show(root));
    let engines = Engines { containerd: root.clone(), docker: root.clone(), podman: root };
    open_with(None, spec, &ReadOptions { engines, ..ReadOptions::default() })
}

/// The facts that do not depend on the form.
fn content(opened: &Opened) -> String {
    facts(opened).replace("can_have_healthcheck: true", "can_have_healthcheck: false")
}

/// Writes the image for all three engines, and what it is as a layout.
fn kept() -> (tempfile::TempDir, String) {
    let dir = tempfile::tempdir().unwrap();
    shop().docker_root("shop:1", dir.path()).unwrap();
    shop().podman_root("localhost/shop:1", dir.path()).unwrap();
    shop().containerd_root("k8s.io", "docker.io/library/shop:1", dir.path()).unwrap();
    shop().write_layout(&dir.path().join("layout")).unwrap();
    let want = content(&open_one(&show(&dir.path().join("layout"))));
    (dir, want)
}

#[test]
fn an_image_is_the_same_in_every_engine() {
    let (dir, want) = kept();
    for (spec, id) in [
        ("docker:shop:1", "docker:shop:1"),
        ("docker:docker.io/library/shop:1", "docker:shop:1"),
        ("podman:shop:1", "podman:localhost/shop:1"),
        ("containers-storage:localhost/shop:1", "podman:localhost/shop:1"),
        ("containerd:shop:1", "containerd:k8s.io/docker.io/library/shop:1"),
        ("containerd:k8s.io/shop:1", "containerd:k8s.io/docker.io/library/shop:1"),
    ] {
        let opened = read(spec, dir.path()).unwrap().remove(0);
        assert!(opened.doubts.is_empty(), "{spec}: {:?}", opened.doubts);
        assert_eq!(opened.target.id, id, "{spec}");
        assert_eq!(content(&opened), want, "{spec}");
        assert_eq!(files(&opened).tree.open("same.note", 10_000).unwrap(), vec![b'n'; 5000], "{spec}");
        assert!(files(&opened).facts_key.is_some(), "{spec}: its digests were verified");
    }
}

#[test]
fn docker_may_keep_its_images_in_a_containerd() {
    let (dir, want) = kept();
    let root = dir.path().join("new");
    shop().containerd_root("moby", "docker.io/library/shop:1", &root.join("containerd/daemon")).unwrap();
    let opened = read("docker:shop:1", &root).unwrap().remove(0);
    assert_eq!(opened.target.id, "docker:docker.io/library/shop:1");
    assert_eq!(content(&opened), want);
}

#[test]
fn a_name_that_no_engine_knows_is_a_mistake_that_lists_what_there_is() {
    let (dir, _) = kept();
    for spec in ["docker:other", "podman:other:1", "containerd:default/shop:1", "docker:shop:2"] {
        let error = read(spec, dir.path()).err();
        assert!(matches!(&error, Some(SourceError::Usage(m)) if m.contains("shop:1`")), "{spec}: {error:?}");
    }
    let nothing = read("docker:shop:1", &dir.path().join("nothing")).err();
    assert!(matches!(nothing, Some(SourceError::Usage(m)) if m.contains("--docker-root")));
    fs::write(dir.path().join("io.containerd.metadata.v1.bolt/meta.db"), "no database").unwrap();
    assert!(matches!(read("containerd:shop:1", dir.path()), Err(SourceError::Unreadable(_))));
}

#[test]
fn a_file_that_changed_since_it_was_unpacked_is_a_doubt() {
    let (dir, _) = kept();
    let note = dir.path().join("overlay2/cache1/diff/app.note");
    fs::write(&note, vec![b'm'; 5000]).unwrap();
    let opened = read("docker:shop:1", dir.path()).unwrap().remove(0);
    assert!(reasons(&opened).iter().any(|r| r.contains("wrong digest of the unpacked layer")));
    fs::write(&note, "short").unwrap();
    let opened = read("docker:shop:1", dir.path()).unwrap().remove(0);
    assert!(reasons(&opened).iter().any(|r| r.contains("shorter than it was")), "{:?}", opened.doubts);
    fs::remove_dir_all(dir.path().join("overlay2/cache1")).unwrap();
    let opened = read("docker:shop:1", dir.path()).unwrap().remove(0);
    assert!(reasons(&opened).iter().any(|r| r.contains("the layer was not read")), "{:?}", opened.doubts);
    assert!(files(&opened).tree.get("srv/gone").is_some(), "the others are read");
}

#[test]
fn a_link_of_an_unpacked_layer_does_not_lead_out() {
    let (dir, _) = kept();
    let note = dir.path().join("overlay2/cache1/diff/app.note");
    fs::remove_file(&note).unwrap();
    fs::write(dir.path().join("outside"), vec![b'n'; 5000]).unwrap();
    std::os::unix::fs::symlink(dir.path().join("outside"), &note).unwrap();
    let opened = read("docker:shop:1", dir.path()).unwrap().remove(0);
    assert!(reasons(&opened).iter().any(|r| r.contains("app.note")), "{:?}", opened.doubts);
}

/// Removes tar-split's lists below a folder.
fn forget_lists(dir: &Path) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            forget_lists(&path);
        } else if show(&path).contains("tar-split") {
            fs::remove_file(path).unwrap();
        }
    }
}

#[test]
fn layers_without_a_list_are_read_from_their_folders_and_the_ledger_says_so() {
    let (dir, _) = kept();
    forget_lists(dir.path());
    let paths = |opened: &Opened| {
        let tree = &files(opened).tree;
        tree.iter().map(|f| format!("{} {:?} {}", f.path, f.kind, f.size)).collect::<Vec<_>>()
    };
    let want = paths(&open_one(&show(&dir.path().join("layout"))));
    for spec in ["docker:shop:1", "podman:shop:1"] {
        let opened = read(spec, dir.path()).unwrap().remove(0);
        assert!(opened.doubts.is_empty(), "{spec}: {:?}", opened.doubts);
        assert_eq!(paths(&opened), want, "{spec}");
        let unread = &opened.ledger.unread;
        assert_eq!(unread.len(), 2, "{spec}");
        assert!(unread.iter().all(|u| u.reason.contains("digest cannot be verified")), "{spec}");
        assert!(files(&opened).facts_key.is_none(), "{spec}: what is not verified has no name");
        assert_eq!(files(&opened).tree.open("same.note", 10_000).unwrap(), vec![b'n'; 5000], "{spec}");
    }
}

#[test]
fn devices_and_attributes_of_overlayfs_delete() {
    let (dir, _) = kept();
    forget_lists(dir.path());
    let upper = dir.path().join("overlay2/cache1/diff");
    fs::remove_file(upper.join("srv/.wh.gone")).unwrap();
    fs::remove_file(upper.join("srv/old/.wh..wh..opq")).unwrap();
    let made = rustix::fs::mknodat(CWD, upper.join("srv/gone"), FileType::CharacterDevice, Mode::empty(), 0);
    let old = upper.join("srv/old");
    let marked = rustix::fs::setxattr(&old, "user.overlay.opaque", b"y", XattrFlags::empty());
    if made.is_err() || marked.is_err() {
        println!("SKIPPED: this file system takes no whiteouts or attributes: {made:?} {marked:?}");
        return;
    }
    let opened = read("docker:shop:1", dir.path()).unwrap().remove(0);
    assert!(opened.doubts.is_empty(), "{:?}", opened.doubts);
    let tree = &files(&opened).tree;
    assert!(tree.get("srv/old").is_some());
    assert!(tree.get("srv/gone").is_none() && tree.get("srv/old/x").is_none());
    // A directory that was moved within the overlay lacks what lies below.
    rustix::fs::setxattr(&old, "user.overlay.redirect", b"/elsewhere", XattrFlags::empty()).unwrap();
    let opened = read("docker:shop:1", dir.path()).unwrap().remove(0);
    assert!(reasons(&opened).iter().any(|r| r.contains("moved within the overlay")), "{:?}", opened.doubts);
}

#[test]
fn a_process_is_read_by_its_number() {
    assert!(matches!(open("proc:4294967294"), Err(SourceError::Usage(m)) if m.contains("no such process")));
    assert!(super::super::process::is_pseudo(Path::new("/proc")), "the kernel's own");
    assert!(!super::super::process::is_pseudo(&std::env::temp_dir()));
}

#[test]
fn a_fifo_in_the_place_of_a_word_about_a_layer_is_not_waited_for() {
    let (dir, _) = kept();
    let driver = dir.path().join("image/overlay2/layerdb/sha256");
    for layer in fs::read_dir(driver).unwrap() {
        let word = layer.unwrap().path().join("cache-id");
        fs::remove_file(&word).unwrap();
        if !std::process::Command::new("mkfifo").arg(&word).status().is_ok_and(|s| s.success()) {
            return println!("SKIPPED: no mkfifo here");
        }
    }
    let opened = read("docker:shop:1", dir.path()).unwrap().remove(0);
    assert!(reasons(&opened).iter().any(|r| r.contains("the layer was not read")), "{:?}", opened.doubts);
}
