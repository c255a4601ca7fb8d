//! A pod must not share the network, process or IPC namespace of its node.
//!
//! **Why.** In the node's process namespace a container sees and signals every process, in its network namespace it
//! listens and connects as the node does, past every network policy.
//!
//! **What is looked at.** `hostNetwork`, `hostPID` and `hostIPC`.
//!
//! **Fix.** Remove the fields. What needs a port of the node takes a Service; what watches the node belongs into a
//! namespace of its own.
//!
//! Source: Pod Security Standards, check `hostNamespaces` of the admission controller, newest version.

use eval::Rule;
use model::Severity;

use crate::Objects;

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "pod-host-namespace",
    control: "pod-security",
    title: "A pod shares a namespace of the node",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge: |subject| crate::standard::judge(subject, "hostNamespaces", "remove the field"),
};
