//! The liveness probe should ask something else than the readiness probe.
//!
//! **Why.** A container that is busy for a while fails its readiness probe and gets no requests until it has caught
//! up. If its liveness probe asks the same, in the same time, it is killed instead, its requests go to the others,
//! and those fail next.
//!
//! **What is looked at.** `livenessProbe` and `readinessProbe` of every container, where all their fields are the
//! same.
//!
//! **Fix.** Let the liveness probe ask whether the process works at all, or give it a longer `failureThreshold` or
//! `periodSeconds`.
//!
//! Source: <https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/>.

use eval::Rule;
use model::Severity;

use crate::Objects;
use crate::look::{self, Wrong};
use crate::quantity::same;
use crate::workload;

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "liveness-probe-is-readiness",
    control: "config-audit",
    title: "A container that is busy is restarted",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        look::containers(
            subject,
            "let it ask for less, or give it more time",
            |c| workload::serves(subject, c),
            |_, c| {
                let (live, ready) = (c.node.map_field("livenessProbe")?, c.node.map_field("readinessProbe")?);
                let is_same = live.is_some_and(|l| ready.is_some_and(|r| same(l, r)));
                let what = format!("container \"{}\" has a livenessProbe that is its readinessProbe", c.name);
                Ok(is_same.then(|| Wrong::keyed(c.name, c.spot("livenessProbe"), what)))
            },
        )
    },
};
