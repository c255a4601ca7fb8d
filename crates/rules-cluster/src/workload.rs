//! Objects that bring pods: a Pod, or a kind with a template of one.

use std::collections::BTreeMap;

use manifest::{Entry, Node, Object, Position, WrongType};

use crate::around::namespace_of;
use crate::{Custom, Subject};

/// Where a kind keeps the template of its pods: API group, kind, fields down to what has `metadata` and `spec`.
type Template = (&'static str, &'static str, &'static [&'static str]);

/// The kinds of Kubernetes itself (<https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/>).
const TEMPLATES: &[Template] = &[
    ("", "Pod", &[]),
    ("", "PodTemplate", &["template"]),
    ("", "ReplicationController", &["spec", "template"]),
    ("apps", "DaemonSet", &["spec", "template"]),
    ("apps", "Deployment", &["spec", "template"]),
    ("apps", "ReplicaSet", &["spec", "template"]),
    ("apps", "StatefulSet", &["spec", "template"]),
    ("batch", "CronJob", &["spec", "jobTemplate", "spec", "template"]),
    ("batch", "Job", &["spec", "template"]),
    // Served until 1.16; manifests of that age are still about.
    ("extensions", "DaemonSet", &["spec", "template"]),
    ("extensions", "Deployment", &["spec", "template"]),
    ("extensions", "ReplicaSet", &["spec", "template"]),
];

/// Where kinds of others keep a template, if they do as Kubernetes does (Argo's Rollout, OpenKruise's CloneSet, Knative's
/// Service).
const USUAL: &[&str] = &["spec", "template"];

/// Fields within fields in which a pod is looked for.
const SEARCH_DEPTH_MAX: usize = 12;

/// Fields down to the pod of an object, `None` if its kind has none.
#[must_use]
pub fn template_of(group: &str, kind: &str) -> Option<&'static [&'static str]> {
    TEMPLATES.iter().find(|(g, k, _)| *g == group && *k == kind).map(|(.., path)| *path)
}

/// Whether a group is one of Kubernetes itself: `apps`, `batch`, `rbac.authorization.k8s.io`.
pub(crate) fn is_own(group: &str) -> bool {
    !group.contains('.') || group.ends_with(".k8s.io")
}

/// Where a pod stands in an object of a kind that is not known to bring one, as far as its own words tell: containers
/// that have a name and an image.
#[must_use]
pub fn hidden_pod(object: &Object, customs: &[Custom]) -> Option<String> {
    let known = template_of(object.group(), &object.kind).is_some();
    let is_named = customs.iter().any(|c| c.is_kind_of(object) && c.template(object).is_some());
    if known || is_named || is_own(object.group()) || usual(object) {
        return None;
    }
    let mut around = vec![(String::new(), &object.node, 0)];
    while let Some((path, node, depth)) = around.pop() {
        let at = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        let fields = node.fields().iter().map(|e| (at(&e.key), &e.value));
        let items = node.items().iter().enumerate().map(|(n, item)| (format!("{path}[{n}]"), item));
        if node.get("containers").is_some_and(is_containers) {
            return Some(path);
        }
        if depth < SEARCH_DEPTH_MAX {
            around.extend(fields.chain(items).map(|(path, node)| (path, node, depth + 1)));
        }
    }
    None
}

/// True for a kind of others that keeps its template where Kubernetes does.
fn usual(object: &Object) -> bool {
    let spec = object.node.at_path(USUAL).and_then(|t| t.get("spec"));
    !is_own(object.group()) && spec.and_then(|s| s.get("containers")).is_some_and(is_containers)
}

fn is_containers(node: &Node) -> bool {
    let is_container = |n: &Node| n.get("image").is_some_and(|i| i.text().is_some());
    node.items().iter().any(is_container)
}

/// The lists of a pod that hold containers.
const LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

/// Labels by key.
pub type Labels<'o> = BTreeMap<&'o str, &'o str>;

/// A pod as its manifest gives it, and where each part stands.
#[derive(Debug, Clone)]
pub struct Pod<'o> {
    /// Labels of the pod.
    pub labels: Labels<'o>,
    /// Annotations of the pod.
    pub annotations: Vec<(&'o str, &'o str, Position)>,
    /// `spec` of the pod.
    pub spec: &'o Node,
    /// Path of `spec` in the object, `spec.template.spec`.
    pub path: String,
    /// Path of the pod's `metadata`.
    pub metadata_path: String,
    /// Init containers, containers, ephemeral containers, in this order.
    pub containers: Vec<Container<'o>>,
}

