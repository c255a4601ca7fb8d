use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use inventory::TargetKind;
use ports::source::{Content, ReadOptions, Silent, SourceError, Sources, TargetSpec};
use testkit::{ImageBuilder, Packing, image, layouts, pack, tar_of, write_files};

use super::{Asks, facts, files, open, open_one, open_with, reasons, show};
use crate::{DirCache, LocalSources};

fn shop() -> ImageBuilder {
    image()
        .tag("shop")
        .user("1000")
        .layer()
        .instruction("COPY base")
        .os_release("debian", "12")
        .dpkg("openssl", "3.0.11-1")
        .file("srv/old", vec![b'o'; 3000])
        .history("ENV A=b")
        .layer()
        .packing(Packing::Zstd)
        .dpkg("curl", "7.88.1-10")
        .whiteout("srv/old")
        .file("app.note", vec![b'n'; 5000])
        .hardlink("same.note", "app.note")
}

/// The parts of a target that all forms of the image share.
fn content(spec: &str) -> String {
    let opened = open_one(spec);
    assert!(opened.doubts.is_empty(), "{spec}: {:?}", opened.doubts);
    facts(&opened).replace("can_have_healthcheck: true", "can_have_healthcheck: false")
}

#[test]
fn every_form_of_an_image_is_the_same_image() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| show(&dir.path().join(name));
    shop().write_layout(&dir.path().join("layout")).unwrap();
    fs::write(path("layout.tar"), shop().layout_tar()).unwrap();
    fs::write(path("layout.tar.zst"), pack(&shop().layout_tar(), Packing::Zstd)).unwrap();
    fs::write(path("saved.tar"), shop().docker_archive("shop:1")).unwrap();
    fs::write(path("saved.tar.gz"), pack(&shop().docker_archive("shop:1"), Packing::GzipMembers)).unwrap();
    let want = content(&path("layout"));
    assert!(want.contains("Package: curl") || want.contains("same.note 5000") || !want.is_empty());
    for spec in [
        format!("oci:{}", path("layout")),
        format!("{}:shop", path("layout")),
        path("layout.tar"),
        path("layout.tar.zst"),
        format!("oci:{}:shop", path("layout.tar")),
        path("saved.tar"),
        format!("docker-archive:{}:shop:1", path("saved.tar")),
        path("saved.tar.gz"),
    ] {
        assert_eq!(content(&spec), want, "{spec}");
    }
    for name in ["layout.tar", "saved.tar.gz", "saved.tar"] {
        let bytes = fs::read(path(name)).unwrap();
        let opened = LocalSources::new(None)
            .open_stream(None, &mut &*bytes, &Asks, &ReadOptions::default(), &Silent)
            .unwrap();
        let got = facts(&opened[0]).replace("can_have_healthcheck: true", "can_have_healthcheck: false");
        assert_eq!(got, want, "standard input: {name}");
    }
}

#[test]
fn a_target_tells_what_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let layout = dir.path().join("layout");
    shop().write_layout(&layout).unwrap();
    let opened = open_one(&show(&layout));
    assert_eq!(opened.target.id, format!("oci:{}:shop", show(&layout)));
    assert_eq!(opened.target.platform.as_deref(), Some("linux/amd64"));
    assert!(opened.target.digest.is_some());
    assert_eq!((opened.ledger.layers, opened.ledger.files), (2, 7));
    let files = files(&opened);
    let image = files.image.as_ref().unwrap();
    assert_eq!((image.user.as_str(), image.layers.len()), ("1000", 2));
    let lines: Vec<_> = image.history.iter().map(|h| (h.created_by.as_str(), h.layer)).collect();
    assert_eq!(lines, [("COPY base", Some(0)), ("ENV A=b", None), ("", Some(1))]);
    assert_eq!(files.wasted[0], ("srv/old".to_owned(), 3000));
    assert!(files.facts_key.is_some());
    assert_eq!(files.tree.noted("same.note"), Some(&b"app.note 5000"[..]));
    assert_eq!(files.tree.open("same.note", 10_000).unwrap(), vec![b'n'; 5000], "read again from its layer");
}

