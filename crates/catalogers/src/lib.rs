//! From files to packages: one folder per ecosystem, and the analyzer that tells the pass which files they need.

mod attribute;
mod bill;
mod credential;
mod executable;
mod java_archive;
pub mod lang;
mod license_text;
pub mod os;
mod owners;
mod software;
mod surface;

use inventory::{Harvest, Problem, TargetKind};
use model::Distribution;
use oci::{Glance, Interest, Tree};

pub use attribute::attribute;
pub use os::distribution;
pub use surface::surface;

/// Raised whenever an answer of [`Catalogers`] changes, so that cached layers are read again.
const VERSION: u32 = 17;

/// The analyzer of every cataloger.
#[derive(Debug, Clone, Copy, Default)]
pub struct Catalogers;

impl oci::Analyzer for Catalogers {
    fn version(&self) -> u32 {
        VERSION
    }

    fn interest(&self, path: &str, size: u64, mode: u32, head: &[u8]) -> Interest {
        match self.glance(path, size, mode) {
            Glance::Decided(interest) => interest,
            Glance::Head if executable::wanted(path, size, mode, head) => Interest::Digest,
            Glance::Head => of_language(path, size),
        }
    }

    fn glance(&self, path: &str, size: u64, mode: u32) -> Glance {
        if let Some(interest) = os::interest(path, size).or_else(|| surface::interest(path, size)) {
            return Glance::Decided(interest);
        }
        if license_text::wanted(path, size) || executable::is_named(path, size) {
            return Glance::Decided(Interest::Digest);
        }
        match executable::may_be(path, size, mode) {
            true => Glance::Head,
            false => Glance::Decided(of_language(path, size)),
        }
    }

    fn digest(&self, path: &str, bytes: &[u8]) -> Vec<u8> {
        os::digest(path, bytes).unwrap_or_else(|| executable::note(path, bytes))
    }
}

/// What is asked of a file that is no program.
fn of_language(path: &str, size: u64) -> Interest {
    lang::interest(path, size).or_else(|| bill::interest(path, size)).unwrap_or(Interest::No)
}

/// Every package in `tree`, sorted by type, name, version and first path, and what could not be read.
#[must_use]
pub fn catalog(tree: &Tree, kind: TargetKind) -> Harvest {
    let distribution = os::distribution(tree);
    let mut harvest = os::catalog(tree, distribution.as_ref());
    if kind != TargetKind::Dir && harvest.packages.is_empty() {
        let hollow: Vec<Problem> = os::hollow(tree).collect();
        harvest.problems.extend(distribution.filter(|_| hollow.is_empty()).map(unlisted));
        harvest.problems.extend(hollow);
    }
    let owners = owners::Owners::new(&harvest.packages);
    let mut others = lang::catalog(tree, kind);
    own(&mut others, &owners);
    others.add(software::catalog(tree, &owners));
    // In a project a bill of materials is a target of its own.
    if kind != TargetKind::Dir {
        let mut bills = bill::catalog(tree, &harvest.packages, &others.packages);
        own(&mut bills, &owners);
        others.add(bills);
    }
    harvest.add(others);
    license_text::attach(tree, &mut harvest.packages);
    harvest.problems.extend(surface::left_out(tree).filter(|_| kind != TargetKind::Dir));
    harvest.packages.sort_by(|a, b| {
        let key = |p: &model::Package| (p.kind, p.name.clone(), p.version.clone(), p.paths.first().cloned());
        key(a).cmp(&key(b))
    });
    harvest.problems.sort();
    harvest.problems.dedup();
    harvest
}

/// Marks what lies in files of the distribution's packages.
fn own(harvest: &mut Harvest, owners: &owners::Owners<'_>) {
    for package in harvest.packages.iter_mut().filter(|p| p.owner.is_none()) {
        package.owner = package.paths.first().and_then(|path| owners.of(path));
    }
}

/// A root file system that names its distribution and lists no package of it: nothing can be said of what it runs.
fn unlisted(distribution: Distribution) -> Problem {
    Problem::unknown(
        "image-scanning",
        "etc/os-release",
        format!("the system is `{}`, and no package database lists what is installed", distribution.id),
        "scan the image before its package database is removed",
    )
}

#[cfg(test)]
mod tests;
