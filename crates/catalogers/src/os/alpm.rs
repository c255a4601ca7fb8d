//! pacman: Arch Linux and its children.

use std::collections::{BTreeMap, BTreeSet};

use inventory::Harvest;
use model::{Package, PackageType, SourcePackage};
use oci::{FileKind, Interest, Tree};
use pkgdb::alpm;

use super::{read, report, unread};

/// Largest `desc` or `files` read, in bytes.
const ENTRY_BYTES_MAX: u64 = 64 << 20;

/// A folder for each package.
const LOCAL: &str = "var/lib/pacman/local";

pub(super) fn interest(path: &str, size: u64) -> Option<Interest> {
    let entry = path.strip_prefix(LOCAL)?;
    let wanted = entry.ends_with("/desc") || entry.ends_with("/files");
    (wanted && size <= ENTRY_BYTES_MAX).then_some(Interest::Keep)
}

pub(super) fn catalog(tree: &Tree, harvest: &mut Harvest) {
    let is_entry = |path: &str| path.ends_with("/desc");
    let entries: Vec<String> = tree
        .below(LOCAL)
        .filter(|f| f.kind == FileKind::Regular && is_entry(f.path))
        .map(|f| f.path.to_owned())
        .collect();
    // A package whose description went missing is still installed.
    let lists = tree.below(LOCAL).filter_map(|f| f.path.strip_suffix("/files"));
    for folder in lists.filter(|folder| tree.get(&format!("{folder}/desc")).is_none()) {
        harvest.problems.push(unread(folder, "the package has a list of files and no `desc`"));
    }
    let mut packages: Vec<(alpm::Package, String)> = Vec::new();
    for path in entries {
        let Some(bytes) = read(tree, &path, ENTRY_BYTES_MAX, harvest) else { continue };
        let found = alpm::desc(&bytes);
        report(&path, &found, harvest);
        packages.extend(found.packages.into_iter().map(|p| (p, path.clone())));
    }
    let mut providers: BTreeMap<&str, &str> = BTreeMap::new();
    for (p, _) in &packages {
        providers.insert(&p.name, &p.name);
    }
    for (p, _) in &packages {
        for name in &p.provides {
            providers.entry(name).or_insert(&p.name);
        }
    }
    for (package, path) in &packages {
        let list = format!("{}files", path.trim_end_matches("desc"));
        let files = read(tree, &list, ENTRY_BYTES_MAX, harvest).map(|bytes| alpm::files(&bytes));
        harvest.packages.push(convert(tree, package, path, files.unwrap_or_default(), &providers));
    }
}

fn convert(
    tree: &Tree,
    from: &alpm::Package,
    path: &str,
    files: Vec<String>,
    providers: &BTreeMap<&str, &str>,
) -> Package {
    let mut to = Package::new(PackageType::Alpm, &from.name, &from.version);
    to.source = Some(SourcePackage { name: from.base.clone(), version: from.version.clone() });
    to.architecture = Some(from.architecture.clone()).filter(|a| !a.is_empty());
    to.licenses.clone_from(&from.licenses);
    to.paths = vec![path.to_owned()];
    to.owned_files = files.into_iter().filter(|f| tree.get(f).is_some()).collect();
    let needs = from.depends.iter().filter_map(|d| providers.get(d.as_str()).copied());
    let needs: BTreeSet<&str> = needs.filter(|name| *name != from.name).collect();
    to.depends_on = needs.into_iter().map(str::to_owned).collect();
    to.found_by = "pacman".to_owned();
    to
}
