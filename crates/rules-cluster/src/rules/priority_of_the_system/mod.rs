//! Only what the cluster needs to work should have its priority.
//!
//! **Why.** Pods of `system-cluster-critical` and `system-node-critical` push all others off a full node, and are the
//! last to be evicted. A workload with that priority does so to its neighbours, and to add-ons of the cluster.
//!
//! **What is looked at.** `priorityClassName` of every pod outside the namespace `kube-system`.
//!
//! **Fix.** Make a PriorityClass for the workload.
//!
//! Source: <https://kubernetes.io/docs/tasks/administer-cluster/guaranteed-scheduling-critical-addon-pods/>.

use eval::Rule;
use model::Severity;

use crate::Objects;
use crate::look::{self, Wrong};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "priority-of-the-system",
    control: "resources",
    title: "A workload goes before the cluster's own",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        look::pod(subject, "make a PriorityClass for it", |pod| {
            let class = pod.spec.text_field("priorityClassName")?;
            let class = class.filter(|c| matches!(*c, "system-cluster-critical" | "system-node-critical"));
            let outside = subject.object.namespace() != "kube-system";
            let wrong = |c| Wrong::of(pod.spot("priorityClassName"), format!("priorityClassName is {c}"));
            Ok(class.filter(|_| outside).map(wrong).into_iter().collect())
        })
    },
};
