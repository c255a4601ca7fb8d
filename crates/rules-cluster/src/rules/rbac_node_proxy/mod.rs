//! A role must not reach the API of the kubelets.
//!
//! **Why.** `nodes/proxy` is the whole API of a kubelet, which runs commands in every pod of its node, past admission
//! and past the audit log. `get` is enough, since those calls are upgraded `GET` requests.
//!
//! **What is looked at.** The rules of every `Role` and `ClusterRole` that name the resource, with the verb or with
//! `*`: `get`, `create`, `update`, `patch`, `delete` of `nodes/proxy`. A rule of given `resourceNames` is left alone,
//! and so are the roles that Kubernetes brings (`kubernetes.io/bootstrapping`). One that names every resource (`*`)
//! is `rbac-wildcard`.
//!
//! **Fix.** Take the resource out; metrics are read with `nodes/metrics` and `nodes/stats`.
//!
//! Source: <https://kubernetes.io/docs/concepts/security/rbac-good-practices/>, access to proxy subresource of nodes.

use eval::Rule;
use model::Severity;

use crate::Objects;
use crate::grant::{self, Right};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "rbac-node-proxy",
    control: "rbac",
    title: "A role reaches the kubelet",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        grant::judge_rights(
            subject,
            RIGHTS,
            "take the resource out; metrics are read with `nodes/metrics` and `nodes/stats`",
        )
    },
};

const RIGHTS: &[Right] = &[Right {
    group: "",
    resources: &["nodes/proxy"],
    verbs: &["get", "create", "update", "patch", "delete"],
}];
