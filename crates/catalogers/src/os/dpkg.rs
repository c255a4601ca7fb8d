//! dpkg: Debian, Ubuntu and their children, and distroless images (`status.d`).

use std::collections::{BTreeMap, BTreeSet};

use inventory::Harvest;
use model::{Package, PackageType, SourcePackage};
use oci::{Interest, Tree, Was};
use pkgdb::dpkg;

use super::past::Key;
use super::{license, read, report};

/// Largest `status` read, in bytes.
const STATUS_BYTES_MAX: u64 = 64 << 20;
/// Largest list of a package's files, in bytes.
const LIST_BYTES_MAX: u64 = 16 << 20;
/// Largest `copyright` file looked at, in bytes; Chromium's is 2 MB.
const COPYRIGHT_BYTES_MAX: u64 = 8 << 20;

pub(super) const STATUS: &str = "var/lib/dpkg/status";
const STATUS_D: &str = "var/lib/dpkg/status.d";
const INFO: &str = "var/lib/dpkg/info";
const DIVERSIONS: &str = "var/lib/dpkg/diversions";

pub(super) fn interest(path: &str, size: u64) -> Option<Interest> {
    if let Some(rest) = path.strip_prefix("usr/share/doc/") {
        return copyright_of(rest).filter(|_| size <= COPYRIGHT_BYTES_MAX).map(|_| Interest::Digest);
    }
    let rest = in_database(path)?;
    let wanted = rest == "status"
        || rest == "diversions"
        || rest.starts_with("status.d/")
        || (rest.starts_with("info/") && rest.ends_with(".list"));
    (wanted && size <= STATUS_BYTES_MAX).then_some(Interest::Keep)
}

/// The part behind `lib/dpkg/`: `var/lib` may be a link to another `lib`.
fn in_database(path: &str) -> Option<&str> {
    let (above, rest) = path.split_once("lib/dpkg/")?;
    matches!(above, "var/" | "usr/" | "").then_some(rest)
}

/// True for a stanza in a file of its own (`status.d`), as distroless images have them.
pub(super) fn is_own_stanza(path: &str) -> bool {
    path.contains("lib/dpkg/status.d/")
}

/// Names, versions and architectures that a `status` file holds; `None` if it is not known whole.
pub(super) fn held(was: Was<'_>) -> Option<BTreeSet<Key>> {
    let Was::Kept(bytes) = was else { return None };
    let found = dpkg::status(bytes);
    if !found.problems.is_empty() {
        return None;
    }
    let present = found.packages.into_iter().filter(|p| p.state == dpkg::State::Present);
    Some(present.map(|p| (p.name, p.version, p.architecture)).collect())
}

fn copyright_of(rest: &str) -> Option<&str> {
    rest.strip_suffix("/copyright").filter(|name| !name.contains('/'))
}

/// True for files that [`digest`] answers.
pub(super) fn is_digest(path: &str) -> bool {
    path.strip_prefix("usr/share/doc/").and_then(copyright_of).is_some()
}

pub(super) fn digest(path: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    is_digest(path).then(|| dpkg::licenses(bytes).join("\n").into_bytes())
}

pub(super) fn catalog(tree: &Tree, harvest: &mut Harvest) {
    let mut found: Vec<(dpkg::Package, String)> = Vec::new();
    if let Some(bytes) = read(tree, STATUS, STATUS_BYTES_MAX, harvest) {
        let status = dpkg::status(&bytes);
        report(STATUS, &status, harvest);
        found.extend(status.packages.into_iter().map(|p| (p, STATUS.to_owned())));
    }
    // `var/lib` may be a link.
    let folder = tree.resolve(STATUS_D).map_or(STATUS_D, |f| f.path);
    let stanzas: Vec<String> = tree
        .below(folder)
        .filter(|f| f.kind == oci::FileKind::Regular && !f.path.ends_with(".md5sums"))
        .map(|f| f.path.to_owned())
        .collect();
    for path in stanzas {
        let Some(bytes) = read(tree, &path, STATUS_BYTES_MAX, harvest) else { continue };
        let status = dpkg::status(&bytes);
        report(&path, &status, harvest);
        found.extend(status.packages.into_iter().map(|p| (p, path.clone())));
    }
    found.retain(|(p, _)| p.state == dpkg::State::Present);
    let names = Names::new(found.iter().map(|(p, _)| p));
    let mut files = Files::new(tree, harvest);
    for (package, path) in &found {
        let owned = files.of(package, path, harvest);
        harvest.packages.push(convert(tree, package, path, owned, &names));
    }
}

fn convert(tree: &Tree, from: &dpkg::Package, path: &str, owned: Vec<String>, names: &Names<'_>) -> Package {
    let mut to = Package::new(PackageType::Deb, &from.name, &from.version);
    to.source = Some(SourcePackage { name: from.source.clone(), version: from.source_version.clone() });
    to.architecture = Some(from.architecture.clone()).filter(|a| !a.is_empty());
    to.licenses = licenses(tree, &from.name);
    to.paths = vec![path.to_owned()];
    to.owned_files = owned;
    to.depends_on = names.resolve(from);
    to.found_by = "dpkg".to_owned();
    to
}

