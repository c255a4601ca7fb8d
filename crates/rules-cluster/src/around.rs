//! What stands around an object in the same input: the objects that others are judged by, and the labels of every pod.

use std::collections::BTreeMap;

use manifest::{Object, WrongType};

use crate::Custom;
use crate::selector::Selector;
use crate::workload::{Labels, Pod};

/// Kinds that are kept whole: group and kind. They are few beside the workloads.
const KEPT: &[(&str, &str)] = &[
    ("", "LimitRange"),
    ("", "ResourceQuota"),
    ("", "ServiceAccount"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
    ("autoscaling", "HorizontalPodAutoscaler"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("policy", "PodDisruptionBudget"),
];

/// Groups of network policies that others brought and nobody reads here.
const FOREIGN_POLICIES: [&str; 4] =
    ["cilium.io", "crd.projectcalico.org", "projectcalico.org", "policy.networking.k8s.io"];

/// What stands around: filled by showing it every object of an input, in the order of the input.
#[derive(Debug, Default)]
pub struct Surroundings {
    kept: BTreeMap<(Box<str>, Box<str>), Vec<Object>>,
    /// By namespace and kind.
    selecting: BTreeMap<(Box<str>, &'static str), Selecting>,
    /// By namespace.
    pods: BTreeMap<Box<str>, Pods>,
    foreign_policies: bool,
    missed: Option<String>,
    customs: Vec<Custom>,
}

/// The namespace that an object is put into unless something else is said when it is applied.
pub(crate) fn namespace_of(object: &Object) -> &str {
    match object.namespace() {
        "" => "default",
        namespace => namespace,
    }
}

impl Surroundings {
    /// Nothing yet, with the kinds of others that bring pods.
    #[must_use]
    pub fn knowing(customs: Vec<Custom>) -> Self {
        Self { customs, ..Self::default() }
    }

    /// The kinds of others that bring pods, as the user names them.
    #[must_use]
    pub fn customs(&self) -> &[Custom] {
        &self.customs
    }

    /// Looks at an object of the input.
    pub fn see(&mut self, object: &Object) {
        let (group, kind) = (object.group(), &*object.kind);
        let namespace = namespace_of(object);
        self.foreign_policies |= FOREIGN_POLICIES.contains(&group) && kind.contains("NetworkPolicy");
        if let Some((_, kind)) = KEPT.iter().find(|(g, k)| *g == group && *k == kind) {
            match *kind {
                "NetworkPolicy" => self.select(namespace, kind, object, &["spec", "podSelector"]),
                "PodDisruptionBudget" => self.select(namespace, kind, object, &["spec", "selector"]),
                _ => {}
            }
            self.kept.entry((kind.to_owned().into(), namespace.into())).or_default().push(object.clone());
        }
        if let Ok(Some(pod)) = Pod::of_kinds(object, &self.customs) {
            self.pods.entry(namespace.into()).or_default().add(object, &pod.labels);
        }
    }

    /// Notes a file that could not be read whole: what is not seen may stand there.
    pub fn miss(&mut self, path: &str) {
        self.missed.get_or_insert_with(|| path.to_owned());
    }

    /// The first file that could not be read whole.
    pub(crate) fn missed(&self) -> Option<&str> {
        self.missed.as_deref()
    }

    fn select(&mut self, namespace: &str, kind: &'static str, object: &Object, path: &[&str]) {
        let selector = Selector::read(object.node.at_path(path));
        self.selecting.entry((namespace.into(), kind)).or_default().add(selector);
    }

    /// The objects of a kind in a namespace.
    pub(crate) fn of(&self, kind: &str, namespace: &str) -> &[Object] {
        self.kept.get(&(kind.into(), namespace.into())).map_or(&[], Vec::as_slice)
    }

    /// The objects of a kind in every namespace.
    pub(crate) fn all<'k>(&'k self, kind: &'k str) -> impl Iterator<Item = &'k Object> {
        self.kept.iter().filter(move |((k, _), _)| &**k == kind).flat_map(|(_, objects)| objects)
    }

    /// Whether an object of the kind (`NetworkPolicy` or `PodDisruptionBudget`) in the namespace selects a pod.
    ///
    /// # Errors
    /// [`WrongType`] if none that can be read does and there is one that cannot.
    pub(crate) fn selects(
        &self,
        kind: &'static str,
        namespace: &str,
        labels: &Labels<'_>,
    ) -> Result<bool, WrongType> {
        self.selecting.get(&(namespace.into(), kind)).map_or(Ok(false), |s| s.selects(labels))
    }

    /// The pods of the workloads of a namespace.
    pub(crate) fn pods(&self, namespace: &str) -> Option<&Pods> {
        self.pods.get(namespace)
    }

    /// Whether there are network policies of a dialect that is not read.
    pub(crate) fn has_foreign_policies(&self) -> bool {
        self.foreign_policies
    }
}

/// How many pods a workload keeps, as far as it says so.
fn replicas(object: &Object) -> Option<i64> {
    object.node.get("spec").and_then(|spec| spec.integer_field("replicas").ok().flatten())
}

/// Selectors of one kind in one namespace.
#[derive(Debug, Default)]
struct Selecting {
    /// Those that ask for a label, by one that they ask for.
    by_label: BTreeMap<(Box<str>, Box<str>), Vec<Selector>>,
    others: Vec<Selector>,
    flaw: Option<WrongType>,
}

impl Selecting {
    fn add(&mut self, selector: Result<Option<Selector>, WrongType>) {
        match selector {
            Ok(None) => {}
            Ok(Some(selector)) => match selector.a_label() {
                Some(label) => self.by_label.entry(label).or_default().push(selector),
                None => self.others.push(selector),
            },
            Err(flaw) => self.flaw = Some(flaw),
        }
    }

    fn selects(&self, labels: &Labels<'_>) -> Result<bool, WrongType> {
        let by_label = labels.iter().filter_map(|(k, v)| self.by_label.get(&((*k).into(), (*v).into())));
        if by_label.flatten().chain(&self.others).any(|s| s.fits(labels)) {
            return Ok(true);
        }
        self.flaw.clone().map_or(Ok(false), Err)
    }
}

/// Labels that outlive their object.
type OwnLabels = Vec<(Box<str>, Box<str>)>;

/// What keeps pods.
#[derive(Debug)]
pub(crate) struct Keeper {
    labels: OwnLabels,
    /// Kind of the workload.
    pub(crate) kind: Box<str>,
    /// Name of the workload.
    pub(crate) name: Box<str>,
    /// Pods that it keeps, as far as it says so.
    pub(crate) replicas: Option<i64>,
}

/// The pods of a namespace: their labels, findable by one of them.
#[derive(Debug, Default)]
pub(crate) struct Pods {
    all: Vec<Keeper>,
    by_label: BTreeMap<(Box<str>, Box<str>), Vec<usize>>,
}

impl Pods {
    fn add(&mut self, object: &Object, labels: &Labels<'_>) {
        let labels: OwnLabels = labels.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        for label in &labels {
            self.by_label.entry(label.clone()).or_default().push(self.all.len());
        }
        let (kind, name) = (object.kind.to_string().into(), object.name().into());
        self.all.push(Keeper { labels, kind, name, replicas: replicas(object) });
    }

    /// Every workload whose pods a selector fits.
    pub(crate) fn selected(&self, selector: &Selector) -> Vec<&Keeper> {
        let fits = |keeper: &&Keeper| {
            let labels: Labels<'_> = keeper.labels.iter().map(|(k, v)| (&**k, &**v)).collect();
            selector.fits(&labels)
        };
        match selector.a_label() {
            None => self.all.iter().filter(fits).collect(),
            Some(label) => {
                let some = self.by_label.get(&label).map_or(&[][..], Vec::as_slice);
                some.iter().filter_map(|index| self.all.get(*index)).filter(fits).collect()
            }
        }
    }
}
