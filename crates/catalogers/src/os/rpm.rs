//! rpm: Red Hat's family, Fedora, SUSE, Amazon, Photon, Azure Linux.

use std::collections::{BTreeMap, BTreeSet};

use inventory::{Harvest, Problem};
use model::{Package, PackageType, SourcePackage};
use oci::{FileKind, Interest, Tree, Was};
use pkgdb::{Found, rpm};

use super::dpkg::{links, through_links};
use super::past::Key;
use super::{CONTROL, license, unread};

/// Where a database lies: the usual place, the one of ostree and newer Fedora, and SUSE's.
const DIRECTORIES: [&str; 3] = ["var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm"];
const NAMES: [&str; 3] = ["rpmdb.sqlite", "Packages.db", "Packages"];

/// Where a database may be, by all names.
pub(super) const PATHS: [&str; 9] = [
    "var/lib/rpm/rpmdb.sqlite",
    "var/lib/rpm/Packages.db",
    "var/lib/rpm/Packages",
    "usr/lib/sysimage/rpm/rpmdb.sqlite",
    "usr/lib/sysimage/rpm/Packages.db",
    "usr/lib/sysimage/rpm/Packages",
    "usr/share/rpm/rpmdb.sqlite",
    "usr/share/rpm/Packages.db",
    "usr/share/rpm/Packages",
];

pub(super) fn is_database(path: &str) -> bool {
    // `usr/lib/rpm` where `var/lib` is a link to `usr/lib`.
    let known = |dir: &str| DIRECTORIES.contains(&dir) || dir == "usr/lib/rpm";
    path.rsplit_once('/').is_some_and(|(dir, name)| known(dir) && NAMES.contains(&name))
}

/// Names, versions and architectures that a database held; `None` if it is not known whole.
pub(super) fn held(was: Was<'_>) -> Option<BTreeSet<Key>> {
    let Was::Noted(noted) = was else { return None };
    let found: Found<rpm::Package> = postcard::from_bytes(noted).ok()?;
    if !found.problems.is_empty() {
        return None;
    }
    let key = |p: rpm::Package| (p.name.clone(), full_version(&p), p.architecture);
    Some(found.packages.into_iter().map(key).collect())
}

pub(super) fn interest(path: &str, size: u64) -> Option<Interest> {
    (is_database(path) && 0 < size && size <= rpm::DATABASE_BYTES_MAX).then_some(Interest::Digest)
}

pub(super) fn digest(path: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    if !is_database(path) {
        return None;
    }
    postcard::to_stdvec(&rpm::database(bytes)).ok()
}

pub(super) fn catalog(tree: &Tree, harvest: &mut Harvest) {
    // `/var/lib/rpm` is often a link to the other place: the same file counts once. A folder that holds two forms was
    // migrated, and the newer form, which stands first, is the one that rpm reads.
    let paths: BTreeSet<String> = DIRECTORIES
        .iter()
        .filter_map(|dir| {
            let mut files = NAMES.iter().filter_map(|name| tree.resolve(&format!("{dir}/{name}")));
            files.find(|f| f.kind == FileKind::Regular && 0 < f.size).map(|f| f.path.to_owned())
        })
        .collect();
    let links = links(tree);
    for path in paths {
        pending_log(tree, &path, harvest);
        let Some(found) = database(tree, &path, harvest) else { continue };
        harvest.documents += 1;
        super::report(&path, &found, harvest);
        let providers = providers(&found.packages);
        for package in &found.packages {
            harvest.packages.push(convert(tree, package, &path, &providers, &links));
        }
    }
}

/// What the pass noted of the database, or the database read again.
fn database(tree: &Tree, path: &str, harvest: &mut Harvest) -> Option<Found<rpm::Package>> {
    if let Some(noted) = tree.noted(path) {
        match postcard::from_bytes(noted) {
            Ok(found) => return Some(found),
            Err(e) => harvest.problems.push(unread(path, format!("the cached reading is broken: {e}"))),
        }
    }
    match tree.open(path, rpm::DATABASE_BYTES_MAX) {
        Ok(bytes) => Some(rpm::database(&bytes)),
        Err(e) => {
            harvest.problems.push(unread(path, e.to_string()));
            None
        }
    }
}

/// Transactions that SQLite has not yet written back are not read, and must not be silently missing.
fn pending_log(tree: &Tree, path: &str, harvest: &mut Harvest) {
    let log = format!("{path}-wal");
    if tree.get(&log).is_some_and(|f| 0 < f.size) {
        harvest.problems.push(Problem::unread(
            CONTROL,
            log,
            "a write-ahead log lies beside the database; packages in it are not read",
            "run `rpm --rebuilddb` or any query as root in the build, so that the log is written back",
        ));
    }
}

fn convert(
    tree: &Tree,
    from: &rpm::Package,
    path: &str,
    providers: &BTreeMap<&str, &str>,
    links: &[(String, String)],
) -> Package {
    let release = format!("{}-{}", from.version, from.release);
    let version = full_version(from);
    let mut to = Package::new(PackageType::Rpm, &from.name, &version);
    to.source = source(from, &release, &version);
    to.architecture = Some(from.architecture.clone()).filter(|a| !a.is_empty());
    to.licenses = license::rpm(&from.license);
    to.paths = vec![path.to_owned()];
    let on_disk = from.files.iter().map(|f| through_links(f.clone(), links));
    to.owned_files = on_disk.filter(|f| tree.get(f).is_some()).collect();
    let needs = from.requires.iter().filter_map(|r| providers.get(r.as_str()).copied());
    let needs: BTreeSet<&str> = needs.filter(|name| *name != from.name).collect();
    to.depends_on = needs.into_iter().map(str::to_owned).collect();
    to.module = module(&from.modularity_label);
    to.found_by = "rpm".to_owned();
    to
}

/// `EPOCH:VERSION-RELEASE`, without an epoch of zero.
fn full_version(from: &rpm::Package) -> String {
    match from.epoch {
        Some(epoch) if epoch != 0 => format!("{epoch}:{}-{}", from.version, from.release),
        _ => format!("{}-{}", from.version, from.release),
    }
}

/// `bash-5.1.8-4.el9.src.rpm` → name and version; the epoch is that of the package where the versions are the same,
/// since a source package's file name does not carry it.
fn source(from: &rpm::Package, release: &str, version: &str) -> Option<SourcePackage> {
    let stem = from.source_rpm.strip_suffix(".rpm")?;
    let stem = stem.strip_suffix(".src").or(stem.strip_suffix(".nosrc"))?;
    let (rest, source_release) = stem.rsplit_once('-')?;
    let (name, source_version) = rest.rsplit_once('-')?;
    let full = format!("{source_version}-{source_release}");
    let full = if full == release { version.to_owned() } else { full };
    Some(SourcePackage { name: name.to_owned(), version: full })
}

/// `nodejs:18:8080020230718161142:63b34585` → `nodejs:18`.
fn module(label: &str) -> Option<String> {
    let mut parts = label.split(':');
    let (name, stream) = (parts.next()?, parts.next()?);
    (!name.is_empty() && !stream.is_empty()).then(|| format!("{name}:{stream}"))
}

fn providers(packages: &[rpm::Package]) -> BTreeMap<&str, &str> {
    let mut out = BTreeMap::new();
    for p in packages {
        out.insert(p.name.as_str(), p.name.as_str());
    }
    for p in packages {
        for name in &p.provides {
            out.entry(name.as_str()).or_insert(&p.name);
        }
    }
    out
}
