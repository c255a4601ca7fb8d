//! One thing that a manifest asks its registry for.

use std::collections::BTreeSet;

use model::PackageType;
use version::range::Dialect;

/// A name, and which versions of it are asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::lang) struct Want {
    /// The name as the manifest writes it.
    pub(in crate::lang) name: String,
    /// The range as it is written, and whose grammar it is in; `None` where only the name is to be compared.
    pub(in crate::lang) range: Option<(Dialect, String)>,
    /// True if a lockfile that does not name it is older than the manifest.
    pub(in crate::lang) is_due: bool,
}

impl Want {
    /// What a lockfile names, at a version in `range`.
    pub(in crate::lang) fn due(name: &str, dialect: Dialect, range: &str) -> Self {
        Self { is_due: true, ..Self::perhaps(name, dialect, range) }
    }

    /// What a lockfile may name, and then at a version in `range`.
    pub(in crate::lang) fn perhaps(name: &str, dialect: Dialect, range: &str) -> Self {
        Self { name: name.to_owned(), range: Some((dialect, range.to_owned())), is_due: false }
    }

    /// What a lockfile names, at whatever version.
    pub(in crate::lang) fn named(name: &str) -> Self {
        Self { name: name.to_owned(), range: None, is_due: true }
    }
}

/// Forgets the ranges of what is `overridden`: another text says which versions are used.
pub(super) fn forget(wants: BTreeSet<Want>, overridden: &BTreeSet<String>) -> BTreeSet<Want> {
    let forget = |want: Want| match overridden.contains(&want.name) {
        true => Want { range: None, ..want },
        false => want,
    };
    wants.into_iter().map(forget).collect()
}

/// The name as its registry compares it.
pub(super) fn key(kind: PackageType, name: &str) -> String {
    match kind {
        PackageType::Pypi => crate::lang::python::normalize(name),
        PackageType::Nuget | PackageType::Composer => name.to_lowercase(),
        _ => name.to_owned(),
    }
}