/// A container of a pod.
#[derive(Debug, Clone)]
pub struct Container<'o> {
    /// `name`; empty if it has none.
    pub name: &'o str,
    /// The list it stands in, `initContainers`.
    pub list: &'static str,
    /// The container.
    pub node: &'o Node,
    /// Its path in the object, `spec.containers[0]`.
    pub path: String,
}

/// Where a fault stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// Field, `spec.containers[0].securityContext.privileged`.
    pub field: String,
    /// Its place, or that of the nearest thing around it that is written.
    pub at: Position,
}

impl<'o> Pod<'o> {
    /// The pod of an object of a kind that is known of itself; `None` if it brings none or the template is absent.
    ///
    /// # Errors
    /// [`WrongType`] if the way to the containers is not of the types it must be.
    pub fn of(object: &'o Object) -> Result<Option<Self>, WrongType> {
        Self::of_kinds(object, &[])
    }

    /// The pod of an object; `None` if its kind, one of `customs` included, brings none or the template is absent.
    ///
    /// # Errors
    /// [`WrongType`] if the way to the containers is not of the types it must be.
    pub fn of_kinds(object: &'o Object, customs: &[Custom]) -> Result<Option<Self>, WrongType> {
        match template_of(object.group(), &object.kind) {
            Some(path) => Self::at(&object.node, path),
            None => {
                let named = customs.iter().filter(|c| c.is_kind_of(object));
                match named.filter_map(|c| c.template(object)).next() {
                    Some((path, spec)) => Self::at_field(&object.node, &path, spec),
                    None if usual(object) => Self::at(&object.node, USUAL),
                    None => Ok(None),
                }
            }
        }
    }

    /// The service account that it runs as; `serviceAccount` is the older name of the field.
    ///
    /// # Errors
    /// [`WrongType`] if a name is no text.
    pub(crate) fn account(&self) -> Result<&'o str, WrongType> {
        let name = self.spec.text_field("serviceAccountName")?;
        let name = name.or(self.spec.text_field("serviceAccount")?).filter(|n| !n.is_empty());
        Ok(name.unwrap_or("default"))
    }

    /// The pod whose `metadata` and `spec` stand at `path` in `node`: for kinds of one's own.
    ///
    /// # Errors
    /// [`WrongType`] if the way to the containers is not of the types it must be.
    pub fn at(node: &'o Node, path: &[&str]) -> Result<Option<Self>, WrongType> {
        Self::at_field(node, path, "spec")
    }

    /// As [`Pod::at`], of a pod whose `spec` has another name.
    fn at_field(node: &'o Node, path: &[&str], spec_key: &str) -> Result<Option<Self>, WrongType> {
        let mut template = node;
        for key in path {
            match template.map_field(key)? {
                Some(next) => template = next,
                None => return Ok(None),
            }
        }
        let Some(spec) = template.map_field(spec_key)? else { return Ok(None) };
        let prefix: String = path.iter().flat_map(|key| [*key, "."]).collect();
        let path = format!("{prefix}{spec_key}");
        let mut containers = Vec::new();
        for list in LISTS {
            for (index, node) in spec.list_field(list)?.iter().enumerate() {
                let name = node.text_field("name")?.unwrap_or("");
                containers.push(Container { name, list, node, path: format!("{path}.{list}[{index}]") });
            }
        }
        let metadata = template.map_field("metadata")?;
        let of = |key| metadata.map(|m| m.map_field(key)).transpose();
        let labels = of("labels")?.flatten().map(texts).transpose()?.unwrap_or_default();
        let labels = labels.into_iter().map(|(key, value, _)| (key, value)).collect();
        let annotations = of("annotations")?.flatten().map(texts).transpose()?.unwrap_or_default();
        let metadata_path = format!("{prefix}metadata");
        Ok(Some(Self { labels, annotations, spec, path, metadata_path, containers }))
    }

    /// The value of an annotation.
    #[must_use]
    pub fn annotation(&self, key: &str) -> Option<(&'o str, Position)> {
        self.annotations.iter().find(|(k, ..)| *k == key).map(|(_, value, at)| (*value, *at))
    }

    /// The pod's own `securityContext`.
    ///
    /// # Errors
    /// [`WrongType`] if it is no mapping.
    pub fn security_context(&self) -> Result<Option<&'o Node>, WrongType> {
        self.spec.map_field("securityContext")
    }

    /// `spec.os.name` is `windows`.
    ///
    /// # Errors
    /// [`WrongType`] if it is no text.
    pub fn is_windows(&self) -> Result<bool, WrongType> {
        let os = self.spec.map_field("os")?;
        Ok(os.map(|os| os.text_field("name")).transpose()?.flatten() == Some("windows"))
    }

    /// `spec.hostUsers` is false: the pod has a user namespace of its own.
    ///
    /// # Errors
    /// [`WrongType`] if it is no boolean.
    pub fn has_user_namespace(&self) -> Result<bool, WrongType> {
        Ok(self.spec.bool_field("hostUsers")? == Some(false))
    }

    /// The place of `field` below `spec`.
    #[must_use]
    pub fn spot(&self, field: &str) -> Spot {
        spot(self.spec, &self.path, field)
    }
}

