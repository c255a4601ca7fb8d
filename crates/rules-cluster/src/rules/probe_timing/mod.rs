//! A liveness probe must leave a container the time to start.
//!
//! **Why.** A container that is killed before it has started is started again, and killed again. Mostly this shows on the
//! day when a node is slow or a database is large.
//!
//! **What is looked at.** Containers with a `livenessProbe` and no `startupProbe` that are meant to run on: the moment at
//! which the probe may kill them at the earliest, `initialDelaySeconds` and `periodSeconds` for every failure but the
//! first. It is too early if it is the start itself, or if the `readinessProbe` is only asked later
//! (`initialDelaySeconds`): whoever wrote it expects nothing of the container until then.
//!
//! **Fix.** Add a `startupProbe` that waits as long as a start may take.
//!
//! Source: <https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/>.

use eval::Rule;
use manifest::WrongType;
use model::Severity;

use crate::Objects;
use crate::look::{self, Wrong};
use crate::workload::{Container, serves};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "probe-timing",
    control: "config-audit",
    title: "A container is killed before it has started",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        let is_meant = |c: &Container<'_>| serves(subject, c) && c.node.get("livenessProbe").is_some();
        look::containers(subject, "add a `startupProbe`", is_meant, |_, c| find(c))
    },
};

fn find(container: &Container<'_>) -> Result<Option<Wrong>, WrongType> {
    let node = container.node;
    let Some(liveness) = node.map_field("livenessProbe")? else { return Ok(None) };
    let delay = liveness.integer_field("initialDelaySeconds")?.unwrap_or(0);
    let period = liveness.integer_field("periodSeconds")?.unwrap_or(10);
    let failures = liveness.integer_field("failureThreshold")?.unwrap_or(3);
    if node.map_field("startupProbe")?.is_some() {
        return Ok(None);
    }
    let killed = failures.saturating_sub(1).saturating_mul(period).saturating_add(delay);
    let readiness = node.map_field("readinessProbe")?;
    let ready = readiness.map(|r| r.integer_field("initialDelaySeconds")).transpose()?.flatten().unwrap_or(0);
    let name = container.name;
    let what = if killed <= 0 {
        format!(
            "container \"{name}\" is killed by its livenessProbe at the first answer that fails, 0 s after it starts"
        )
    } else if killed < ready {
        format!(
            "container \"{name}\" may be killed by its livenessProbe {killed} s after it starts, and is not asked \
             whether it is ready before {ready} s"
        )
    } else {
        return Ok(None);
    };
    Ok(Some(Wrong::keyed(name, container.spot("livenessProbe"), what)))
}
