//! An image must be named by its version.
//!
//! **Why.** Without a tag, or with `latest`, each node runs what was newest when it pulled: replicas differ, nobody
//! can say what ran yesterday, and there is nothing to go back to.
//!
//! **What is looked at.** `image` of every container, init container and ephemeral container: no digest, and no tag
//! or the tag `latest`.
//!
//! **Fix.** Name the version, and best the digest: `name:1.2.3@sha256:…`.
//!
//! Source: <https://kubernetes.io/docs/concepts/containers/images/>, image names.

use eval::Rule;
use model::Severity;

use crate::Objects;
use crate::image;
use crate::look::{self, Wrong};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "image-tag-floating",
    control: "image-hardening",
    title: "A container runs whatever is newest",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        look::containers(
            subject,
            "name the version or the digest",
            |_| true,
            |_, c| {
                let image = c.node.text_field("image")?.map(image::parts).filter(|i| i.digest.is_none());
                let how = match image.map(|i| i.tag) {
                    Some(None) => "no tag, which means `latest`",
                    Some(Some("latest")) => "the tag `latest`",
                    _ => return Ok(None),
                };
                let what = format!("container \"{}\" has an image of {how}", c.name);
                Ok(Some(Wrong::keyed(c.name, c.spot("image"), what)))
            },
        )
    },
};
