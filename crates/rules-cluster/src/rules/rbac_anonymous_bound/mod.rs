//! Nothing should be granted to those who say not who they are.
//!
//! **Why.** Whoever reaches the API server, without any credential, has what `system:anonymous` and
//! `system:unauthenticated` have.
//!
//! **What is looked at.** The subjects of every `RoleBinding` and `ClusterRoleBinding`: the user `system:anonymous`
//! and the group `system:unauthenticated`. Kubernetes itself binds `system:public-info-viewer` to the latter, for
//! health and version.
//!
//! **Fix.** Delete the subject.
//!
//! Source: <https://kubernetes.io/docs/concepts/security/rbac-good-practices/>, hardening.

use eval::Rule;
use model::Severity;

use crate::Objects;
use crate::grant::{self, Bound};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "rbac-anonymous-bound",
    control: "rbac",
    title: "A right is given to everyone who reaches the API server",
    severity: Severity::Critical,
    doc: include_str!("mod.rs"),
    judge: |subject| grant::judge_bound(subject, "delete the subject", is_meant),
};

/// What Kubernetes itself shows to everyone.
const PUBLIC: &str = "system:public-info-viewer";

fn is_meant(bound: &Bound<'_>) -> bool {
    bound.role != PUBLIC
        && matches!(
            (bound.kind, bound.name),
            ("User", "system:anonymous") | ("Group", "system:unauthenticated")
        )
}
