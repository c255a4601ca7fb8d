//! Every namespace with workloads should have a NetworkPolicy.
//!
//! **Why.** Where no policy selects a pod, every pod of the cluster reaches each of its ports, and it reaches
//! everything: whoever breaks into one has the whole network before them.
//!
//! **What is looked at.** Every Namespace of the input that holds workloads of the input. Where there are policies of
//! Cilium, Calico or of the cluster (`AdminNetworkPolicy`), which are not read yet, it is unknown.
//!
//! **Fix.** Begin with one that allows nothing (`podSelector: {}`, `policyTypes: [Ingress, Egress]`), then allow what
//! is needed.
//!
//! Source: <https://kubernetes.io/docs/concepts/services-networking/network-policies/>.

use eval::{Judgement, Rule};
use model::Severity;

use crate::look::{self, Wrong};
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "namespace-without-network-policy",
    control: "network-policies",
    title: "Everyone reaches a namespace",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge,
};

fn judge(subject: &Subject<'_>) -> Judgement {
    let (around, name) = (subject.around, subject.object.name());
    if !look::is(subject, ("", &["Namespace"])) || around.pods(name).is_none() {
        return Judgement::not_applicable();
    }
    let open = around.of("NetworkPolicy", name).is_empty();
    if open && around.has_foreign_policies() {
        let reason = "there are network policies of a dialect that is not read";
        return look::unknown(subject, reason, "judge them by hand");
    }
    let wrong =
        || Wrong::of(subject.spot("metadata.name"), "the namespace has workloads and no NetworkPolicy");
    let found = if open { vec![wrong()] } else { Vec::new() };
    look::lack(subject, "begin with one that allows nothing", Ok(found))
}
