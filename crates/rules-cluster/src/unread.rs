//! Whether anything in the input names a ConfigMap or a Secret.

use eval::Judgement;
use manifest::Node;

use crate::Subject;
use crate::around::namespace_of;
use crate::look::{self, Wrong};

/// Labels and annotations that say what an object is, and by which nobody looks for it.
const SAYING: &[&str] = &[
    "app",
    "chart",
    "component",
    "description",
    "env",
    "environment",
    "heritage",
    "k8s-app",
    "name",
    "part-of",
    "release",
    "team",
    "tier",
    "version",
];

/// The same, by what they begin with.
const SAYING_PREFIXES: &[&str] = &[
    "app.kubernetes.io/",
    "argocd.argoproj.io/",
    "helm.sh/",
    "kubectl.kubernetes.io/",
    "kustomize.toolkit.fluxcd.io/",
    "meta.helm.sh/",
    "plimsoll.dev/",
];

/// Namespaces of the cluster itself, whose parts read by the API.
const OF_THE_CLUSTER: &[&str] = &["kube-node-lease", "kube-public", "kube-system"];

/// Judges an object of a resource, `configmaps` or `secrets`, by whether anything names it.
pub(crate) fn judge(subject: &Subject<'_>, resource: &'static str) -> Judgement {
    let (object, around) = (subject.object, subject.around);
    let namespace = namespace_of(object);
    let metadata = |key: &str| object.node.at_path(&["metadata", key]);
    let is_found_otherwise = ["labels", "annotations"]
        .into_iter()
        .flat_map(|key| metadata(key).map_or(&[][..], Node::fields))
        .any(|e| !SAYING.contains(&&*e.key) && !SAYING_PREFIXES.iter().any(|p| e.key.starts_with(p)));
    let out_of_sight = around.pods(namespace).is_none()
        || OF_THE_CLUSTER.contains(&namespace)
        || metadata("ownerReferences").is_some_and(|o| !o.items().is_empty())
        || around.mentions().reader(resource, namespace).is_some();
    if is_found_otherwise || out_of_sight {
        return Judgement::not_applicable();
    }
    let wrong = || Wrong::of(subject.spot("metadata.name"), "nothing in this input names it");
    let found = if around.mentions().has(object.name()) { Vec::new() } else { vec![wrong()] };
    look::lack(subject, "delete it, or name it where it is read", Ok(found))
}
