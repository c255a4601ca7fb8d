//! Whether what an object names or selects is surely not there, as far as an input can tell.

use std::collections::{BTreeMap, BTreeSet};

use eval::Judgement;
use manifest::Object;

use crate::around::namespace_of;
use crate::grant;
use crate::look::{self, Wrong};
use crate::selector::Selector;
use crate::{Subject, Surroundings};

/// Kinds whose names are kept: group and kind.
const NAMED: &[(&str, &str)] =
    &[("", "ServiceAccount"), (grant::GROUP, "ClusterRole"), (grant::GROUP, "Role")];

/// The namespace of what every cluster runs, and manifests do not hold.
const OF_THE_CLUSTER: &str = "kube-system";

/// Kinds of workloads whose every object is seen where the workloads of a namespace are.
const WORKLOADS: &[&str] =
    &["CronJob", "DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet"];

/// Names by namespace.
type ByNamespace = BTreeMap<Box<str>, BTreeSet<Box<str>>>;

/// The names of objects that others name, by kind and namespace; of those that say no namespace, by an empty one.
#[derive(Debug, Default)]
pub(crate) struct Names(BTreeMap<Box<str>, ByNamespace>);

impl Names {
    /// Notes an object of a kind that others name.
    pub(crate) fn see(&mut self, object: &Object) {
        if NAMED.iter().any(|(group, kind)| *group == object.group() && *kind == &*object.kind) {
            self.add(object);
        }
    }

    /// Notes an object.
    pub(crate) fn add(&mut self, object: &Object) {
        let of_kind = self.0.entry(object.kind.to_string().into()).or_default();
        of_kind.entry(object.namespace().into()).or_default().insert(object.name().into());
    }

    /// Whether one of the kind is in the namespace, or may be put there: where none is said, it is put into any.
    fn has(&self, kind: &str, namespace: &str, name: &str) -> bool {
        let Some(of_kind) = self.0.get(kind) else { return false };
        let holds = |of: &str| of_kind.get(of).is_some_and(|names| names.contains(name));
        match namespace {
            "" => of_kind.values().any(|names| names.contains(name)),
            _ => holds(namespace) || holds(""),
        }
    }

    /// Whether any of the kind is in the namespace.
    fn has_some(&self, kind: &str, namespace: &str) -> bool {
        let said = match namespace {
            "" | "default" => ["default", ""],
            _ => [namespace, namespace],
        };
        self.0.get(kind).is_some_and(|of_kind| said.iter().any(|n| of_kind.contains_key(*n)))
    }

    /// Why the pods of a workload of the namespace are not known, if there is such a one: a patch, or a broken template.
    fn unread(&self, namespace: &str) -> Option<String> {
        let of_kind = WORKLOADS.iter().chain(&["Pod", "PodTemplate"]);
        let unread = of_kind.copied().find(|kind| self.has_some(kind, namespace))?;
        Some(format!("the pods of a {unread} of {namespace} cannot be read from its template"))
    }
}

/// An object that another names.
pub(crate) struct Named<'n> {
    /// Kind.
    pub(crate) kind: &'n str,
    /// Namespace; empty for what is in none, and where none is said.
    pub(crate) namespace: &'n str,
    /// Name.
    pub(crate) name: &'n str,
}

/// What an input shows of an object that another names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// It is there, in every cluster or in this input.
    There,
    /// It would be in this input, and is not.
    Absent,
    /// It may be there, and why.
    Unseen(String),
}

