//! A pod may set only kernel parameters that stay within it.
//!
//! **Why.** Most kernel parameters hold for the whole node: one pod changes them for all.
//!
//! **What is looked at.** `securityContext.sysctls` against the list of v1.37: parameters that are namespaced and
//! known to be safe.
//!
//! **Fix.** Remove the parameter, or set it on the node, by who runs the node.
//!
//! Source: Pod Security Standards, check `sysctls` of the admission controller, newest version.

use eval::Rule;
use model::Severity;

use crate::Objects;

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "pod-sysctl-unsafe",
    control: "pod-security",
    title: "A pod sets a kernel parameter that is not safe",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge: |subject| crate::standard::judge(subject, "sysctls", "remove the parameter"),
};
