use testkit::{hostile, image};

use super::{KeepAll, lines, merged, read};
use crate::{OpenError, Tree};

fn flaws(merged: &crate::Merged) -> Vec<&str> {
    merged.flaws.iter().map(|(_, f)| f.place.as_str()).collect()
}

#[test]
fn a_whiteout_hides_the_path_and_all_below_it_in_lower_layers_only() {
    let image = image()
        .layer()
        .dir("a")
        .file("a/x", "1")
        .dir("a/deep")
        .file("a/deep/y", "22")
        .file("a-b", "333")
        .file("b", "4444")
        .layer()
        .whiteout("a")
        .file("a/new", "5")
        .whiteout("b")
        .whiteout("never-was");
    let merged = merged(&image);
    assert_eq!(lines(&merged.tree), ["a/", "a-b = 333", "a/new = 5"]);
    assert_eq!(merged.wasted_bytes, 7);
    let wasted: Vec<_> = merged.wasted.iter().map(|(p, n)| (p.as_str(), *n)).collect();
    assert_eq!(wasted, [("b", 4), ("a/deep/y", 2), ("a/x", 1)]);
    assert!(merged.flaws.is_empty());
}

#[test]
fn an_opaque_directory_keeps_itself_and_what_its_own_layer_has() {
    let image = image()
        .layer()
        .dir_mode("d", 0o700)
        .file("d/old", "1")
        .file("other", "2")
        .layer()
        .file("d/before", "3")
        .opaque("d")
        .file("d/after", "4")
        .layer()
        .file("d/later", "5");
    let merged = merged(&image);
    assert_eq!(lines(&merged.tree), ["d/", "d/after = 4", "d/before = 3", "d/later = 5", "other = 2"]);
    assert_eq!(merged.tree.get("d").unwrap().mode, 0o700, "a directory that is only needed changes no mode");
    assert_eq!(merged.tree.get("d/later").unwrap().layer, 2);
    let root = image_with_opaque_root();
    assert_eq!(lines(&root.tree), ["new = 1"]);
}

fn image_with_opaque_root() -> crate::Merged {
    merged(&image().layer().file("old", "1").dir("d").file("d/x", "2").layer().opaque("").file("new", "1"))
}

#[test]
fn a_file_over_a_directory_takes_its_content_away_even_if_a_directory_comes_back() {
    let image = image()
        .layer()
        .dir("p")
        .file("p/lowest", "1")
        .layer()
        .file("p", "file")
        .layer()
        .dir("p")
        .file("p/new", "2")
        .layer()
        .file("q/r", "3")
        .layer()
        .symlink("q", "p");
    let merged = merged(&image);
    assert_eq!(lines(&merged.tree), ["p/", "p/new = 2", "q -> p"]);
    assert_eq!(merged.tree.resolve("q/new").unwrap().path, "p/new");
}

#[test]
fn a_hard_link_is_another_name_and_follows_into_lower_layers() {
    let image = image()
        .layer()
        .file("data", "payload")
        .hardlink("same", "data")
        .layer()
        .hardlink("up", "data")
        .hardlink("up-again", "up")
        .whiteout("data")
        .layer()
        .file("same", "replaced");
    let merged = merged(&image);
    assert_eq!(lines(&merged.tree), ["same = replaced", "up = payload", "up-again = payload"]);
    assert_eq!(merged.tree.get("up").unwrap().size, 7);
    assert_eq!(merged.tree.get("up").unwrap().layer, 1, "the layer that brought the name");
    assert_eq!(merged.wasted_bytes, 0, "the bytes are still seen through the links");
    assert!(merged.flaws.is_empty());
}

#[test]
fn a_link_sees_what_stood_at_its_target_when_it_was_unpacked() {
    let image = image().layer().file("f", "first").hardlink("l", "f").file("f", "second").hardlink("m", "f");
    assert_eq!(lines(&merged(&image).tree), ["f = second", "l = first", "m = second"]);
}

#[test]
fn entries_behind_a_link_are_where_a_runtime_unpacks_them() {
    let image = image()
        .layer()
        .dir("usr")
        .dir("usr/lib")
        .symlink("lib", "usr/lib")
        .file("usr/lib/a", "1")
        .layer()
        .file("lib/b", "2")
        .layer()
        .whiteout("lib/a")
        .layer()
        .symlink("own", "usr/lib")
        .file("own/c", "3");
    let merged = merged(&image);
    assert_eq!(
        lines(&merged.tree),
        ["lib -> usr/lib", "own -> usr/lib", "usr/", "usr/lib/", "usr/lib/b = 2", "usr/lib/c = 3"]
    );
    assert!(merged.flaws.is_empty(), "{:?}", merged.flaws);
    let replaced = super::merged(
        &testkit::image().layer().symlink("lib", "usr/lib").layer().dir("lib").file("lib/x", "1"),
    );
    assert_eq!(lines(&replaced.tree), ["lib/", "lib/x = 1"], "a directory that is named replaces the link");
}

