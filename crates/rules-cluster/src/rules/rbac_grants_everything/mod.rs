//! No role of one's own should be another `cluster-admin`.
//!
//! **Why.** A rule of `*` groups, `*` resources and `*` verbs grants all there is, whatever the role is called: secrets,
//! the roles themselves, kinds that are installed later. A review that looks for `cluster-admin` does not see it.
//!
//! **What is looked at.** Every rule of a `Role` or `ClusterRole` for `*` in `apiGroups`, `resources` and `verbs` at once,
//! without `resourceNames`; for the verbs, all seven that read and write objects are as much. The roles that Kubernetes brings (`kubernetes.io/bootstrapping`) are left alone; what an
//! aggregated role holds is written by the cluster: unknown in a file, read in what comes from a cluster. `rbac-wildcard`
//! finds each single `*`.
//!
//! **Fix.** List the groups, resources and verbs that the work asks for.
//!
//! Source: <https://kubernetes.io/docs/concepts/security/rbac-good-practices/>, least privilege.

use eval::{Judgement, Rule};
use model::Severity;

use crate::look::{Found, Wrong};
use crate::pod_security::texts;
use crate::workload::Spot;
use crate::{Objects, Subject, grant};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "rbac-grants-everything",
    control: "rbac",
    title: "A role is cluster-admin by another name",
    severity: Severity::Critical,
    doc: include_str!("mod.rs"),
    judge,
};

/// The verbs of ordinary requests that `*` stands for.
const ALL_VERBS: [&str; 7] = ["get", "list", "watch", "create", "update", "patch", "delete"];

fn judge(subject: &Subject<'_>) -> Judgement {
    grant::judge_role(subject, "list what the work asks for", find)
}

fn find(subject: &Subject<'_>) -> Found {
    let mut found = Vec::new();
    for (index, rule) in subject.object.node.list_field("rules")?.iter().enumerate() {
        let mut all = rule.list_field("resourceNames")?.is_empty();
        for key in ["apiGroups", "resources"] {
            all &= texts(rule, key)?.contains(&"*");
        }
        let verbs = texts(rule, "verbs")?;
        all &= verbs.contains(&"*") || ALL_VERBS.iter().all(|verb| verbs.contains(verb));
        if all {
            let field = format!("rules[{index}]");
            let what = format!("`{field}` grants every verb on every resource of every group");
            found.push(Wrong::keyed(field.clone(), Spot { field, at: rule.at }, what));
        }
    }
    found.truncate(1);
    Ok(found)
}
