//! The binding of a policy should refuse what breaks it.
//!
//! **Why.** With `Warn` or `Audit` alone whatever breaks the policy is let in, and somebody has to read that.
//!
//! **What is looked at.** `validationActions` of every ValidatingAdmissionPolicyBinding: without `Deny`.
//!
//! **Fix.** Add `Deny` once nothing is warned of any more.
//!
//! Source: <https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/>, validation
//! actions.

use eval::Rule;
use manifest::Node;
use model::Severity;

use crate::look::{self, Found, Wrong};
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "admission-policy-not-enforced",
    control: "policy-enforcement",
    title: "A policy only warns",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        let kinds: (&str, &[&str]) = ("admissionregistration.k8s.io", &["ValidatingAdmissionPolicyBinding"]);
        look::spec(subject, kinds, "add Deny", find)
    },
};

fn find(subject: &Subject<'_>, spec: &Node) -> Found {
    let actions: Vec<&str> = spec.list_field("validationActions")?.iter().filter_map(Node::text).collect();
    let what = format!("spec.validationActions is [{}]", actions.join(", "));
    let refuses = actions.contains(&"Deny");
    let spot = || subject.spot("spec.validationActions");
    Ok(if refuses { Vec::new() } else { vec![Wrong::of(spot(), what)] })
}
