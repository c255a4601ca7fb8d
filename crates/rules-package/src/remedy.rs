//! Packages judged again at the version that their findings name.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use advisory::db::DbError;
use model::Package;
use version::Scheme;

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

/// Judges `package` once it is raised to the highest of `versions`, each of which fixes one of its findings. What the
/// user `accepted` of the package stays accepted.
///
/// # Errors
/// [`DbError`] if the part of the database that is asked for is damaged.
pub fn raise(
    memory: &mut Memory<'_>,
    package: &Package,
    versions: &BTreeSet<&str>,
    accepted: &BTreeSet<&str>,
) -> Result<Raised, DbError> {
    let Some(version) = highest(package, versions) else {
        let all = versions.iter().copied().collect::<Vec<_>>().join(", ");
        return Ok(Raised::Unknown(format!("nobody can say which is the highest of {all}")));
    };
    let matched = memory.ask_at(package, Some(version))?;
    let left: Vec<String> =
        matched.hits().into_keys().filter(|id| !accepted.contains(id)).map(str::to_owned).collect();
    Ok(if !left.is_empty() {
        Raised::Affected(version.to_owned(), left)
    } else if matched.is_doubtful() {
        Raised::Unknown(format!("whether anything affects {version} is not known"))
    } else {
        Raised::Clean(version.to_owned())
    })
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
