//! A pod should have time to end.
//!
//! **Why.** With no grace at all a pod is deleted from the API server at once, before the kubelet has ended it: its
//! requests are cut off, and of a StatefulSet a second pod of the same name may write to the same volume.
//!
//! **What is looked at.** `terminationGracePeriodSeconds` of every pod.
//!
//! **Fix.** Remove it (30 seconds are the default), or set it to what the work needs.
//!
//! Source: <https://kubernetes.io/docs/tasks/run-application/force-delete-stateful-set-pod/>.

use eval::Rule;
use model::Severity;

use crate::Objects;
use crate::look::{self, Wrong};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "grace-period-zero",
    control: "config-audit",
    title: "A pod is killed without a word",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        look::pod(subject, "give it the time that its work needs", |pod| {
            let none = pod.spec.integer_field("terminationGracePeriodSeconds")? == Some(0);
            let spot = || pod.spot("terminationGracePeriodSeconds");
            Ok(if none { vec![Wrong::of(spot(), "terminationGracePeriodSeconds is 0")] } else { Vec::new() })
        })
    },
};
