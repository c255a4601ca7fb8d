//! What an object names should be there.
//!
//! **Why.** An autoscaler whose workload is gone scales nothing, an Ingress whose Service is gone answers with an error,
//! and the pods of a StatefulSet whose Service is gone have no names. A binding whose account or role is gone lies in wait
//! for the next one of that name.
//!
//! **What is looked at.** `scaleTargetRef` of every HorizontalPodAutoscaler and of KEDA's ScaledObject, and `targetRef`
//! of every VerticalPodAutoscaler; the Services to which an Ingress, a route of a gateway or OpenShift's Route leads, but
//! for the actions of the AWS Load Balancer Controller; `serviceName` of every StatefulSet; the service accounts
//! (`default` is in every namespace) and the role of every RoleBinding and ClusterRoleBinding that Kubernetes did not
//! bring itself. Each is looked for in the input. It is unknown where the input holds nothing of that kind in that
//! namespace, an operator may make it there, or the kind is one of others; and, unless the input is a whole cluster, where
//! the namespace is `kube-system` or it is a ClusterRole. Those that every cluster has (`view`, `edit`, `admin`,
//! `cluster-admin`, `system:…`) are there.
//!
//! **Fix.** Name one that is there, add it, or delete the object that leads nowhere.
//!
//! Source: <https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/>,
//! <https://kubernetes.io/docs/concepts/services-networking/ingress/>,
//! <https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/>, limitations,
//! <https://kubernetes.io/docs/reference/access-authn-authz/rbac/>, and
//! <https://keda.sh/docs/latest/reference/scaledobject-spec/>.

use std::collections::{BTreeMap, BTreeSet};

use eval::{Judgement, Rule};
use manifest::WrongType;
use model::Severity;

use crate::absent::{Named, Sight};
use crate::around::namespace_of;
use crate::grant;
use crate::look::{self, Wrong};
use crate::reach;
use crate::workload::Spot;
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "reference-dangling",
    control: "config-audit",
    title: "An object names another that is not there",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge,
};

/// What an object names, and where.
struct Reference {
    kind: String,
    namespace: String,
    name: String,
    spot: Spot,
}

impl Reference {
    fn named(&self) -> Named<'_> {
        Named { kind: &self.kind, namespace: &self.namespace, name: &self.name }
    }

    /// `ServiceAccount shop/web`.
    fn shown(&self) -> String {
        match &*self.namespace {
            "" => format!("{} {}", self.kind, self.name),
            namespace => format!("{} {namespace}/{}", self.kind, self.name),
        }
    }
}

fn judge(subject: &Subject<'_>) -> Judgement {
    let references = match references(subject) {
        Ok(Some(references)) if !references.is_empty() => references,
        Ok(_) => return Judgement::not_applicable(),
        Err(e) => return look::answer(subject, "", Err(e)),
    };
    let (mut wrongs, mut reasons) = (BTreeMap::new(), BTreeSet::new());
    for reference in references {
        let shown = reference.shown();
        match reference.named().seek(subject.around) {
            Sight::There => {}
            Sight::Unseen(reason) => drop(reasons.insert(reason)),
            Sight::Absent => {
                let what = format!("{} names {shown}, which is not there", reference.spot.field);
                wrongs.entry(shown.clone()).or_insert_with(|| Wrong::keyed(shown, reference.spot, what));
            }
        }
    }
    let wrongs = wrongs.into_values().collect();
    let mut judgement = look::lack(subject, "name one that is there, add it, or delete this", Ok(wrongs));
    for reason in reasons {
        look::doubt(&mut judgement, subject, &reason, "scan what it names with it");
    }
    judgement
}

/// What an object names; `None` for kinds that are not asked.
fn references(subject: &Subject<'_>) -> Result<Option<Vec<Reference>>, WrongType> {
    let object = subject.object;
    Ok(Some(match (object.group(), &*object.kind) {
        ("autoscaling", "HorizontalPodAutoscaler") => target(subject, "scaleTargetRef", "")?,
        ("keda.sh", "ScaledObject") => target(subject, "scaleTargetRef", "Deployment")?,
        ("autoscaling.k8s.io", "VerticalPodAutoscaler") => target(subject, "targetRef", "")?,
        ("apps", "StatefulSet") => service_name(subject)?,
        (grant::GROUP, "ClusterRoleBinding" | "RoleBinding") if !grant::brought(object) => bound(subject)?,
        _ => backends(subject)?,
    }))
}

/// The workload that an autoscaler scales, of the kind `usual` if none is said.
fn target(subject: &Subject<'_>, key: &str, usual: &str) -> Result<Vec<Reference>, WrongType> {
    let Some(spec) = subject.object.node.map_field("spec")? else { return Ok(Vec::new()) };
    let Some(target) = spec.map_field(key)? else { return Ok(Vec::new()) };
    let (kind, name) = (target.text_field("kind")?.unwrap_or(usual), target.text_field("name")?);
    let reference = |name: &str| Reference {
        kind: kind.to_owned(),
        namespace: namespace_of(subject.object).to_owned(),
        name: name.to_owned(),
        spot: subject.spot(&format!("spec.{key}")),
    };
    // Without a kind or a name it is one that the API server refuses.
    Ok(name.filter(|_| !kind.is_empty()).map(reference).into_iter().collect())
}

fn service_name(subject: &Subject<'_>) -> Result<Vec<Reference>, WrongType> {
    let spec = subject.object.node.map_field("spec")?;
    let name = spec.map(|s| s.text_field("serviceName")).transpose()?.flatten();
    let reference = |name: &str| Reference {
        kind: "Service".to_owned(),
        namespace: namespace_of(subject.object).to_owned(),
        name: name.to_owned(),
        spot: subject.spot("spec.serviceName"),
    };
    Ok(name.filter(|n| !n.is_empty()).map(reference).into_iter().collect())
}

fn backends(subject: &Subject<'_>) -> Result<Vec<Reference>, WrongType> {
    let services = reach::backends(subject.object)?.into_iter().filter(|b| !b.is_action);
    let reference = |b: reach::Backend| Reference {
        kind: "Service".to_owned(),
        namespace: b.service.0.into(),
        name: b.service.1.into(),
        spot: b.spot,
    };
    Ok(services.map(reference).collect())
}

/// The role and the service accounts of a binding.
fn bound(subject: &Subject<'_>) -> Result<Vec<Reference>, WrongType> {
    let (binding, own) = (&subject.object.node, subject.object.namespace());
    let mut found = Vec::new();
    let mut add = |kind: &str, namespace: &str, name: Option<&str>, spot: Spot| {
        let (kind, namespace) = (kind.to_owned(), namespace.to_owned());
        found.extend(name.map(|n| Reference { kind, namespace, name: n.to_owned(), spot }));
    };
    if let Some(role) = binding.map_field("roleRef")? {
        let (kind, name) = (role.text_field("kind")?, role.text_field("name")?);
        match kind {
            Some("ClusterRole") => add("ClusterRole", "", name, subject.spot("roleRef")),
            Some("Role") => add("Role", own, name, subject.spot("roleRef")),
            // The API server refuses others.
            _ => {}
        }
    }
    for (index, each) in binding.list_field("subjects")?.iter().enumerate() {
        if each.text_field("kind")? == Some("ServiceAccount") {
            let namespace = each.text_field("namespace")?.filter(|n| !n.is_empty()).unwrap_or(own);
            let spot = Spot { field: format!("subjects[{index}]"), at: each.at };
            add("ServiceAccount", namespace, each.text_field("name")?, spot);
        }
    }
    Ok(found)
}
