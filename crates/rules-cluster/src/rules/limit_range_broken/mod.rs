//! What a container asks for and may take must lie within the LimitRange of its namespace.
//!
//! **Why.** The API server refuses every pod with a container beyond `max` or below `min`. In a template it is
//! refused when the controller makes the pod: the Deployment is taken, and no pod ever runs.
//!
//! **What is looked at.** Requests against `min` and `max`, limits against `max`, and both against
//! `maxLimitRequestRatio` of each LimitRange item of the type `Container` in the same namespace of the same input; and
//! what a pod has in all against `min` and `max` of the type `Pod`. The type `PersistentVolumeClaim` is not compared.
//!
//! **Fix.** Bring the container within the range, or change the range.
//!
//! Source: <https://kubernetes.io/docs/concepts/policy/limit-range/>.

use eval::Rule;
use manifest::{Node, WrongType};
use model::Severity;

use crate::look::{self, Found, Wrong};
use crate::quantity::{Quantity, shown};
use crate::workload::{Container, Pod};
use crate::{Objects, Subject, resources};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "limit-range-broken",
    control: "resources",
    title: "A container never fits the LimitRange of its namespace",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge: |subject| look::pod(subject, "bring it within the range", |pod| find(subject, pod)),
};

/// Of a bound: what it bounds, and how a message says that it is broken.
const BOUNDS: [(&str, &str, &str); 3] =
    [("max", "limits", "above"), ("max", "requests", "above"), ("min", "requests", "below")];

fn find(subject: &Subject<'_>, pod: &Pod<'_>) -> Found {
    let mut found = Vec::new();
    let containers = resources::ranges(subject, "Container")?;
    for container in pod.containers.iter().filter(|c| resources::has_resources(c)) {
        for (range, item) in &containers {
            let broken = of_container(subject, container, item)?;
            found.extend(broken.map(|(part, key, what)| {
                let what = format!("container \"{}\" has {what} of LimitRange {range}", container.name);
                Wrong::keyed(container.name, container.spot(&format!("resources.{part}.{key}")), what)
            }));
        }
    }
    for (range, item) in resources::ranges(subject, "Pod")? {
        let broken = of_pod(subject, pod, item)?;
        let wrong = |what| {
            Wrong::keyed("pod", pod.spot("containers"), format!("the pod has {what} of LimitRange {range}"))
        };
        found.extend(broken.map(wrong));
    }
    Ok(found)
}

/// The first bound of an item that a container breaks: part, resource, and words.
fn of_container<'i>(
    subject: &Subject<'_>,
    container: &Container<'_>,
    item: &'i Node,
) -> Result<Option<(&'static str, &'i str, String)>, WrongType> {
    for (bound, part, word) in BOUNDS {
        let Some(bounds) = item.map_field(bound)? else { continue };
        for entry in bounds.fields() {
            let key = &*entry.key;
            let own = resources::own(subject, container, part, key)?;
            if is_broken(bound, Quantity::field(bounds, key)?, own) {
                let is = written(container.node, part, key);
                let what = format!("{part}.{key}{is}, {word} the {bound} of {}", shown(&entry.value));
                return Ok(Some((part, key, what)));
            }
        }
    }
    let Some(ratios) = item.map_field("maxLimitRequestRatio")? else { return Ok(None) };
    for entry in ratios.fields() {
        let key = &*entry.key;
        let (limit, request) = (
            resources::own(subject, container, "limits", key)?,
            resources::own(subject, container, "requests", key)?,
        );
        let most = Quantity::field(ratios, key)?.zip(request).map(|(ratio, request)| request.scaled(ratio));
        let what = match (limit, most) {
            (Some(limit), Some(most)) if limit <= most => continue,
            (Some(_), Some(_)) => {
                format!("more limits.{key} than {} times its request, the ratio", shown(&entry.value))
            }
            _ => format!(
                "no request or no limit of {key}, which the ratio of {} asks for",
                shown(&entry.value)
            ),
        };
        return Ok(Some(("limits", key, what)));
    }
    Ok(None)
}

/// The first bound of an item that a whole pod breaks, in words. What the item bounds must be said.
fn of_pod(subject: &Subject<'_>, pod: &Pod<'_>, item: &Node) -> Result<Option<String>, WrongType> {
    for (bound, part, word) in BOUNDS {
        let Some(bounds) = item.map_field(bound)? else { continue };
        for entry in bounds.fields() {
            let (key, value) = (&*entry.key, shown(&entry.value));
            let amount = resources::total(subject, pod, part, key)?.amount;
            if is_broken(bound, Quantity::field(bounds, key)?, amount) {
                return Ok(Some(format!("{part}.{key} in all {word} the {bound} of {value}")));
            }
            if amount.is_none() && (bound, part) != ("max", "requests") {
                return Ok(Some(format!("no {part}.{key}, which the {bound} of {value} asks for,")));
            }
        }
    }
    Ok(None)
}

fn is_broken(bound: &str, wanted: Option<Quantity>, amount: Option<Quantity>) -> bool {
    let (Some(wanted), Some(amount)) = (wanted, amount) else { return false };
    if bound == "max" { wanted < amount } else { amount < wanted }
}

/// ` 128Mi`, or nothing where it is not the container that says so.
fn written(container: &Node, part: &str, resource: &str) -> String {
    container.at_path(&["resources", part, resource]).map(|n| format!(" {}", shown(n))).unwrap_or_default()
}
