//! An autoscaler should keep two pods.
//!
//! **Why.** When there is little to do the workload is down to one pod, and down whenever that one is: a drained node
//! or a crash is an outage.
//!
//! **What is looked at.** `minReplicas` of every HorizontalPodAutoscaler: 1, or 0. It is 1 unless set.
//!
//! **Fix.** Set `minReplicas` to two or more.
//!
//! Source: <https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/>.

use eval::Rule;
use manifest::Node;
use model::Severity;

use crate::look::{self, Found, Wrong};
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "autoscaler-minimum-single",
    control: "config-audit",
    title: "An autoscaler goes down to one pod",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        look::spec(
            subject,
            ("autoscaling", &["HorizontalPodAutoscaler"]),
            "set minReplicas to two or more",
            find,
        )
    },
};

fn find(subject: &Subject<'_>, spec: &Node) -> Found {
    spec.integer_field("maxReplicas")?;
    let (least, how) = match spec.integer_field("minReplicas")? {
        Some(least) => (least, ""),
        None => (1, " unless set"),
    };
    let spot = || subject.spot("spec.minReplicas");
    let what = format!("spec.minReplicas is {least}{how}");
    Ok(if least < 2 { vec![Wrong::of(spot(), what)] } else { Vec::new() })
}
