//! A package of the distribution has a known vulnerability.
//!
//! **What it asks.** Is any package that the image's package manager installed (dpkg, apk, rpm) named by an advisory
//! that covers its distribution, its release and its version?
//!
//! **How it knows.** The distribution's own advisories decide, by source package where the distribution publishes by
//! source (Debian, Ubuntu, Alpine, Rocky Linux, SUSE) and by binary package where it does not (AlmaLinux, Red Hat).
//! Versions are compared as the package manager compares them, epoch and revision included, so a fix that was carried
//! back to an old version counts as a fix. Packages of a module are held against advisories of their own stream only.
//! A vulnerability that the distribution has not fixed is a finding too; it names no version to go to. What the
//! distribution calls unimportant has severity `info`, whatever its CVSS score.
//!
//! **What it cannot know.** A release without advisories in the database, a database that covers it in part, and a
//! version that nobody can order are told as doubts, never as a pass.
//!
//! **How to fix.** Run the command of the finding in the image's build, or take a newer base image; where no version
//! fixes it yet, remove the package if nothing needs it, or state in a VEX document why it does no harm.

use eval::{Judgement, Rule};
use model::Severity;

use crate::Subject;
use crate::fault::judgement;

/// The rule.
pub(crate) const RULE: Rule<Subject> = Rule {
    id: "os-package-vulnerable",
    control: "image-scanning",
    title: "A package of the distribution has a known vulnerability",
    severity: Severity::Unknown,
    doc: include_str!("mod.rs"),
    judge,
};

fn judge(subject: &Subject) -> Judgement {
    if !subject.kind.is_distribution() {
        return Judgement::not_applicable();
    }
    judgement(subject, |_| true)
}
