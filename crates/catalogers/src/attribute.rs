//! Which layer, and which line of the history, brought a package.

use std::collections::BTreeMap;

use inventory::Image;
use model::Package;
use oci::{FileKind, Tree};

use crate::os;

/// Fills layer and history line of every package: a package of the distribution came with the first layer whose
/// database holds it as it is, or, where the databases do not tell, with its own files; never simply with the last
/// layer that rewrote the database of all of them.
pub fn attribute(packages: &mut [Package], tree: &Tree, image: &Image) {
    let past = os::Past::of(tree, packages);
    for package in packages {
        let index = if package.kind.is_distribution() {
            past.layer(tree, package).or_else(|| installed(package, tree))
        } else {
            None
        };
        let Some(index) = index.or_else(|| first_file(package, tree)) else { continue };
        package.layer = usize::try_from(index).ok().and_then(|i| image.layers.get(i)).cloned();
        package.instruction = instruction(image, index);
    }
}

/// The history line of a layer.
fn instruction(image: &Image, layer: u32) -> Option<String> {
    let line = image.history.iter().find(|h| h.layer == Some(layer))?;
    Some(line.created_by.clone()).filter(|text| !text.is_empty())
}

/// The layer of the package's own record, or that in which most of its files lie (a later `chmod` or `chown` moves
/// some of them up, an upgrade moves all); among equals the upper one.
fn installed(package: &Package, tree: &Tree) -> Option<u32> {
    if let Some(layer) = os::record(tree, package) {
        return Some(layer);
    }
    let mut counts: BTreeMap<u32, u32> = BTreeMap::new();
    for file in package.owned_files.iter().filter_map(|f| tree.get(f)).filter(|f| f.kind == FileKind::Regular)
    {
        *counts.entry(file.layer).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(layer, count)| (*count, *layer)).map(|(layer, _)| layer)
}

fn first_file(package: &Package, tree: &Tree) -> Option<u32> {
    let path = package.paths.first()?;
    tree.resolve(path.split("!/").next().unwrap_or(path)).map(|f| f.layer)
}