#[test]
fn a_layout_of_several_images_gives_all_or_the_one_that_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let one = image().tag("registry.example/one:1").layer().file("one", "1");
    let two = image().tag("two").platform("linux", "arm64").layer().file("two", "2");
    write_files(&layouts(&[one, two]), dir.path()).unwrap();
    let path = show(dir.path());
    let names = |spec: &str, platform: Option<&str>| {
        let options = ReadOptions { platform: platform.map(str::to_owned), ..ReadOptions::default() };
        open_with(None, spec, &options).map(|all| {
            all.iter().map(|o| o.target.name.trim_start_matches(&path).to_owned()).collect::<Vec<_>>()
        })
    };
    assert_eq!(names(&path, None).unwrap(), [":registry.example/one:1", ":two"]);
    assert_eq!(names(&format!("{path}:two"), None).unwrap(), [":two"]);
    assert_eq!(names(&format!("{path}:1"), None).unwrap(), [":registry.example/one:1"]);
    assert_eq!(names(&path, Some("linux/arm64")).unwrap(), [":two"]);
    assert!(
        matches!(names(&path, Some("windows/amd64")), Err(SourceError::Usage(m)) if m.contains("linux/arm64"))
    );
    assert!(
        matches!(names(&format!("{path}:three"), None), Err(SourceError::Usage(m)) if m.contains("`two`"))
    );
    let digest = open(&format!("{path}:two")).unwrap()[0].target.digest.unwrap();
    assert_eq!(names(&format!("oci:{path}@{digest}"), None).unwrap(), [":two"]);
}

#[test]
fn a_path_that_is_not_there_is_a_mistake_and_never_a_reference() {
    for spec in ["./nothing", "nothing", "/no/thing:tag", "oci:nothing", "host.example/shop:1"] {
        assert!(matches!(open(spec), Err(SourceError::Usage(_))), "{spec}");
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("text");
    fs::write(&file, "just text").unwrap();
    assert!(matches!(open(&show(&file)), Err(SourceError::Unreadable(_))), "it is there");
    fs::write(&file, tar_of(&[("x".to_owned(), b"y".to_vec())].into())).unwrap();
    assert!(matches!(open(&show(&file)), Err(SourceError::Unreadable(_))), "an archive without an image");
    assert!(matches!(open(&format!("oci:{}", show(&file))), Err(SourceError::Unreadable(_))));
}

#[test]
fn a_broken_archive_is_the_same_by_every_name() {
    let dir = tempfile::tempdir().unwrap();
    let saved = shop().docker_archive("shop:1");
    let packed = pack(&saved, Packing::Gzip);
    let file = dir.path().join("broken");
    for bytes in [&saved[..300], &saved[..700], &saved[..4000], &packed[..20], &packed[..packed.len() / 2]] {
        fs::write(&file, bytes).unwrap();
        let bare = open(&show(&file));
        let named = open(&format!("docker-archive:{}", show(&file)));
        let stream =
            LocalSources::new(None).open_stream(None, &mut &*bytes, &Asks, &ReadOptions::default(), &Silent);
        for (form, result) in [("bare", bare), ("named", named), ("stream", stream)] {
            let message = result.map(|o| o.len());
            assert!(
                matches!(message, Err(SourceError::Unreadable(_))),
                "{form} {}: {message:?}",
                bytes.len()
            );
        }
    }
}

/// A layout whose index is changed.
fn changed(image: &[ImageBuilder], change: impl FnOnce(&mut serde_json::Value)) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut files = layouts(image);
    let mut index: serde_json::Value = serde_json::from_slice(&files["index.json"]).unwrap();
    change(&mut index["manifests"]);
    files.insert("index.json".to_owned(), index.to_string().into_bytes());
    write_files(&files, dir.path()).unwrap();
    dir
}

#[test]
fn sizes_that_cannot_be_are_named() {
    for size in ["-1", "9000000000000000000", "1"] {
        let dir = tempfile::tempdir().unwrap();
        let mut files = layouts(&[image().layer().file("x", "1")]);
        let at = files.iter().find(|(_, b)| b.starts_with(b"{\"config\"")).map(|(k, _)| k.clone()).unwrap();
        let text = String::from_utf8(files.remove(&at).unwrap()).unwrap();
        let mut manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
        manifest["layers"][0]["size"] = serde_json::from_str(size).unwrap();
        let bytes = manifest.to_string().into_bytes();
        let digest = testkit::digest(&bytes);
        let index = serde_json::json!({ "schemaVersion": 2,
            "manifests": [{ "digest": digest, "size": bytes.len() }] });
        files.insert(format!("blobs/{}", digest.replace(':', "/")), bytes);
        files.insert("index.json".to_owned(), index.to_string().into_bytes());
        write_files(&files, dir.path()).unwrap();
        let opened = open_one(&show(dir.path()));
        assert!(opened.doubts.iter().any(|d| d.reason.contains("size")), "{size}: {:?}", opened.doubts);
        assert!(super::files(&opened).tree.get("x").is_some(), "{size}: it is read nonetheless");
    }
    let dir = changed(&[image().layer().file("x", "1")], |m| m[0]["size"] = (-1).into());
    assert!(open_one(&show(dir.path())).doubts.iter().any(|d| d.reason.contains("wrong size: named -1")));
}

