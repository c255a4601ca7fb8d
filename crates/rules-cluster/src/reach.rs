//! What lets traffic from outside of the cluster in: services, Ingresses, routes of gateways, and ports of the node.

use std::collections::{BTreeMap, BTreeSet};

use manifest::{Node, Object, WrongType};

use crate::Subject;
use crate::around::namespace_of;
use crate::selector::Selector;
use crate::workload::{Container, Labels, Pod, Spot};

/// Routes that lead from a gateway to services
/// (<https://gateway-api.sigs.k8s.io/reference/spec/>).
const GATEWAY_ROUTES: [&str; 5] = ["GRPCRoute", "HTTPRoute", "TCPRoute", "TLSRoute", "UDPRoute"];

/// Namespace and name of a service.
pub(crate) type Key = (Box<str>, Box<str>);

/// Services by key and value of a label.
type ByLabel = BTreeMap<(Box<str>, Box<str>), Vec<Service>>;

/// The ways into a cluster, filled by showing it every object of an input.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    /// Services by namespace and by a label that they ask for.
    services: BTreeMap<Box<str>, ByLabel>,
    known: BTreeSet<Key>,
    /// What leads to a service from outside: `Ingress shop/web`.
    routes: BTreeMap<Key, BTreeSet<String>>,
    /// Namespaces in which one of them could not be read.
    unread: BTreeSet<Box<str>>,
}

#[derive(Debug)]
struct Service {
    name: Box<str>,
    selector: Selector,
    /// What opens it by itself: `NodePort`, `external IPs`.
    open: Option<&'static str>,
}

impl Reach {
    /// Looks at an object of the input.
    pub(crate) fn see(&mut self, object: &Object) {
        let seen = match (object.group(), &*object.kind) {
            ("", "Service") => self.service(object),
            _ => backends(object).map(|found| found.into_iter().for_each(|b| self.route(object, b.service))),
        };
        if seen.is_err() {
            self.unread.insert(namespace_of(object).into());
        }
    }

    fn service(&mut self, object: &Object) -> Result<(), WrongType> {
        let namespace = namespace_of(object);
        self.known.insert((namespace.into(), object.name().into()));
        let Some(spec) = object.node.map_field("spec")? else { return Ok(()) };
        let open = match spec.text_field("type")? {
            // A name of the outside has no pods.
            Some("ExternalName") => return Ok(()),
            Some("LoadBalancer") => Some("LoadBalancer"),
            Some("NodePort") => Some("NodePort"),
            _ if !spec.list_field("externalIPs")?.is_empty() => Some("external IPs"),
            _ => None,
        };
        let Some(selector) = spec.map_field("selector")?.map(Selector::plain).transpose()? else {
            return Ok(());
        };
        if let Some(label) = selector.a_label() {
            let service = Service { name: object.name().into(), selector, open };
            self.services.entry(namespace.into()).or_default().entry(label).or_default().push(service);
        }
        Ok(())
    }

    fn route(&mut self, object: &Object, service: Key) {
        let way = format!("{} {}/{}", object.kind, namespace_of(object), object.name());
        self.routes.entry(service).or_default().insert(way);
    }

    /// What leads from outside to a pod of these labels, sorted.
    fn of_pod(&self, namespace: &str, labels: &Labels<'_>) -> BTreeSet<String> {
        let mut ways = BTreeSet::new();
        let Some(services) = self.services.get(namespace) else { return ways };
        let by_label = labels.iter().filter_map(|(k, v)| services.get(&((*k).into(), (*v).into())));
        for service in by_label.flatten().filter(|s| s.selector.fits(labels)) {
            ways.extend(service.open.map(|open| format!("Service {namespace}/{} ({open})", service.name)));
            ways.extend(
                self.routes.get(&(namespace.into(), service.name.clone())).into_iter().flatten().cloned(),
            );
        }
        ways
    }