/// The licences of a package's `copyright`, which may lie in the directory of another one.
fn licenses(tree: &Tree, name: &str) -> Vec<String> {
    let Some(file) = tree.resolve(&format!("usr/share/doc/{name}/copyright")) else { return Vec::new() };
    let Some(noted) = tree.noted(file.path) else { return Vec::new() };
    let words = String::from_utf8_lossy(noted);
    let expressions: BTreeSet<String> =
        words.lines().filter(|l| !l.is_empty()).map(license::debian).collect();
    expressions.into_iter().collect()
}

/// Which installed package a dependency means.
struct Names<'p> {
    installed: BTreeSet<&'p str>,
    providers: BTreeMap<&'p str, &'p str>,
}

impl<'p> Names<'p> {
    fn new(packages: impl Iterator<Item = &'p dpkg::Package>) -> Self {
        let mut names = Self { installed: BTreeSet::new(), providers: BTreeMap::new() };
        for p in packages {
            names.installed.insert(&p.name);
            for provided in &p.provides {
                names.providers.entry(provided).or_insert(&p.name);
            }
        }
        names
    }

    /// Of each entry the first alternative that is installed, or what provides it.
    fn resolve(&self, package: &dpkg::Package) -> Vec<String> {
        let target = |name: &str| self.installed.get(name).or(self.providers.get(name)).copied();
        let found = package.depends.iter().filter_map(|entry| entry.iter().find_map(|name| target(name)));
        let distinct: BTreeSet<&str> = found.filter(|name| *name != package.name).collect();
        distinct.into_iter().map(str::to_owned).collect()
    }
}

/// Files of packages: where a top directory is a link (`bin` → `usr/bin`), dpkg's lists keep the old name.
struct Files<'t> {
    tree: &'t Tree,
    diversions: Vec<dpkg::Diversion>,
    links: Vec<(String, String)>,
}

impl<'t> Files<'t> {
    fn new(tree: &'t Tree, harvest: &mut Harvest) -> Self {
        let diversions = read(tree, DIVERSIONS, LIST_BYTES_MAX, harvest);
        Self {
            tree,
            diversions: diversions.map(|b| dpkg::diversions(&b)).unwrap_or_default(),
            links: links(tree),
        }
    }

    fn of(&mut self, package: &dpkg::Package, path: &str, harvest: &mut Harvest) -> Vec<String> {
        let listed = if path == STATUS {
            let name = &package.name;
            let paths =
                [format!("{INFO}/{name}.list"), format!("{INFO}/{name}:{}.list", package.architecture)];
            let Some(list) = paths.iter().find(|p| self.tree.resolve(p).is_some()) else { return Vec::new() };
            read(self.tree, list, LIST_BYTES_MAX, harvest).map(|b| dpkg::list(&b))
        } else {
            let sums = format!("{path}.md5sums");
            read(self.tree, &sums, LIST_BYTES_MAX, harvest).map(|b| dpkg::md5sums(&b))
        };
        listed.unwrap_or_default().into_iter().filter_map(|file| self.on_disk(file, &package.name)).collect()
    }

    /// The path under which the tree has a listed file; `None` for directories and files that are gone.
    fn on_disk(&self, file: String, package: &str) -> Option<String> {
        let diverted = self.diversions.iter().find(|d| d.from == file && d.by != package);
        let file = diverted.map_or(file, |d| d.to.clone());
        let file = through_links(file, &self.links);
        let entry = self.tree.get(&file)?;
        (entry.kind != oci::FileKind::Directory).then_some(file)
    }
}

/// Top directories that are links to others: the merged `/usr`.
pub(super) fn links(tree: &Tree) -> Vec<(String, String)> {
    ["bin", "sbin", "lib", "lib32", "lib64", "libx32", "libo32"]
        .iter()
        .filter_map(|name| {
            let target = tree.get(name)?.link?.trim_start_matches('/').trim_end_matches('/');
            (!target.contains("..")).then(|| ((*name).to_owned(), target.to_owned()))
        })
        .collect()
}

/// `path` with a linked top directory replaced by what it links to.
pub(super) fn through_links(path: String, links: &[(String, String)]) -> String {
    let Some((top, rest)) = path.split_once('/') else { return path };
    match links.iter().find(|(name, _)| name == top) {
        Some((_, target)) => format!("{target}/{rest}"),
        None => path,
    }
}

/// The layer-bearing file of a package: its list, or its own stanza.
pub(super) fn record(tree: &Tree, package: &Package) -> Option<u32> {
    let path = package.paths.first()?;
    if path != STATUS {
        return tree.resolve(path).map(|f| f.layer);
    }
    let architecture = package.architecture.as_deref().unwrap_or_default();
    let lists =
        [format!("{INFO}/{}.list", package.name), format!("{INFO}/{}:{architecture}.list", package.name)];
    lists.iter().find_map(|list| tree.resolve(list)).map(|f| f.layer)
}
