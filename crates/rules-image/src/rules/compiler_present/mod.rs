//! The image should hold no compiler, assembler or linker.
//!
//! **Why.** What builds the program is not needed to run it. To an intruder a compiler is a workshop, and its packages
//! bring most of an image's size and a good part of its vulnerabilities.
//!
//! **What is looked at.** Compilers, assemblers and linkers in the merged file system, grouped by the package that owns
//! them.
//!
//! **Fix.** Compile in a build stage and copy the result, or remove the packages in the instruction that needed them.

use eval::{Judgement, Rule};
use inventory::FileTrait;
use model::Severity;

use crate::Subject;
use crate::common::{programs, remove, with_surface};

pub(crate) const RULE: Rule<Subject> = Rule {
    id: "compiler-present",
    control: "image-hardening",
    title: "The image holds a compiler",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge,
};

fn judge(subject: &Subject) -> Judgement {
    let advice = "Compile in a build stage and copy the result, or remove it where it was needed.";
    with_surface(subject, |surface| programs(surface, FileTrait::Compiler, Severity::Low, advice, remove))
}
