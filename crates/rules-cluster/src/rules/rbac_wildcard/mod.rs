//! A role must name what it grants.
//!
//! **Why.** `*` grants every verb or every resource of a group, those that a later version or extension brings included:
//! with secrets among them, a token of such a role reads every credential.
//!
//! **What is looked at.** `verbs` and `resources` of every rule of a `Role` or `ClusterRole`. The roles that Kubernetes
//! brings (`kubernetes.io/bootstrapping`) are left alone. What an aggregated role (`aggregationRule`) holds is written by
//! the cluster: unknown in a file, read in what comes from a cluster.
//!
//! **Fix.** List the verbs and resources that the work asks for.
//!
//! Source: <https://kubernetes.io/docs/concepts/security/rbac-good-practices/>, least privilege.

use api::Because;
use eval::{Fault, Judgement, Rule};
use model::Severity;

use crate::{Objects, Subject, grant};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "rbac-wildcard",
    control: "rbac",
    title: "A role grants everything of a kind",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        if grant::brought(subject.object) {
            return Judgement::not_applicable();
        }
        grant::judge(subject, ["Role", "ClusterRole"], "scan the role as the cluster has it", find)
    },
};

fn find(subject: &Subject<'_>) -> Result<Option<Fault>, String> {
    let role = &subject.object.node;
    if grant::gathered_elsewhere(subject.object) {
        return Err("the rules of an aggregated role are gathered by the cluster".to_owned());
    }
    let spots = grant::wildcards(role, ["verbs", "resources"]).map_err(|e| e.to_string())?;
    let Some(first) = spots.first() else { return Ok(None) };
    let because = spots.iter().take(crate::standard::SPOTS_SHOWN_MAX);
    Ok(Some(Fault {
        message: format!(
            "{}: `{}` is `*`. To mend it, list what the work asks for",
            subject.name(),
            first.field
        ),
        place: subject.place(first),
        key: subject.name(),
        because: because.map(|s| Because::new(format!("{} is `*`", s.field), subject.source(s))).collect(),
        ..Fault::default()
    }))
}
