//! A container must not take a port of its node.
//!
//! **Why.** A port of the node is reached from wherever the node is, past every Service and most network policies,
//! and lets only one such pod run there.
//!
//! **What is looked at.** `hostPort` of every port of every container; 0 is none.
//!
//! **Fix.** Remove `hostPort` and reach the pod through a Service.
//!
//! Source: Pod Security Standards, check `hostPorts` of the admission controller, newest version.

use eval::Rule;
use model::Severity;

use crate::Objects;

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "pod-host-port",
    control: "pod-security",
    title: "A container takes a port of its node",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge: |subject| crate::standard::judge(subject, "hostPorts", "remove `hostPort`"),
};
