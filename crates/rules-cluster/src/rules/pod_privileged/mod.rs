//! No container may be privileged.
//!
//! **Why.** A privileged container has every capability, every device and no confinement: it is root on the node.
//!
//! **What is looked at.** `securityContext.privileged` of every container.
//!
//! **Fix.** Remove it, and add the one capability that is needed, if any.
//!
//! Source: Pod Security Standards, check `privileged` of the admission controller, newest version.

use eval::Rule;
use model::Severity;

use crate::Objects;

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "pod-privileged",
    control: "pod-security",
    title: "A container is privileged",
    severity: Severity::Critical,
    doc: include_str!("mod.rs"),
    judge: |subject| crate::standard::judge(subject, "privileged", "remove `privileged`"),
};
