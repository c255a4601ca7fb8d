//! A dependency has a known vulnerability.
//!
//! **What it asks.** Is any library or program that came from a language's registry (PyPI, npm, Go, crates.io, Maven,
//! RubyGems …), or was recognised from its bytes, named by an advisory that covers its version?
//!
//! **How it knows.** Advisories of the ecosystem decide, by exact name and by the ecosystem's own order of versions.
//! Several advisories about one vulnerability give one finding under the CVE id where there is one. Nothing is
//! guessed from names alone: software recognised from its bytes is held against advisories only where an ecosystem
//! publishes some for it. What a package of the distribution owns is left to the distribution's advisories, which know
//! of fixes carried back.
//!
//! **What it cannot know.** An ecosystem that the database has no advisories for or covers in part, and a version that
//! nobody can order, are told as doubts, never as a pass.
//!
//! **How to fix.** Run the command of the finding where the dependency is declared, and build again. The first fixed
//! version is that of the installed branch; later branches follow.

use eval::{Judgement, Rule};
use model::Severity;

use crate::Subject;
use crate::fault::judgement;

/// The rule.
pub(crate) const RULE: Rule<Subject> = Rule {
    id: "dependency-vulnerable",
    control: "dependencies",
    title: "A dependency has a known vulnerability",
    severity: Severity::Unknown,
    doc: include_str!("mod.rs"),
    judge,
};

fn judge(subject: &Subject) -> Judgement {
    if subject.kind.is_distribution() {
        return Judgement::not_applicable();
    }
    judgement(subject, |hit| !hit.malicious)
}
