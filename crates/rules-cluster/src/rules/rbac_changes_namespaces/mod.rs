//! A role should not change namespaces.
//!
//! **Why.** The labels of a namespace choose its level of the Pod Security Standards, and which network policies and
//! webhooks mean it. Whoever changes them lifts all of those.
//!
//! **What is looked at.** The rules of every `Role` and `ClusterRole` that name the resource, with the verb or with
//! `*`: `update`, `patch` of `namespaces`. A rule of given `resourceNames` is left alone, and so are the roles that
//! Kubernetes brings (`kubernetes.io/bootstrapping`). One that names every resource (`*`) is `rbac-wildcard`.
//!
//! **Fix.** Take the verb out; let the pipeline or an administrator label namespaces.
//!
//! Source: <https://kubernetes.io/docs/concepts/security/rbac-good-practices/>, namespace modification.

use eval::Rule;
use model::Severity;

use crate::Objects;
use crate::grant::{self, Right};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "rbac-changes-namespaces",
    control: "rbac",
    title: "A role changes the labels of namespaces",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        grant::judge_rights(
            subject,
            RIGHTS,
            "take the verb out; let the pipeline or an administrator label namespaces",
        )
    },
};

const RIGHTS: &[Right] = &[Right { group: "", resources: &["namespaces"], verbs: &["update", "patch"] }];
