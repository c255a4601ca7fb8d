//! A probe should end before the next is due.
//!
//! **Why.** The kubelet runs one probe of a kind at a time: a probe that may wait longer than its period is asked as
//! seldom as it waits, so that a hanging container is found out later than `failureThreshold` times `periodSeconds`
//! says.
//!
//! **What is looked at.** `timeoutSeconds` (1 if absent) against `periodSeconds` (10 if absent) of every liveness,
//! readiness and startup probe of every container.
//!
//! **Fix.** Lower `timeoutSeconds`, or raise `periodSeconds`.
//!
//! Source: <https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/>.

use eval::Rule;
use model::Severity;

use crate::Objects;
use crate::look::{self, Found, Wrong};
use crate::workload::Container;

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "probe-timeout-over-period",
    control: "config-audit",
    title: "A probe waits longer than until the next is due",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        look::containers(
            subject,
            "lower `timeoutSeconds`",
            |c| c.list != "ephemeralContainers",
            |_, c| find(c),
        )
    },
};

fn find(container: &Container<'_>) -> Found {
    let mut found = Vec::new();
    for kind in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let Some(probe) = container.node.map_field(kind)? else { continue };
        let timeout = probe.integer_field("timeoutSeconds")?.unwrap_or(1);
        let period = probe.integer_field("periodSeconds")?.unwrap_or(10);
        if period < timeout {
            let what = format!(
                "container \"{}\" has {kind} with timeoutSeconds {timeout}, above periodSeconds {period}",
                container.name
            );
            let spot = container.spot(&format!("{kind}.timeoutSeconds"));
            found.push(Wrong::keyed(format!("{} {kind}", container.name), spot, what));
        }
    }
    Ok(found)
}
