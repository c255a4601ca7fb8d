//! What containers ask for and may take, with the defaults of the LimitRanges of their namespace.

use eval::Judgement;
use manifest::{Node, WrongType};

use crate::Subject;
use crate::around::namespace_of;
use crate::look::{self, Wrong};
use crate::quantity::Quantity;
use crate::workload::{Container, Pod};

/// Resources whose requests and limits make the quality of service.
pub(crate) const OF_SERVICE: [&str; 2] = ["cpu", "memory"];

/// A container that may have requests and limits of its own: any but an ephemeral one.
pub(crate) fn has_resources(container: &Container<'_>) -> bool {
    container.list != "ephemeralContainers"
}

/// The limit of a container: its own, its pod's, or what a LimitRange puts in.
///
/// # Errors
/// [`WrongType`] if a field on the way is of another type.
pub(crate) fn limit(
    subject: &Subject<'_>,
    pod: &Pod<'_>,
    container: &Container<'_>,
    resource: &str,
) -> Result<Option<Quantity>, WrongType> {
    let own = stated(container.node, "limits", resource)?.or(stated(pod.spec, "limits", resource)?);
    match own {
        Some(own) => Ok(Some(own)),
        None => default_of(subject, &["default", "max"], resource),
    }
}

/// The request of a container: its own, else its limit, its pod's, or what a LimitRange puts in.
///
/// # Errors
/// [`WrongType`] if a field on the way is of another type.
pub(crate) fn request(
    subject: &Subject<'_>,
    pod: &Pod<'_>,
    container: &Container<'_>,
    resource: &str,
) -> Result<Option<Quantity>, WrongType> {
    for (node, part) in [
        (container.node, "requests"),
        (container.node, "limits"),
        (pod.spec, "requests"),
        (pod.spec, "limits"),
    ] {
        if let Some(stated) = stated(node, part, resource)? {
            return Ok(Some(stated));
        }
    }
    default_of(subject, &["defaultRequest", "default", "max", "min"], resource)
}

/// What a container itself has under `requests` or `limits`, once the API server has put in what a LimitRange says. A limit
/// without a request is a request.
///
/// # Errors
/// [`WrongType`] if a field on the way is of another type.
pub(crate) fn own(
    subject: &Subject<'_>,
    container: &Container<'_>,
    part: &str,
    resource: &str,
) -> Result<Option<Quantity>, WrongType> {
    let (parts, defaults): (&[&str], &[&str]) = match part {
        "limits" => (&["limits"], &["default", "max"]),
        _ => (&["requests", "limits"], &["defaultRequest", "default", "max", "min"]),
    };
    for part in parts {
        if let Some(stated) = stated(container.node, part, resource)? {
            return Ok(Some(stated));
        }
    }
    default_of(subject, defaults, resource)
}

/// What a whole pod has of a resource.
pub(crate) struct Total<'o> {
    /// The amount; `None` if nobody says.
    pub(crate) amount: Option<Quantity>,
    /// The first container that says nothing, where each must.
    pub(crate) silent: Option<&'o str>,
}

/// What a whole pod has of a resource under `requests` or `limits`: the pod's own word, else the sum of its containers and
/// sidecars, or the most that starting takes (Kubernetes 1.36, `plugin/pkg/admission/limitranger`, `podRequests`). Where
/// the pod speaks for itself, containers need not (`pkg/quota/v1/evaluator/core`, `Constraints`).
///
/// # Errors
/// [`WrongType`] if a field on the way is of another type.
pub(crate) fn total<'o>(
    subject: &Subject<'_>,
    pod: &Pod<'o>,
    part: &str,
    resource: &str,
) -> Result<Total<'o>, WrongType> {
    let parts: &[&str] = if part == "limits" { &["limits"] } else { &["requests", "limits"] };
    for part in parts {
        if let Some(amount) = stated(pod.spec, part, resource)? {
            return Ok(Total { amount: Some(amount), silent: None });
        }
    }
    let speaks = pod.spec.map_field("resources")?.is_some_and(|r| !r.fields().is_empty());
    let (mut running, mut sidecars, mut starting) = Default::default();
    let (mut said, mut silent) = (false, None);
    for container in pod.containers.iter().filter(|c| has_resources(c)) {
        let Some(amount) = own(subject, container, part, resource)? else {
            silent = silent.or((!speaks).then_some(container.name));
            continue;
        };
        said = true;
        let is_sidecar = container.node.text_field("restartPolicy")? == Some("Always");
        match (container.list, is_sidecar) {
            ("initContainers", false) => starting = amount.plus(sidecars).max(starting),
            ("initContainers", true) => {
                (running, sidecars) = (amount.plus(running), amount.plus(sidecars));
            }
            _ => running = amount.plus(running),
        }
    }
    Ok(Total { amount: said.then(|| starting.max(running)), silent })
}

