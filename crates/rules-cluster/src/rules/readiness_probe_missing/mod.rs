//! Containers of a service should have a readiness probe.
//!
//! **Why.** Without the probe a container is ready as soon as its process runs: a Service sends it requests while it
//! still starts, and a rollout goes on to the next pod although this one never answers.
//!
//! **What is looked at.** `readinessProbe` of every container but init and ephemeral ones. Pods that run to their end
//! (`Job`, `CronJob`, a `restartPolicy` other than `Always`) need none.
//!
//! **Fix.** Set `readinessProbe`.
//!
//! Source: <https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/>.

use eval::Rule;
use model::Severity;

use crate::Objects;
use crate::look::{self, Wrong};
use crate::workload;

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "readiness-probe-missing",
    control: "config-audit",
    title: "A container gets requests before it can answer",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        look::containers(
            subject,
            "set it",
            |c| workload::serves(subject, c),
            |_, c| {
                let missing = c.node.map_field("readinessProbe")?.is_none();
                let what = format!("container \"{}\" has no readinessProbe", c.name);
                Ok(missing.then(|| Wrong::keyed(c.name, c.spot("readinessProbe"), what)))
            },
        )
    },
};
