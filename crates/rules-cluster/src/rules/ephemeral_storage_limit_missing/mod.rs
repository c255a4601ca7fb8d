//! Every container must say how much of its node's disk it may take.
//!
//! **Why.** Logs, the writable layer and `emptyDir` volumes lie on the disk of the node. A container that fills it
//! gets other pods evicted with it; one with a limit is evicted alone.
//!
//! **What is looked at.** `resources.limits.ephemeral-storage` of every container and init container, or the
//! `default` of a LimitRange of the namespace.
//!
//! **Fix.** Set `resources.limits.ephemeral-storage`.
//!
//! Source: <https://kubernetes.io/docs/concepts/storage/ephemeral-storage/>.

use eval::Rule;
use model::Severity;

use crate::look::{self, Wrong};
use crate::{Objects, resources};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "ephemeral-storage-limit-missing",
    control: "resources",
    title: "A container may fill the disk of its node",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        look::containers(subject, "set it", resources::has_resources, |pod, c| {
            let limit = resources::limit(subject, pod, c, "ephemeral-storage")?;
            Ok(limit.is_none().then(|| {
                let what = format!("container \"{}\" has no limit of ephemeral-storage", c.name);
                Wrong::keyed(c.name, c.spot("resources.limits"), what)
            }))
        })
    },
};
