//! An object should be of an API version that stays.
//!
//! **Why.** A deprecated version is served for some releases more, with a warning at every request, and then no longer: the
//! upgrade that ends it is a bad moment to learn of it.
//!
//! **What is looked at.** `apiVersion` and `kind` of every object, against the versions that Kubernetes up to 1.37 calls
//! deprecated while another takes their place; the message says since which release, and from which on they are not to be
//! served, as far as that is settled. Those that are gone are `api-version-removed`. Endpoints that the control plane
//! writes are left alone.
//!
//! **Fix.** Write the object in the version that the message names.
//!
//! Source: <https://kubernetes.io/docs/reference/using-api/deprecation-guide/>, and the tags
//! `k8s:prerelease-lifecycle-gen` in the types of `k8s.io/api` 0.37.2.

use eval::{Judgement, Rule};
use manifest::Node;
use model::Severity;

use crate::look::{self, Wrong};
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "api-version-deprecated",
    control: "config-audit",
    title: "The API server will not know the object for long",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge,
};

/// API version, kinds, minor release that deprecated it, minor release that is to end it, and what to write instead.
type Deprecated = (&'static str, &'static [&'static str], u32, Option<u32>, &'static str);

const DEVICES: &[&str] = &["DeviceClass", "ResourceClaim", "ResourceClaimTemplate", "ResourceSlice"];

const MUTATING: &[&str] = &["MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"];
const CERTIFICATES: &[&str] = &["ClusterTrustBundle", "PodCertificateRequest"];

const DEPRECATED: &[Deprecated] = &[
    ("admissionregistration.k8s.io/v1beta1", MUTATING, 37, Some(40), "admissionregistration.k8s.io/v1"),
    ("certificates.k8s.io/v1beta1", CERTIFICATES, 37, Some(40), "certificates.k8s.io/v1"),
    ("resource.k8s.io/v1beta1", DEVICES, 35, Some(38), "resource.k8s.io/v1"),
    ("resource.k8s.io/v1beta2", DEVICES, 36, Some(39), "resource.k8s.io/v1"),
    (
        "storagemigration.k8s.io/v1beta1",
        &["StorageVersionMigration"],
        37,
        Some(40),
        "storagemigration.k8s.io/v1",
    ),
    ("v1", &["Endpoints"], 33, None, "discovery.k8s.io/v1 EndpointSlice"),
];

/// What the control plane puts on Endpoints that it writes, by what the keys begin with.
const OF_CONTROLLERS: &[&str] = &["control-plane.alpha.kubernetes.io/", "endpoints.kubernetes.io/"];

fn judge(subject: &Subject<'_>) -> Judgement {
    let object = subject.object;
    let (version, kind) = (&*object.api_version, &*object.kind);
    let deprecated = DEPRECATED.iter().find(|(v, kinds, ..)| *v == version && kinds.contains(&kind));
    let Some((_, _, since, until, instead)) = deprecated else {
        return look::answer(subject, "", Ok::<_, String>(Vec::new()));
    };
    let keys = ["labels", "annotations"].map(|key| object.node.at_path(&["metadata", key]));
    let mut keys = keys.into_iter().flat_map(|n| n.map_or(&[][..], Node::fields));
    let of_server = kind == "Endpoints" && object.name() == "kubernetes" && object.namespace() == "default";
    if of_server || keys.any(|e| OF_CONTROLLERS.iter().any(|p| e.key.starts_with(p))) {
        return Judgement::not_applicable();
    }
    let until = until.map(|minor| format!(", and not to be served from 1.{minor} on")).unwrap_or_default();
    let what = format!("apiVersion {version} of {kind} is deprecated since Kubernetes 1.{since}{until}");
    let wrong = Wrong::of(subject.spot("apiVersion"), what);
    look::answer(subject, &format!("write it as {instead}"), Ok::<_, String>(vec![wrong]))
}
