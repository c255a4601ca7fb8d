//! Which layer brought a package.

use std::sync::Arc;

use inventory::{HistoryLine, Image, TargetKind};
use model::{Digest, LayerRef};
use oci::{FileKind, LayerBuilder, NoAnalyzer, Node, Tree};

use crate::{Catalogers, attribute, catalog};

/// A layer of plain files.
fn layer(files: &[(&str, &str)]) -> Arc<oci::LayerIndex> {
    use oci::Analyzer;
    let mut builder = LayerBuilder::default();
    for (path, text) in files {
        let node = Node {
            path: path.as_bytes(),
            kind: FileKind::Regular,
            mode: 0o644,
            uid: 0,
            gid: 0,
            size: text.len() as u64,
            link: b"",
            capability: false,
        };
        let ordinal = builder.node(&node).unwrap();
        if Catalogers.interest(path, node.size, 0o644, text.as_bytes()) == oci::Interest::Keep {
            builder.keep(ordinal, text.as_bytes());
        }
    }
    Arc::new(builder.finish(&NoAnalyzer))
}

fn image(count: u32) -> Image {
    let layers =
        (0..count).map(|index| LayerRef { index, diff_id: Digest([u8::try_from(index).unwrap(); 32]) });
    let history = (0..count).map(|i| HistoryLine {
        created_by: format!("RUN {i}"),
        layer: Some(i),
        ..HistoryLine::default()
    });
    Image { layers: layers.collect(), history: history.collect(), ..Image::default() }
}

fn lines(tree: &Tree, count: u32) -> Vec<(String, Option<String>)> {
    let mut harvest = catalog(tree, TargetKind::Oci);
    attribute(&mut harvest.packages, tree, &image(count));
    harvest.packages.into_iter().map(|p| (p.name, p.instruction)).collect()
}

#[test]
fn a_debian_package_came_with_its_list_not_with_the_last_status() {
    let base = "Package: base\nStatus: install ok installed\nVersion: 1\n";
    let both = format!("{base}\nPackage: added\nStatus: install ok installed\nVersion: 2\n");
    let layers = vec![
        layer(&[("var/lib/dpkg/status", base), ("var/lib/dpkg/info/base.list", "/etc/a\n"), ("etc/a", "a")]),
        layer(&[
            ("var/lib/dpkg/status", &both),
            ("var/lib/dpkg/info/added.list", "/etc/b\n"),
            ("etc/b", "b"),
        ]),
    ];
    let tree = oci::merge(layers).tree;
    let run = |line: &str| Some(line.to_owned());
    assert_eq!(lines(&tree, 2), [("added".to_owned(), run("RUN 1")), ("base".to_owned(), run("RUN 0"))]);
}

#[test]
fn an_alpine_package_came_with_most_of_its_files() {
    let entry = "P:base\nV:1-r0\nF:etc\nR:a\nR:b\nR:c\n\n";
    let layers = vec![
        layer(&[("lib/apk/db/installed", entry), ("etc/a", "1"), ("etc/b", "2"), ("etc/c", "3")]),
        layer(&[("lib/apk/db/installed", entry), ("etc/c", "changed by hand")]),
    ];
    let tree = oci::merge(layers).tree;
    assert_eq!(lines(&tree, 2), [("base".to_owned(), Some("RUN 0".to_owned()))]);
}

fn stanza(name: &str, version: &str) -> String {
    format!("Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}\n\n")
}

/// Name, version and the layer's instruction of each package.
fn came(layers: Vec<Arc<oci::LayerIndex>>) -> Vec<String> {
    let count = u32::try_from(layers.len()).unwrap();
    let tree = oci::merge(layers).tree;
    let found = lines(&tree, count);
    found.into_iter().map(|(name, line)| format!("{name} {}", line.unwrap_or_default())).collect()
}

#[test]
fn a_package_without_files_came_with_the_first_database_that_holds_this_version() {
    let one = stanza("meta", "1") + &stanza("old", "1");
    let two = stanza("meta", "1") + &stanza("old", "2") + &stanza("new", "1");
    let three = two.clone() + &stanza("last", "1");
    let status = "var/lib/dpkg/status";
    let all = [&one, &two, &three];
    assert_eq!(
        came(all.iter().map(|text| layer(&[(status, text)])).collect()),
        ["last RUN 2", "meta RUN 0", "new RUN 1", "old RUN 1"]
    );
    // Removed and installed again: it came with the layer that brought it back.
    let without = stanza("old", "1");
    let layers = [&one, &without, &one].iter().map(|text| layer(&[(status, text)])).collect();
    assert_eq!(came(layers), ["meta RUN 2", "old RUN 0"]);
    let entry = |packages: &[&str]| {
        packages.iter().map(|p| format!("P:{p}\nV:1-r0\nA:x86_64\n\n")).collect::<String>()
    };
    let apk = [entry(&["base"]), entry(&["base", "virtual"]), entry(&["base", "virtual", "top"])];
    let layers = apk.iter().map(|text| layer(&[("lib/apk/db/installed", text)])).collect();
    assert_eq!(came(layers), ["base RUN 0", "top RUN 2", "virtual RUN 1"]);
}

#[test]
fn a_stanza_of_its_own_came_when_its_version_did() {
    let (one, two) = (stanza("tzdata", "1"), stanza("tzdata", "2"));
    let path = "var/lib/dpkg/status.d/tzdata";
    let layers = [&one, &one, &two, &two].iter().map(|text| layer(&[(path, text)])).collect();
    assert_eq!(came(layers), ["tzdata RUN 2"]);
}

#[test]
fn a_database_behind_a_linked_directory_is_compared_as_any_other() {
    let linked = |files: &[(&str, &str)]| {
        let mut builder = LayerBuilder::default();
        let node = Node {
            path: b"var/lib",
            kind: FileKind::Symlink,
            mode: 0o777,
            uid: 0,
            gid: 0,
            size: 0,
            link: b"../usr/lib",
            capability: false,
        };
        builder.node(&node);
        let (mut all, layers) = (vec![Arc::new(builder.finish(&NoAnalyzer))], files);
        all.extend(layers.iter().map(|file| layer(&[*file])));
        all
    };
    let (one, two) = (stanza("meta", "1"), stanza("meta", "1") + &stanza("new", "1"));
    let status = "usr/lib/dpkg/status";
    assert_eq!(came(linked(&[(status, &one), (status, &two)])), ["meta RUN 1", "new RUN 2"]);
    let own = "usr/lib/dpkg/status.d/meta";
    assert_eq!(came(linked(&[(own, &one), ("etc/x", ""), (own, &one)])), ["meta RUN 1"]);
    // The directory became a link later, and its content moved with it.
    let mut layers = vec![layer(&[("var/lib/dpkg/status", &one)])];
    layers.extend(linked(&[(status, &one), (status, &two)]));
    assert_eq!(
        came(layers),
        ["meta RUN 2", "new RUN 3"],
        "between the link and the move nothing was installed"
    );
}
