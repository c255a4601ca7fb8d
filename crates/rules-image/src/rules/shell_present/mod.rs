//! The image should hold no shell.
//!
//! **Why.** A shell is the first thing an intruder looks for: injected commands, scripts fetched from elsewhere and
//! interactive sessions all need one. A service that is one program needs none.
//!
//! **What is looked at.** Command interpreters in the merged file system, grouped by the package that owns them.
//! Language interpreters (Python, Node) are the program itself and are not counted.
//!
//! **Fix.** Build in one stage and copy the program into a last stage without a shell, such as `scratch` or a
//! distroless base. An entrypoint that is a script must become a program first.

use eval::{Judgement, Rule};
use inventory::FileTrait;
use model::Severity;

use crate::Subject;
use crate::common::{bare_stage, programs, with_surface};

pub(crate) const RULE: Rule<Subject> = Rule {
    id: "shell-present",
    control: "image-hardening",
    title: "The image holds a shell",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge,
};

fn judge(subject: &Subject) -> Judgement {
    let image = subject.image.as_ref();
    let script =
        image.and_then(|i| i.entrypoint.first()).filter(|e| e.ends_with(".sh")).map_or(String::new(), |e| {
            format!(" The entrypoint `{e}` is a script and must become a program first.")
        });
    let advice =
        format!("A shell serves an intruder; copy the program into a last stage without one.{script}");
    with_surface(subject, |surface| {
        programs(surface, FileTrait::Shell, Severity::Low, &advice, |_, _| bare_stage(image))
    })
}
