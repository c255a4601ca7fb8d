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
