//! An object must be of an API version that is still served.
//!
//! **Why.** A cluster that no longer serves the version refuses the object. After an upgrade what is there goes on
//! running, and can neither be changed nor made again from this manifest.
//!
//! **What is looked at.** `apiVersion` and `kind` of every object, against the versions that Kubernetes stopped to
//! serve up to 1.37; the message says since which release. A cluster that is older still takes it.
//!
//! **Fix.** Write the object in the version that the message names.
//!
//! Source: <https://kubernetes.io/docs/reference/using-api/deprecation-guide/>, and the tags
//! `k8s:prerelease-lifecycle-gen` in the types of `k8s.io/api` 0.37.2, by which the API server leaves them out.

use eval::{Judgement, Rule};
use model::Severity;

use crate::look::{self, Wrong};
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "api-version-removed",
    control: "config-audit",
    title: "The API server no longer knows the object",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge,
};

/// API version, kinds, minor release that stopped to serve it, and what to write instead; nothing if nothing takes its place.
type Removed = (&'static str, &'static [&'static str], u32, &'static str);

const RBAC: &[&str] = &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"];
const FLOW: &[&str] = &["FlowSchema", "PriorityLevelConfiguration"];
const POLICIES: &[&str] = &["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"];
const WEBHOOKS: &[&str] = &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];
const STORAGE: &[&str] = &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"];
const APPS: &[&str] = &["DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"];

const REMOVED: &[Removed] = &[
    ("admissionregistration.k8s.io/v1beta1", POLICIES, 34, "admissionregistration.k8s.io/v1"),
    ("admissionregistration.k8s.io/v1beta1", WEBHOOKS, 22, "admissionregistration.k8s.io/v1"),
    ("apiextensions.k8s.io/v1beta1", &["CustomResourceDefinition"], 22, "apiextensions.k8s.io/v1"),
    ("apiregistration.k8s.io/v1beta1", &["APIService"], 22, "apiregistration.k8s.io/v1"),
    ("apps/v1beta1", APPS, 16, "apps/v1"),
    ("apps/v1beta2", APPS, 16, "apps/v1"),
    ("autoscaling/v2beta1", &["HorizontalPodAutoscaler"], 25, "autoscaling/v2"),
    ("autoscaling/v2beta2", &["HorizontalPodAutoscaler"], 26, "autoscaling/v2"),
    ("batch/v1beta1", &["CronJob"], 25, "batch/v1"),
    ("certificates.k8s.io/v1beta1", &["CertificateSigningRequest"], 22, "certificates.k8s.io/v1"),
    ("coordination.k8s.io/v1beta1", &["Lease"], 22, "coordination.k8s.io/v1"),
    ("discovery.k8s.io/v1beta1", &["EndpointSlice"], 25, "discovery.k8s.io/v1"),
    ("events.k8s.io/v1beta1", &["Event"], 25, "events.k8s.io/v1"),
    ("extensions/v1beta1", &["DaemonSet", "Deployment", "ReplicaSet"], 16, "apps/v1"),
    ("extensions/v1beta1", &["NetworkPolicy"], 16, "networking.k8s.io/v1"),
    ("extensions/v1beta1", &["Ingress"], 22, "networking.k8s.io/v1"),
    ("flowcontrol.apiserver.k8s.io/v1beta1", FLOW, 26, "flowcontrol.apiserver.k8s.io/v1"),
    ("flowcontrol.apiserver.k8s.io/v1beta2", FLOW, 29, "flowcontrol.apiserver.k8s.io/v1"),
    ("flowcontrol.apiserver.k8s.io/v1beta3", FLOW, 32, "flowcontrol.apiserver.k8s.io/v1"),
    ("networking.k8s.io/v1beta1", &["IPAddress", "ServiceCIDR"], 37, "networking.k8s.io/v1"),
    ("networking.k8s.io/v1beta1", &["Ingress", "IngressClass"], 22, "networking.k8s.io/v1"),
    ("node.k8s.io/v1beta1", &["RuntimeClass"], 25, "node.k8s.io/v1"),
    ("policy/v1beta1", &["PodDisruptionBudget"], 25, "policy/v1"),
    ("policy/v1beta1", &["PodSecurityPolicy"], 25, ""),
    ("rbac.authorization.k8s.io/v1beta1", RBAC, 22, "rbac.authorization.k8s.io/v1"),
    ("scheduling.k8s.io/v1beta1", &["PriorityClass"], 22, "scheduling.k8s.io/v1"),
    ("storage.k8s.io/v1beta1", &["CSIStorageCapacity"], 27, "storage.k8s.io/v1"),
    ("storage.k8s.io/v1beta1", &["VolumeAttributesClass"], 37, "storage.k8s.io/v1"),
    ("storage.k8s.io/v1beta1", STORAGE, 22, "storage.k8s.io/v1"),
];

fn judge(subject: &Subject<'_>) -> Judgement {
    let (version, kind) = (&*subject.object.api_version, &*subject.object.kind);
    let removed = REMOVED.iter().find(|(v, kinds, ..)| *v == version && kinds.contains(&kind));
    let Some((_, _, minor, instead)) = removed else {
        return look::answer(subject, "", Ok::<_, String>(Vec::new()));
    };
    let what = format!("apiVersion {version} of {kind} is not served since Kubernetes 1.{minor}");
    let remedy = match *instead {
        "" => "enforce a level of the Pod Security Standards on the namespaces instead".to_owned(),
        instead => format!("write it as {instead}"),
    };
    look::answer(subject, &remedy, Ok::<_, String>(vec![Wrong::of(subject.spot("apiVersion"), what)]))
}
