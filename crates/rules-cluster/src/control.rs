//! Services of the control plane: behind which of them a component stands that nobody of the outside should reach.
//!
//! A component is known by what its own manifests call it: kubeadm labels its static pods `component` and `tier`
//! (`cmd/kubeadm/app/util/staticpod`), the dashboard its pods `k8s-app`
//! (`kubernetes/dashboard`, `aio/deploy/recommended.yaml`); the API server puts the service `kubernetes` into `default`.

use manifest::{Node, Object};

use crate::around::namespace_of;
use crate::image;
use crate::workload::Pod;

/// Programs, how a message calls them, and whether they are those of the cluster in `kube-system` alone.
const COMPONENTS: &[(&str, &str, bool)] = &[
    ("etcd", "etcd", true),
    ("kube-apiserver", "the API server", true),
    ("kube-controller-manager", "the controller manager", true),
    ("kube-scheduler", "the scheduler", true),
    ("kubernetes-dashboard", DASHBOARD, false),
];

const DASHBOARD: &str = "the dashboard";
const API_SERVER: &str = "the API server";

/// Labels whose value names a component.
const NAMING: &[&str] = &["app.kubernetes.io/name", "component", "k8s-app"];

/// Ports of the node's own components, where a service has no selector and its endpoints are nodes
/// (<https://kubernetes.io/docs/reference/networking/ports-and-protocols/>; 10255 is the kubelet's read-only port).
const PORTS: &[(i64, &str)] = &[
    (2379, "etcd"),
    (2380, "etcd"),
    (6443, API_SERVER),
    (10250, "the kubelet"),
    (10255, "the kubelet"),
    (10257, "the controller manager"),
    (10259, "the scheduler"),
];

/// Names of the API server in the cluster's own domain.
const INSIDE: &[&str] = &["kubernetes.default", "kubernetes.default.svc"];

fn component(namespace: &str, name: &str) -> Option<&'static str> {
    let is = |(program, _, system): &&(&str, &str, bool)| {
        *program == name && (!system || namespace == "kube-system")
    };
    COMPONENTS.iter().find(is).map(|(_, words, _)| *words)
}

/// What a service leads to by its name alone.
pub(crate) fn of_name(namespace: &str, name: &str) -> Option<&'static str> {
    match (namespace, name) {
        ("default", "kubernetes") => Some(API_SERVER),
        (_, name) if name == "kubernetes-dashboard" || name.starts_with("kubernetes-dashboard-") => {
            // Since version 7 its other services measure and answer within; this one is the way in.
            let inner = ["-api", "-auth", "-metrics-scraper"].iter().any(|end| name.ends_with(end));
            (!inner).then_some(DASHBOARD)
        }
        _ => None,
    }
}

/// What a service leads to by its own words: its name, its selector, the ports of one without a selector.
pub(crate) fn of_service(service: &Object) -> Option<&'static str> {
    let namespace = namespace_of(service);
    if let Some(known) = of_name(namespace, service.name()) {
        return Some(known);
    }
    let spec = service.node.get("spec")?;
    let selector = spec.get("selector").map_or(&[][..], Node::fields);
    if !selector.is_empty() {
        let named = selector.iter().filter(|e| NAMING.contains(&&*e.key));
        return named.filter_map(|e| component(namespace, e.value.text()?)).next();
    }
    if let Some(outside) = spec.get("externalName").and_then(Node::text) {
        let is_inside =
            |name: &&str| outside == *name || outside.strip_prefix(*name).is_some_and(|r| r.starts_with('.'));
        return INSIDE.iter().any(is_inside).then_some(API_SERVER);
    }
    let ports = spec.get("ports").map_or(&[][..], Node::items);
    let target =
        |port: &Node| ["targetPort", "port"].iter().find_map(|f| port.integer_field(f).ok().flatten());
    ports.iter().filter_map(target).find_map(|p| PORTS.iter().find(|(n, _)| *n == p)).map(|(_, words)| *words)
}

/// The component that a pod runs, by the first word of a command or the name of an image.
pub(crate) fn of_pod(object: &Object, pod: &Pod<'_>) -> Option<&'static str> {
    let namespace = namespace_of(object);
    pod.containers.iter().filter(|c| c.list == "containers").find_map(|container| {
        let command = container.node.get("command").and_then(|c| c.items().first()?.text());
        let program = command.map(|c| c.rsplit('/').next().unwrap_or(c));
        let image = container.node.get("image").and_then(Node::text).map(image::last_name);
        [program, image].into_iter().flatten().find_map(|name| component(namespace, name))
    })
}
