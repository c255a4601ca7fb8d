//! Every container must say how much memory it may take.
//!
//! **Why.** A container without a limit may take all memory of its node. One that leaks, or is made to, gets its
//! neighbours killed before itself.
//!
//! **What is looked at.** `resources.limits.memory` of every container and init container that asks for some. The
//! pod's own `resources` count for its containers, and so does the `default` of a LimitRange of the namespace. One
//! that asks for none is `memory-request-missing` or `pod-best-effort`.
//!
//! **Fix.** Set `resources.limits.memory`, to the same as the request where the work must not be killed.
//!
//! Source: <https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/>.

use eval::Rule;
use model::Severity;

use crate::{Objects, resources};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "memory-limit-missing",
    control: "resources",
    title: "A container may take any amount of memory",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge: |subject| resources::judge_limit(subject, "memory"),
};