#[test]
fn an_opaque_mark_behind_a_link_empties_the_directory_it_leads_to() {
    let base = || image().layer().dir("usr/lib").symlink("lib", "usr/lib").file("usr/lib/old", "1");
    for upper in [
        base().layer().opaque("lib"),
        base().layer().opaque("lib").file("lib/new", "2"),
        base().layer().file("lib/new", "2").opaque("lib"),
        base().layer().file("other", "").layer().opaque("lib"),
    ] {
        let lines = lines(&merged(&upper).tree);
        assert!(!lines.contains(&"usr/lib/old = 1".to_owned()), "{lines:?}");
        assert!(lines.contains(&"lib -> usr/lib".to_owned()), "{lines:?}");
    }
    let deep = image()
        .layer()
        .dir("usr/lib/x")
        .symlink("lib", "usr/lib")
        .file("usr/lib/x/old", "1")
        .file("usr/lib/kept", "2")
        .layer()
        .opaque("lib/x");
    assert_eq!(
        lines(&merged(&deep).tree),
        ["lib -> usr/lib", "usr/", "usr/lib/", "usr/lib/kept = 2", "usr/lib/x/"]
    );
    let named = base().layer().dir("lib").opaque("lib");
    assert_eq!(lines(&merged(&named).tree), ["lib/", "usr/", "usr/lib/", "usr/lib/old = 1"]);
    let own = image().layer().file("usr/lib/old", "1").layer().symlink("lib", "usr/lib").opaque("lib");
    assert_eq!(lines(&merged(&own).tree), ["lib -> usr/lib", "usr/", "usr/lib/"]);
}

#[test]
fn links_to_lower_layers_are_found_through_what_hides_and_moves() {
    let image = image()
        .layer()
        .dir("a")
        .file("a/x", "1")
        .file("a/y", "2")
        .symlink("b", "a")
        .layer()
        .hardlink("one", "b/x")
        .whiteout("a")
        .layer()
        .hardlink("two", "one")
        .hardlink("lost", "a/y")
        .file("b/x", "3")
        .layer()
        .hardlink("three", "b/x");
    let merged = merged(&image);
    assert_eq!(lines(&merged.tree), ["a/", "a/x = 3", "b -> a", "one = 1", "three = 3", "two = 1"]);
    assert_eq!(flaws(&merged), ["lost"]);
}

#[test]
fn a_path_has_the_versions_that_layers_gave_it() {
    use crate::Was::{Gone, Kept};
    let image = image()
        .layer()
        .file("var/lib/db", "1")
        .layer()
        .file("other", "")
        .layer()
        .file("var/lib/db", "2")
        .layer()
        .whiteout("var/lib")
        .layer()
        .file("usr/lib/db", "3")
        .layer()
        .symlink("var/lib", "../usr/lib")
        .layer()
        .file("var/lib/db", "4");
    let tree = merged(&image).tree;
    let versions = |path: &str| tree.versions(path).iter().map(|v| (v.layer, v.was)).collect::<Vec<_>>();
    assert_eq!(
        versions("var/lib/db"),
        [(0, Kept(b"1")), (2, Kept(b"2")), (3, Gone), (5, Kept(b"3")), (6, Kept(b"4"))]
    );
    assert_eq!(versions("usr/lib/db"), [(4, Kept(b"3")), (6, Kept(b"4"))]);
    assert_eq!(versions("nothing"), []);
}

#[test]
fn links_lead_nowhere_but_inside() {
    let image = image()
        .layer()
        .dir("etc")
        .file("etc/passwd", "inside")
        .symlink("up", "../../../../etc/passwd")
        .symlink("absolute", "/etc")
        .dir("a")
        .symlink("a/b", "../absolute/passwd")
        .symlink("dangling", "nowhere")
        .symlink("x", "y")
        .symlink("y", "x");
    let tree = merged(&image).tree;
    for path in ["up", "absolute/passwd", "a/b", "a/../etc/passwd", "/etc//./passwd", "../etc/passwd"] {
        assert_eq!(tree.open(path, 100).unwrap(), b"inside", "{path}");
    }
    assert_eq!(tree.open("x", 100), Err(OpenError::Loop));
    assert_eq!(tree.open("dangling", 100), Err(OpenError::Missing));
    assert_eq!(tree.open("etc", 100), Err(OpenError::NotRegular));
    assert_eq!(tree.open("etc/passwd/x", 100), Err(OpenError::Missing));
    assert_eq!(tree.open("etc/passwd", 5), Err(OpenError::TooLarge(6)));
    assert_eq!(tree.open("", 5), Err(OpenError::Missing));
    assert_eq!(tree.below("etc").map(|f| f.path).collect::<Vec<_>>(), ["etc/passwd"]);
}

