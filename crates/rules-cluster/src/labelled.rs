//! What has labels and is selected by them: the pods of workloads, and services.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use manifest::{Node, Object};

use crate::control;
use crate::selector::Selector;
use crate::workload::{Labels, Pod, texts};

/// Labels that outlive their object.
type OwnLabels = Vec<(Box<str>, Box<str>)>;

/// What keeps pods, or a service.
#[derive(Debug)]
pub(crate) struct Keeper {
    labels: OwnLabels,
    /// Kind.
    pub(crate) kind: Arc<str>,
    /// Name.
    pub(crate) name: Box<str>,
    /// Pods that it keeps, as far as it says so.
    pub(crate) replicas: Option<i64>,
    /// The component of the control plane that its pods run, or that it leads to.
    pub(crate) control: Option<&'static str>,
    /// Names of the ports of its containers, or of the service, a line each.
    ports: Arc<str>,
}

fn owned<'l>(labels: impl IntoIterator<Item = (&'l str, &'l str)>) -> OwnLabels {
    labels.into_iter().map(|(k, v)| (k.into(), v.into())).collect()
}

impl Keeper {
    /// The workload that an object is.
    pub(crate) fn of_pod(object: &Object, pod: &Pod<'_>) -> Self {
        let ports = pod.containers.iter().filter_map(|c| c.node.get("ports")).flat_map(Node::items);
        let replicas = object.node.get("spec").and_then(|spec| spec.integer_field("replicas").ok().flatten());
        Self {
            labels: owned(pod.labels.iter().map(|(k, v)| (*k, *v))),
            kind: object.kind.to_string().into(),
            name: object.name().into(),
            replicas,
            control: control::of_pod(object, pod),
            ports: names(ports),
        }
    }

    /// The service that an object is. Labels that are no texts are as good as none: the API server refuses them.
    pub(crate) fn of_service(object: &Object) -> Self {
        let labels = object.node.at_path(&["metadata", "labels"]).and_then(|l| texts(l).ok());
        let ports = object.node.at_path(&["spec", "ports"]).map_or(&[][..], Node::items);
        Self {
            labels: owned(labels.unwrap_or_default().into_iter().map(|(k, v, _)| (k, v))),
            kind: "Service".into(),
            name: object.name().into(),
            replicas: None,
            control: control::of_service(object),
            ports: names(ports),
        }
    }

    /// Whether one of its ports has the name.
    pub(crate) fn has_port(&self, name: &str) -> bool {
        self.ports.lines().any(|p| p == name)
    }
}

/// The names of ports, a line each.
fn names<'n>(ports: impl IntoIterator<Item = &'n Node>) -> Arc<str> {
    let names: Vec<&str> = ports.into_iter().filter_map(|p| p.get("name")?.text()).collect();
    names.join("\n").into()
}

/// What has labels in a namespace, findable by one of them.
#[derive(Debug, Default)]
pub(crate) struct Labelled {
    all: Vec<Keeper>,
    by_label: BTreeMap<(Box<str>, Box<str>), Vec<usize>>,
    /// All of them in the order of their names, once somebody asks by name.
    by_name: OnceLock<Vec<usize>>,
    /// Those of the control plane, which are few.
    of_control: Vec<usize>,
    /// Kinds and ports, each once: there are as many that have them as workloads.
    words: BTreeSet<Arc<str>>,
}

impl Labelled {
    /// Adds one.
    pub(crate) fn add(&mut self, keeper: Keeper) {
        let (kind, ports) = (self.once(keeper.kind), self.once(keeper.ports));
        let keeper = Keeper { kind, ports, ..keeper };
        for label in &keeper.labels {
            self.by_label.entry(label.clone()).or_default().push(self.all.len());
        }
        self.of_control.extend(keeper.control.map(|_| self.all.len()));
        self.by_name.take();
        self.all.push(keeper);
    }

    fn once(&mut self, word: Arc<str>) -> Arc<str> {
        match self.words.get(&word) {
            Some(known) => Arc::clone(known),
            None => {
                self.words.insert(Arc::clone(&word));
                word
            }
        }
    }

    /// Whether one has the name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.named(name).next().is_some()
    }

    /// Those of the name, which may be of several kinds.
    pub(crate) fn named<'l>(&'l self, name: &'l str) -> impl Iterator<Item = &'l Keeper> {
        let name_of = |index: &usize| self.all.get(*index).map_or("", |k| &*k.name);
        let sorted = self.by_name.get_or_init(|| {
            let mut sorted: Vec<usize> = (0..self.all.len()).collect();
            sorted.sort_by(|a, b| name_of(a).cmp(name_of(b)));
            sorted
        });
        let first = sorted.partition_point(|index| name_of(index) < name);
        let from = sorted.get(first..).unwrap_or_default().iter();
        from.filter_map(|index| self.all.get(*index)).take_while(move |k| &*k.name == name)
    }

    /// The component of the control plane that the one of the name runs or leads to.
    pub(crate) fn control_of(&self, name: &str) -> Option<&'static str> {
        let some = self.of_control.iter().filter_map(|index| self.all.get(*index));
        some.filter(|k| &*k.name == name).find_map(|k| k.control)
    }

    /// Every one that a selector fits.
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
