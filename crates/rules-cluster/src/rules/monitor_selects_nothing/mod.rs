//! A monitor of Prometheus must find something to measure.
//!
//! **Why.** A ServiceMonitor or PodMonitor that fits nothing, or names a port that nothing has, is no error to anybody:
//! the targets are simply not there, and the alerts about them never fire.
//!
//! **What is looked at.** Every ServiceMonitor and PodMonitor of `monitoring.coreos.com`: `selector` against the labels
//! of the Services or pods in the namespaces that `namespaceSelector` means, and the `port` of each endpoint against
//! the names of theirs. Where none of these namespaces has Services or workloads in the input, or an operator may make
//! some there, or the namespaces are all there are and the input is no whole cluster, it is unknown.
//!
//! **Fix.** Bring selector and labels together, and name a port that is there.
//!
//! Source: <https://prometheus-operator.dev/docs/api-reference/api/>.

use std::collections::BTreeMap;

use eval::{Judgement, Rule};
use manifest::WrongType;
use model::Severity;

use crate::around::namespace_of;
use crate::labelled::{Keeper, Labelled};
use crate::look::{self, Wrong};
use crate::pod_security::texts;
use crate::selector::Selector;
use crate::workload::Spot;
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "monitor-selects-nothing",
    control: "monitoring",
    title: "A monitor finds nothing to measure",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge,
};

/// What a monitor says.
struct Monitor<'o> {
    /// `None` for every namespace.
    namespaces: Option<Vec<&'o str>>,
    selector: Selector,
    /// Of each endpoint that names one.
    ports: Vec<(usize, &'o str)>,
    endpoints: &'static str,
}

/// Namespaces whose Services the cluster or an operator makes, and manifests do not hold.
const OF_THE_CLUSTER: [&str; 2] = ["default", "kube-system"];

fn judge(subject: &Subject<'_>) -> Judgement {
    if !look::is(subject, ("monitoring.coreos.com", &["PodMonitor", "ServiceMonitor"])) {
        return Judgement::not_applicable();
    }
    let monitor = match read(subject) {
        Ok(Some(monitor)) => monitor,
        Ok(None) => return Judgement::not_applicable(),
        Err(e) => return look::answer(subject, "", Err(e)),
    };
    let is_pods = &*subject.object.kind == "PodMonitor";
    let (all, what) = match is_pods {
        true => (subject.around.all_pods(), "pod"),
        false => (subject.around.all_services(), "Service"),
    };
    let selected = selected(all, &monitor);
    if selected.is_empty() {
        if let Some(reason) = doubt(subject, &monitor, all) {
            return look::unknown(subject, &reason, "scan the whole cluster, or the workloads with it");
        }
        let wrong = Wrong::of(subject.spot("spec.selector"), format!("spec.selector fits no {what}"));
        return look::lack(subject, "bring selector and labels together", Ok(vec![wrong]));
    }
    let missing = monitor.ports.iter().filter(|(_, port)| !selected.iter().any(|k| k.has_port(port)));
    let wrongs = missing.map(|(index, port)| {
        let field = format!("spec.{}[{index}].port", monitor.endpoints);
        let at = subject.object.node.at_path(&["spec", monitor.endpoints]);
        let at =
            at.and_then(|n| n.items().get(*index)?.entry("port")).map_or(subject.object.node.at, |e| e.at);
        Wrong::keyed(
            field.clone(),
            Spot { field, at },
            format!("no {what} that it selects has a port {port}"),
        )
    });
    look::lack(subject, "name a port that is there", Ok(wrongs.collect()))
}

fn read<'o>(subject: &Subject<'o>) -> Result<Option<Monitor<'o>>, WrongType> {
    let Some(spec) = subject.object.node.map_field("spec")? else { return Ok(None) };
    let Some(selector) = Selector::read(spec.map_field("selector")?)? else { return Ok(None) };
    let own = || Some(vec![namespace_of(subject.object)]);
    let namespaces = match spec.map_field("namespaceSelector")? {
        None => own(),
        Some(s) if s.bool_field("any")? == Some(true) => None,
        Some(s) => Some(texts(s, "matchNames")?).filter(|n| !n.is_empty()).or_else(own),
    };
    let endpoints = if &*subject.object.kind == "PodMonitor" { "podMetricsEndpoints" } else { "endpoints" };
    let mut ports = Vec::new();
    for (index, endpoint) in spec.list_field(endpoints)?.iter().enumerate() {
        ports.extend(endpoint.text_field("port")?.filter(|p| !p.is_empty()).map(|p| (index, p)));
    }
    Ok(Some(Monitor { namespaces, selector, ports, endpoints }))
}

fn selected<'k>(all: &'k BTreeMap<Box<str>, Labelled>, monitor: &Monitor<'_>) -> Vec<&'k Keeper> {
    match &monitor.namespaces {
        None => all.values().flat_map(|l| l.selected(&monitor.selector)).collect(),
        Some(named) => {
            named.iter().filter_map(|n| all.get(*n)).flat_map(|l| l.selected(&monitor.selector)).collect()
        }
    }
}

/// Why what it seems not to find may be there, if it may.
fn doubt(subject: &Subject<'_>, monitor: &Monitor<'_>, all: &BTreeMap<Box<str>, Labelled>) -> Option<String> {
    if subject.around.is_cluster() {
        return None;
    }
    let Some(named) = &monitor.namespaces else {
        return Some("it is for every namespace, and this input is no whole cluster".to_owned());
    };
    let own = |n: &&&str| OF_THE_CLUSTER.contains(*n) && subject.object.namespace() != "";
    if let Some(namespace) = named.iter().find(own) {
        return Some(format!("what the cluster itself runs in {namespace} is not in this input"));
    }
    if let Some(namespace) = named.iter().find(|n| subject.around.has_makers(n)) {
        return Some(format!("an operator may make what it selects in {namespace}"));
    }
    let unseen = named.iter().find(|n| !all.contains_key(**n));
    unseen.map(|namespace| format!("nothing that it could select in {namespace} is in this input"))
}
