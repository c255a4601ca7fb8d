//! Nobody beside the cluster's own administrators should be bound to `cluster-admin`.
//!
//! **Why.** `cluster-admin` may do everything to every object. A workload that holds it hands the cluster to whoever
//! breaks into it; bound by a `RoleBinding` it is everything within the namespace.
//!
//! **What is looked at.** `roleRef` of every `ClusterRoleBinding` and `RoleBinding` with subjects.
//!
//! **Fix.** Bind a role of one's own that names what the work asks for.
//!
//! Source: <https://kubernetes.io/docs/concepts/security/rbac-good-practices/>, least privilege.

use api::Because;
use eval::{Fault, Rule};
use manifest::WrongType;
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
        grant::judge(
            subject,
            ["ClusterRoleBinding", "RoleBinding"],
            "write the field as the API has it",
            find,
        )
    },
};

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
