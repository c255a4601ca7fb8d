//! Requests and limits: from what the container was seen to use, else the stated default, within the LimitRange of the
//! namespace.

use manifest::WrongType;
use manifest::edit::{Edit, New, path};

use super::amounts::Amount;
use super::{Place, Proposal, Remedy, wrong};
use crate::quantity::{Quantity, shown};
use crate::resources::{OF_SERVICE, has_resources, limit, ranges, request, stated};
use crate::workload::Container;

/// A request is what was used and this share more, in percent.
const HEADROOM_PERCENT: i128 = 120;
/// A limit is so many times the request, where the request is more than the default limit or usage is known.
const LIMIT_TIMES: [(&str, i128); 3] = [("cpu", 4), ("memory", 2), ("ephemeral-storage", 2)];

/// What mends the finding of a rule about resources; `None` for any other rule.
pub(super) fn propose(rule: &str, place: &Place<'_, '_>) -> Option<Proposal> {
    let of = |resource: &'static str| {
        place.container().and_then(|c| whole(place, &[c], &[resource]).map_err(wrong))
    };
    Some(match rule {
        "cpu-request-missing" | "cpu-limit-missing" => of("cpu"),
        "memory-request-missing" | "memory-limit-missing" => of("memory"),
        "ephemeral-storage-limit-missing" => of("ephemeral-storage"),
        "pod-best-effort" | "quota-never-fits" => {
            let containers: Vec<&Container<'_>> =
                place.pod.containers.iter().filter(|c| has_resources(c)).collect();
            match whole(place, &containers, &OF_SERVICE) {
                Ok(remedy) if remedy.edits.is_empty() => {
                    Err("whether the pod needs less or the quota is raised is for a person to say".to_owned())
                }
                Ok(remedy) => Ok(remedy),
                Err(e) => Err(wrong(e)),
            }
        }
        "limit-below-request" => raised(place).map_err(wrong),
        "limit-range-broken" => within(place),
        _ => return None,
    })
}

