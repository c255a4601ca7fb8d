//! A role must not make tokens of whatever service account it likes.
//!
//! **Why.** A token of a service account is that account: whoever makes one has its rights, for as long as was asked
//! for.
//!
//! **What is looked at.** The rules of every `Role` and `ClusterRole` that name the resource, with the verb or with
//! `*`: `create` of `serviceaccounts/token`. A rule of given `resourceNames` is left alone, and so are the roles that
//! Kubernetes brings (`kubernetes.io/bootstrapping`). One that names every resource (`*`) is `rbac-wildcard`.
//!
//! **Fix.** Take the verb out, or list the service accounts under `resourceNames`.
//!
//! Source: <https://kubernetes.io/docs/concepts/security/rbac-good-practices/>, token request.

use eval::Rule;
use model::Severity;

use crate::Objects;
use crate::grant::{self, Right};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "rbac-creates-tokens",
    control: "rbac",
    title: "A role makes tokens of service accounts",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        grant::judge_rights(
            subject,
            RIGHTS,
            "take the verb out, or list the service accounts under `resourceNames`",
        )
    },
};

const RIGHTS: &[Right] = &[Right { group: "", resources: &["serviceaccounts/token"], verbs: &["create"] }];
