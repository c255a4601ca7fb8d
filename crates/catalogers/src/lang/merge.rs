//! One package of one project is one package, however many documents name it.

use std::collections::BTreeMap;

use model::Package;

use super::files::{parent, split};

/// The directory of the project that a document speaks for.
pub(super) fn project(path: &str) -> &str {
    let dir = parent(path);
    let (above, last) = split(dir);
    match (split(above).1, last) {
        ("vendor", "composer") | ("gradle", "dependency-locks") => parent(above),
        (_, "vendor" | "requirements") => above,
        _ => dir,
    }
}

/// Merges packages with the same URL in the same project.
pub(super) fn same_project(packages: &mut Vec<Package>) {
    by(packages, |p| p.paths.first().map(|path| project(path).to_owned()).unwrap_or_default());
}

/// Merges packages with the same URL in the same file.
pub(super) fn same_file(packages: &mut Vec<Package>) {
    by(packages, |p| p.paths.first().cloned().unwrap_or_default());
}

fn by(packages: &mut Vec<Package>, place: impl Fn(&Package) -> String) {
    let mut first: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut kept: Vec<Package> = Vec::with_capacity(packages.len());
    for package in packages.drain(..) {
        let key = (place(&package), package.purl.clone());
        match first.get(&key).and_then(|&at| kept.get_mut(at)) {
            Some(known) => unite(known, package),
            None => {
                first.insert(key, kept.len());
                kept.push(package);
            }
        }
    }
    *packages = kept;
}

fn unite(known: &mut Package, other: Package) {
    extend(&mut known.paths, other.paths);
    extend(&mut known.licenses, other.licenses);
    extend(&mut known.depends_on, other.depends_on);
    known.depends_on.sort();
    known.direct = match (known.direct, other.direct) {
        (Some(a), Some(b)) => Some(a || b),
        (a, b) => a.or(b),
    };
    known.dev = known.dev && other.dev;
}

fn extend(list: &mut Vec<String>, more: Vec<String>) {
    for item in more {
        if !list.contains(&item) {
            list.push(item);
        }
    }
}

/// Gives packages without a licence those of the installed package of the same URL.
pub(super) fn licences(packages: &mut [Package], installed: &[Package]) {
    let known: BTreeMap<&str, &[String]> =
        installed.iter().map(|p| (p.purl.as_str(), p.licenses.as_slice())).collect();
    for package in packages.iter_mut().filter(|p| p.licenses.is_empty()) {
        if let Some(licenses) = known.get(package.purl.as_str()) {
            package.licenses = licenses.to_vec();
        }
    }
}

#[cfg(test)]
mod tests {
    use model::PackageType;

    use super::*;

    #[test]
    fn documents_of_one_project_share_their_packages() {
        assert_eq!(project("a/vendor/modules.txt"), "a");
        assert_eq!(project("a/requirements/dev.txt"), "a");
        assert_eq!(project("a/vendor/composer/installed.json"), "a");
        assert_eq!(project("a/composer/installed.json"), "a/composer");
        assert_eq!(project("poetry.lock"), "");
    }

    #[test]
    fn what_one_document_knows_completes_the_other() {
        let package = |path: &str, direct, dev| {
            let mut p = Package::new(PackageType::Pypi, "a", "1");
            p.purl = "pkg:pypi/a@1".to_owned();
            p.paths = vec![path.to_owned()];
            p.direct = direct;
            p.dev = dev;
            p
        };
        let mut packages = vec![
            package("x/r.txt", None, true),
            package("x/poetry.lock", Some(true), false),
            package("y/r.txt", None, true),
        ];
        same_project(&mut packages);
        assert_eq!(packages.len(), 2);
        assert_eq!(packages[0].paths, ["x/r.txt", "x/poetry.lock"]);
        assert_eq!((packages[0].direct, packages[0].dev), (Some(true), false));
    }
}
