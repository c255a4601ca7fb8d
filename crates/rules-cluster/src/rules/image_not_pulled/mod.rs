//! A node should ask the registry for the image.
//!
//! **Why.** With `IfNotPresent` a node that has the tag keeps what it has, although the tag was moved since, to mend
//! a vulnerability perhaps; with `Never` it runs whatever was put there. Nor does anyone ask whether this pod may
//! pull that image at all.
//!
//! **What is looked at.** `imagePullPolicy` of every container and init container: `Never`; and `IfNotPresent`, which
//! is the default but for `latest`, where the image has no digest. With a digest, what is there is what is meant.
//!
//! **Fix.** Name the digest, or set `imagePullPolicy: Always`.
//!
//! Source: <https://kubernetes.io/docs/concepts/containers/images/>, image pull policy.

use eval::Rule;
use manifest::WrongType;
use model::Severity;

use crate::Objects;
use crate::image;
use crate::look::{self, Wrong};
use crate::workload::Container;

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "image-not-pulled",
    control: "image-hardening",
    title: "A node runs what it has of an image",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge: |subject| look::containers(subject, "name the digest, or set `Always`", |_| true, |_, c| find(c)),
};

fn find(container: &Container<'_>) -> Result<Option<Wrong>, WrongType> {
    let Some(image) = container.node.text_field("image")?.map(image::parts) else { return Ok(None) };
    let newest = image.digest.is_none() && matches!(image.tag, None | Some("latest"));
    let (policy, how) = match container.node.text_field("imagePullPolicy")? {
        Some(policy) => (policy, ""),
        None if newest => return Ok(None),
        None => ("IfNotPresent", " by default"),
    };
    let stale = policy == "Never" || (policy == "IfNotPresent" && image.digest.is_none());
    let what = format!("container \"{}\" has imagePullPolicy {policy}{how}", container.name);
    Ok(stale.then(|| Wrong::keyed(container.name, container.spot("imagePullPolicy"), what)))
}
