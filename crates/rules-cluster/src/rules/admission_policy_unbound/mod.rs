//! A ValidatingAdmissionPolicy needs a binding.
//!
//! **Why.** A policy alone refuses nothing: it is evaluated only where a binding says so.
//!
//! **What is looked at.** Every ValidatingAdmissionPolicy of the input: whether a ValidatingAdmissionPolicyBinding of
//! the input names it.
//!
//! **Fix.** Add a binding with `policyName` and `validationActions: [Deny]`.
//!
//! Source: <https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/>.

use eval::{Judgement, Rule};
use manifest::Node;
use model::Severity;

use crate::look::{self, Wrong};
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "admission-policy-unbound",
    control: "policy-enforcement",
    title: "A policy holds nowhere",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge,
};

fn judge(subject: &Subject<'_>) -> Judgement {
    if !look::is(subject, ("admissionregistration.k8s.io", &["ValidatingAdmissionPolicy"])) {
        return Judgement::not_applicable();
    }
    let name = subject.object.name();
    let mut bindings = subject.around.all("ValidatingAdmissionPolicyBinding");
    let bound = bindings.any(|b| b.node.at_path(&["spec", "policyName"]).and_then(Node::text) == Some(name));
    let wrong = || Wrong::of(subject.spot("metadata.name"), "no ValidatingAdmissionPolicyBinding names it");
    look::lack(subject, "add a binding", Ok(if bound { Vec::new() } else { vec![wrong()] }))
}
