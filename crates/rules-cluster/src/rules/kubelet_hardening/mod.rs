//! A kubelet should renew its certificate, check those of others, and keep what holds the node's network together.
//!
//! **Why.** A certificate that is not renewed ends and takes the node with it, or is made to last far too long. Without an
//! authority nobody can prove by certificate who they are; TLS 1.0 and 1.1 are broken; without its own chains the rules of
//! the node's packet filter are whoever's wrote last.
//!
//! **What is looked at.** every `KubeletConfiguration` of `kubelet.config.k8s.io`, and the one that kubeadm keeps in the
//! ConfigMap `kubelet-config` of `kube-system`:
//! `rotateCertificates`, which is false unless it is said, `authentication.x509.clientCAFile`, `makeIPTablesUtilChains: false`
//! and a `tlsMinVersion` below `VersionTLS12`.
//!
//! **Fix.** Set `rotateCertificates: true` and `clientCAFile`, and leave out the others.
//!
//! Source: <https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/>; CIS Kubernetes Benchmark, 4.2.3, 4.2.6 and 4.2.10.

use eval::{Judgement, Rule};
use manifest::{Node, WrongType};
use model::Severity;

use crate::kubelet::{self, Fault};
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "kubelet-hardening",
    control: "cluster-hardening",
    title: "A kubelet is set up more weakly than it need be",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge,
};

fn judge(subject: &Subject<'_>) -> Judgement {
    kubelet::judge(subject, "set it as kubeadm does, or leave it out", find)
}

fn find(configuration: &Node) -> Result<Vec<Fault>, WrongType> {
    let mut faults = Vec::new();
    if configuration.bool_field("rotateCertificates")? != Some(true) {
        faults.push(("rotateCertificates", "rotateCertificates is not true".to_owned()));
    }
    let authentication = configuration.map_field("authentication")?;
    let x509 = authentication.map(|a| a.map_field("x509")).transpose()?.flatten();
    let authority = x509.map(|x| x.text_field("clientCAFile")).transpose()?.flatten();
    if authority.is_none_or(str::is_empty) {
        let field = "authentication.x509.clientCAFile";
        faults.push((field, format!("{field} is not given: no certificate proves who asks")));
    }
    if configuration.bool_field("makeIPTablesUtilChains")? == Some(false) {
        faults.push(("makeIPTablesUtilChains", "makeIPTablesUtilChains is false".to_owned()));
    }
    let version = configuration.text_field("tlsMinVersion")?;
    if let Some(version) = version.filter(|v| matches!(*v, "VersionTLS10" | "VersionTLS11")) {
        faults.push(("tlsMinVersion", format!("tlsMinVersion is {version}")));
    }
    Ok(faults)
}