    /// Whether something of the namespace may lead to pods without being seen to: it could not be read, or it leads to a
    /// service that is not in the input.
    fn is_unclear(&self, namespace: &str) -> bool {
        let missing = |key: &&Key| &*key.0 == namespace && !self.known.contains(*key);
        self.unread.contains(namespace) || self.routes.keys().any(|key| missing(&key))
    }
}

/// A service that an Ingress or a route leads to.
pub(crate) struct Backend {
    /// The service.
    pub(crate) service: Key,
    /// Where it is named.
    pub(crate) spot: Spot,
    /// It is the name of an action of an annotation, not of a service.
    pub(crate) is_action: bool,
}

impl Backend {
    /// The service that is named at `field`, by the key `key` of `node` or an older one.
    fn of(service: (&str, &str), field: String, (node, keys): (&Node, [&str; 2])) -> Self {
        let entry = keys.into_iter().find_map(|key| node.entry(key));
        let spot = Spot { field, at: entry.map_or(node.at, |e| e.at) };
        Self { service: (service.0.into(), service.1.into()), spot, is_action: false }
    }
}

/// The port of a backend that is an action of an annotation, not a service (AWS Load Balancer Controller,
/// `docs/guide/ingress/annotations.md`, `alb.ingress.kubernetes.io/actions`).
const PORT_OF_ACTIONS: &str = "use-annotation";

/// The services that an Ingress or a route leads to from outside; none of any other kind.
///
/// # Errors
/// [`WrongType`] if one of them cannot be read.
pub(crate) fn backends(object: &Object) -> Result<Vec<Backend>, WrongType> {
    let read = match (object.group(), &*object.kind) {
        ("networking.k8s.io" | "extensions", "Ingress") => of_ingress,
        ("gateway.networking.k8s.io", kind) if GATEWAY_ROUTES.contains(&kind) => of_gateway,
        ("route.openshift.io", "Route") => of_openshift,
        _ => return Ok(Vec::new()),
    };
    match object.node.map_field("spec")? {
        Some(spec) => read(spec, namespace_of(object)),
        None => Ok(Vec::new()),
    }
}

/// Both the form of `v1` and that of `v1beta1`, which manifests still have.
fn of_ingress(spec: &Node, namespace: &str) -> Result<Vec<Backend>, WrongType> {
    let mut backends = Vec::new();
    for key in ["defaultBackend", "backend"] {
        backends.extend(spec.map_field(key)?.map(|b| (format!("spec.{key}"), b)));
    }
    for (of_rule, rule) in spec.list_field("rules")?.iter().enumerate() {
        let Some(http) = rule.map_field("http")? else { continue };
        for (of_path, path) in http.list_field("paths")?.iter().enumerate() {
            let field = || format!("spec.rules[{of_rule}].http.paths[{of_path}].backend");
            backends.extend(path.map_field("backend")?.map(|b| (field(), b)));
        }
    }
    let mut found = Vec::new();
    for (field, backend) in backends {
        let service = backend.map_field("service")?;
        let name = service.map(|s| s.text_field("name")).transpose()?.flatten();
        let Some(name) = name.or(backend.text_field("serviceName")?) else { continue };
        let port = backend.at_path(&["service", "port", "name"]).or(backend.get("servicePort"));
        let is_action = port.and_then(Node::text) == Some(PORT_OF_ACTIONS);
        let backend = Backend::of((namespace, name), field, (backend, ["service", "serviceName"]));
        found.push(Backend { is_action, ..backend });
    }
    Ok(found)
}

