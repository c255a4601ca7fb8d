//! Which names the objects of an input mention, for the question whether anybody reads a ConfigMap or a Secret.
//!
//! A word that is a name counts as a mention wherever it stands: in a volume, in an argument, in an annotation, in a kind
//! of others, in another namespace. So an object that nobody mentions is surely one that nothing in the input names.

use std::collections::{BTreeMap, BTreeSet};

use manifest::{Node, Object, Value};

use crate::around::namespace_of;
use crate::workload::Pod;

/// Bytes of a text in which names are looked for.
pub(crate) const TEXT_BYTES_MAX: usize = 16 << 10;

/// Fields within fields in which names are looked for.
const DEPTH_MAX: usize = 32;

/// The annotation in which `kubectl` keeps the whole object, its own name included.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Kinds that the cluster writes, not people: they name what others named.
const WRITTEN: &[&str] = &["Endpoints", "Event", "Node"];

/// Fields of a pod that name ConfigMaps and Secrets, or may.
const OF_POD: &[&str] = &["imagePullSecrets", "volumes"];

/// Fields of a container that do.
const OF_CONTAINER: &[&str] = &["args", "command", "env", "envFrom"];

/// The names, and who reads without naming.
#[derive(Debug, Default)]
pub(crate) struct Mentions {
    /// Hashes of words: two words of one hash make one name more, never one fewer. There are as many as workloads, and more.
    words: BTreeSet<u32>,
    /// Resource and namespace, empty for all of them, and the role that lets every object of them be read.
    readers: BTreeMap<(&'static str, Box<str>), Box<str>>,
}

impl Mentions {
    /// Looks at an object and the pod that it brings.
    pub(crate) fn see(&mut self, object: &Object, pod: Option<&Pod<'_>>) {
        if let Some(pod) = pod {
            OF_POD.iter().filter_map(|key| pod.spec.get(key)).for_each(|n| self.walk(n, 0));
            let containers = pod.containers.iter().map(|c| c.node);
            containers
                .flat_map(|c| OF_CONTAINER.iter().filter_map(|key| c.get(key)))
                .for_each(|n| self.walk(n, 0));
            return pod.annotations.iter().for_each(|(_, value, _)| self.text(value));
        }
        if object.group().is_empty() && WRITTEN.contains(&&*object.kind) {
            return;
        }
        self.role(object);
        for entry in object.node.fields() {
            match &*entry.key {
                "apiVersion" | "kind" | "status" => {}
                "metadata" => {
                    let annotations = entry.value.get("annotations").map_or(&[][..], Node::fields);
                    let others = annotations.iter().filter(|a| &*a.key != LAST_APPLIED);
                    others.for_each(|a| self.walk(&a.value, 0));
                }
                // What a secret holds is nobody's name.
                "data" | "stringData" if &*object.kind == "Secret" => {}
                _ => self.walk(&entry.value, 0),
            }
        }
    }

    /// Whether anything names it.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.words.contains(&hash(name))
    }

    /// The role by which every object of a resource (`configmaps` or `secrets`) of the namespace may be read.
    pub(crate) fn reader(&self, resource: &'static str, namespace: &str) -> Option<&str> {
        let of = |namespace: &str| self.readers.get(&(resource, namespace.into()));
        of("").or_else(|| of(namespace)).map(AsRef::as_ref)
    }

    fn walk(&mut self, node: &Node, depth: usize) {
        if DEPTH_MAX < depth {
            return;
        }
        match &node.value {
            Value::Text(text) => self.text(text),
            Value::List(items) => items.iter().for_each(|n| self.walk(n, depth + 1)),
            Value::Map(fields) => fields.iter().for_each(|e| self.walk(&e.value, depth + 1)),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        let text = text.get(..TEXT_BYTES_MAX).unwrap_or(text);
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        for word in text.split(|c| !is_name(c)).map(|w| w.trim_matches(['-', '.'])) {
            // Names are of lower case; whatever is not names nothing.
            if !word.is_empty() && !word.bytes().any(|b| b.is_ascii_uppercase()) {
                self.words.insert(hash(word));
            }
        }
    }

    fn role(&mut self, object: &Object) {
        let own = object.node.at_path(&["metadata", "labels", "kubernetes.io/bootstrapping"]).is_some();
        let namespace = match (&*object.kind, own, object.group()) {
            ("ClusterRole", false, "rbac.authorization.k8s.io") => "",
            ("Role", false, "rbac.authorization.k8s.io") => namespace_of(object),
            _ => return,
        };
        let holds = |rule: &Node, key: &str, words: &[&str]| {
            let items = rule.get(key).map_or(&[][..], Node::items);
            items.iter().filter_map(Node::text).any(|w| words.contains(&w))
        };
        let rules = object.node.get("rules").map_or(&[][..], Node::items);
        for rule in rules.iter().filter(|r| r.get("resourceNames").is_none_or(|n| n.items().is_empty())) {
            if !holds(rule, "apiGroups", &["", "*"]) || !holds(rule, "verbs", &["get", "list", "watch", "*"])
            {
                continue;
            }
            for resource in ["configmaps", "secrets"] {
                if holds(rule, "resources", &[resource, "*"]) {
                    self.readers.entry((resource, namespace.into())).or_insert_with(|| object.name().into());
                }
            }
        }
    }
}

/// FNV-1a, 32 bits (RFC 9923).
fn hash(word: &str) -> u32 {
    word.bytes().fold(0x811c_9dc5, |h, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_word_of_any_text() {
        let mut mentions = Mentions::default();
        mentions.text("--config-map=shop/settings --tls db-tls, https://a.example/x");
        for (name, wanted) in [("settings", true), ("db-tls", true), ("db", false), ("setting", false)] {
            assert_eq!(mentions.has(name), wanted, "{name}");
        }
    }

    #[test]
    fn a_text_is_read_up_to_its_bound() {
        let mut mentions = Mentions::default();
        mentions.text(&format!("{} late", "a ".repeat(TEXT_BYTES_MAX / 2)));
        assert!(mentions.has("a") && !mentions.has("late"));
    }
}
