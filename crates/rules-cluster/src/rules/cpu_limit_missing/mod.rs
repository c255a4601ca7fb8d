//! Every container must say how much processor time it may take.
//!
//! **Why.** A container without a limit may take every idle cycle of its node; one that loops or mines slows its
//! neighbours down to what they asked for.
//!
//! **What is looked at.** `resources.limits.cpu` of every container and init container that asks for some. The pod's
//! own `resources` count for its containers, and so does the `default` of a LimitRange of the namespace. One that
//! asks for none is `cpu-request-missing` or `pod-best-effort`.
//!
//! **Fix.** Set `resources.limits.cpu`, well above the request where bursts are normal: what is beyond it is slowed
//! down, not killed.
//!
//! Source: <https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/>.

use eval::Rule;
use model::Severity;

use crate::{Objects, resources};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "cpu-limit-missing",
    control: "resources",
    title: "A container may take any amount of processor time",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge: |subject| resources::judge_limit(subject, "cpu"),
};
