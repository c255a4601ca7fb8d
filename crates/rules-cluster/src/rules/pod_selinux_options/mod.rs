//! SELinux options must keep the container confined.
//!
//! **Why.** The type decides what a process may touch on a node with SELinux; a user or role of one's own leaves the
//! container's policy.
//!
//! **What is looked at.** `seLinuxOptions` of pod and containers: no `user`, no `role`, and `container_t`,
//! `container_init_t`, `container_kvm_t` or `container_engine_t` as type, or none.
//!
//! **Fix.** Remove `seLinuxOptions`, or choose one of these types.
//!
//! Source: Pod Security Standards, check `seLinuxOptions` of the admission controller, newest version.

use eval::Rule;
use model::Severity;

use crate::Objects;

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "pod-selinux-options",
    control: "pod-security",
    title: "SELinux options take a container out of its confinement",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge: |subject| crate::standard::judge(subject, "seLinuxOptions", "remove the options"),
};
