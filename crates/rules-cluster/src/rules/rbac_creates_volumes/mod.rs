//! Few roles should create PersistentVolumes.
//!
//! **Why.** A PersistentVolume may be a path of the node (`hostPath`). Whoever creates one and claims it reads and
//! writes the node past the Pod Security Standards, which look at pods alone.
//!
//! **What is looked at.** The rules of every `Role` and `ClusterRole` that name the resource, with the verb or with
//! `*`: `create`, `update`, `patch` of `persistentvolumes`. A rule of given `resourceNames` is left alone, and so are
//! the roles that Kubernetes brings (`kubernetes.io/bootstrapping`). One that names every resource (`*`) is
//! `rbac-wildcard`.
//!
//! **Fix.** Take the verb out; let users claim volumes of a StorageClass.
//!
//! Source: <https://kubernetes.io/docs/concepts/security/rbac-good-practices/>, persistent volume creation.

use eval::Rule;
use model::Severity;

use crate::Objects;
use crate::grant::{self, Right};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "rbac-creates-volumes",
    control: "rbac",
    title: "A role makes volumes of whatever the node holds",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        grant::judge_rights(subject, RIGHTS, "take the verb out; let users claim volumes of a StorageClass")
    },
};

const RIGHTS: &[Right] =
    &[Right { group: "", resources: &["persistentvolumes"], verbs: &["create", "update", "patch"] }];
