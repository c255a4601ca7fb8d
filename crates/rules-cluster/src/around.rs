//! What stands around an object in the same input: the objects that others are judged by, and the labels of every pod.

use std::collections::{BTreeMap, BTreeSet};

use manifest::{Object, WrongType};

use crate::Custom;
use crate::absent::Names;
use crate::collector;
use crate::grant;
use crate::labelled::{Keeper, Labelled};
use crate::mention::Mentions;
use crate::node::Host;
use crate::reach::Reach;
use crate::selector::Selector;
use crate::workload::{Labels, Pod, is_own, template_of};

/// Kinds that are kept whole: group and kind. They are few beside the workloads.
const KEPT: &[(&str, &str)] = &[
    ("", "LimitRange"),
    ("", "ResourceQuota"),
    ("", "ServiceAccount"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
    ("apiserver.config.k8s.io", "AdmissionConfiguration"),
    ("apiserver.config.k8s.io", "AuthenticationConfiguration"),
    ("apiserver.config.k8s.io", "AuthorizationConfiguration"),
    ("apiserver.config.k8s.io", "EncryptionConfiguration"),
    ("autoscaling", "HorizontalPodAutoscaler"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("pod-security.admission.config.k8s.io", "PodSecurityConfiguration"),
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
    pods: BTreeMap<Box<str>, Labelled>,
    /// By namespace.
    services: BTreeMap<Box<str>, Labelled>,
    /// Namespaces in which an operator may make services and pods that are not in the input.
    makers: BTreeSet<Box<str>>,
    /// The roles that service accounts are bound to, one of each, by name and namespace.
    bound: BTreeMap<(Box<str>, Box<str>), Box<str>>,
    mentions: Mentions,
    /// The objects that others name and that are kept nowhere else.
    names: Names,
    hosts: Vec<Host>,
    collectors: Vec<Object>,
    foreign_policies: bool,
    missed: Option<String>,
    customs: Vec<Custom>,
    /// The ways in, if they were asked for.
    reach: Option<Reach>,
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

    /// The same, noting what lets traffic of the outside in.
    #[must_use]
    pub fn with_reach(self) -> Self {
        Self { reach: Some(Reach::default()), ..self }
    }

    /// What lets traffic of the outside in; `None` if it was not asked for.
    pub(crate) fn reach(&self) -> Option<&Reach> {
        self.reach.as_ref()
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
        if let Some(reach) = &mut self.reach {
            reach.see(object);
        }
        self.foreign_policies |= FOREIGN_POLICIES.contains(&group) && kind.contains("NetworkPolicy");
        if let Some((_, kind)) = KEPT.iter().find(|(g, k)| *g == group && *k == kind) {
            match *kind {
                "NetworkPolicy" => {
                    let selector = Selector::read(object.node.at_path(&["spec", "podSelector"]));
                    self.select(namespace, kind, selector);
                }
                "PodDisruptionBudget" => self.select(namespace, kind, Selector::of_budget(object)),
                _ => {}
            }
            self.kept.entry((kind.to_owned().into(), namespace.into())).or_default().push(object.clone());
        }
        if group == grant::GROUP && kind.ends_with("Binding") {
            let accounts = grant::accounts(object).into_iter();
            self.bound.extend(accounts.map(|(account, of, role)| ((account.into(), of.into()), role.into())));
        }
        self.names.see(object);
        let pod = Pod::of_kinds(object, &self.customs).ok().flatten();
        self.mentions.see(object, pod.as_ref());
        if let Some(pod) = pod {
            self.pods.entry(namespace.into()).or_default().add(Keeper::of_pod(object, &pod));
            if collector::is_one(object, &pod) {
                self.collectors.push(object.clone());
            }
        } else if group.is_empty() && kind == "Service" {
            self.services.entry(namespace.into()).or_default().add(Keeper::of_service(object));
        } else if group.is_empty() && kind == "Node" {
            self.hosts.push(Host::of(object));
        } else if makes_others(group, kind) {
            self.makers.insert(namespace.into());
        } else if template_of(group, kind).is_some() {
            self.names.add(object);
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

    fn select(&mut self, namespace: &str, kind: &'static str, selector: Result<Option<Selector>, WrongType>) {
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
    pub(crate) fn pods(&self, namespace: &str) -> Option<&Labelled> {
        self.pods.get(namespace)
    }

    /// The pods of every namespace, by namespace.
    pub(crate) fn all_pods(&self) -> &BTreeMap<Box<str>, Labelled> {
        &self.pods
    }

    /// The services of every namespace, by namespace.
    pub(crate) fn all_services(&self) -> &BTreeMap<Box<str>, Labelled> {
        &self.services
    }

    /// A role that a service account is bound to. What says no namespace is put into any when it is applied, and so is
    /// taken to be of the same one.
    pub(crate) fn role_of(&self, namespace: &str, account: &str) -> Option<&str> {
        let of_name =
            self.bound.range((account.into(), "".into())..).take_while(|((a, _), _)| **a == *account);
        let mut ours =
            of_name.filter(|((_, of), _)| namespace.is_empty() || of.is_empty() || **of == *namespace);
        ours.next().map(|(_, role)| &**role)
    }

    /// Whether the input is a whole cluster: it holds the service of the API server, which nobody writes by hand.
    pub(crate) fn is_cluster(&self) -> bool {
        self.services.get("default").is_some_and(|s| s.has("kubernetes"))
    }

    /// Whether an operator may make services and pods of a namespace that are not in the input.
    pub(crate) fn has_makers(&self, namespace: &str) -> bool {
        self.makers.contains(namespace)
    }

    /// The objects that others name, by their names.
    pub(crate) fn names(&self) -> &Names {
        &self.names
    }

    /// What objects name.
    pub(crate) fn mentions(&self) -> &Mentions {
        &self.mentions
    }

    /// The nodes.
    pub(crate) fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// The workloads that collect logs on every node.
    pub(crate) fn collectors(&self) -> &[Object] {
        &self.collectors
    }

    /// Whether there are network policies of a dialect that is not read.
    pub(crate) fn has_foreign_policies(&self) -> bool {
        self.foreign_policies
    }
}

/// Groups of others whose objects make no services and no pods.
const NO_MAKERS: &[&str] = &[
    "bitnami.com",
    "cert-manager.io",
    "cilium.io",
    "crd.projectcalico.org",
    "external-secrets.io",
    "kyverno.io",
    "networking.istio.io",
    "projectcalico.org",
    "route.openshift.io",
    "security.istio.io",
];

/// Kinds of others that make no services and no pods, in groups of which some do.
const NO_MAKER_KINDS: &[(&str, &[&str])] = &[
    ("keda.sh", &["ClusterTriggerAuthentication", "ScaledObject", "TriggerAuthentication"]),
    (
        "monitoring.coreos.com",
        &["AlertmanagerConfig", "PodMonitor", "Probe", "PrometheusRule", "ScrapeConfig", "ServiceMonitor"],
    ),
];

/// Whether a kind is one of others whose operator may make services or pods of it.
fn makes_others(group: &str, kind: &str) -> bool {
    let known = NO_MAKER_KINDS.iter().any(|(g, kinds)| *g == group && kinds.contains(&kind));
    !is_own(group) && !NO_MAKERS.contains(&group) && !known
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
