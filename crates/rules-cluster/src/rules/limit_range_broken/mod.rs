//! What a container asks for and may take must lie within the LimitRange of its namespace.
//!
//! **Why.** The API server refuses every pod with a container beyond `max` or below `min`. In a template it is
//! refused when the controller makes the pod: the Deployment is taken, and no pod ever runs.
//!
//! **What is looked at.** Requests against `min` and limits against `max` of each LimitRange item of the type
//! `Container` in the same namespace of the same input. Ratios and the types `Pod` and `PersistentVolumeClaim` are
//! not compared.
//!
//! **Fix.** Bring the container within the range, or change the range.
//!
//! Source: <https://kubernetes.io/docs/concepts/policy/limit-range/>.

use eval::Rule;
use manifest::{Node, WrongType};
use model::Severity;

use crate::look::{self, Wrong};
use crate::quantity::{Quantity, shown};
use crate::workload::{Container, Pod};
use crate::{Objects, Subject, resources};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "limit-range-broken",
    control: "resources",
    title: "A container never fits the LimitRange of its namespace",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        look::containers(subject, "bring it within the range", resources::has_resources, |pod, c| {
            find(subject, pod, c)
        })
    },
};

fn find(subject: &Subject<'_>, pod: &Pod<'_>, container: &Container<'_>) -> Result<Option<Wrong>, WrongType> {
    for (range, item) in resources::ranges(subject)? {
        for (bound, part, word) in [("max", "limits", "above"), ("min", "requests", "below")] {
            let Some(bounds) = item.map_field(bound)? else { continue };
            for entry in bounds.fields() {
                let key = &*entry.key;
                let (Some(most), Some(own)) =
                    (Quantity::field(bounds, key)?, amount(subject, pod, container, (part, key))?)
                else {
                    continue;
                };
                let broken = if bound == "max" { most < own } else { own < most };
                if broken {
                    let is = written(container.node, part, key);
                    let what = format!(
                        "container \"{}\" has {part}.{key}{is}, {word} the {bound} of {} of LimitRange {range}",
                        container.name,
                        shown(&entry.value)
                    );
                    let spot = container.spot(&format!("resources.{part}.{key}"));
                    return Ok(Some(Wrong::keyed(container.name, spot, what)));
                }
            }
        }
    }
    Ok(None)
}

fn amount(
    subject: &Subject<'_>,
    pod: &Pod<'_>,
    container: &Container<'_>,
    (part, resource): (&str, &str),
) -> Result<Option<Quantity>, WrongType> {
    match part {
        "limits" => resources::limit(subject, pod, container, resource),
        _ => resources::request(subject, pod, container, resource),
    }
}

/// ` 128Mi`, or nothing where it is not the container that says so.
fn written(container: &Node, part: &str, resource: &str) -> String {
    container.at_path(&["resources", part, resource]).map(|n| format!(" {}", shown(n))).unwrap_or_default()
}
