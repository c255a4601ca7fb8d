//! No container may be told to run as user 0.
//!
//! **Why.** Root in a container is root in the kernel, held back by nothing but the runtime.
//!
//! **What is looked at.** `runAsUser` of pod and containers. A pod with a user namespace of its own (`hostUsers:
//! false`) is let off.
//!
//! **Fix.** Name another user, or none.
//!
//! Source: Pod Security Standards, check `runAsUser` of the admission controller, newest version.

use eval::Rule;
use model::Severity;

use crate::Objects;

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "pod-user-zero",
    control: "pod-security",
    title: "A container is told to run as root",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge: |subject| crate::standard::judge(subject, "runAsUser", "name another user"),
};
