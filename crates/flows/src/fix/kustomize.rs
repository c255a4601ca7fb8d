//! Changes as patches of Kustomize (<https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/patches/>):
//! strategic merge where the API merges lists by a name, else JSON 6902, which counts.

use std::collections::BTreeSet;

use manifest::edit::{New, Sheet, yaml};
use manifest::{Node, Object, Value};
use rules_cluster::workload::template_of;

/// Lists that the API merges by `name` (`patchMergeKey` in `k8s.io/api/core/v1`).
const BY_NAME: [&str; 4] = ["containers", "ephemeralContainers", "initContainers", "volumes"];

/// Lists that it merges by something else, or by several fields: those are counted.
const OTHERWISE: [&str; 10] = [
    "env",
    "hostAliases",
    "imagePullSecrets",
    "ports",
    "resizePolicy",
    "topologySpreadConstraints",
    "volumeDevices",
    "volumeMounts",
    "finalizers",
    "ownerReferences",
];

/// An object before and after, and the file it stands in.
pub(super) struct Pair {
    path: String,
    before: Object,
    after: Object,
}

/// The objects of a file that differ.
pub(super) fn pairs(path: &str, before: &[u8], after: &[u8]) -> Vec<Pair> {
    let (Ok(before), Ok(after)) = (Sheet::read(before), Sheet::read(after)) else { return Vec::new() };
    let both = before.objects().into_iter().zip(after.objects());
    let objects = both.filter_map(|(b, a)| Some((before.object(&b)?, after.object(&a)?)));
    let differ = objects.filter(|(b, a)| New::from(&b.node) != New::from(&a.node));
    differ.map(|(before, after)| Pair { path: path.to_owned(), before, after }).collect()
}

/// A file of Kustomize that makes the changes of all of them.
pub(super) fn write(pairs: &[Pair]) -> String {
    let mut out = String::from("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n");
    if pairs.is_empty() {
        return out;
    }
    let paths: BTreeSet<&str> = pairs.iter().map(|p| p.path.as_str()).collect();
    let paths = paths.into_iter().map(New::from).collect();
    let Some(resources) = block("resources", New::List(paths)) else { return out };
    out.push_str(&resources);
    out.push_str("patches:\n");
    for Pair { path, before, after } in pairs {
        if before.name().is_empty() || before.node.at_path(&["metadata", "name"]).is_none() {
            out.push_str(&format!(
                "  # a {} in {path} has no name, by which Kustomize would find it\n",
                before.kind
            ));
            continue;
        }
        match strategic_patch(before, after) {
            Some(patch) => out.push_str(&format!("  - patch: |-\n{}", indented(&yaml(&patch)))),
            None => {
                let mut operations = Vec::new();
                count(&before.node, &after.node, "", &mut operations);
                let target = yaml(&New::Map(vec![("target".to_owned(), target(before))]));
                let target = target.lines().map(|l| format!("    {l}\n")).collect::<String>();
                let patch = indented(&yaml(&New::List(operations)));
                out.push_str(&format!("  - {}    patch: |-\n{patch}", target.trim_start()));
            }
        }
    }
    out
}

fn block(key: &str, value: New) -> Option<String> {
    let text = yaml(&New::Map(vec![(key.to_owned(), value)]));
    // A short list would stand in brackets; one path a line reads better.
    match text.split_once('[') {
        Some((head, rest)) => {
            let items = rest.trim_end().strip_suffix(']')?.split(", ").map(|i| format!("  - {i}\n"));
            Some(format!("{}\n{}", head.trim_end(), items.collect::<String>()))
        }
        None => Some(text),
    }
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("      {line}\n")).collect()
}

fn target(object: &Object) -> New {
    let version = object.api_version.rsplit('/').next().unwrap_or_default();
    // A name is an expression there, from its beginning to its end.
    let name = object.name().replace('.', "\\.");
    let fields = [
        ("group", object.group()),
        ("version", version),
        ("kind", &*object.kind),
        ("name", &name),
        ("namespace", object.namespace()),
    ];
    let fields = fields.into_iter().filter(|(_, value)| !value.is_empty());
    New::Map(fields.map(|(key, value)| (key.to_owned(), New::from(value))).collect())
}

