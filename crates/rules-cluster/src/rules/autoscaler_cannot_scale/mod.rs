//! An autoscaler must be allowed more pods than it begins with.
//!
//! **Why.** With `maxReplicas` no greater than `minReplicas` it never adds a pod, whatever the load: somebody
//! believes that the workload scales, and it does not.
//!
//! **What is looked at.** `minReplicas` (1 unless set) and `maxReplicas` of every HorizontalPodAutoscaler.
//!
//! **Fix.** Raise `maxReplicas`, or delete the autoscaler and set `replicas`.
//!
//! Source: <https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/>.

use eval::Rule;
use manifest::Node;
use model::Severity;

use crate::look::{self, Found, Wrong};
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "autoscaler-cannot-scale",
    control: "config-audit",
    title: "An autoscaler has nowhere to go",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        look::spec(subject, ("autoscaling", &["HorizontalPodAutoscaler"]), "raise maxReplicas", find)
    },
};

fn find(subject: &Subject<'_>, spec: &Node) -> Found {
    let least = spec.integer_field("minReplicas")?.unwrap_or(1);
    let Some(most) = spec.integer_field("maxReplicas")? else { return Ok(Vec::new()) };
    let what = format!("spec.maxReplicas is {most}, and minReplicas {least}");
    let spot = || subject.spot("spec.maxReplicas");
    Ok(if most <= least { vec![Wrong::of(spot(), what)] } else { Vec::new() })
}
