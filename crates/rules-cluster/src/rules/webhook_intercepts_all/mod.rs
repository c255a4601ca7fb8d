//! A webhook that refuses when it is down must not be asked about everything.
//!
//! **Why.** With `failurePolicy: Fail` and every resource of every namespace, nothing is written while the webhook is
//! down: no lease, no node status, no pod of the webhook itself, which therefore stays down.
//!
//! **What is looked at.** Every webhook of every webhook configuration that fails closed, with a rule over all groups
//! and all resources (`*`), and without `namespaceSelector`, `objectSelector` or `matchConditions`.
//!
//! **Fix.** List the resources that it is for, and leave `kube-system` and its own namespace out by
//! `namespaceSelector`.
//!
//! Source: <https://kubernetes.io/docs/concepts/cluster-administration/admission-webhooks-good-practices/>.

use eval::Rule;
use manifest::{Node, WrongType};
use model::Severity;

use crate::look::{self, Wrong};
use crate::workload::Spot;
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "webhook-intercepts-all",
    control: "policy-enforcement",
    title: "A webhook that is down stops the cluster",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        let kinds = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];
        look::webhooks(subject, &kinds, "list the resources that it is for", find)
    },
};

fn find(subject: &Subject<'_>, (index, webhook): (usize, &Node)) -> Result<Option<Wrong>, WrongType> {
    let old = subject.object.api_version.ends_with("/v1beta1");
    let closed = match webhook.text_field("failurePolicy")? {
        Some(policy) => policy == "Fail",
        None => !old,
    };
    let some = |key| webhook.get(key).is_some_and(|n| !n.fields().is_empty() || !n.items().is_empty());
    if !closed || ["namespaceSelector", "objectSelector", "matchConditions"].into_iter().any(some) {
        return Ok(None);
    }
    for rule in webhook.list_field("rules")? {
        let every = |key| Ok::<_, WrongType>(rule.list_field(key)?.iter().any(|n| n.text() == Some("*")));
        let resources = rule.list_field("resources")?.iter().any(|n| matches!(n.text(), Some("*" | "*/*")));
        if resources && every("apiGroups")? {
            let name = webhook.text_field("name")?.unwrap_or("");
            let spot = Spot { field: format!("webhooks[{index}].rules"), at: rule.at };
            let what =
                format!("webhook {name} is asked about every resource of every namespace and fails closed");
            return Ok(Some(Wrong::keyed(name, spot, what)));
        }
    }
    Ok(None)
}