/// The patch that the API's own merging makes right; `None` for kinds of others, whose lists nobody knows, and where a
/// list changes that is merged otherwise.
fn strategic_patch(before: &Object, after: &Object) -> Option<New> {
    template_of(before.group(), &before.kind).filter(|_| before.group() != "extensions")?;
    let New::Map(changes) = strategic(&before.node, &after.node)? else { return None };
    let text = |s: &str| New::Text(s.to_owned());
    let mut metadata = vec![("name".to_owned(), text(before.name()))];
    if !before.namespace().is_empty() {
        metadata.push(("namespace".to_owned(), text(before.namespace())));
    }
    let head = [
        ("apiVersion".to_owned(), text(&before.api_version)),
        ("kind".to_owned(), text(&before.kind)),
        ("metadata".to_owned(), New::Map(metadata)),
    ];
    // Nothing that is mended stands in an object's own metadata.
    if changes.iter().any(|(key, _)| head.iter().any(|(h, _)| h == key)) {
        return None;
    }
    Some(New::Map(head.into_iter().chain(changes).collect()))
}

fn strategic(before: &Node, after: &Node) -> Option<New> {
    let mut fields = Vec::new();
    for entry in after.fields() {
        let key = &*entry.key;
        let old = before.fields().iter().find(|e| *e.key == *key).map(|e| &e.value);
        let value = match old {
            Some(old) if New::from(old) == New::from(&entry.value) => continue,
            Some(old) => match (&old.value, &entry.value.value) {
                (Value::Map(_), Value::Map(_)) => strategic(old, &entry.value)?,
                (Value::List(_), Value::List(_)) if BY_NAME.contains(&key) => by_name(old, &entry.value)?,
                (Value::List(_), _) if OTHERWISE.contains(&key) => return None,
                _ => New::from(&entry.value),
            },
            None => New::from(&entry.value),
        };
        fields.push((key.to_owned(), value));
    }
    for entry in before.fields().iter().filter(|e| !after.fields().iter().any(|a| a.key == e.key)) {
        fields.push((entry.key.to_string(), New::Null));
    }
    Some(New::Map(fields))
}

/// Every item of a list by its name, with what differs: Kustomize puts those that a patch names before all others, and the
/// order of init containers means something.
fn by_name(before: &Node, after: &Node) -> Option<New> {
    let names = |node: &Node| -> Option<Vec<String>> {
        node.items().iter().map(|i| i.get("name").and_then(Node::text).map(str::to_owned)).collect()
    };
    let (old, new) = (names(before)?, names(after)?);
    if old != new || old.iter().collect::<BTreeSet<_>>().len() != old.len() {
        return None;
    }
    let mut items = Vec::new();
    for ((before, after), name) in before.items().iter().zip(after.items()).zip(old) {
        let New::Map(changes) = strategic(before, after)? else { return None };
        let name = ("name".to_owned(), New::Text(name));
        items.push(New::Map(std::iter::once(name).chain(changes).collect()));
    }
    Some(New::List(items))
}

/// Operations of RFC 6902 from one node to another.
fn count(before: &Node, after: &Node, at: &str, out: &mut Vec<New>) {
    let below = |key: &str| format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
    match (&before.value, &after.value) {
        (Value::Map(old), Value::Map(new)) => {
            for entry in new {
                match old.iter().find(|e| e.key == entry.key) {
                    Some(old) => count(&old.value, &entry.value, &below(&entry.key), out),
                    None => out.push(operation("add", &below(&entry.key), Some(&entry.value))),
                }
            }
            let gone = old.iter().filter(|e| !new.iter().any(|n| n.key == e.key));
            out.extend(gone.map(|e| operation("remove", &below(&e.key), None)));
        }
        (Value::List(old), Value::List(new)) if old.len() == new.len() => {
            for (index, (old, new)) in old.iter().zip(new).enumerate() {
                count(old, new, &format!("{at}/{index}"), out);
            }
        }
        _ if New::from(before) == New::from(after) => {}
        _ => out.push(operation("replace", at, Some(after))),
    }
}

fn operation(op: &str, path: &str, value: Option<&Node>) -> New {
    let fields = [("op", New::from(op)), ("path", New::from(path))].into_iter();
    let value = value.map(|v| ("value", New::from(v)));
    New::Map(fields.chain(value).map(|(key, v)| (key.to_owned(), v)).collect())
}
