//! An image should be named by its digest.
//!
//! **Why.** Whoever may push to the repository may move a tag to another image, and every pod that starts from then
//! on runs it. What was scanned and signed was a digest.
//!
//! **What is looked at.** `image` of every container, init container and ephemeral container with a tag and without a
//! digest. One with no tag, or `latest`, is `image-tag-floating`.
//!
//! **Fix.** Append the digest to the tag: `name:1.2.3@sha256:…` (`plimsoll scan` prints it).
//!
//! Source: <https://kubernetes.io/docs/concepts/containers/images/>, image names.

use eval::Rule;
use model::Severity;

use crate::Objects;
use crate::image;
use crate::look::{self, Wrong};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "image-digest-missing",
    control: "image-hardening",
    title: "The image behind a tag may change",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        look::containers(
            subject,
            "append the digest",
            |_| true,
            |_, c| {
                let image = c.node.text_field("image")?.map(image::parts).filter(|i| i.digest.is_none());
                let Some(tag) = image.and_then(|i| i.tag).filter(|tag| *tag != "latest") else {
                    return Ok(None);
                };
                let what =
                    format!("container \"{}\" has an image of the tag `{tag}` without a digest", c.name);
                Ok(Some(Wrong::keyed(c.name, c.spot("image"), what)))
            },
        )
    },
};
