//! Rights should be given to those whose work asks for them, not to every account.
//!
//! **Why.** Every pod of the cluster has a service account, and every service account is in `system:serviceaccounts`
//! and in `system:authenticated`: whoever breaks into any of them has the right.
//!
//! **What is looked at.** The subjects of every `RoleBinding` and `ClusterRoleBinding`: the groups
//! `system:authenticated` and `system:serviceaccounts`, that of one namespace (`system:serviceaccounts:NAME`)
//! included. What Kubernetes itself binds to them (`system:basic-user`, `system:discovery`,
//! `system:public-info-viewer`, `system:service-account-issuer-discovery`) is left alone.
//!
//! **Fix.** Bind the service accounts that need it by their names.
//!
//! Source: <https://kubernetes.io/docs/concepts/security/rbac-good-practices/>, hardening.

use eval::Rule;
use model::Severity;

use crate::Objects;
use crate::grant::{self, Bound};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "rbac-all-accounts-bound",
    control: "rbac",
    title: "A right is given to every account",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        grant::judge_bound(subject, "bind the service accounts that need it by their names", is_meant)
    },
};

/// What Kubernetes itself gives to every account.
const USUAL: [&str; 4] = [
    "system:basic-user",
    "system:discovery",
    "system:public-info-viewer",
    "system:service-account-issuer-discovery",
];

fn is_meant(bound: &Bound<'_>) -> bool {
    let every = bound.name == "system:authenticated"
        || bound.name == "system:serviceaccounts"
        || bound.name.starts_with("system:serviceaccounts:");
    bound.kind == "Group" && every && !USUAL.contains(&bound.role)
}
