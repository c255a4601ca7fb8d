//! Few roles should create pods or what makes them.
//!
//! **Why.** A pod may name any service account of its namespace and mount any of its secrets: whoever creates one, or
//! changes the template of one, has all of those.
//!
//! **What is looked at.** The rules of every `Role` and `ClusterRole` that name the resource, with the verb or with
//! `*`: `create`, `update`, `patch` of `pods`, `replicationcontrollers`; `create`, `update`, `patch` of `daemonsets`,
//! `deployments`, `replicasets`, `statefulsets`; `create`, `update`, `patch` of `cronjobs`, `jobs`. A rule of given
//! `resourceNames` is left alone, and so are the roles that Kubernetes brings (`kubernetes.io/bootstrapping`). One
//! that names every resource (`*`) is `rbac-wildcard`.
//!
//! **Fix.** Leave it to the pipeline and to operators that need it, each in a namespace of its own that enforces a
//! level of the Pod Security Standards.
//!
//! Source: <https://kubernetes.io/docs/concepts/security/rbac-good-practices/>, workload creation.

use eval::Rule;
use model::Severity;

use crate::Objects;
use crate::grant::{self, Right};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "rbac-creates-workloads",
    control: "rbac",
    title: "A role runs what it likes",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        grant::judge_rights(
            subject,
            RIGHTS,
            "leave it to the pipeline and to operators that need it, each in a namespace of its own that enforces a level of the Pod Security Standards",
        )
    },
};

const RIGHTS: &[Right] = &[
    Right {
        group: "",
        resources: &["pods", "replicationcontrollers"],
        verbs: &["create", "update", "patch"],
    },
    Right {
        group: "apps",
        resources: &["daemonsets", "deployments", "replicasets", "statefulsets"],
        verbs: &["create", "update", "patch"],
    },
    Right { group: "batch", resources: &["cronjobs", "jobs"], verbs: &["create", "update", "patch"] },
];