/// Whether no container of a pod asks for processor time or memory, nor may take only so much of it.
///
/// # Errors
/// [`WrongType`] if a field on the way is of another type.
pub(crate) fn is_best_effort(subject: &Subject<'_>, pod: &Pod<'_>) -> Result<bool, WrongType> {
    for container in pod.containers.iter().filter(|c| has_resources(c)) {
        for resource in OF_SERVICE {
            if request(subject, pod, container, resource)?.is_some() {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// What is written under `resources` of a container or a pod.
///
/// # Errors
/// [`WrongType`] if a field on the way is of another type.
pub(crate) fn stated(node: &Node, part: &str, resource: &str) -> Result<Option<Quantity>, WrongType> {
    let Some(resources) = node.map_field("resources")? else { return Ok(None) };
    match resources.map_field(part)? {
        Some(part) => Quantity::field(part, resource),
        None => Ok(None),
    }
}

/// The items of the LimitRanges of the subject's namespace that are of a type, with the name of each range.
///
/// # Errors
/// [`WrongType`] if a LimitRange is not as the API has it.
pub(crate) fn ranges<'s>(subject: &Subject<'s>, of: &str) -> Result<Vec<(&'s str, &'s Node)>, WrongType> {
    let mut found = Vec::new();
    for range in subject.around.of("LimitRange", namespace_of(subject.object)) {
        let Some(spec) = range.node.map_field("spec")? else { continue };
        for item in spec.list_field("limits")? {
            if item.text_field("type")? == Some(of) {
                found.push((range.name(), item));
            }
        }
    }
    Ok(found)
}

/// What the LimitRanges of a namespace put in; each field stands in for the one before it, as the API defaults them.
fn default_of(subject: &Subject<'_>, fields: &[&str], resource: &str) -> Result<Option<Quantity>, WrongType> {
    for (_, item) in ranges(subject, "Container")? {
        for field in fields {
            let Some(map) = item.map_field(field)? else { continue };
            if let Some(quantity) = Quantity::field(map, resource)? {
                return Ok(Some(quantity));
            }
        }
    }
    Ok(None)
}

/// Judges whether every container says that it needs a resource.
pub(crate) fn judge_request(subject: &Subject<'_>, resource: &str) -> Judgement {
    each(subject, "set its request", |pod, c| {
        let what = format!("container \"{}\" states neither a request nor a limit of {resource}", c.name);
        let missing = request(subject, pod, c, resource)?.is_none();
        Ok(missing.then(|| Wrong::keyed(c.name, c.spot("resources"), what)))
    })
}

/// Judges whether every container that needs a resource says how much it may take.
pub(crate) fn judge_limit(subject: &Subject<'_>, resource: &str) -> Judgement {
    each(subject, "set its limit", |pod, c| {
        let asks = request(subject, pod, c, resource)?.is_some();
        let missing = asks && limit(subject, pod, c, resource)?.is_none();
        let what = format!("container \"{}\" requests {resource} and has no limit of it", c.name);
        Ok(missing.then(|| Wrong::keyed(c.name, c.spot("resources.limits"), what)))
    })
}

/// Looks at every container of a pod that asks for anything.
fn each(
    subject: &Subject<'_>,
    remedy: &str,
    find: impl Fn(&Pod<'_>, &Container<'_>) -> Result<Option<Wrong>, WrongType>,
) -> Judgement {
    match &subject.pod {
        Ok(Some(pod)) if matches!(is_best_effort(subject, pod), Ok(true)) => Judgement::not_applicable(),
        _ => look::containers(subject, remedy, has_resources, find),
    }
}
