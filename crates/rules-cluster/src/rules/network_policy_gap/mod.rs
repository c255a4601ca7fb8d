//! Where a namespace has network policies, one should select every pod.
//!
//! **Why.** A pod that no policy selects is open to everything, while its neighbours are closed: mostly it was
//! forgotten, or a label was renamed.
//!
//! **What is looked at.** The pods of every workload against the NetworkPolicies of its namespace in the input, where
//! there are any. Pods in the network of their node (`hostNetwork`) are left alone, since policies mean nothing to
//! them.
//!
//! **Fix.** Add a policy with `podSelector: {}` that allows nothing, or mend the labels.
//!
//! Source: <https://kubernetes.io/docs/concepts/services-networking/network-policies/>.

use eval::{Judgement, Rule};
use model::Severity;

use crate::around::namespace_of;
use crate::look::{self, Wrong};
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "network-policy-gap",
    control: "network-policies",
    title: "A workload was left out of the network policies",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge,
};

fn judge(subject: &Subject<'_>) -> Judgement {
    let (around, namespace) = (subject.around, namespace_of(subject.object));
    let Ok(Some(pod)) = &subject.pod else { return Judgement::not_applicable() };
    let on_host = matches!(pod.spec.bool_field("hostNetwork"), Ok(Some(true)));
    if on_host || around.of("NetworkPolicy", namespace).is_empty() || around.has_foreign_policies() {
        return Judgement::not_applicable();
    }
    let found = around.selects("NetworkPolicy", namespace, &pod.labels).map(|selected| {
        let what = "no NetworkPolicy of its namespace selects its pods";
        let wrong = || Wrong::of(pod.spot("containers"), what);
        if selected { Vec::new() } else { vec![wrong()] }
    });
    look::lack(subject, "add a policy that selects every pod", found)
}
