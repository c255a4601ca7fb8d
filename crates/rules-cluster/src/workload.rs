//! Objects that bring pods: a Pod, or a kind with a template of one.

use manifest::{Entry, Node, Object, Position, WrongType};

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

/// Fields down to the pod of an object, `None` if its kind has none.
#[must_use]
pub fn template_of(group: &str, kind: &str) -> Option<&'static [&'static str]> {
    TEMPLATES.iter().find(|(g, k, _)| *g == group && *k == kind).map(|(.., path)| *path)
}

/// A pod as its manifest gives it, and where each part stands.
#[derive(Debug, Clone)]
pub struct Pod<'o> {
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
    /// The pod of an object; `None` if its kind brings none or the template is absent.
    ///
    /// # Errors
    /// [`WrongType`] if the way to the containers is not of the types it must be.
    pub fn of(object: &'o Object) -> Result<Option<Self>, WrongType> {
        match template_of(object.group(), &object.kind) {
            Some(path) => Self::at(&object.node, path),
            None => Ok(None),
        }
    }

    /// The pod whose `metadata` and `spec` stand at `path` in `node`: for kinds of one's own.
    ///
    /// # Errors
    /// [`WrongType`] if the way to the containers is not of the types it must be.
    pub fn at(node: &'o Node, path: &[&str]) -> Result<Option<Self>, WrongType> {
        let mut template = node;
        for key in path {
            match template.map_field(key)? {
                Some(next) => template = next,
                None => return Ok(None),
            }
        }
        let Some(spec) = template.map_field("spec")? else { return Ok(None) };
        let prefix: String = path.iter().flat_map(|key| [*key, "."]).collect();
        let path = format!("{prefix}spec");
        let mut containers = Vec::new();
        for list in ["initContainers", "containers", "ephemeralContainers"] {
            for (index, node) in spec.list_field(list)?.iter().enumerate() {
                let name = node.text_field("name")?.unwrap_or("");
                containers.push(Container { name, node, path: format!("{path}.{list}[{index}]") });
            }
        }
        let annotations = match template.map_field("metadata")? {
            Some(metadata) => annotations(metadata)?,
            None => Vec::new(),
        };
        Ok(Some(Self { annotations, spec, path, metadata_path: format!("{prefix}metadata"), containers }))
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
fn spot(node: &Node, path: &str, field: &str) -> Spot {
    let mut at = node.at;
    let mut node = Some(node);
    for key in field.split('.') {
        let entry: Option<&Entry> = node.and_then(|n| n.entry(key));
        let Some(entry) = entry else { break };
        at = entry.at;
        node = Some(&entry.value);
    }
    Spot { field: format!("{path}.{field}"), at }
}

fn annotations(metadata: &Node) -> Result<Vec<(&str, &str, Position)>, WrongType> {
    let Some(map) = metadata.map_field("annotations")? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for entry in map.fields() {
        if let Some(value) = map.text_field(&entry.key)? {
            found.push((&*entry.key, value, entry.at));
        }
    }
    Ok(found)
}
