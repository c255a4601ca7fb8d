//! `/proc` must stay masked.
//!
//! **Why.** The runtime hides parts of `/proc` through which a container changes or reads its node. `Unmasked` shows
//! them.
//!
//! **What is looked at.** `securityContext.procMount` of every container; the baseline lets it pass in a pod with a
//! user namespace of its own, the restricted level does not.
//!
//! **Fix.** Remove the field.
//!
//! Source: Pod Security Standards, check `procMount_restricted` of the admission controller, newest version.

use eval::Rule;
use model::Severity;

use crate::Objects;

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "pod-proc-mount",
    control: "pod-security",
    title: "A container sees `/proc` unmasked",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge: |subject| crate::standard::judge(subject, "procMount_restricted", "remove `procMount`"),
};