/// Requests and limits of resources that containers lack.
fn whole(
    place: &Place<'_, '_>,
    containers: &[&Container<'_>],
    resources: &[&str],
) -> Result<Remedy, WrongType> {
    let mut remedy = Remedy::default();
    for container in containers {
        let name = container.name;
        for resource in resources {
            let written = request(place.subject, place.pod, container, resource)?;
            let own = stated(container.node, "requests", resource)?;
            let has_limit = limit(place.subject, place.pod, container, resource)?.is_some();
            let (asked, most, why) = amounts(place, container, resource, written)?;
            let mut set = |part: &str, amount: &Amount| {
                let field = format!("{}.resources.{part}", container.path);
                let steps = [path(&field), vec![manifest::edit::Step::Key((*resource).into())]].concat();
                remedy.edits.push(Edit::Set(steps, New::from(amount.text())));
            };
            // A limit alone would be taken for the request too, and reserve disk that nobody uses.
            if written.is_none() || (*resource == "ephemeral-storage" && own.is_none() && !has_limit) {
                set("requests", &asked);
            }
            if !has_limit {
                set("limits", &most);
                remedy.notes.push(format!(
                    "container \"{name}\" may take {} of {resource}, {why}: more is throttled, killed or evicted",
                    most.text()
                ));
            }
        }
    }
    Ok(remedy)
}

/// Request and limit of a resource, and where they are from. A request that is written stays.
fn amounts(
    place: &Place<'_, '_>,
    container: &Container<'_>,
    resource: &str,
    written: Option<Quantity>,
) -> Result<(Amount, Amount, String), WrongType> {
    let (default_request, default_limit) =
        place.wishes.amounts.of(resource).cloned().unwrap_or_else(|| place.wishes.amounts.cpu.clone());
    let times = LIMIT_TIMES.iter().find(|(r, _)| *r == resource).map_or(2, |(_, times)| *times);
    let more = |q: Quantity| Amount::of(resource, q.times(times));
    let used = place.wishes.usage.of(place.subject, container.name, resource);
    let (asked, most, why) = match used {
        Some(used) => {
            let asked = Amount::of(resource, used.percent(HEADROOM_PERCENT));
            let base = written.unwrap_or_default().max(asked.quantity());
            (asked, more(base), "by what was used".to_owned())
        }
        None => match written {
            Some(written) if default_limit.quantity() < written => {
                (default_request, more(written), format!("{times} times its request"))
            }
            _ if place.wishes.usage.is_empty() => {
                (default_request, default_limit, "a default to be checked".to_owned())
            }
            _ => {
                let why = "a default to be checked, for what was used does not name it";
                (default_request, default_limit, why.to_owned())
            }
        },
    };
    clamp(place, resource, written, (asked, most, why))
}

/// Within the LimitRanges of the namespace, and the limit not below the request. `written` is a request that stays.
fn clamp(
    place: &Place<'_, '_>,
    resource: &str,
    written: Option<Quantity>,
    (mut asked, mut most, mut why): (Amount, Amount, String),
) -> Result<(Amount, Amount, String), WrongType> {
    for (name, item) in ranges(place.subject, "Container")? {
        for bound in ["min", "max"] {
            let Some(map) = item.map_field(bound)? else { continue };
            let (Some(quantity), Some(node)) = (Quantity::field(map, resource)?, map.get(resource)) else {
                continue;
            };
            let amount = Amount::parse(&shown(node)).unwrap_or_else(|_| Amount::of(resource, quantity));
            let is_beyond = |a: &Amount| match bound {
                "min" => a.is_below(&amount),
                _ => amount.is_below(a),
            };
            if is_beyond(&asked) {
                asked = amount.clone();
            }
            if is_beyond(&most) {
                (most, why) = (amount, format!("the {bound} of LimitRange {name}"));
            }
        }
        let ratio = item.map_field("maxLimitRequestRatio")?.map(|map| Quantity::field(map, resource));
        if let Some(ratio) = ratio.transpose()?.flatten() {
            let highest = written.unwrap_or(asked.quantity()).scaled(ratio);
            if highest < most.quantity() {
                most = Amount::below(resource, highest);
                why = format!("the maxLimitRequestRatio of LimitRange {name}");
            }
        }
    }
    if most.is_below(&asked) {
        asked = most.clone();
    }
    Ok((asked, most, why))
}

/// A limit that is below its request: raised to it.
fn raised(place: &Place<'_, '_>) -> Result<Remedy, WrongType> {
    let Ok(container) = place.container() else { return Ok(Remedy::default()) };
    let key = place.field.rsplit("resources.requests.").next().unwrap_or_default();
    let node = container.node.at_path(&["resources", "requests", key]);
    let Some(node) = node else { return Ok(Remedy::default()) };
    let amount = shown(node);
    let mut steps = path(&format!("{}.resources.limits", container.path));
    steps.push(manifest::edit::Step::Key(key.into()));
    let note = format!("container \"{}\" may take the {amount} of {key} that it asks for", container.name);
    Ok(Remedy { edits: vec![Edit::Set(steps, New::from(amount.as_str()))], notes: vec![note] })
}

/// A request or limit beyond the LimitRange: the bound in its place.
fn within(place: &Place<'_, '_>) -> Proposal {
    let container = place.container()?;
    let below = place.field.strip_prefix(&format!("{}.resources.", container.path)).unwrap_or_default();
    let (part, key) = below.split_once('.').ok_or("its place is not known")?;
    let own = stated(container.node, part, key).map_err(wrong)?;
    let own = own.ok_or("it is not the container that says so: change the range or the pod")?;
    for (name, item) in ranges(place.subject, "Container").map_err(wrong)? {
        for bound in ["min", "max"] {
            let Some(map) = item.map_field(bound).map_err(wrong)? else { continue };
            let (Some(limit), Some(node)) = (Quantity::field(map, key).map_err(wrong)?, map.get(key)) else {
                continue;
            };
            let is_beyond = if bound == "min" { own < limit } else { limit < own };
            if !is_beyond {
                continue;
            }
            let amount = shown(node);
            let mut edits = Vec::new();
            let mut set = |part: &str| {
                let mut steps = path(&format!("{}.resources.{part}", container.path));
                steps.push(manifest::edit::Step::Key(key.into()));
                edits.push(Edit::Set(steps, New::from(amount.as_str())));
            };
            set(part);
            // The other half must not cross it.
            let (other, crosses): (&str, fn(Quantity, Quantity) -> bool) = match part {
                "limits" => ("requests", |other, bound| bound < other),
                _ => ("limits", |other, bound| other < bound),
            };
            if stated(container.node, other, key).map_err(wrong)?.is_some_and(|o| crosses(o, limit)) {
                set(other);
            }
            let note = format!(
                "container \"{}\" has the {bound} of LimitRange {name} in {part}.{key}: see that it can work so",
                container.name
            );
            return Ok(Remedy { edits, notes: vec![note] });
        }
    }
    Err("no LimitRange of the input is crossed".to_owned())
}
