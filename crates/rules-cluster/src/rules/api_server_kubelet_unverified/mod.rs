//! The API server must know the kubelets that it calls, and show them who it is.
//!
//! **Why.** Logs, `exec` and port forwarding go from the API server to a kubelet. Without an authority it takes any
//! certificate, and whoever stands between reads and changes what is sent; without a certificate of its own it is nobody to
//! the kubelet, or the kubelet asks nobody.
//!
//! **What is looked at.** Every container that runs `kube-apiserver`: `--kubelet-certificate-authority`,
//! `--kubelet-client-certificate` and `--kubelet-client-key`.
//!
//! **Fix.** Give all three, and have kubelets serve certificates that the authority signed (`serverTLSBootstrap`).
//!
//! Source: <https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/>; CIS Kubernetes Benchmark, 1.2.4 and 1.2.5.

use eval::{Judgement, Rule};
use model::Severity;

use crate::component::{self, API_SERVER, Component, Found};
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "api-server-kubelet-unverified",
    control: "cluster-hardening",
    title: "The API server talks to kubelets that nobody proved",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge,
};

fn judge(subject: &Subject<'_>) -> Judgement {
    let remedy = "give the authority of the kubelets, and a certificate and key for them";
    component::judge(subject, &[API_SERVER], remedy, find)
}

fn find(server: &Component<'_>) -> Found {
    let mut wrongs = Vec::new();
    let authority = "kubelet-certificate-authority";
    if !server.has(authority)? {
        wrongs
            .push(server.wrong(authority, format!("`--{authority}` is not given: any kubelet is believed")));
    }
    for flag in ["kubelet-client-certificate", "kubelet-client-key"] {
        if !server.has(flag)? {
            wrongs.push(server.wrong(flag, format!("`--{flag}` is not given: kubelets are asked by nobody")));
        }
    }
    Ok(wrongs)
}
