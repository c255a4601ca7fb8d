//! Nobody beside the cluster's own administrators should be bound to `cluster-admin`.
//!
//! **Why.** `cluster-admin` may do everything to every object. A workload that holds it hands the cluster to whoever
//! breaks into it; bound by a `RoleBinding` it is everything within the namespace.
//!
//! **What is looked at.** `roleRef` of every `ClusterRoleBinding` and `RoleBinding` with subjects, but for the
//! one that Kubernetes brings (`kubernetes.io/bootstrapping`) as long as it names nobody but `system:masters`, which no role
//! limits.
//!
//! **Fix.** Bind a role of one's own that names what the work asks for.
//!
//! Source: <https://kubernetes.io/docs/concepts/security/rbac-good-practices/>, least privilege.

use api::Because;
use eval::{Fault, Judgement, Rule};
use manifest::{Node, WrongType};
use model::Severity;

use crate::workload::Spot;
use crate::{Objects, Subject, grant};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "rbac-cluster-admin-bound",
    control: "rbac",
    title: "A binding makes someone cluster-admin",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        if grant::brought(subject.object) && names_masters_alone(&subject.object.node) {
            return Judgement::not_applicable();
        }
        grant::judge(
            subject,
            ["ClusterRoleBinding", "RoleBinding"],
            "write the field as the API has it",
            find,
        )
    },
};

/// Whether the only subject is the group that may do everything anyway.
fn names_masters_alone(binding: &Node) -> bool {
    let Ok(subjects) = binding.list_field("subjects") else { return false };
    let text = |subject: &Node, field: &str, wanted: &str| {
        subject.get(field).and_then(Node::text).is_some_and(|t| t == wanted)
    };
    !subjects.is_empty()
        && subjects.iter().all(|s| text(s, "kind", "Group") && text(s, "name", "system:masters"))
}

fn find(subject: &Subject<'_>) -> Result<Option<Fault>, WrongType> {
    let binding = &subject.object.node;
    let bound = binding.list_field("subjects")?;
    let Some(role) = binding.map_field("roleRef")? else { return Ok(None) };
    let named = (role.text_field("kind")?, role.text_field("name")?);
    if bound.is_empty() || named != (Some("ClusterRole"), Some("cluster-admin")) {
        return Ok(None);
    }
    let at = role.entry("name").map_or(role.at, |e| e.at);
    let spot = Spot { field: "roleRef.name".to_owned(), at };
    Ok(Some(Fault {
        message: format!(
            "{}: `roleRef.name` is cluster-admin. To mend it, bind a role that names what the work asks for",
            subject.name()
        ),
        place: subject.place(&spot),
        key: subject.name(),
        because: vec![Because::new("roleRef.name is cluster-admin", subject.source(&spot))],
        ..Fault::default()
    }))
}
