//! A namespace should enforce a level of the Pod Security Standards.
//!
//! **Why.** Without the label the API server takes every pod, privileged ones included, unless its own configuration
//! or another policy says otherwise.
//!
//! **What is looked at.** The label `pod-security.kubernetes.io/enforce` of every Namespace, read as the admission
//! controller reads it: absent, or `privileged`; and any of its labels with a value that means nothing, with which the API
//! server refuses the namespace. Where the configuration of the controller is in the input (`PodSecurityConfiguration`, by
//! itself or in an `AdmissionConfiguration`), its defaults count where there is no label, and a namespace that it exempts
//! enforces nothing; users and runtime classes that it exempts are not asked about. `kube-system`, `kube-public` and `kube-node-lease` are left alone.
//!
//! **Fix.** Label it `pod-security.kubernetes.io/enforce: baseline`, or `restricted`.
//!
//! Source: <https://kubernetes.io/docs/concepts/security/pod-security-admission/>.

use eval::{Judgement, Rule};
use manifest::{Position, WrongType};
use model::Severity;

use crate::look::{self, Wrong};
use crate::pod_security::{Configuration, LabelError, Level, configuration_of, policy_of};
use crate::workload::{Spot, texts};
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

fn find(subject: &Subject<'_>) -> Result<Vec<Wrong>, String> {
    let labels = labels(subject).map_err(|e| e.to_string())?;
    let configuration = configuration(subject)?;
    if configuration.namespaces.iter().any(|n| n == subject.object.name()) {
        let what = "the configuration of the admission controller exempts it, whatever its labels say";
        return Ok(vec![Wrong::keyed("exemption", subject.spot("metadata.name"), what)]);
    }
    let (policy, errors) = policy_of(labels.iter().map(|(k, v, _)| (*k, *v)), configuration.defaults);
    if !errors.is_empty() {
        let wrong = |e: &LabelError| {
            let what = format!("{e}, and the API server refuses the namespace");
            Wrong::keyed(e.label.clone(), spot(subject, &labels, &e.label), what)
        };
        return Ok(errors.iter().map(wrong).collect());
    }
    let what = match labels.iter().find(|(key, ..)| *key == ENFORCE) {
        None if Level::Baseline <= policy.enforce.0 => return Ok(Vec::new()),
        None => format!("label {ENFORCE} is not set"),
        Some((_, "privileged", _)) => format!("label {ENFORCE} is privileged"),
        Some(_) => return Ok(Vec::new()),
    };
    Ok(vec![Wrong::of(spot(subject, &labels, ENFORCE), what)])
}

fn labels<'o>(subject: &Subject<'o>) -> Result<Vec<(&'o str, &'o str, Position)>, WrongType> {
    let Some(metadata) = subject.object.node.map_field("metadata")? else { return Ok(Vec::new()) };
    Ok(metadata.map_field("labels")?.map(texts).transpose()?.unwrap_or_default())
}

/// The configuration of the admission controller, if it is in the input; else the built-in one.
fn configuration(subject: &Subject<'_>) -> Result<Configuration, String> {
    let kinds = ["AdmissionConfiguration", "PodSecurityConfiguration"];
    let mut found = None;
    for object in kinds.iter().flat_map(|kind| subject.around.all(kind)) {
        let Some(read) = configuration_of(object) else { continue };
        let read = read?;
        if found.replace(read).is_some() {
            return Err("the input holds several configurations of the admission controller".to_owned());
        }
    }
    Ok(found.unwrap_or_default())
}

/// Where a label stands, or would: its key holds dots.
fn spot(subject: &Subject<'_>, labels: &[(&str, &str, Position)], label: &str) -> Spot {
    let at = labels.iter().find(|(key, ..)| *key == label).map(|(.., at)| *at);
    Spot {
        field: format!("metadata.labels.{label}"),
        at: at.unwrap_or_else(|| subject.spot("metadata.labels").at),
    }
}
