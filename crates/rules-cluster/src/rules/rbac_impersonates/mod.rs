//! A role must not let its holders act as others.
//!
//! **Why.** Whoever may `impersonate` users, groups or service accounts has the rights of all of them, and the audit
//! log of the cluster has to be read twice to see who it was.
//!
//! **What is looked at.** The rules of every `Role` and `ClusterRole` that name the resource, with the verb or with
//! `*`: `impersonate` of `users`, `groups`, `serviceaccounts`; `impersonate` of `uids`, `userextras`. A rule of given
//! `resourceNames` is left alone, and so are the roles that Kubernetes brings (`kubernetes.io/bootstrapping`). One
//! that names every resource (`*`) is `rbac-wildcard`.
//!
//! **Fix.** Take the verb out, or list those who may be impersonated under `resourceNames`.
//!
//! Source: <https://kubernetes.io/docs/concepts/security/rbac-good-practices/>, impersonate verb.

use eval::Rule;
use model::Severity;

use crate::Objects;
use crate::grant::{self, Right};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "rbac-impersonates",
    control: "rbac",
    title: "A role may act as somebody else",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        grant::judge_rights(
            subject,
            RIGHTS,
            "take the verb out, or list those who may be impersonated under `resourceNames`",
        )
    },
};

const RIGHTS: &[Right] = &[
    Right { group: "", resources: &["users", "groups", "serviceaccounts"], verbs: &["impersonate"] },
    Right { group: "authentication.k8s.io", resources: &["uids", "userextras"], verbs: &["impersonate"] },
];