impl Named<'_> {
    /// Looks for it.
    pub(crate) fn seek(&self, around: &Surroundings) -> Sight {
        let (is_there, unseen) = match self.kind {
            "ClusterRole" => self.cluster_role(around),
            "Role" | "ServiceAccount" => self.of_names(around),
            "Service" => self.service(around),
            _ => self.workload(around),
        };
        match (is_there, unseen) {
            (true, _) => Sight::There,
            (false, Some(reason)) => Sight::Unseen(reason),
            (false, None) => Sight::Absent,
        }
    }

    fn workload(&self, around: &Surroundings) -> (bool, Option<String>) {
        let Self { kind, namespace, name } = self;
        let of_name = around.pods(namespace).into_iter().flat_map(|pods| pods.named(name));
        let is_there =
            of_name.into_iter().any(|k| &*k.kind == *kind) || around.names().has(kind, namespace, name);
        let is_known = WORKLOADS.contains(kind);
        let other =
            || Some(format!("whether {kind} {namespace}/{name} is there cannot be told from its kind"));
        (is_there, if is_known { unseen(around, namespace) } else { other() })
    }

    fn service(&self, around: &Surroundings) -> (bool, Option<String>) {
        let services = around.all_services().get(self.namespace);
        let unseen = match services {
            _ if is_whole(around) => None,
            _ if self.namespace == OF_THE_CLUSTER => Some(of_the_cluster(OF_THE_CLUSTER)),
            _ if around.has_makers(self.namespace) => {
                Some(format!("an operator may make services in {}", self.namespace))
            }
            Some(_) => None,
            None => Some(none_of("Service", self.namespace)),
        };
        (services.is_some_and(|s| s.has(self.name)), unseen)
    }

    fn of_names(&self, around: &Surroundings) -> (bool, Option<String>) {
        let Self { kind, namespace, name } = self;
        let names = around.names();
        // The control plane makes the account `default` in every namespace.
        let of_every = *kind == "ServiceAccount" && *name == "default";
        let unseen = match *namespace {
            _ if is_whole(around) && names.has_some(kind, OF_THE_CLUSTER) => None,
            OF_THE_CLUSTER | "kube-public" => Some(of_the_cluster(namespace)),
            _ if around.has_makers(namespace) => Some(format!("an operator may make it in {namespace}")),
            _ if names.has_some(kind, namespace) => None,
            _ => Some(none_of(kind, namespace)),
        };
        (of_every || names.has(kind, namespace, name), unseen)
    }

    fn cluster_role(&self, around: &Surroundings) -> (bool, Option<String>) {
        // "Default roles and role bindings" of Kubernetes's page on RBAC.
        let is_own = matches!(self.name, "admin" | "cluster-admin" | "edit" | "view");
        let of_every = is_own || self.name.starts_with("system:");
        let names = around.names();
        let is_listed = is_whole(around) && names.has("ClusterRole", "", "cluster-admin");
        let reason = || format!("ClusterRole {} may be there, for this input is no whole cluster", self.name);
        (of_every || names.has("ClusterRole", "", self.name), (!is_listed).then(reason))
    }
}

fn none_of(kind: &str, namespace: &str) -> String {
    let of = if namespace.is_empty() { "its namespace" } else { namespace };
    format!("no {kind} of {of} is in this input, so whether the one it names is there is not known")
}

fn of_the_cluster(namespace: &str) -> String {
    format!("what the cluster itself has in {namespace} is not in this input")
}

/// Whether the input is a cluster with what every cluster runs: then it holds every namespace.
fn is_whole(around: &Surroundings) -> bool {
    around.is_cluster() && around.pods(OF_THE_CLUSTER).is_some()
}

/// Judges the selector of pods that stands at `field` of the subject by whether it fits one of its namespace.
pub(crate) fn judge_selector(
    subject: &Subject<'_>,
    selector: &Selector,
    field: &str,
    remedy: &str,
) -> Judgement {
    let namespace = namespace_of(subject.object);
    let pods = subject.around.pods(namespace);
    if pods.is_some_and(|pods| !pods.selected(selector).is_empty()) {
        return Judgement::clean();
    }
    if let Some(reason) = unseen(subject.around, namespace) {
        return look::unknown(subject, &reason, "scan the workloads with it");
    }
    let what = format!("{field} fits no pod of its namespace");
    look::lack(subject, remedy, Ok(vec![Wrong::of(subject.spot(field), what)]))
}

/// Why workloads that the input does not hold may be in a namespace; `None` if they would be in it.
fn unseen(around: &Surroundings, namespace: &str) -> Option<String> {
    if let Some(reason) = around.names().unread(namespace) {
        return Some(reason);
    }
    match around.pods(namespace) {
        _ if is_whole(around) => None,
        _ if namespace == OF_THE_CLUSTER => Some(of_the_cluster(namespace)),
        _ if around.has_makers(namespace) => Some(format!("an operator may make pods in {namespace}")),
        Some(_) => None,
        None => {
            let reason = "no workload of its namespace is in this input, so whom it selects is not known";
            Some(reason.to_owned())
        }
    }
}
