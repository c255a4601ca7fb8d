//! Every container must say how much processor time it needs.
//!
//! **Why.** The scheduler takes a container that asks for nothing to need nothing: it puts it onto a full node, where
//! it starves as soon as its neighbours work, and autoscalers have nothing to count by.
//!
//! **What is looked at.** `resources.requests.cpu` of every container and init container. A limit without a request
//! is a request of the same size, the pod's own `resources` count for its containers, and so do the defaults of a
//! LimitRange of the namespace. A pod that says nothing about processor time and memory at all is `pod-best-effort`.
//!
//! **Fix.** Set `resources.requests.cpu` to what the container uses at work.
//!
//! Source: <https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/>.

use eval::Rule;
use model::Severity;

use crate::{Objects, resources};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "cpu-request-missing",
    control: "resources",
    title: "A container asks for no processor time",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge: |subject| resources::judge_request(subject, "cpu"),
};
