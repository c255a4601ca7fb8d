//! The API server must keep the admission plug-ins that the others rely on.
//!
//! **Why.** `AlwaysAdmit` takes whatever comes. Without `NodeRestriction` a kubelet that was taken over may change other
//! nodes and their pods; without `NamespaceLifecycle`, `ServiceAccount` or `PodSecurity` what is built on them does not hold; without
//! `CertificateSubjectRestriction` whoever may have a certificate signed may be of `system:masters`.
//!
//! **What is looked at.** Every container that runs `kube-apiserver`: `--enable-admission-plugins` must hold `NodeRestriction`,
//! which is off by default, and not `AlwaysAdmit`; `--disable-admission-plugins` must not hold `NamespaceLifecycle`,
//! `ServiceAccount`, `PodSecurity`, `ValidatingAdmissionWebhook`, `ValidatingAdmissionPolicy`, or what keeps certificates to
//! those who may ask for them (`CertificateApproval`, `CertificateSigning`, `CertificateSubjectRestriction`).
//!
//! **Fix.** Give `--enable-admission-plugins=NodeRestriction`, and disable none of these.
//!
//! Source: <https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/>; CIS Kubernetes Benchmark, 1.2.10,
//! 1.2.12, 1.2.13 and 1.2.14.

use eval::{Judgement, Rule};
use model::Severity;

use crate::component::{self, API_SERVER, Component, Found};
use crate::look::Wrong;
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "api-server-admission-weak",
    control: "cluster-hardening",
    title: "The API server admits what it should refuse",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge,
};

/// Plug-ins that are on by default and must stay so.
const KEPT: &[&str] = &[
    "CertificateApproval",
    "CertificateSigning",
    "CertificateSubjectRestriction",
    "NamespaceLifecycle",
    "PodSecurity",
    "ServiceAccount",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionWebhook",
];

fn judge(subject: &Subject<'_>) -> Judgement {
    let remedy = "enable `NodeRestriction`, and disable none that others rely on";
    component::judge(subject, &[API_SERVER], remedy, find)
}

fn find(server: &Component<'_>) -> Found {
    let (on, off) = ("enable-admission-plugins", "disable-admission-plugins");
    let enabled = server.list(on)?.unwrap_or_default();
    let mut wrongs = Vec::new();
    let mut say = |flag: &str, plugin: &str, what: String| {
        wrongs.push(Wrong::keyed(format!("{flag} {plugin}"), server.spot(flag), what));
    };
    if enabled.contains(&"AlwaysAdmit") {
        say(on, "AlwaysAdmit", format!("`--{on}` holds AlwaysAdmit"));
    }
    if !enabled.contains(&"NodeRestriction") {
        say(on, "NodeRestriction", format!("`--{on}` does not hold NodeRestriction"));
    }
    let disabled = server.list(off)?.unwrap_or_default();
    for plugin in KEPT.iter().filter(|p| disabled.contains(p)) {
        say(off, plugin, format!("`--{off}` holds {plugin}"));
    }
    Ok(wrongs)
}
