//! A role must not let its holders give themselves more.
//!
//! **Why.** RBAC lets nobody write a role with more rights than they hold, nor bind one; `escalate` and `bind` switch
//! that off. Whoever holds one may become cluster-admin, or everything in the namespace.
//!
//! **What is looked at.** The rules of every `Role` and `ClusterRole` that name the resource, with the verb or with
//! `*`: `escalate`, `bind` of `roles`, `clusterroles`. A rule of given `resourceNames` is left alone, and so are the
//! roles that Kubernetes brings (`kubernetes.io/bootstrapping`). One that names every resource (`*`) is
//! `rbac-wildcard`.
//!
//! **Fix.** Take the verb out; let an administrator write roles and bindings.
//!
//! Source: <https://kubernetes.io/docs/concepts/security/rbac-good-practices/>, escalate verb, bind verb.

use eval::Rule;
use model::Severity;

use crate::Objects;
use crate::grant::{self, Right};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "rbac-escalates",
    control: "rbac",
    title: "A role may grant what it does not hold",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        grant::judge_rights(
            subject,
            RIGHTS,
            "take the verb out; let an administrator write roles and bindings",
        )
    },
};

const RIGHTS: &[Right] = &[Right {
    group: "rbac.authorization.k8s.io",
    resources: &["roles", "clusterroles"],
    verbs: &["escalate", "bind"],
}];
