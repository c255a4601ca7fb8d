//! A role should read only the secrets that the work asks for.
//!
//! **Why.** `get`, `list` and `watch` each show the content. Among the secrets of a namespace are those of its other
//! workloads, and the tokens of its service accounts where such were made.
//!
//! **What is looked at.** The rules of every `Role` and `ClusterRole` that name the resource, with the verb or with
//! `*`: `get`, `list`, `watch` of `secrets`. A rule of given `resourceNames` is left alone, and so are the roles that
//! Kubernetes brings (`kubernetes.io/bootstrapping`). One that names every resource (`*`) is `rbac-wildcard`.
//!
//! **Fix.** List the secrets under `resourceNames` with `get`, or mount them instead.
//!
//! Source: <https://kubernetes.io/docs/concepts/security/rbac-good-practices/>, listing secrets.

use eval::Rule;
use model::Severity;

use crate::Objects;
use crate::grant::{self, Right};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "rbac-reads-secrets",
    control: "rbac",
    title: "A role reads every secret of a namespace",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        grant::judge_rights(
            subject,
            RIGHTS,
            "list the secrets under `resourceNames` with `get`, or mount them instead",
        )
    },
};

const RIGHTS: &[Right] = &[Right { group: "", resources: &["secrets"], verbs: &["get", "list", "watch"] }];
