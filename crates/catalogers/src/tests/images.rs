//! The real images beside the checkout: our packages against those that another reader finds.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use inventory::TargetKind;
use model::{Package, PackageType};
use oci::Tree;

use crate::{Catalogers, catalog, distribution, surface};

/// The images, or `None` with a loud line.
fn images() -> Option<PathBuf> {
    let shared = std::env::var_os("PLIMSOLL_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let images = shared.join("images");
    if !images.is_dir() {
        eprintln!("SKIPPED: no real images at {}; set PLIMSOLL_SHARED", images.display());
        return None;
    }
    Some(images)
}

fn blob(layout: &Path, digest: &str) -> Vec<u8> {
    std::fs::read(layout.join("blobs").join(digest.replace(':', "/"))).unwrap()
}

fn json(bytes: &[u8]) -> serde_json::Value {
    serde_json::from_slice(bytes).unwrap()
}

/// Keeps the rpm databases themselves, for `rpm` to read.
struct Databases;

impl oci::Analyzer for Databases {
    fn version(&self) -> u32 {
        0
    }
    fn interest(&self, path: &str, _: u64, _: u32, _: &[u8]) -> oci::Interest {
        if path.starts_with("var/lib/rpm/") { oci::Interest::Keep } else { oci::Interest::No }
    }
    fn digest(&self, _: &str, _: &[u8]) -> Vec<u8> {
        Vec::new()
    }
}

/// Every image of a layout: its tag and its tree.
fn trees(layout: &Path, analyzer: &dyn oci::Analyzer) -> Vec<(String, Tree)> {
    let index = json(&std::fs::read(layout.join("index.json")).unwrap());
    let mut out = Vec::new();
    for descriptor in index["manifests"].as_array().unwrap() {
        let manifest = json(&blob(layout, descriptor["digest"].as_str().unwrap()));
        let layers = manifest["layers"].as_array().unwrap().iter().map(|layer| {
            let bytes = blob(layout, layer["digest"].as_str().unwrap());
            let read = oci::read_layer(&mut bytes.as_slice(), analyzer, &mut |_| {});
            assert!(read.inflated.broken.is_none(), "{:?}", read.inflated.broken);
            Arc::new(read.index)
        });
        let tag =
            descriptor["annotations"]["org.opencontainers.image.ref.name"].as_str().unwrap_or("").to_owned();
        out.push((tag, oci::merge(layers.collect()).tree));
    }
    out
}

fn lines(packages: &[Package], kind: PackageType) -> BTreeSet<String> {
    let of_kind = packages.iter().filter(|p| p.kind == kind);
    of_kind
        .map(|p| format!("{} {} {}", p.name, p.version, p.architecture.as_deref().unwrap_or_default()))
        .collect()
}

/// Another reader of stanzas: fields by splitting, no states but `installed`.
fn stanzas(
    text: &str,
    name: &str,
    version: &str,
    architecture: &str,
    wanted: Option<&str>,
) -> BTreeSet<String> {
    let field = |stanza: &str, key: &str| {
        stanza.lines().find_map(|l| l.strip_prefix(key).map(str::trim)).unwrap_or_default().to_owned()
    };
    text.split("\n\n")
        .filter(|s| !s.trim().is_empty() && wanted.is_none_or(|w| s.contains(w)))
        .map(|s| format!("{} {} {}", field(s, name), field(s, version), field(s, architecture)))
        .collect()
}

#[test]
fn alpine_images_hold_what_their_database_lists() {
    let Some(images) = images() else { return };
    for (tag, tree) in trees(&images.join("alpine"), &Catalogers) {
        let harvest = catalog(&tree, TargetKind::Oci);
        let text = String::from_utf8(tree.open("lib/apk/db/installed", 1 << 30).unwrap()).unwrap();
        assert_eq!(
            lines(&harvest.packages, PackageType::Apk),
            stanzas(&text, "P:", "V:", "A:", None),
            "{tag}"
        );
        let found = distribution(&tree).unwrap();
        assert_eq!((found.id.as_str(), found.version.as_str()), ("alpine", tag.as_str()));
        assert!(found.end_of_life.is_some(), "{tag}");
        assert_eq!(harvest.problems, [], "{tag}");
        let others: Vec<_> = harvest.packages.iter().filter(|p| p.kind != PackageType::Apk).collect();
        assert!(others.is_empty(), "{tag}: {others:?}");
        assert!(harvest.packages.iter().all(|p| p.purl.starts_with("pkg:apk/alpine/")), "{tag}");
    }
}

#[test]
fn debian_images_hold_what_their_database_lists() {
    let Some(images) = images() else { return };
    for (tag, tree) in trees(&images.join("apps"), &Catalogers) {
        let harvest = catalog(&tree, TargetKind::Oci);
        let text = String::from_utf8(tree.open("var/lib/dpkg/status", 1 << 30).unwrap()).unwrap();
        let installed = Some("\nStatus: install ok installed\n");
        let expected = stanzas(&text, "Package:", "Version:", "Architecture:", installed);
        assert_eq!(lines(&harvest.packages, PackageType::Deb), expected, "{tag}");
        let found = distribution(&tree).unwrap();
        assert_eq!((found.id.as_str(), found.version.as_str()), ("debian", "12"));
        assert_eq!(harvest.problems.iter().filter(|p| p.control == "image-scanning").count(), 0, "{tag}");
        let seen = surface(&tree, &harvest.packages);
        assert!(
            seen.notable
                .iter()
                .any(|f| f.path == "usr/bin/su" && f.owner.as_deref() == Some("deb:util-linux"))
        );
        let software: Vec<_> = harvest.packages.iter().filter(|p| p.kind == PackageType::Generic).collect();
        assert!(software.iter().all(|p| p.owner.is_none()), "{tag}: {software:?}");
        if std::env::var_os("PLIMSOLL_SHOW").is_some() {
            show(&tag, &harvest);
        }
    }
}

/// For people: `PLIMSOLL_SHOW=1 cargo test -p plimsoll-catalogers images -- --nocapture`.
fn show(tag: &str, harvest: &inventory::Harvest) {
    for p in &harvest.packages {
        let paths = p.paths.first().map(String::as_str).unwrap_or_default();
        println!("{tag}\t{}\t{}\t{}\t{:?}\t{paths}\t{:?}", p.kind, p.name, p.version, p.owner, p.licenses);
    }
    for p in &harvest.problems {
        println!("{tag}\tPROBLEM\t{p:?}");
    }
}

#[test]
fn rpm_images_hold_what_rpm_itself_lists() {
    let Some(images) = images() else { return };
    let layout = images.join("almalinux");
    for ((tag, tree), (_, databases)) in
        trees(&layout, &Catalogers).into_iter().zip(trees(&layout, &Databases))
    {
        let harvest = catalog(&tree, TargetKind::Oci);
        assert_eq!(harvest.problems, [], "{tag}");
        let ours: BTreeSet<String> = harvest
            .packages
            .iter()
            .filter(|p| p.kind == PackageType::Rpm)
            .map(|p| format!("{} {} {}", p.name, p.version, p.architecture.as_deref().unwrap_or("(none)")))
            .collect();
        let folder = std::env::temp_dir().join(format!("plimsoll-rpm-{}-{tag}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        for name in ["rpmdb.sqlite", "Packages"] {
            if let Ok(bytes) = databases.open(&format!("var/lib/rpm/{name}"), 1 << 30) {
                std::fs::write(folder.join(name), bytes).unwrap();
            }
        }
        let format = "%{NAME} %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE} %{ARCH}\n";
        let output = Command::new("rpm").arg("--dbpath").arg(&folder).args(["-qa", "--qf", format]).output();
        std::fs::remove_dir_all(&folder).unwrap();
        let Ok(output) = output else {
            eprintln!("SKIPPED: `rpm` is not installed (apt-get install rpm), {tag} is not compared");
            continue;
        };
        let theirs = String::from_utf8(output.stdout).unwrap();
        let theirs: BTreeSet<String> = theirs.lines().map(|l| l.replace(" 0:", " ")).collect();
        assert_eq!(ours, theirs, "{tag}");
    }
}

/// A name alone decides only what no first byte would change.
#[test]
fn what_a_name_decides_no_first_byte_changes() {
    let heads: [&[u8]; 6] = [
        b"",
        b"\x7fELF\x02\x01\x01",
        b"PK\x03\x04",
        b"#!/usr/bin/python3\n",
        b"MZ\x90\x00",
        b"{\"name\": 1}",
    ];
    let paths = [
        "usr/bin/tool",
        "usr/lib/libz.so.1.3",
        "app/x.py",
        "app/x.pyc",
        "app/x.jar",
        "app/x.pyz",
        "app/x.par",
        "app/package.json",
        "etc/passwd",
        "usr/lib/jvm/release",
        "var/lib/dpkg/status",
        "usr/share/doc/a/copyright",
        "app/node_modules/a/LICENSE",
        "usr/lib/python3/site-packages/a/b.so",
        "go.mod",
        "a.b",
        ".wh.x",
        "sbom.spdx.json",
        "usr/local/go/VERSION",
    ];
    for (path, size, mode) in paths.iter().flat_map(|p| {
        [0u64, 100, 5000, 1 << 20].into_iter().flat_map(move |s| [0o644, 0o755].map(|m| (p, s, m)))
    }) {
        if let oci::Glance::Decided(interest) = oci::Analyzer::glance(&Catalogers, path, size, mode) {
            for head in heads {
                let seen = oci::Analyzer::interest(&Catalogers, path, size, mode, head);
                assert_eq!(seen, interest, "{path} {size} {mode:o}");
            }
        }
    }
    let glance = |path, mode| oci::Analyzer::glance(&Catalogers, path, 5000, mode);
    assert_eq!(glance("usr/share/x.html", 0o644), oci::Glance::Decided(oci::Interest::No));
    assert_eq!(glance("usr/share/x.html", 0o755), oci::Glance::Head);
    assert_eq!(glance("usr/bin/x", 0o644), oci::Glance::Head);
}
