//! A pod must ask for something.
//!
//! **Why.** A pod whose containers ask for neither processor time nor memory is of the quality of service
//! `BestEffort`: the scheduler puts it anywhere, it gets what others leave, and it is the first to be evicted.
//!
//! **What is looked at.** Requests and limits of processor time and memory of all containers and init containers, the
//! pod's own, and the defaults of a LimitRange of the namespace. Requests without limits of the same size make the
//! pod `Burstable`, which is fine.
//!
//! **Fix.** Set `resources.requests` and `resources.limits` of each container.
//!
//! Source: <https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/>.

use eval::Rule;
use model::Severity;

use crate::look::{self, Wrong};
use crate::{Objects, resources};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "pod-best-effort",
    control: "resources",
    title: "A pod is the first to be killed",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        look::pod(subject, "set requests and limits of each container", |pod| {
            Ok(if resources::is_best_effort(subject, pod)? {
                let what = "no container requests cpu or memory, which makes the pod `BestEffort`";
                vec![Wrong::of(pod.spot("containers"), what)]
            } else {
                Vec::new()
            })
        })
    },
};