#[test]
fn hostile_entries_stay_inside_and_are_named() {
    let mut image = image().layer();
    for entry in hostile::traversal() {
        image = image.entry(entry);
    }
    let index = read(&image.layers()[0].stored()).index;
    let named: Vec<_> = index.flaws.iter().filter(|f| f.loses).map(|f| f.place.as_str()).collect();
    assert_eq!(named, ["../../escaped-by-dots", "a/../../../escaped-in-the-middle", "linked"]);
    let merged = merged(&image);
    assert_eq!(flaws(&merged), ["linked"]);
    assert_eq!(
        lines(&merged.tree),
        [
            "absolute -> /etc",
            "escaped-by-dots = x",
            "escaped-by-slash = x",
            "escaped-in-the-middle = x",
            "etc/",
            "etc/escaped-by-absolute-link = x",
            "out -> ../../../../tmp",
            "tmp/",
            "tmp/escaped-by-link = x",
        ]
    );
    let mut image = testkit::image().layer();
    for entry in hostile::cycle() {
        image = image.entry(entry);
    }
    let merged = super::merged(&image);
    assert_eq!(lines(&merged.tree), ["a -> b", "b -> a", "self -> self"]);
    assert_eq!(flaws(&merged), ["a/inside", "hard-one", "hard-two"]);
}

#[test]
fn a_file_under_a_file_is_named_and_a_replaced_one_is_waste() {
    let image = image().layer().file("f", "1").file("f/below", "2").file("g", "old").file("g", "newer");
    let index = read(&image.layers()[0].stored()).index;
    assert_eq!(index.flaws.len(), 1);
    assert_eq!((index.counts.shadowed_bytes, index.counts.files), (4, 4));
    assert_eq!(lines(&Tree::of(index)), ["f = 1", "g = newer"]);
}

#[test]
fn whiteouts_of_nothing_and_the_marks_of_aufs_are_passed_by() {
    let image = image()
        .layer()
        .file("keep", "1")
        .layer()
        .file(".wh..wh.plnk/x", "")
        .file(".wh..wh.aufs", "")
        .file("d/.wh.", "")
        .file("d/.wh...", "");
    let merged = merged(&image);
    assert!(merged.tree.get("keep").is_some());
    let index = read(&image.layers()[1].stored()).index;
    assert_eq!(index.flaws.len(), 2);
}

#[test]
fn a_name_that_only_a_link_gives_can_be_interesting() {
    struct Status;
    impl crate::Analyzer for Status {
        fn version(&self) -> u32 {
            1
        }
        fn interest(&self, path: &str, _: u64, _: u32, _: &[u8]) -> crate::Interest {
            if path == "var/status" { crate::Interest::Keep } else { crate::Interest::No }
        }
        fn digest(&self, _: &str, _: &[u8]) -> Vec<u8> {
            Vec::new()
        }
    }
    let image = image().layer().file("boring", "hidden").hardlink("var/status", "boring");
    let stored = image.layers()[0].stored();
    let mut index = crate::read_layer(&mut &*stored, &Status, &mut |_| {}).index;
    assert_eq!(index.late().len(), 1);
    assert!(!index.is_whole());
    let ordinal = index.late()[0].ordinal;
    let files = crate::read_files(&mut &*stored, &[ordinal], 100).unwrap();
    assert!(index.settle(ordinal, &files[&ordinal], false));
    assert!(index.is_whole());
    assert_eq!(Tree::of(index).kept("var/status"), Some(&b"hidden"[..]));
    // Across layers.
    let image = testkit::image().layer().file("boring", "hidden").layer().hardlink("var/status", "boring");
    let layers = image.layers();
    let read = |n: usize| crate::read_layer(&mut &*layers[n].stored(), &Status, &mut |_| {}).index;
    let mut tree = crate::merge(vec![read(0).into(), read(1).into()]).tree;
    assert_eq!(tree.kept("var/status"), None);
    let lost = tree.settle_late(&Status, &mut |origin| {
        assert_eq!((origin.layer, origin.path), (0, "boring"));
        Ok(b"hidden".to_vec())
    });
    assert!(lost.is_empty());
    assert_eq!(tree.kept("var/status"), Some(&b"hidden"[..]));
    assert!(tree.settle_late(&KeepAll, &mut |_| Err(OpenError::Missing)).is_empty());
}
