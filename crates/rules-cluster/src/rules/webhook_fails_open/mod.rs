//! A webhook that holds a policy should refuse when it cannot answer.
//!
//! **Why.** With `failurePolicy: Ignore` whatever comes while the webhook is down, slow or unreachable is let in
//! unchecked. Whoever can make it slow chooses when.
//!
//! **What is looked at.** `failurePolicy` of every webhook of every ValidatingWebhookConfiguration; in `v1` it is
//! `Fail` unless set, in `v1beta1` `Ignore`. Mutating webhooks often only add what a later check asks for, and are
//! left alone.
//!
//! **Fix.** Set `failurePolicy: Fail`, run the webhook with several replicas, and let it mean the namespaces alone
//! that it is for.
//!
//! Source: <https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/>, failure
//! policy.

use eval::Rule;
use manifest::{Node, WrongType};
use model::Severity;

use crate::look::{self, Wrong};
use crate::workload::Spot;
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "webhook-fails-open",
    control: "policy-enforcement",
    title: "What a webhook should check is let in when it is down",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge: |subject| look::webhooks(subject, &["ValidatingWebhookConfiguration"], "set it to Fail", find),
};

fn find(subject: &Subject<'_>, (index, webhook): (usize, &Node)) -> Result<Option<Wrong>, WrongType> {
    let old = subject.object.api_version.ends_with("/v1beta1");
    let how = match webhook.text_field("failurePolicy")? {
        Some("Ignore") => "",
        None if old => " by default",
        _ => return Ok(None),
    };
    let name = webhook.text_field("name")?.unwrap_or("");
    let at = webhook.entry("failurePolicy").map_or(webhook.at, |e| e.at);
    let spot = Spot { field: format!("webhooks[{index}].failurePolicy"), at };
    Ok(Some(Wrong::keyed(name, spot, format!("webhook {name} has failurePolicy Ignore{how}"))))
}
