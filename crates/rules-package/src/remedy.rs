//! Packages judged again at the version that their findings name.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use advisory::db::DbError;
use model::Package;
use version::Scheme;

use crate::hit::Hit;
use crate::rematch::Memory;

/// What judging a package at its fixed version gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Raised {
    /// Nothing at hand affects this version.
    Clean(String),
    /// This version is still affected, by these ids.
    Affected(String, Vec<String>),
    /// It cannot be known, and why.
    Unknown(String),
}

/// Steps from a branch to the release of it that nothing affects.
const STEPS_MAX: usize = 16;

/// The versions that findings of one package name.
#[derive(Debug, Clone, Default)]
pub struct Wanted<'f> {
    /// Each fixes a vulnerability.
    pub fixed: BTreeSet<&'f str>,
    /// Each is a branch that is maintained, `3.14`: any release of it will do.
    pub branches: BTreeSet<&'f str>,
}

/// Judges `package` once it is raised to the highest of the versions that are wanted. Of a branch, the releases that
/// advisories name as fixed are tried in turn. What the user `accepted` of the package stays accepted.
///
/// # Errors
/// [`DbError`] if the part of the database that is asked for is damaged.
pub fn raise(
    memory: &mut Memory<'_>,
    package: &Package,
    wanted: &Wanted<'_>,
    accepted: &BTreeSet<&str>,
) -> Result<Raised, DbError> {
    let all: BTreeSet<&str> = wanted.fixed.union(&wanted.branches).copied().collect();
    let Some(first) = highest(package, &all) else {
        let all = all.iter().copied().collect::<Vec<_>>().join(", ");
        return Ok(Raised::Unknown(format!("nobody can say which is the highest of {all}")));
    };
    let mut version = first.to_owned();
    for _ in 0..STEPS_MAX {
        let matched = memory.ask_at(package, Some(&version))?;
        let left: BTreeMap<&str, &Hit> =
            matched.hits().into_iter().filter(|(id, _)| !accepted.contains(id)).collect();
        if left.is_empty() {
            return Ok(match matched.is_doubtful() {
                true => Raised::Unknown(format!("whether anything affects {version} is not known")),
                false => Raised::Clean(version),
            });
        }
        match release(package, first, &version, left.values().copied()) {
            Some(next) if wanted.branches.contains(first) => version = next,
            _ => return Ok(Raised::Affected(version, left.into_keys().map(str::to_owned).collect())),
        }
    }
    Ok(Raised::Unknown(format!("more than {STEPS_MAX} releases of {first} to be tried")))
}

/// The release of `branch` that fixes all `hits`, if each names one and it is later than `version`.
fn release<'h>(
    package: &Package,
    branch: &str,
    version: &str,
    hits: impl Iterator<Item = &'h Hit>,
) -> Option<String> {
    let is_of_it = |v: &&String| v.strip_prefix(branch).is_some_and(|rest| rest.starts_with(['.', '-', '+']));
    let fixed = hits.map(|hit| hit.vulnerability.fixed.iter().find(is_of_it).map(String::as_str));
    let next = highest(package, &fixed.collect::<Option<BTreeSet<&str>>>()?)?;
    let scheme = Scheme::from_purl_type(package.kind.as_str())?;
    (version::compare(scheme, next, version) == Ok(Ordering::Greater)).then(|| next.to_owned())
}

fn highest<'v>(package: &Package, versions: &BTreeSet<&'v str>) -> Option<&'v str> {
    let mut versions = versions.iter().copied();
    let first = versions.next()?;
    let scheme = Scheme::from_purl_type(package.kind.as_str());
    versions.try_fold(first, |best, v| match version::compare(scheme?, v, best).ok()? {
        Ordering::Greater => Some(v),
        _ => Some(best),
    })
}
