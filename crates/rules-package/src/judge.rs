//! Every package judged, and what is one finding united.

use advisory::db::Database;
use eval::Outcome;
use model::Package;

use crate::rules::RULES;
use crate::subject::subjects;

/// Judges every package of `target`; `ids` are those of the report, one a package. Without a database every package
/// is unknown.
#[must_use]
pub fn judge(target: &str, packages: &[Package], ids: &[String], database: Option<&Database>) -> Outcome {
    let subjects = subjects(packages, ids, database);
    eval::run(RULES, subjects.iter(), target)
}