#[test]
fn a_lone_image_is_read_whatever_its_platform_and_attestations_are_passed_by() {
    let unknown = serde_json::json!({ "os": "unknown", "architecture": "unknown" });
    let dir = changed(&[image().layer().file("x", "1")], |m| m[0]["platform"] = unknown.clone());
    let opened = open_one(&show(dir.path()));
    assert!(opened.doubts.is_empty() && files(&opened).tree.get("x").is_some());
    assert_eq!(opened.target.platform.as_deref(), Some("linux/amd64"), "the configuration knows");
    let two = [image().tag("app").layer().file("x", "1"), image().layer().file("y", "1")];
    let dir = changed(&two, |m| {
        m[1]["platform"] = unknown.clone();
        m[1]["annotations"]["vnd.docker.reference.type"] = "attestation-manifest".into();
    });
    assert!(open_one(&show(dir.path())).target.name.ends_with(":app"));
}

#[test]
fn no_entry_of_an_index_hides_another_for_the_same_content() {
    let platform =
        |os: &str, architecture: &str| serde_json::json!({ "os": os, "architecture": architecture });
    let dir = changed(&[image().layer().file("x", "1")], |m| {
        let mut entry = m[0].clone();
        entry["platform"] = platform("linux", "amd64");
        entry["annotations"]["vnd.docker.reference.type"] = "attestation-manifest".into();
        entry["artifactType"] = "application/x".into();
        m[0]["platform"] = platform("unknown", "unknown");
        m[0]["annotations"]["vnd.docker.reference.type"] = "attestation-manifest".into();
        let other = serde_json::json!({ "digest": m[0]["digest"], "size": m[0]["size"],
            "platform": platform("linux", "s390x") });
        m.as_array_mut().unwrap().extend([other, entry]);
    });
    let options = ReadOptions { platform: Some("linux/amd64".to_owned()), ..ReadOptions::default() };
    let opened = open_with(None, &show(dir.path()), &options).unwrap();
    let [opened] = &opened[..] else { panic!("{} targets", opened.len()) };
    assert!(files(opened).tree.get("x").is_some());
    assert_eq!(opened.target.platform.as_deref(), Some("linux/amd64"));
}

#[test]
fn what_is_no_image_says_what_it_is() {
    let dir = changed(&[image().layer().file("x", "1")], |m| {
        m[0]["platform"] = serde_json::json!({ "os": "unknown", "architecture": "unknown" });
        m[0]["annotations"]["vnd.docker.reference.type"] = "attestation-manifest".into();
    });
    let e = open(&format!("oci:{}", show(dir.path()))).err().unwrap().to_string();
    assert!(e.ends_with("holds no image, but an attestation"), "{e}");
}

#[test]
fn an_image_with_two_tags_is_one_target_with_both_names() {
    let dir = changed(&[image().tag("1.2").layer().file("x", "1")], |m| {
        let mut again = m[0].clone();
        again["annotations"]["org.opencontainers.image.ref.name"] = "latest".into();
        m.as_array_mut().unwrap().push(again);
    });
    assert_eq!(open_one(&show(dir.path())).target.name, format!("{}:1.2,latest", show(dir.path())));
    let one = open_one(&format!("{}:latest", show(dir.path())));
    assert_eq!(one.target.name, format!("{}:latest", show(dir.path())));
}

#[test]
fn what_the_cache_knows_is_not_read_again_and_reads_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let layout = dir.path().join("layout");
    shop().write_layout(&layout).unwrap();
    let cache = Arc::new(DirCache::new(dir.path().join("cache")));
    let spec = show(&layout);
    let run = |verify: bool| {
        let options = ReadOptions { verify, ..ReadOptions::default() };
        open_with(Some(&cache), &spec, &options).unwrap().remove(0)
    };
    let cold = run(false);
    assert!(cold.notes.is_empty(), "{:?}", cold.notes);
    let warm = run(false);
    assert_eq!(warm.notes.len(), 1);
    assert!(warm.notes[0].contains("2 of 2 layers"), "{:?}", warm.notes);
    assert_eq!(facts(&warm), facts(&cold));
    assert!(run(true).notes.is_empty(), "`--verify` reads");
    // A damaged entry is noticed, told, and made again.
    for entry in fs::read_dir(dir.path().join("cache")).unwrap() {
        let path = entry.unwrap().path();
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&path, bytes).unwrap();
    }
    let mended = run(false);
    assert_eq!(mended.notes.len(), 4, "{:?}", mended.notes);
    assert_eq!(facts(&mended), facts(&cold));
    assert!(run(false).notes[0].contains("2 of 2 layers"));
    // A blob that has changed its size since is read.
    let blob = fs::read_dir(layout.join("blobs/sha256")).unwrap().map(|e| e.unwrap().path());
    let largest = blob.max_by_key(|p| fs::metadata(p).unwrap().len()).unwrap();
    fs::File::options().append(true).open(largest).unwrap().write_all(b"x").unwrap();
    assert!(!run(false).doubts.is_empty());
}