fn of_gateway(spec: &Node, own: &str) -> Result<Vec<Backend>, WrongType> {
    let parents = spec.list_field("parentRefs")?;
    // A route whose parents are services belongs to a mesh: nothing of the outside comes through it.
    let is_service = |p: &Node| p.get("kind").and_then(Node::text) == Some("Service");
    if !parents.is_empty() && parents.iter().all(is_service) {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for (of_rule, rule) in spec.list_field("rules")?.iter().enumerate() {
        for (index, backend) in rule.list_field("backendRefs")?.iter().enumerate() {
            let is_service = matches!(backend.text_field("kind")?, None | Some("Service"));
            let namespace = backend.text_field("namespace")?.unwrap_or(own);
            let name = backend.text_field("name")?.filter(|_| is_service);
            let field = format!("spec.rules[{of_rule}].backendRefs[{index}]");
            found.extend(name.map(|n| Backend::of((namespace, n), field, (backend, ["name", "name"]))));
        }
    }
    Ok(found)
}

fn of_openshift(spec: &Node, namespace: &str) -> Result<Vec<Backend>, WrongType> {
    let mut found = Vec::new();
    let mut add = |node: &Node, field: String| {
        let name = node.text_field("name")?;
        found.extend(name.map(|n| Backend::of((namespace, n), field, (node, ["name", "name"]))));
        Ok(())
    };
    if let Some(to) = spec.map_field("to")? {
        add(to, "spec.to".to_owned())?;
    }
    for (index, other) in spec.list_field("alternateBackends")?.iter().enumerate() {
        add(other, format!("spec.alternateBackends[{index}]"))?;
    }
    Ok(found)
}

/// What lets everyone in through a load balancer; nothing if ranges are listed, or an annotation of one of the clouds says
/// that its address is not one of the outside.
///
/// # Errors
/// [`WrongType`] if the ranges are no list.
pub(crate) fn open_balancer(service: &Object, spec: &Node) -> Result<Option<String>, WrongType> {
    if spec.text_field("type")? != Some("LoadBalancer") || is_internal(service) {
        return Ok(None);
    }
    let ranges: Vec<&str> =
        spec.list_field("loadBalancerSourceRanges")?.iter().filter_map(Node::text).collect();
    Ok(match ranges.iter().find(|r| matches!(**r, "0.0.0.0/0" | "::/0")) {
        Some(range) => Some(format!("spec.loadBalancerSourceRanges holds {range}")),
        None if ranges.is_empty() => {
            Some("spec.type is LoadBalancer without loadBalancerSourceRanges".to_owned())
        }
        None => None,
    })
}

fn is_internal(service: &Object) -> bool {
    let annotations = service.node.at_path(&["metadata", "annotations"]);
    annotations.map_or(&[][..], Node::fields).iter().any(|e| {
        let value = e.value.text().unwrap_or("").to_ascii_lowercase();
        let of_balancer = e.key.contains("load-balancer") || e.key.contains("loadbalancer");
        of_balancer && (value == "internal" || (e.key.contains("internal") && value != "false"))
    })
}

/// What lets a container be reached from outside; nothing where it is not reached, `None` where that is not known.
pub(crate) fn ways(subject: &Subject<'_>, pod: &Pod<'_>, container: &Container<'_>) -> Option<Vec<String>> {
    let own = own_ways(pod, container);
    let mut ways = own.clone().unwrap_or_default();
    let namespace = namespace_of(subject.object);
    let reach = subject.around.reach()?;
    let serves = serves(container);
    if serves {
        ways.extend(reach.of_pod(namespace, &pod.labels));
    }
    let unclear =
        own.is_err() || (serves && (reach.is_unclear(namespace) || subject.around.missed().is_some()));
    if ways.is_empty() && unclear { None } else { Some(ways) }
}

/// An init container is gone before traffic comes, unless it is restarted as a sidecar.
fn serves(container: &Container<'_>) -> bool {
    let policy = container.node.get("restartPolicy").and_then(Node::text);
    container.list != "initContainers" || policy == Some("Always")
}

/// Ports of the node.
fn own_ways(pod: &Pod<'_>, container: &Container<'_>) -> Result<Vec<String>, WrongType> {
    let mut ways = Vec::new();
    if pod.spec.bool_field("hostNetwork")? == Some(true) {
        ways.push("host network".to_owned());
    }
    for port in container.node.list_field("ports")? {
        if let Some(port) = port.integer_field("hostPort")?.filter(|p| *p != 0) {
            ways.push(format!("host port {port}"));
        }
    }
    Ok(ways)
}
