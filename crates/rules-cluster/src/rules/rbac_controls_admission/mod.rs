//! Few roles should write webhook configurations and admission policies.
//!
//! **Why.** A webhook reads every object that it is called for, secrets included; a mutating one changes them.
//! Whoever may delete a policy or its binding lets in what it kept out.
//!
//! **What is looked at.** The rules of every `Role` and `ClusterRole` that name the resource, with the verb or with
//! `*`: `create`, `update`, `patch`, `delete` of `mutatingwebhookconfigurations`, `validatingwebhookconfigurations`,
//! `validatingadmissionpolicies`, `validatingadmissionpolicybindings`. A rule of given `resourceNames` is left alone,
//! and so are the roles that Kubernetes brings (`kubernetes.io/bootstrapping`). One that names every resource (`*`)
//! is `rbac-wildcard`.
//!
//! **Fix.** Take the verbs out; leave admission to the operators that bring it.
//!
//! Source: <https://kubernetes.io/docs/concepts/security/rbac-good-practices/>, control admission webhooks.

use eval::Rule;
use model::Severity;

use crate::Objects;
use crate::grant::{self, Right};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "rbac-controls-admission",
    control: "rbac",
    title: "A role rules over admission",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        grant::judge_rights(
            subject,
            RIGHTS,
            "take the verbs out; leave admission to the operators that bring it",
        )
    },
};

const RIGHTS: &[Right] = &[Right {
    group: "admissionregistration.k8s.io",
    resources: &[
        "mutatingwebhookconfigurations",
        "validatingwebhookconfigurations",
        "validatingadmissionpolicies",
        "validatingadmissionpolicybindings",
    ],
    verbs: &["create", "update", "patch", "delete"],
}];
