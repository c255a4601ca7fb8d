//! What lets traffic from outside of the cluster in: services, Ingresses, routes of gateways, and ports of the node.

use std::collections::{BTreeMap, BTreeSet};

use manifest::{Node, Object, WrongType};

use crate::Subject;
use crate::around::namespace_of;
use crate::selector::Selector;
use crate::workload::{Container, Labels, Pod};

/// Routes that lead from a gateway to services
/// (<https://gateway-api.sigs.k8s.io/reference/spec/>).
const GATEWAY_ROUTES: [&str; 5] = ["GRPCRoute", "HTTPRoute", "TCPRoute", "TLSRoute", "UDPRoute"];

/// Namespace and name of a service.
type Key = (Box<str>, Box<str>);

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
            ("networking.k8s.io" | "extensions", "Ingress") => self.ingress(object),
            ("gateway.networking.k8s.io", kind) if GATEWAY_ROUTES.contains(&kind) => self.gateway(object),
            ("route.openshift.io", "Route") => self.openshift(object),
            _ => Ok(()),
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

    /// Both the form of `v1` and that of `v1beta1`, which manifests still have.
    fn ingress(&mut self, object: &Object) -> Result<(), WrongType> {
        let Some(spec) = object.node.map_field("spec")? else { return Ok(()) };
        let mut backends = Vec::new();
        for key in ["defaultBackend", "backend"] {
            backends.extend(spec.map_field(key)?);
        }
        for rule in spec.list_field("rules")? {
            let Some(http) = rule.map_field("http")? else { continue };
            for path in http.list_field("paths")? {
                backends.extend(path.map_field("backend")?);
            }
        }
        for backend in backends {
            let service = backend.map_field("service")?;
            let name = service.map(|s| s.text_field("name")).transpose()?.flatten();
            if let Some(name) = name.or(backend.text_field("serviceName")?) {
                self.route(object, namespace_of(object), name);
            }
        }
        Ok(())
    }

    fn gateway(&mut self, object: &Object) -> Result<(), WrongType> {
        let Some(spec) = object.node.map_field("spec")? else { return Ok(()) };
        let parents = spec.list_field("parentRefs")?;
        // A route whose parents are services belongs to a mesh: nothing of the outside comes through it.
        let is_service = |p: &Node| p.get("kind").and_then(Node::text) == Some("Service");
        if !parents.is_empty() && parents.iter().all(is_service) {
            return Ok(());
        }
        for rule in spec.list_field("rules")? {
            for backend in rule.list_field("backendRefs")? {
                let is_service = matches!(backend.text_field("kind")?, None | Some("Service"));
                let namespace = backend.text_field("namespace")?.unwrap_or(namespace_of(object));
                if let (true, Some(name)) = (is_service, backend.text_field("name")?) {
                    self.route(object, namespace, name);
                }
            }
        }
        Ok(())
    }

    fn openshift(&mut self, object: &Object) -> Result<(), WrongType> {
        let Some(spec) = object.node.map_field("spec")? else { return Ok(()) };
        let to = spec.map_field("to")?;
        for target in to.into_iter().chain(spec.list_field("alternateBackends")?) {
            if let Some(name) = target.text_field("name")? {
                self.route(object, namespace_of(object), name);
            }
        }
        Ok(())
    }

    fn route(&mut self, object: &Object, namespace: &str, service: &str) {
        let way = format!("{} {}/{}", object.kind, namespace_of(object), object.name());
        self.routes.entry((namespace.into(), service.into())).or_default().insert(way);
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
