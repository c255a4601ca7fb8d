//! An image should name its registry.
//!
//! **Why.** Where the name holds none, the node's runtime decides: one takes Docker's, another goes through a list of its
//! own and takes the first that has an image of that name, whoever put it there. What was tried on one node may be another
//! thing on the next.
//!
//! **What is looked at.** `image` of every container, init container and ephemeral container. Its first part is a registry
//! if it holds a dot, a colon or a capital letter, or is `localhost`.
//!
//! **Fix.** Write it out: `docker.io/library/nginx:1.29`, or the name of one's own mirror.
//!
//! Source: <https://kubernetes.io/docs/concepts/containers/images/>, image names; the grammar of `distribution/reference`.

use eval::Rule;
use manifest::WrongType;
use model::Severity;
use oci::reference::names_registry;

use crate::Objects;
use crate::look::{self, Wrong};
use crate::workload::Container;

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "image-registry-implicit",
    control: "image-hardening",
    title: "The node decides from which registry an image comes",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge: |subject| look::containers(subject, "name the registry", |_| true, |_, c| find(c)),
};

fn find(container: &Container<'_>) -> Result<Option<Wrong>, WrongType> {
    let Some(name) = container.node.text_field("image")? else { return Ok(None) };
    let implicit = !name.is_empty() && !name.split_once('/').is_some_and(|(first, _)| names_registry(first));
    let what = format!("container \"{}\" has image `{name}`, which names no registry", container.name);
    Ok(implicit.then(|| Wrong::keyed(container.name, container.spot("image"), what)))
}