#[test]
fn nothing_is_read_of_an_unchanged_image_whose_facts_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let layout = dir.path().join("layout");
    shop().write_layout(&layout).unwrap();
    let cache = Arc::new(DirCache::new(dir.path().join("cache")));
    let run = |verify: bool, kept: &str| {
        let options = ReadOptions { verify, ..ReadOptions::default() };
        let (spec, sources) = (show(&layout), LocalSources::new(Some(Arc::clone(&cache))));
        let spec = TargetSpec::parse(&spec).unwrap();
        sources.open(&spec, &Asks, &options, &Silent, &|key| key == kept).unwrap().remove(0)
    };
    let key = files(&run(false, "")).facts_key.clone().unwrap();
    let (read, known) = (run(false, ""), run(false, &key));
    assert!(matches!(&known.content, Content::Kept(k) if *k == key));
    assert_eq!((&known.target, &known.ledger, &known.notes), (&read.target, &read.ledger, &read.notes));
    assert_eq!(known.doubts, read.doubts);
    // Not where the layers are to be verified, and not where one of them is no longer what it was.
    assert!(matches!(run(true, &key).content, Content::Files(_)));
    let blob = fs::read_dir(layout.join("blobs/sha256")).unwrap().map(|e| e.unwrap().path());
    let largest = blob.max_by_key(|p| fs::metadata(p).unwrap().len()).unwrap();
    let mut bytes = fs::read(&largest).unwrap();
    bytes.reverse();
    fs::write(&largest, bytes).unwrap();
    let changed = run(false, &key);
    assert!(matches!(changed.content, Content::Files(_)) && !changed.doubts.is_empty());
}

#[test]
fn a_compressed_archive_uses_the_cache_as_well() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("saved.tar.gz");
    fs::write(&path, pack(&shop().docker_archive("shop:1"), Packing::Gzip)).unwrap();
    let cache = Arc::new(DirCache::new(dir.path().join("cache")));
    let run = || open_with(Some(&cache), &show(&path), &ReadOptions::default()).unwrap().remove(0);
    let cold = run();
    let warm = run();
    assert!(warm.notes[0].contains("2 of 2 layers"));
    assert_eq!(facts(&cold), facts(&warm));
    assert_eq!(files(&warm).tree.open("same.note", 10_000).unwrap(), vec![b'n'; 5000]);
}

#[test]
fn a_bill_of_materials_is_a_document() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bom.json");
    fs::write(&path, br#"{"bomFormat":"CycloneDX","specVersion":"1.6"}"#).unwrap();
    let opened = open_one(&show(&path));
    assert_eq!(opened.target.kind, TargetKind::Sbom);
    assert!(matches!(opened.content, Content::Document(bytes) if bytes.starts_with(b"{\"bomFormat")));
}

#[test]
fn the_cache_answers_only_for_the_bytes_that_it_was_made_from() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let cache = Arc::new(DirCache::new(at("cache")));
    let run = |path: &Path| open_with(Some(&cache), &show(path), &ReadOptions::default()).unwrap().remove(0);
    let archive = shop().docker_archive("shop:1");
    fs::write(at("saved.tar"), &archive).unwrap();
    let good = facts(&run(&at("saved.tar")));
    assert_eq!(run(&at("saved.tar")).notes.len(), 1);
    // A copy is another file: its bytes are hashed, and not read as a layer.
    fs::copy(at("saved.tar"), at("copy.tar")).unwrap();
    let copied = run(&at("copy.tar"));
    assert!(copied.notes.is_empty() && facts(&copied) == good, "{:?}", copied.notes);
    assert_eq!(run(&at("copy.tar")).notes.len(), 1);
    // One byte of a layer changed, in a file of the same length.
    let text = archive.windows(7).position(|w| w == b"openssl").unwrap();
    let mut changed = archive.clone();
    changed[text] ^= 0x20;
    fs::write(at("saved.tar"), changed).unwrap();
    let found = run(&at("saved.tar"));
    assert!(reasons(&found).iter().any(|r| r.contains("wrong digest")), "{:?}", reasons(&found));
    fs::write(at("saved.tar"), &archive).unwrap();
    assert_eq!(facts(&run(&at("saved.tar"))), good);
}

