//! Rights should be given to a service account of the work, not to `default`.
//!
//! **Why.** Every pod of the namespace that names no service account runs as `default`: what one of them needs, all
//! of them have.
//!
//! **What is looked at.** The subjects of every `RoleBinding` and `ClusterRoleBinding` that are service accounts
//! called `default`.
//!
//! **Fix.** Make a service account for the work, name it in the pod, and bind that.
//!
//! Source: <https://kubernetes.io/docs/concepts/security/rbac-good-practices/>, hardening.

use eval::Rule;
use model::Severity;

use crate::Objects;
use crate::grant::{self, Bound};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "rbac-default-account-bound",
    control: "rbac",
    title: "A right is given to whoever says nothing",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        grant::judge_bound(
            subject,
            "make a service account for the work, name it in the pod, and bind that",
            is_meant,
        )
    },
};

fn is_meant(bound: &Bound<'_>) -> bool {
    bound.kind == "ServiceAccount" && bound.name == "default"
}
