//! Containers of a service should have a liveness probe.
//!
//! **Why.** The kubelet restarts a container whose process ends. One that hangs stays as it is, unless a probe finds
//! it out.
//!
//! **What is looked at.** `livenessProbe` of every container but init and ephemeral ones. Pods that run to their end
//! (`Job`, `CronJob`, a `restartPolicy` other than `Always`) need none.
//!
//! **Fix.** Set `livenessProbe`, to something else than the readiness probe asks.
//!
//! Source: <https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/>.

use eval::Rule;
use model::Severity;

use crate::Objects;
use crate::look::{self, Wrong};
use crate::workload;

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "liveness-probe-missing",
    control: "config-audit",
    title: "A container that hangs is never restarted",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        look::containers(
            subject,
            "set it",
            |c| workload::serves(subject, c),
            |_, c| {
                let missing = c.node.map_field("livenessProbe")?.is_none();
                let what = format!("container \"{}\" has no livenessProbe", c.name);
                Ok(missing.then(|| Wrong::keyed(c.name, c.spot("livenessProbe"), what)))
            },
        )
    },
};