#[test]
fn kubernetes_objects_are_known_by_their_words_whatever_the_form() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| show(&dir.path().join(name));
    let pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n";
    let dump = r#"{"apiVersion":"v1","items":[{"apiVersion":"v1","kind":"Pod"}],"kind":"List"}"#;
    let bill = r#"{"bomFormat":"CycloneDX","specVersion":"1.6","components":[],"kind":"x","apiVersion":"y"}"#;
    fs::write(path("pod.yaml"), pod).unwrap();
    fs::write(path("commented.yaml"), format!("# {}\n{pod}", "x".repeat(20_000))).unwrap();
    fs::write(path("dump.json"), dump).unwrap();
    fs::write(path("bill.json"), bill).unwrap();
    let of_stream = |text: &str, kind| {
        let (sources, mut source) = (LocalSources::new(None), text.as_bytes());
        let opened = sources.open_stream(kind, &mut source, &Asks, &ReadOptions::default(), &Silent);
        opened.map(|mut o| o.remove(0)).map(|o| (o.target.kind, o.target.id))
    };
    for name in ["pod.yaml", "commented.yaml", "dump.json"] {
        let opened = open_one(&path(name));
        assert_eq!(opened.target.id, format!("manifests:{}", path(name)));
        let Content::Objects(packed) = opened.content else { panic!("{name} is no manifest") };
        let bytes = packed.unpacked().unwrap();
        assert_eq!(bytes, fs::read(path(name)).unwrap());
        assert_eq!((opened.ledger.files, opened.ledger.bytes), (1, bytes.len() as u64));
    }
    assert_eq!(open_one(&path("bill.json")).target.kind, TargetKind::Sbom);
    assert_eq!(open_one(&format!("manifests:{}", path("bill.json"))).target.kind, TargetKind::Manifests);
    for text in [pod, dump] {
        assert_eq!(of_stream(text, None).unwrap(), (TargetKind::Manifests, "manifests:-".to_owned()));
    }
    assert_eq!(of_stream(bill, None).unwrap().0, TargetKind::Sbom);
    assert_eq!(of_stream("x: 1\n", Some(TargetKind::Manifests)).unwrap().0, TargetKind::Manifests);
    let folder = open_one(&format!("manifests:{}", show(dir.path())));
    assert_eq!((folder.target.kind, files(&folder).tree.len()), (TargetKind::Manifests, 4));
    assert!(matches!(open("manifests:/nowhere/x.yaml"), Err(SourceError::Usage(_))));
}

#[test]
fn images_are_listed_by_what_they_are_called_and_each_target_is_one_of_them() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| show(&dir.path().join(name));
    let other = image().tag("registry.example/team/other:2").layer().file("a", "a");
    write_files(&layouts(&[shop(), other]), &dir.path().join("layout")).unwrap();
    fs::write(path("saved.tar"), shop().docker_archive("registry.example/shop:1")).unwrap();
    fs::write(path("saved.tar.zst"), pack(&shop().docker_archive("shop:1"), Packing::Zstd)).unwrap();
    let sources = LocalSources::new(None);
    let listed =
        |spec: &str| sources.images(&TargetSpec::parse(spec).unwrap(), &ReadOptions::default()).unwrap();
    let all = listed(&path("layout"));
    let names: Vec<&str> = all.iter().map(|l| l.called[0].as_str()).collect();
    assert_eq!(names, ["shop", "registry.example/team/other:2"]);
    for image in &all {
        let opened = open_one(&image.target);
        let digest = opened.target.digest.unwrap().to_string();
        assert!(image.called.contains(&digest), "{digest} {image:?}");
        assert_eq!(opened.target.called.first(), image.called.first());
    }
    assert_eq!(listed(&format!("oci:{}:shop", path("layout"))).len(), 1);
    assert_eq!(listed(&path("saved.tar"))[0].called[0], "registry.example/shop:1");
    assert_eq!(listed(&path("saved.tar.zst"))[0].called[0], "shop:1");
    fs::create_dir(dir.path().join("folder")).unwrap();
    assert_eq!(listed(&path("folder")), []);
    assert!(sources.images(&TargetSpec::parse("oci:nowhere").unwrap(), &ReadOptions::default()).is_err());
}
