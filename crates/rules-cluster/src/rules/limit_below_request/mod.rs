//! A limit must not be below the request of the same resource.
//!
//! **Why.** The API server refuses such a pod. In a template it is refused when the controller makes the pod, long
//! after the object was taken.
//!
//! **What is looked at.** Every resource under `resources.requests` of every container and init container that has a
//! limit of its own, compared as quantities: `1000m` is `1`.
//!
//! **Fix.** Raise the limit or lower the request.
//!
//! Source: <https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/>.

use eval::Rule;
use manifest::WrongType;
use model::Severity;

use crate::look::{self, Wrong};
use crate::quantity::shown;
use crate::workload::Container;
use crate::{Objects, resources};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "limit-below-request",
    control: "resources",
    title: "A container may take less than it asks for",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        look::containers(subject, "raise the limit or lower the request", resources::has_resources, |_, c| {
            find(c)
        })
    },
};

fn find(container: &Container<'_>) -> Result<Option<Wrong>, WrongType> {
    let Some(resources) = container.node.map_field("resources")? else { return Ok(None) };
    let Some(requests) = resources.map_field("requests")? else { return Ok(None) };
    let limits = resources.map_field("limits")?;
    for entry in requests.fields() {
        let request = resources::stated(container.node, "requests", &entry.key)?;
        let limit = resources::stated(container.node, "limits", &entry.key)?;
        let written = limits.and_then(|l| l.get(&entry.key));
        if let (Some(request), Some(limit), Some(written)) = (request, limit, written)
            && limit < request
        {
            let (key, asked, given) = (&entry.key, shown(&entry.value), shown(written));
            let what = format!(
                "container \"{}\" requests {asked} of {key} and is limited to {given}",
                container.name
            );
            let spot = container.spot(&format!("resources.requests.{key}"));
            return Ok(Some(Wrong::keyed(container.name, spot, what)));
        }
    }
    Ok(None)
}
