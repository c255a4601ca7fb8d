//! One pod must fit the quota of its namespace.
//!
//! **Why.** The API server refuses a pod that would go beyond the quota, and one that does not say what the quota
//! counts. One pod that alone is beyond it never runs, and nothing tells whoever applied its template.
//!
//! **What is looked at.** `requests` and `limits` of processor time and memory of one pod (its own, else the sum over its
//! containers and sidecars, or the most that an init container takes) against `hard` of each ResourceQuota without scopes
//! in the same namespace of the same input, and whether every container and init container says what the quota counts,
//! itself, by its pod or by a LimitRange. How many pods fit together is not asked.
//!
//! **Fix.** Ask for less, or raise the quota; set what the quota counts on each container.
//!
//! Source: <https://kubernetes.io/docs/concepts/policy/resource-quotas/>.

use eval::Rule;
use manifest::{Node, WrongType};
use model::Severity;

use crate::around::namespace_of;
use crate::look::{self, Found, Wrong};
use crate::quantity::{Quantity, shown};
use crate::workload::Pod;
use crate::{Objects, Subject, resources};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "quota-never-fits",
    control: "resources",
    title: "A pod never fits the ResourceQuota of its namespace",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge: |subject| look::pod(subject, "ask for less, or raise the quota", |pod| find(subject, pod)),
};

/// What a quota counts: the names it is known by, and what of a container it is the sum of.
const COUNTED: [(&str, &str, &str); 6] = [
    ("cpu", "requests", "cpu"),
    ("memory", "requests", "memory"),
    ("requests.cpu", "requests", "cpu"),
    ("requests.memory", "requests", "memory"),
    ("limits.cpu", "limits", "cpu"),
    ("limits.memory", "limits", "memory"),
];

fn find(subject: &Subject<'_>, pod: &Pod<'_>) -> Found {
    let mut found = Vec::new();
    for quota in subject.around.of("ResourceQuota", namespace_of(subject.object)) {
        let Some(spec) = quota.node.map_field("spec")? else { continue };
        let scoped = spec.get("scopes").is_some() || spec.get("scopeSelector").is_some();
        let Some(hard) = spec.map_field("hard")?.filter(|_| !scoped) else { continue };
        for (name, part, resource) in COUNTED {
            if let Some(what) = beyond(subject, pod, hard, (name, part, resource))? {
                let what = format!("{what} of ResourceQuota {}", quota.name());
                found.push(Wrong::keyed(format!("{} {name}", quota.name()), pod.spot("containers"), what));
            }
        }
    }
    Ok(found)
}

fn beyond(
    subject: &Subject<'_>,
    pod: &Pod<'_>,
    hard: &Node,
    (name, part, resource): (&str, &str, &str),
) -> Result<Option<String>, WrongType> {
    let (Some(most), Some(written)) = (Quantity::field(hard, name)?, hard.get(name)) else { return Ok(None) };
    let total = resources::total(subject, pod, part, resource)?;
    if let Some(name_of_silent) = total.silent {
        let what =
            format!("container \"{name_of_silent}\" does not say {part}.{resource}, which `{name}` counts");
        return Ok(Some(what));
    }
    let beyond = total.amount.is_some_and(|sum| most < sum);
    Ok(beyond.then(|| {
        format!("one pod has more {part}.{resource} than the {} that `{name}` allows", shown(written))
    }))
}
