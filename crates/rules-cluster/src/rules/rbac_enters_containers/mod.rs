//! A role should not let its holders into running containers.
//!
//! **Why.** Whoever may `exec` into a pod, attach to it or put an ephemeral container into it acts with everything
//! that the pod has: its token, its secrets, its volumes, its place in the network.
//!
//! **What is looked at.** The rules of every `Role` and `ClusterRole` that name the resource, with the verb or with
//! `*`: `create`, `get` of `pods/exec`, `pods/attach`; `update`, `patch` of `pods/ephemeralcontainers`. A rule of
//! given `resourceNames` is left alone, and so are the roles that Kubernetes brings (`kubernetes.io/bootstrapping`).
//! One that names every resource (`*`) is `rbac-wildcard`.
//!
//! **Fix.** Take the resource out; read logs instead, and debug in a namespace of its own.
//!
//! Source: <https://kubernetes.io/docs/reference/access-authn-authz/rbac/>;
//! <https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/>.

use eval::Rule;
use model::Severity;

use crate::Objects;
use crate::grant::{self, Right};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "rbac-enters-containers",
    control: "rbac",
    title: "A role runs commands in containers",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        grant::judge_rights(
            subject,
            RIGHTS,
            "take the resource out; read logs instead, and debug in a namespace of its own",
        )
    },
};

const RIGHTS: &[Right] = &[
    Right { group: "", resources: &["pods/exec", "pods/attach"], verbs: &["create", "get"] },
    Right { group: "", resources: &["pods/ephemeralcontainers"], verbs: &["update", "patch"] },
];
