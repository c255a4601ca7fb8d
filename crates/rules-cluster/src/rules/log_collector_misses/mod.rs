//! A log collector must reach every node and leave no namespace out.
//!
//! **Why.** A collector that is not on a node, or does not see where its logs lie, or was told to pass a namespace over,
//! fails at nothing: the logs are missing, and are missed after an incident.
//!
//! **What is looked at.** DaemonSets that run Fluent Bit, Fluentd, Vector, Promtail, Filebeat or, where it sees logs, the
//! OpenTelemetry Collector: whether a folder of the node with logs is mounted, and whether each node of the input is
//! taken by the tolerations, `nodeSelector` and required affinity of one of them. Without nodes in the input, one that
//! tolerates everything and selects nothing passes, and of another it is unknown. ConfigMaps with settings of Fluent Bit
//! and Vector, and inputs of Fluent Operator: patterns that leave every log of a namespace out. Nodes of Windows and
//! virtual ones are left alone.
//!
//! **Fix.** Mount `/var/log` of the node, tolerate every taint (`operator: Exists`), and drop the exclusion or say why it
//! is wanted.
//!
//! Source: <https://kubernetes.io/docs/concepts/cluster-administration/logging/>.

use eval::{Judgement, Rule};
use manifest::{Node, WrongType};
use model::Severity;

use crate::collector;
use crate::look::{self, Found, Wrong};
use crate::workload::{Pod, Spot, texts};
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "log-collector-misses",
    control: "logging",
    title: "A log collector misses nodes or namespaces",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge,
};

/// Nodes that a message names.
const NODES_SHOWN_MAX: usize = 5;

fn judge(subject: &Subject<'_>) -> Judgement {
    let object = subject.object;
    match (object.group(), &*object.kind) {
        ("apps" | "extensions", "DaemonSet") => daemon_set(subject),
        ("", "ConfigMap") => settings(subject),
        ("fluentbit.fluent.io", "ClusterInput" | "Input") => input(subject),
        _ => Judgement::not_applicable(),
    }
}

fn daemon_set(subject: &Subject<'_>) -> Judgement {
    let pod = match &subject.pod {
        Ok(Some(pod)) => pod,
        Ok(None) => return Judgement::not_applicable(),
        Err(e) => return look::answer(subject, "", Err(e)),
    };
    let Some(container) = collector::of_pod(pod) else { return Judgement::not_applicable() };
    match collector::mounts_logs(pod, container) {
        Err(e) => look::answer(subject, "", Err(e)),
        Ok(false) => {
            let what =
                format!("container \"{}\" sees no folder of the node in which logs lie", container.name);
            let wrong = Wrong::keyed(container.name, container.spot("volumeMounts"), what);
            look::answer(subject, "mount `/var/log` of the node", Ok::<_, WrongType>(vec![wrong]))
        }
        Ok(true) => nodes(subject, pod),
    }
}

fn nodes(subject: &Subject<'_>, pod: &Pod<'_>) -> Judgement {
    let remedy = "tolerate every taint, or run a collector of its own there";
    if !subject.around.hosts().is_empty() {
        return look::lack(subject, remedy, missed(subject, pod));
    }
    match goes_everywhere(pod) {
        Ok(false) => {
            let reason = "no node is in this input, so which of them it leaves out is not known";
            look::unknown(subject, reason, "scan the cluster, or its nodes with it")
        }
        answer => look::answer(subject, "", answer.map(|_| Vec::new())),
    }
}

fn goes_everywhere(pod: &Pod<'_>) -> Result<bool, WrongType> {
    let mut tolerates = false;
    for toleration in pod.spec.list_field("tolerations")? {
        let empty = |key: &str| Ok::<_, WrongType>(toleration.text_field(key)?.unwrap_or("").is_empty());
        tolerates |=
            toleration.text_field("operator")? == Some("Exists") && empty("key")? && empty("effect")?;
    }
    let wanted = pod.spec.map_field("nodeSelector")?.map_or(&[][..], Node::fields);
    let plain = wanted.iter().all(|e| matches!(&*e.key, "kubernetes.io/os" | "kubernetes.io/arch"));
    Ok(tolerates && plain && pod.spec.at_path(&["affinity", "nodeAffinity"]).is_none())
}

/// The nodes that neither this collector nor another of the input goes to.
fn missed(subject: &Subject<'_>, pod: &Pod<'_>) -> Found {
    let mut names = Vec::new();
    for host in subject.around.hosts().iter().filter(|h| !h.is_other()) {
        let mut taken = host.takes(pod)?;
        for other in subject.around.collectors() {
            taken = taken || Pod::of(other)?.is_some_and(|p| host.takes(&p).unwrap_or(true));
        }
        if !taken {
            names.push(&*host.name);
        }
    }
    let shown = names.iter().take(NODES_SHOWN_MAX).copied().collect::<Vec<_>>().join(", ");
    let what = match names.len() {
        0 => return Ok(Vec::new()),
        n if n <= NODES_SHOWN_MAX => format!("no collector runs on node {shown}"),
        n => format!("no collector runs on node {shown} and {} more", n - NODES_SHOWN_MAX),
    };
    Ok(vec![Wrong::keyed("nodes", pod.spot("tolerations"), what)])
}

fn settings(subject: &Subject<'_>) -> Judgement {
    let data = match subject.object.node.map_field("data").map(|d| d.map(texts).transpose()) {
        Ok(Ok(data)) => data.unwrap_or_default(),
        // That a ConfigMap is one of a collector is not known before it is read.
        _ => return Judgement::not_applicable(),
    };
    let mut judged = None;
    for (key, value, at) in data {
        let Some(names) = collector::left_out(value) else { continue };
        let found = judged.get_or_insert_with(Vec::new);
        found.extend(names.iter().map(|n| left_out(Spot { field: format!("data.{key}"), at }, n)));
    }
    match judged {
        Some(found) => look::answer(subject, REMEDY, Ok::<_, WrongType>(found)),
        None => Judgement::not_applicable(),
    }
}

fn input(subject: &Subject<'_>) -> Judgement {
    let read = || -> Result<Option<&str>, WrongType> {
        let Some(spec) = subject.object.node.map_field("spec")? else { return Ok(None) };
        spec.map_field("tail")?.map(|t| Ok(t.text_field("excludePath")?.unwrap_or(""))).transpose()
    };
    let spot = subject.spot("spec.tail.excludePath");
    match read() {
        Ok(None) => Judgement::not_applicable(),
        found => look::answer(
            subject,
            REMEDY,
            found.map(|patterns| {
                let names = collector::namespaces_of_names(patterns.unwrap_or(""));
                names.iter().map(|n| left_out(spot.clone(), n)).collect()
            }),
        ),
    }
}

const REMEDY: &str = "drop the exclusion";

fn left_out(spot: Spot, namespace: &str) -> Wrong {
    let what = format!("`{}` leaves out every log of namespace {namespace}", spot.field);
    Wrong::keyed(format!("{} {namespace}", spot.field), spot, what)
}
