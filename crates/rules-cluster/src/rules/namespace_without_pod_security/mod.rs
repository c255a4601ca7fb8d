//! A namespace should enforce a level of the Pod Security Standards.
//!
//! **Why.** Without the label the API server takes every pod, privileged ones included, unless its own configuration
//! or another policy says otherwise.
//!
//! **What is looked at.** The label `pod-security.kubernetes.io/enforce` of every Namespace, read as the admission
//! controller reads it: absent, or `privileged`. `kube-system`, `kube-public` and `kube-node-lease` are left alone.
//!
//! **Fix.** Label it `pod-security.kubernetes.io/enforce: baseline`, or `restricted`.
//!
//! Source: <https://kubernetes.io/docs/concepts/security/pod-security-admission/>.

use eval::{Judgement, Rule};
use manifest::WrongType;
use model::Severity;

use crate::look::{self, Wrong};
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "namespace-without-pod-security",
    control: "policy-enforcement",
    title: "A namespace takes pods of any privilege",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge,
};

/// The label.
const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

fn judge(subject: &Subject<'_>) -> Judgement {
    let own = ["kube-system", "kube-public", "kube-node-lease"].contains(&subject.object.name());
    if own || !look::is(subject, ("", &["Namespace"])) {
        return Judgement::not_applicable();
    }
    look::answer(subject, "label it `baseline` or `restricted`", find(subject))
}

fn find(subject: &Subject<'_>) -> Result<Vec<Wrong>, WrongType> {
    let Some(metadata) = subject.object.node.map_field("metadata")? else { return Ok(Vec::new()) };
    let level = metadata.map_field("labels")?.map(|l| l.text_field(ENFORCE)).transpose()?.flatten();
    let what = match level {
        None => format!("label {ENFORCE} is not set"),
        Some("privileged") => format!("label {ENFORCE} is privileged"),
        Some(_) => return Ok(Vec::new()),
    };
    let spot = crate::workload::Spot {
        field: format!("metadata.labels.{ENFORCE}"),
        ..subject.spot("metadata.labels")
    };
    Ok(vec![Wrong::of(spot, what)])
}
