//! The image should hold no tools that fetch files or open connections.
//!
//! **Why.** `curl`, `wget`, `nc` and `ssh` bring an intruder's tools in and the data out. A service opens its
//! connections itself.
//!
//! **What is looked at.** Such programs in the merged file system, grouped by the package that owns them.
//!
//! **Fix.** Remove the package in the instruction that needed it, or fetch in a build stage. A health check that calls
//! `curl` can call the program itself instead.

use eval::{Judgement, Rule};
use inventory::FileTrait;
use model::Severity;

use crate::Subject;
use crate::common::{programs, remove, with_surface};

pub(crate) const RULE: Rule<Subject> = Rule {
    id: "network-tool-present",
    control: "image-hardening",
    title: "The image holds a tool that opens connections",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge,
};

fn judge(subject: &Subject) -> Judgement {
    let advice = "Fetch in a build stage, or remove it in the instruction that needed it.";
    with_surface(subject, |surface| programs(surface, FileTrait::NetworkTool, Severity::Low, advice, remove))
}
