//! The image should hold no package manager.
//!
//! **Why.** With a package manager an intruder installs whatever tool is missing, and a running container drifts from
//! the image that was scanned.
//!
//! **What is looked at.** Programs of the distribution's and of languages' package managers in the merged file system,
//! grouped by the package that owns them.
//!
//! **Fix.** Install in a build stage and copy the result into a last stage that has no package manager.

use eval::{Judgement, Rule};
use inventory::FileTrait;
use model::Severity;

use crate::Subject;
use crate::common::{bare_stage, programs, remove, with_surface};

pub(crate) const RULE: Rule<Subject> = Rule {
    id: "package-manager-present",
    control: "image-hardening",
    title: "The image holds a package manager",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge,
};

/// Packages that a distribution cannot do without while others are installed.
const ESSENTIAL: [&str; 6] = ["deb:apt", "deb:dpkg", "apk:apk-tools", "rpm:rpm", "rpm:dnf", "rpm:microdnf"];

fn judge(subject: &Subject) -> Judgement {
    let advice = "Install in a build stage and copy the result into a last stage without it.";
    with_surface(subject, |surface| {
        programs(surface, FileTrait::PackageManager, Severity::Low, advice, |owner, files| match owner {
            Some(o) if ESSENTIAL.contains(&o) => bare_stage(subject.image.as_ref()),
            _ => remove(owner, files),
        })
    })
}
