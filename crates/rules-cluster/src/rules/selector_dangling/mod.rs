//! A policy or a budget must fit a pod.
//!
//! **Why.** A NetworkPolicy that selects nothing closes nothing, and a PodDisruptionBudget that selects nothing keeps
//! nothing up; both look as if they did. Mostly a label was renamed on one side alone.
//!
//! **What is looked at.** `spec.podSelector` of every NetworkPolicy, unless it is empty and so fits every pod, and
//! `spec.selector` of every PodDisruptionBudget, against the labels of the pods of every workload of the same namespace in
//! the input. A budget without a selector fits none, and neither does one of `policy/v1beta1` that is empty. Where no
//! workload of that namespace is in the input, an operator may make some there, a template of one cannot be read, or it is
//! `kube-system` and the input no whole cluster, it is unknown. Pods that a program
//! makes by itself while it runs (the jobs of a CI, the workers of a scheduler) are in no input but that of a live
//! cluster.
//!
//! **Fix.** Bring selector and labels together, or delete the object.
//!
//! Source: <https://kubernetes.io/docs/concepts/services-networking/network-policies/>, the NetworkPolicy resource, and
//! <https://kubernetes.io/docs/tasks/run-application/configure-pdb/>, think about how your application reacts to
//! disruptions.

use eval::{Judgement, Rule};
use manifest::{Object, WrongType};
use model::Severity;

use crate::absent;
use crate::look::{self, Wrong};
use crate::selector::Selector;
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "selector-dangling",
    control: "config-audit",
    title: "A policy or a budget is for no pod",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge,
};

/// How what fits no pod is mended.
const REMEDY: &str = "bring selector and labels together, or delete it";

fn judge(subject: &Subject<'_>) -> Judgement {
    let object = subject.object;
    let (field, read) = match (object.group(), &*object.kind) {
        ("networking.k8s.io", "NetworkPolicy") => ("spec.podSelector", of_policy(object)),
        ("policy", "PodDisruptionBudget") => ("spec.selector", Selector::of_budget(object)),
        _ => return Judgement::not_applicable(),
    };
    match read {
        Ok(Some(selector)) if selector.is_empty() => Judgement::clean(),
        Ok(Some(selector)) => absent::judge_selector(subject, &selector, field, REMEDY),
        Ok(None) => {
            let wrong = Wrong::of(subject.spot(field), format!("{field} is empty, which fits no pod"));
            look::answer(subject, REMEDY, Ok::<_, WrongType>(vec![wrong]))
        }
        Err(e) => look::answer(subject, "", Err(e)),
    }
}

/// The selector of a policy, which is for every pod without one.
fn of_policy(policy: &Object) -> Result<Option<Selector>, WrongType> {
    let spec = policy.node.map_field("spec")?;
    let selector = Selector::read(spec.map(|s| s.map_field("podSelector")).transpose()?.flatten())?;
    Ok(Some(selector.unwrap_or_default()))
}
