//! The configuration of the admission controller: what holds where no label says otherwise, and what is exempt
//! (`PodSecurityConfiguration` of `pod-security.admission.config.k8s.io`, by itself or within an `AdmissionConfiguration`;
//! Kubernetes 1.36, `k8s.io/pod-security-admission/admission/api`).

use manifest::{Node, Object};

use super::{Level, NamespacePolicy, Version, texts};

/// The plug-in's name in an `AdmissionConfiguration`.
const PLUGIN: &str = "PodSecurity";

/// What the controller is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Configuration {
    /// What holds in a namespace without labels.
    pub defaults: NamespacePolicy,
    /// Namespaces in which nothing is asked.
    pub namespaces: Vec<String>,
}

/// The configuration that an object is or holds; `None` for any other object.
///
/// # Errors
/// Why the API server does not start with it.
pub fn configuration_of(object: &Object) -> Option<Result<Configuration, String>> {
    match (object.group(), &*object.kind) {
        ("pod-security.admission.config.k8s.io", "PodSecurityConfiguration") => Some(read(&object.node)),
        ("apiserver.config.k8s.io", "AdmissionConfiguration") => within(&object.node).transpose(),
        _ => None,
    }
}

fn within(node: &Node) -> Result<Option<Configuration>, String> {
    for plugin in node.list_field("plugins").map_err(|e| e.to_string())? {
        if plugin.get("name").and_then(Node::text) == Some(PLUGIN) {
            // A file that `path` names is an object of its own, if it is in the input.
            let inline = plugin.map_field("configuration").map_err(|e| e.to_string())?;
            return inline.map(read).transpose();
        }
    }
    Ok(None)
}

fn read(node: &Node) -> Result<Configuration, String> {
    let mut configuration = Configuration::default();
    let text = |map: Option<&Node>, key: &str| -> Result<Option<String>, String> {
        let text = map.map(|m| m.text_field(key)).transpose().map_err(|e| e.to_string())?.flatten();
        Ok(text.filter(|t| !t.is_empty()).map(str::to_owned))
    };
    let defaults = node.map_field("defaults").map_err(|e| e.to_string())?;
    let NamespacePolicy { enforce, audit, warn } = &mut configuration.defaults;
    for (mode, (level, version)) in [("enforce", enforce), ("audit", audit), ("warn", warn)] {
        let refused =
            |key: &str, word: &str| format!("`defaults.{key}` is {word}: the API server does not start");
        if let Some(word) = text(defaults, mode)? {
            *level = Level::parse(&word).ok_or_else(|| refused(mode, &word))?;
        }
        let key = format!("{mode}-version");
        if let Some(word) = text(defaults, &key)? {
            *version = Version::parse(&word).ok_or_else(|| refused(&key, &word))?;
        }
    }
    if let Some(exemptions) = node.map_field("exemptions").map_err(|e| e.to_string())? {
        let names = texts(exemptions, "namespaces").map_err(|e| e.to_string())?;
        configuration.namespaces = names.into_iter().map(str::to_owned).collect();
    }
    Ok(configuration)
}
