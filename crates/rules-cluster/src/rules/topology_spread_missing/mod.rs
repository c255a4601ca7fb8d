//! The pods of a workload should be told to spread.
//!
//! **Why.** Nothing then asks for more than the spreading that a scheduler may be set up to do by itself: all pods
//! may lie on one node or in one zone, and go with it.
//!
//! **What is looked at.** Every Deployment and StatefulSet of two pods or more: `topologySpreadConstraints` and
//! `affinity.podAntiAffinity` of their template, as far as their `labelSelector` fits the template's own labels.
//!
//! **Fix.** Add a constraint over `topology.kubernetes.io/zone` or `kubernetes.io/hostname`.
//!
//! Source: <https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/>.

use eval::{Judgement, Rule};
use manifest::{Node, WrongType};
use model::Severity;

use crate::look::{self, Found, Wrong};
use crate::selector::Selector;
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
    let terms = terms(pod.spec)?;
    let mut spread = false;
    for term in &terms {
        // Without a selector a term is about no pod at all.
        spread |= Selector::read(term.map_field("labelSelector")?)?.is_some_and(|s| s.fits(&pod.labels));
    }
    let replicas = workload::replicas(subject)?;
    if replicas < 2 || spread {
        return Ok(Vec::new());
    }
    let what = match terms.as_slice() {
        [] => format!("{replicas} replicas, and neither topologySpreadConstraints nor podAntiAffinity"),
        _ => format!("{replicas} replicas, which no topologySpreadConstraints or podAntiAffinity selects"),
    };
    Ok(vec![Wrong::of(pod.spot("topologySpreadConstraints"), what)])
}

/// What tells pods to lie apart.
fn terms(spec: &Node) -> Result<Vec<&Node>, WrongType> {
    let mut terms: Vec<&Node> = spec.list_field("topologySpreadConstraints")?.iter().collect();
    let affinity = spec.map_field("affinity")?.map(|a| a.map_field("podAntiAffinity")).transpose()?.flatten();
    if let Some(apart) = affinity {
        terms.extend(apart.list_field("requiredDuringSchedulingIgnoredDuringExecution")?);
        for preferred in apart.list_field("preferredDuringSchedulingIgnoredDuringExecution")? {
            terms.extend(preferred.map_field("podAffinityTerm")?);
        }
    }
    Ok(terms)
}
