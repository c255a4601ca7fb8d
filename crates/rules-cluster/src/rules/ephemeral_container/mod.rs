//! A pod should be as its template says.
//!
//! **Why.** An ephemeral container is put into a pod that runs, to look for a fault (`kubectl debug`), and stays in
//! it until the pod goes. Whoever put it there had the tools of their choice beside the secrets of the pod.
//!
//! **What is looked at.** `ephemeralContainers` of every pod.
//!
//! **Fix.** Delete the pod, so that its controller makes a new one.
//!
//! Source: <https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/>.

use eval::Rule;
use model::Severity;

use crate::Objects;
use crate::look::{self, Wrong};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "ephemeral-container",
    control: "pod-security",
    title: "Somebody went into a pod",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        look::pod(subject, "delete the pod, so that its controller makes a new one", |pod| {
            let names: Vec<&str> =
                pod.containers.iter().filter(|c| c.list == "ephemeralContainers").map(|c| c.name).collect();
            let what = format!("ephemeral container {} was put into it", names.join(", "));
            let spot = || pod.spot("ephemeralContainers");
            Ok(if names.is_empty() { Vec::new() } else { vec![Wrong::of(spot(), what)] })
        })
    },
};
