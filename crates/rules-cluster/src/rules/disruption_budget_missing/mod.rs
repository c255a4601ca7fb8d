//! A workload of several pods should have a PodDisruptionBudget.
//!
//! **Why.** A drain of nodes, for an upgrade of the cluster, evicts all pods of the workload at once where no budget
//! says how many must stay.
//!
//! **What is looked at.** Every Deployment and StatefulSet of two pods or more (`replicas`, or what a
//! HorizontalPodAutoscaler of the input keeps): whether a PodDisruptionBudget of its namespace in the input selects
//! its pods.
//!
//! **Fix.** Add a PodDisruptionBudget with `maxUnavailable: 1` that selects them.
//!
//! Source: <https://kubernetes.io/docs/tasks/run-application/configure-pdb/>.

use eval::{Judgement, Rule};
use model::Severity;

use crate::around::namespace_of;
use crate::look::{self, Found, Wrong};
use crate::{Objects, Subject, workload};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "disruption-budget-missing",
    control: "config-audit",
    title: "All pods of a workload may be drained at once",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge,
};

fn judge(subject: &Subject<'_>) -> Judgement {
    if !look::is(subject, ("apps", &["Deployment", "StatefulSet"])) {
        return Judgement::not_applicable();
    }
    look::lack(subject, "add one that selects its pods", find(subject))
}

fn find(subject: &Subject<'_>) -> Found {
    let Some(pod) = subject.pod.as_ref().map_err(Clone::clone)? else { return Ok(Vec::new()) };
    let replicas = workload::replicas(subject)?;
    let namespace = namespace_of(subject.object);
    if replicas < 2 || subject.around.selects("PodDisruptionBudget", namespace, &pod.labels)? {
        return Ok(Vec::new());
    }
    let what = format!("{replicas} replicas and no PodDisruptionBudget that selects them");
    Ok(vec![Wrong::of(subject.spot("spec.replicas"), what)])
}