/// How many pods a workload keeps at least: what an autoscaler of the input keeps, else `replicas`, else one.
pub(crate) fn replicas(subject: &Subject<'_>) -> Result<i64, WrongType> {
    let object = subject.object;
    if let Some(scaler) = autoscaler(subject, &object.kind, object.name())? {
        return Ok(scaler.integer_field("minReplicas")?.unwrap_or(1));
    }
    let spec = object.node.map_field("spec")?;
    Ok(spec.map(|s| s.integer_field("replicas")).transpose()?.flatten().unwrap_or(1))
}

/// The `spec` of the autoscaler of the subject's namespace that keeps the pods of a workload.
pub(crate) fn autoscaler<'s>(
    subject: &Subject<'s>,
    kind: &str,
    name: &str,
) -> Result<Option<&'s Node>, WrongType> {
    for scaler in subject.around.of("HorizontalPodAutoscaler", namespace_of(subject.object)) {
        let Some(spec) = scaler.node.map_field("spec")? else { continue };
        let target = spec.map_field("scaleTargetRef")?;
        let is = |key: &str, word: &str| target.and_then(|t| t.get(key)).and_then(Node::text) == Some(word);
        if is("kind", kind) && is("name", name) {
            return Ok(Some(spec));
        }
    }
    Ok(None)
}

/// Whether a container is meant to run until it is told to end: none that prepares or debugs, and none of a job.
pub(crate) fn serves(subject: &Subject<'_>, container: &Container<'_>) -> bool {
    let (group, kind) = (subject.object.group(), &*subject.object.kind);
    let policy = |pod: &Pod<'_>| pod.spec.get("restartPolicy").and_then(Node::text).map(str::to_owned);
    let ends = subject.pod.as_ref().ok().and_then(|pod| policy(pod.as_ref()?)).is_some_and(|p| p != "Always");
    container.list == "containers" && !ends && !(group == "batch" && matches!(kind, "Job" | "CronJob"))
}

impl<'o> Container<'o> {
    /// `securityContext`.
    ///
    /// # Errors
    /// [`WrongType`] if it is no mapping.
    pub fn security_context(&self) -> Result<Option<&'o Node>, WrongType> {
        self.node.map_field("securityContext")
    }

    /// The place of `field` below the container.
    #[must_use]
    pub fn spot(&self, field: &str) -> Spot {
        spot(self.node, &self.path, field)
    }
}

/// The place of the dotted `field` below `node`, or of the deepest part of it that is written.
pub(crate) fn spot(node: &Node, path: &str, field: &str) -> Spot {
    let mut at = node.at;
    let mut node = Some(node);
    for key in field.split('.') {
        let entry: Option<&Entry> = node.and_then(|n| n.entry(key));
        let Some(entry) = entry else { break };
        at = entry.at;
        node = Some(&entry.value);
    }
    let field = if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") };
    Spot { field, at }
}

/// The fields of a mapping of texts, with the places of their keys.
pub(crate) fn texts(map: &Node) -> Result<Vec<(&str, &str, Position)>, WrongType> {
    let mut found = Vec::new();
    for entry in map.fields() {
        if let Some(value) = map.text_field(&entry.key)? {
            found.push((&*entry.key, value, entry.at));
        }
    }
    Ok(found)
}
