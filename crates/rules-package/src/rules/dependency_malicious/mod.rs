//! A dependency was published to do harm.
//!
//! **What it asks.** Is any package from a language's registry listed as malicious (`MAL-…` of the OpenSSF's
//! collection) in the version that is installed?
//!
//! **How it knows.** An advisory `MAL-…`, or one that names such an id as its alias, covers the installed version. Where
//! every version is listed, a package that states none is covered as well.
//!
//! **How to fix.** Remove it; the finding names the command. What another package brings goes with that one. Treat every machine that installed it as compromised, and change every secret that it
//! could read: code of such packages runs when they are installed, not only when they are used.

use eval::{Judgement, Rule};
use model::Severity;

use crate::Subject;
use crate::fault::judgement;

/// The rule.
pub(crate) const RULE: Rule<Subject> = Rule {
    id: "dependency-malicious",
    control: "dependencies",
    title: "A dependency was published to do harm",
    severity: Severity::Critical,
    doc: include_str!("mod.rs"),
    judge,
};

fn judge(subject: &Subject) -> Judgement {
    if subject.kind.is_distribution() {
        return Judgement::not_applicable();
    }
    judgement(subject, |hit| hit.malicious)
}
