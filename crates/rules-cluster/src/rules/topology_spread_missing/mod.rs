//! The pods of a workload should be told to spread.
//!
//! **Why.** Nothing then asks for more than the spreading that a scheduler may be set up to do by itself: all pods
//! may lie on one node or in one zone, and go with it.
//!
//! **What is looked at.** Every Deployment and StatefulSet of two pods or more: `topologySpreadConstraints`, or
//! `affinity.podAntiAffinity`, of their template.
//!
//! **Fix.** Add a constraint over `topology.kubernetes.io/zone` or `kubernetes.io/hostname`.
//!
//! Source: <https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/>.

use eval::{Judgement, Rule};
use model::Severity;

use crate::look::{self, Found, Wrong};
use crate::{Objects, Subject, workload};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "topology-spread-missing",
    control: "config-audit",
    title: "All pods of a workload may lie on one node",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge,
};

fn judge(subject: &Subject<'_>) -> Judgement {
    if !look::is(subject, ("apps", &["Deployment", "StatefulSet"])) {
        return Judgement::not_applicable();
    }
    look::answer(subject, "add a constraint over zones or nodes", find(subject))
}

fn find(subject: &Subject<'_>) -> Found {
    let Some(pod) = subject.pod.as_ref().map_err(Clone::clone)? else { return Ok(Vec::new()) };
    let constraints = pod.spec.list_field("topologySpreadConstraints")?;
    let apart = pod.spec.at_path(&["affinity", "podAntiAffinity"]).is_some();
    let replicas = workload::replicas(subject)?;
    if replicas < 2 || !constraints.is_empty() || apart {
        return Ok(Vec::new());
    }
    let what = format!("{replicas} replicas, and neither topologySpreadConstraints nor podAntiAffinity");
    Ok(vec![Wrong::of(pod.spot("topologySpreadConstraints"), what)])
}
