//! A service should have more than one pod.
//!
//! **Why.** With one pod, every drain of its node, every eviction and every crash is an outage, until a new pod is
//! ready elsewhere.
//!
//! **What is looked at.** `spec.replicas` of every Deployment (1 unless set), unless a HorizontalPodAutoscaler of the
//! input keeps two or more. Workloads whose pods may not overlap (`strategy.type: Recreate`) are left alone, and
//! those scaled to 0.
//!
//! **Fix.** Set `replicas` to two or more, if the work bears it.
//!
//! Source: <https://kubernetes.io/docs/concepts/workloads/pods/disruptions/>.

use eval::{Judgement, Rule};
use model::Severity;

use crate::look::{self, Wrong};
use crate::{Objects, Subject, workload};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "replicas-single",
    control: "config-audit",
    title: "A workload is down whenever its one pod is",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge,
};

fn judge(subject: &Subject<'_>) -> Judgement {
    if !look::is(subject, ("apps", &["Deployment"])) {
        return Judgement::not_applicable();
    }
    let found = workload::replicas(subject).map(|replicas| {
        let recreate = subject.object.node.at_path(&["spec", "strategy", "type"]);
        let recreates = recreate.and_then(manifest::Node::text) == Some("Recreate");
        let wrong = || Wrong::of(subject.spot("spec.replicas"), "spec.replicas is 1");
        if replicas == 1 && !recreates { vec![wrong()] } else { Vec::new() }
    });
    look::lack(subject, "set it to two or more", found)
}
