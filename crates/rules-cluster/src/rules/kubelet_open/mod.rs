//! A kubelet must know who asks, and ask the API server whether they may.
//!
//! **Why.** A kubelet runs commands in every container of its node. One that takes anonymous requests, or allows everything
//! to everybody, gives the node away to whoever reaches its port; the read-only port shows its pods to all.
//!
//! **What is looked at.** every `KubeletConfiguration` of `kubelet.config.k8s.io`, and the one that kubeadm keeps in the
//! ConfigMap `kubelet-config` of `kube-system`:
//! `authentication.anonymous.enabled` and `authorization.mode: AlwaysAllow`, neither of which is the default of a file, and a
//! `readOnlyPort` other than 0. Flags and drop-in files of a single node may say otherwise, and are not seen.
//!
//! **Fix.** Leave the three at their defaults: false, `Webhook`, 0.
//!
//! Source: <https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/>; CIS Kubernetes Benchmark, 4.2.1, 4.2.2 and 4.2.4.

use eval::{Judgement, Rule};
use manifest::{Node, WrongType};
use model::Severity;

use crate::kubelet::{self, Fault};
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "kubelet-open",
    control: "cluster-hardening",
    title: "A kubelet obeys whoever asks",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge,
};

fn judge(subject: &Subject<'_>) -> Judgement {
    kubelet::judge(subject, "leave it at its default", find)
}

fn find(configuration: &Node) -> Result<Vec<Fault>, WrongType> {
    let mut faults = Vec::new();
    let authentication = configuration.map_field("authentication")?;
    let anonymous = authentication.map(|a| a.map_field("anonymous")).transpose()?.flatten();
    if anonymous.map(|a| a.bool_field("enabled")).transpose()?.flatten() == Some(true) {
        let field = "authentication.anonymous.enabled";
        faults.push((field, format!("{field} is true: anybody may ask")));
    }
    let authorization = configuration.map_field("authorization")?;
    let mode = authorization.map(|a| a.text_field("mode")).transpose()?.flatten();
    if mode == Some("AlwaysAllow") {
        let field = "authorization.mode";
        faults.push((field, format!("{field} is AlwaysAllow: whoever may ask may do everything")));
    }
    let field = "readOnlyPort";
    if let Some(port) = configuration.integer_field(field)?.filter(|p| *p != 0) {
        faults.push((field, format!("{field} is {port}: it shows the pods of the node to anybody")));
    }
    Ok(faults)
}
