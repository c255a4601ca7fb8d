//! Probes, where a port tells what can be asked.

use manifest::Node;
use manifest::edit::{Edit, New, path};

use super::{Place, Proposal, Remedy, wrong};

/// A probe that connects to the container's first TCP port. The one that restarts is the slower one: it must not fail
/// before the other takes the pod out of its Services.
pub(super) fn propose(rule: &str, place: &Place<'_, '_>) -> Proposal {
    let container = place.container()?;
    let mut port = None;
    for candidate in container.node.list_field("ports").map_err(wrong)? {
        let is_tcp = matches!(candidate.text_field("protocol").map_err(wrong)?, None | Some("TCP"));
        if is_tcp && port.is_none() {
            let number = candidate.integer_field("containerPort").map_err(wrong)?;
            let name = candidate.get("name").and_then(Node::text).map(New::from);
            port = name.or(number.map(New::Integer));
        }
    }
    let port = port.ok_or("no port tells what to ask: write a probe for what the container does")?;
    let number = |key: &str, n: i64| (key.to_owned(), New::Integer(n));
    let (kind, timing) = match rule {
        "liveness-probe-missing" => {
            ("livenessProbe", vec![number("initialDelaySeconds", 30), number("periodSeconds", 20)])
        }
        _ => ("readinessProbe", vec![number("periodSeconds", 10)]),
    };
    let ask = ("tcpSocket".to_owned(), New::Map(vec![("port".to_owned(), port)]));
    let probe = New::Map(std::iter::once(ask).chain(timing).collect());
    let edit = Edit::Set(path(&format!("{}.{kind}", container.path)), probe);
    let note = format!(
        "container \"{}\" has a {kind} that only connects to its port, a default to be checked: ask for a path that \
         answers when the work can be done",
        container.name
    );
    Ok(Remedy { edits: vec![edit], notes: vec![note] })
}
