//! A role must not approve certificates of whatever name they have.
//!
//! **Why.** A client certificate is whoever its name says. Whoever may create and approve requests for them becomes
//! any user or group, `system:masters` among them, and no certificate is ever revoked.
//!
//! **What is looked at.** The rules of every `Role` and `ClusterRole` that name the resource, with the verb or with
//! `*`: `update`, `patch` of `certificatesigningrequests/approval`; `approve`, `sign` of `signers`. A rule of given
//! `resourceNames` is left alone, and so are the roles that Kubernetes brings (`kubernetes.io/bootstrapping`). One
//! that names every resource (`*`) is `rbac-wildcard`.
//!
//! **Fix.** Take the verb out, or list the signers under `resourceNames`.
//!
//! Source: <https://kubernetes.io/docs/concepts/security/rbac-good-practices/>, CSRs and certificate issuing.

use eval::Rule;
use model::Severity;

use crate::Objects;
use crate::grant::{self, Right};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "rbac-approves-certificates",
    control: "rbac",
    title: "A role issues client certificates",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        grant::judge_rights(subject, RIGHTS, "take the verb out, or list the signers under `resourceNames`")
    },
};

const RIGHTS: &[Right] = &[
    Right {
        group: "certificates.k8s.io",
        resources: &["certificatesigningrequests/approval"],
        verbs: &["update", "patch"],
    },
    Right { group: "certificates.k8s.io", resources: &["signers"], verbs: &["approve", "sign"] },
];
