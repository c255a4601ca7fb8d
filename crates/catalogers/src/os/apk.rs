//! apk: Alpine, Wolfi, Chainguard.

use std::collections::{BTreeMap, BTreeSet};

use inventory::Harvest;
use model::{Package, PackageType, SourcePackage};
use oci::{Interest, Tree, Was};
use pkgdb::apk;

use super::dpkg::{links, through_links};
use super::past::Key;
use super::{license, read, report};

/// Largest `installed` read, in bytes.
const INSTALLED_BYTES_MAX: u64 = 128 << 20;

/// apk-tools 3 on a merged `/usr` moved the database; a link may lead from the old place to the new one.
pub(super) const INSTALLED: [&str; 2] = ["lib/apk/db/installed", "usr/lib/apk/db/installed"];

pub(super) fn interest(path: &str, size: u64) -> Option<Interest> {
    (INSTALLED.contains(&path) && size <= INSTALLED_BYTES_MAX).then_some(Interest::Keep)
}

/// Names, versions and architectures that an `installed` file holds; `None` if it is not known whole.
pub(super) fn held(was: Was<'_>) -> Option<BTreeSet<Key>> {
    let Was::Kept(bytes) = was else { return None };
    let found = apk::installed(bytes);
    if !found.problems.is_empty() {
        return None;
    }
    Some(found.packages.into_iter().map(|p| (p.name, p.version, p.architecture)).collect())
}

pub(super) fn catalog(tree: &Tree, harvest: &mut Harvest) {
    let paths: BTreeSet<String> =
        INSTALLED.iter().filter_map(|p| tree.resolve(p)).map(|f| f.path.to_owned()).collect();
    let links = links(tree);
    for path in paths {
        let Some(bytes) = read(tree, &path, INSTALLED_BYTES_MAX, harvest) else { continue };
        let found = apk::installed(&bytes);
        report(&path, &found, harvest);
        let providers = providers(&found.packages);
        for package in &found.packages {
            harvest.packages.push(convert(tree, package, &path, &providers, &links));
        }
    }
}

fn convert(
    tree: &Tree,
    from: &apk::Package,
    path: &str,
    providers: &BTreeMap<&str, &str>,
    links: &[(String, String)],
) -> Package {
    let mut to = Package::new(PackageType::Apk, &from.name, &from.version);
    to.source = Some(SourcePackage { name: from.origin.clone(), version: from.version.clone() });
    to.architecture = Some(from.architecture.clone()).filter(|a| !a.is_empty());
    to.licenses = license::apk(&from.license);
    to.paths = vec![path.to_owned()];
    let on_disk = from.files.iter().map(|f| through_links(f.clone(), links));
    to.owned_files = on_disk.filter(|f| tree.get(f).is_some()).collect();
    let needs = from.depends.iter().filter_map(|d| providers.get(d.as_str()).copied());
    let needs: BTreeSet<&str> = needs.filter(|name| *name != from.name).collect();
    to.depends_on = needs.into_iter().map(str::to_owned).collect();
    to.found_by = "apk".to_owned();
    to
}

/// Who provides which name, file or library.
fn providers(packages: &[apk::Package]) -> BTreeMap<&str, &str> {
    let mut out = BTreeMap::new();
    for p in packages {
        out.insert(p.name.as_str(), p.name.as_str());
    }
    for p in packages {
        for provided in &p.provides {
            out.entry(provided.as_str()).or_insert(&p.name);
        }
    }
    out
}
