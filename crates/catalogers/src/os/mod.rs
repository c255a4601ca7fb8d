//! Distributions: which one a root file system is, and what its package database says is installed.

mod alpm;
mod apk;
mod dpkg;
mod end_of_life;
mod license;
mod past;
mod release;
mod rpm;

use inventory::{Harvest, Problem};
use model::{Distribution, Package};
use oci::{Interest, OpenError, Tree};

pub(crate) use past::Past;
pub use release::distribution;

/// The control that the packages of a distribution answer.
pub(crate) const CONTROL: &str = "image-scanning";

/// What the pass shall do with a file of a package database; `None` if it is none.
pub(crate) fn interest(path: &str, size: u64) -> Option<Interest> {
    release::interest(path, size)
        .or_else(|| dpkg::interest(path, size))
        .or_else(|| apk::interest(path, size))
        .or_else(|| rpm::interest(path, size))
        .or_else(|| alpm::interest(path, size))
}

/// The answer for a file of a package database that was asked to be digested; `None` if it is none.
pub(crate) fn digest(path: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    dpkg::digest(path, bytes).or_else(|| rpm::digest(path, bytes))
}

/// Every package of the distribution in `tree`.
pub(crate) fn catalog(tree: &Tree, distribution: Option<&Distribution>) -> Harvest {
    let mut harvest = Harvest::default();
    dpkg::catalog(tree, &mut harvest);
    apk::catalog(tree, &mut harvest);
    rpm::catalog(tree, &mut harvest);
    alpm::catalog(tree, &mut harvest);
    for package in &mut harvest.packages {
        package.distribution = distribution.cloned();
        package.purl = purl(package, distribution);
    }
    harvest
}

/// Package databases without a byte, where nothing else lists what is installed: something emptied them, or was broken
/// off as it wrote them. Only rpm leaves an old one empty beside its new one, which then lists the packages.
pub(crate) fn hollow(tree: &Tree) -> impl Iterator<Item = Problem> + '_ {
    let paths = [dpkg::STATUS].into_iter().chain(apk::INSTALLED).chain(rpm::PATHS);
    let empty =
        paths.filter(|p| tree.get(p).is_some_and(|f| f.kind == oci::FileKind::Regular && f.size == 0));
    empty.map(|path| unread(path, "the package database is empty: it has no bytes"))
}

/// The package URL of a distribution's package: `arch`, `distro`, `epoch`, `upstream` and `rpmmod` as qualifiers.
fn purl(package: &Package, distribution: Option<&Distribution>) -> String {
    let kind = package.kind.as_str();
    let (epoch, version) = match (package.kind, package.version.split_once(':')) {
        (model::PackageType::Rpm, Some((epoch, rest))) => (epoch, rest),
        _ => ("", package.version.as_str()),
    };
    let id = match distribution.map_or("", |d| d.id.as_str()) {
        "rhel" => "redhat",
        id => id,
    };
    let distro = match distribution {
        Some(d) if d.version.is_empty() => d.id.clone(),
        Some(d) => format!("{}-{}", d.id, d.version),
        None => String::new(),
    };
    let upstream = match &package.source {
        Some(source) if source.version == package.version && source.name == package.name => String::new(),
        Some(source) if source.version == package.version => source.name.clone(),
        Some(source) => format!("{}@{}", source.name, source.version),
        None => String::new(),
    };
    model::purl::Purl::builder(kind, &package.name)
        .namespace(id)
        .version(version)
        .qualifier("arch", package.architecture.as_deref().unwrap_or_default())
        .qualifier("distro", &distro)
        .qualifier("epoch", epoch)
        .qualifier("rpmmod", package.module.as_deref().unwrap_or_default())
        .qualifier("upstream", &upstream)
        .build()
        .map(|p| p.to_string())
        .unwrap_or_default()
}

/// The bytes of a database that the pass kept, or that can still be read; a missing file is nothing, everything else
/// that goes wrong is a problem.
fn read(tree: &Tree, path: &str, max: u64, harvest: &mut Harvest) -> Option<Vec<u8>> {
    match tree.open(path, max) {
        Ok(bytes) => {
            harvest.documents += 1;
            Some(bytes)
        }
        Err(OpenError::Missing) => None,
        Err(e) => {
            harvest.problems.push(unread(path, e.to_string()));
            None
        }
    }
}

fn unread(path: &str, reason: impl Into<String>) -> Problem {
    Problem::unread(CONTROL, path, reason, "rebuild the image so that its package database is whole")
}

/// Hands a database's own problems over.
fn report<T>(path: &str, found: &pkgdb::Found<T>, harvest: &mut Harvest) {
    harvest.problems.extend(found.problems.iter().map(|p| unread(path, p.to_string())));
}

/// True for files whose digest belongs to a package database.
pub(crate) fn is_digest(path: &str) -> bool {
    dpkg::is_digest(path) || rpm::is_database(path)
}

/// The layer of the record that the package manager wrote for this package alone, where it writes one.
pub(crate) fn record(tree: &Tree, package: &Package) -> Option<u32> {
    if package.kind == model::PackageType::Deb { dpkg::record(tree, package) } else { None }
}
