//! An annotation must not hold a secret.
//!
//! **Why.** Annotations are copied: into events, logs, dashboards and the objects that controllers make. `kubectl
//! apply` writes the whole of a Secret into one, where whoever reads the metadata of Secrets has it.
//!
//! **What is looked at.** The annotations of every object and of the pod that it brings: tokens whose issuer gave
//! them a known shape, private keys, passwords in addresses, and fields within whose name says that they are a
//! secret; and of a Secret `kubectl.kubernetes.io/last-applied-configuration`. Values are never printed.
//!
//! **Fix.** Change the secret wherever it is valid and remove the annotation; apply Secrets with `kubectl apply
//! --server-side`.
//!
//! Source: <https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/>;
//! <https://kubernetes.io/docs/reference/using-api/server-side-apply/>.

use eval::{Judgement, Rule};
use manifest::{Position, WrongType};
use model::Severity;

use crate::look::{self, Wrong};
use crate::workload::{Spot, texts};
use crate::{Objects, Subject};
use inventory::secret;

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "secret-in-annotation",
    control: "secrets",
    title: "An annotation holds a secret",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge,
};

/// Where `kubectl apply` keeps what it applied.
const APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

fn judge(subject: &Subject<'_>) -> Judgement {
    look::answer(subject, "change it wherever it is valid, and remove the annotation", find(subject))
}

fn find(subject: &Subject<'_>) -> Result<Vec<Wrong>, WrongType> {
    let mut found = Vec::new();
    let metadata = subject.object.node.map_field("metadata")?;
    if let Some(own) = metadata.map(|m| m.map_field("annotations")).transpose()?.flatten() {
        for annotation in texts(own)? {
            found.extend(held(subject, "metadata", annotation));
        }
    }
    if let Ok(Some(pod)) = &subject.pod
        && pod.metadata_path != "metadata"
    {
        let all = pod.annotations.iter();
        found.extend(all.filter_map(|annotation| held(subject, &pod.metadata_path, *annotation)));
    }
    Ok(found)
}

fn held(subject: &Subject<'_>, path: &str, (key, value, at): (&str, &str, Position)) -> Option<Wrong> {
    let of_secret = &*subject.object.kind == "Secret";
    let what = match key {
        APPLIED if of_secret => value.contains("ata\":{\"").then_some("the values of the Secret"),
        // Whatever else was applied stands in the object as well, and is found there.
        APPLIED => None,
        _ => secret::find(value).first().map(|s| s.what),
    }?;
    let field = format!("{path}.annotations.{key}");
    Some(Wrong::keyed(field.clone(), Spot { field, at }, format!("annotation {key} holds {what}")))
}
