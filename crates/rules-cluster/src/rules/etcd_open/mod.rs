//! etcd must serve over TLS, and ask clients and peers for certificates.
//!
//! **Why.** etcd holds the whole cluster and knows no roles: whoever it answers reads every secret and writes every object,
//! past the API server and its records.
//!
//! **What is looked at.** Every container of `kube-system` that runs `etcd`, by flag or variable (`ETCD_CLIENT_CERT_AUTH`):
//! `--cert-file`, `--key-file`, `--client-cert-auth` and the same of peers; `--auto-tls` and `--peer-auto-tls`, with which it
//! makes certificates that prove nothing. With `--config-file` etcd leaves the flags aside: that is unknown. What a project
//! runs as its own etcd elsewhere is none of this rule's.
//!
//! **Fix.** Give the certificates, `--client-cert-auth=true` and `--peer-client-cert-auth=true`.
//!
//! Source: <https://etcd.io/docs/v3.6/op-guide/security/>; CIS Kubernetes Benchmark, 2.1 to 2.6.

use eval::{Judgement, Rule};
use model::Severity;

use crate::component::{self, Component, ETCD, Found, Unknown};
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "etcd-open",
    control: "cluster-hardening",
    title: "etcd does not ask who calls",
    severity: Severity::Critical,
    doc: include_str!("mod.rs"),
    judge,
};

fn judge(subject: &Subject<'_>) -> Judgement {
    let remedy = "give certificates, and ask for them";
    component::judge(subject, &[ETCD], remedy, find)
}

fn find(etcd: &Component<'_>) -> Found {
    if etcd.has("config-file")? {
        let why = "the file of `--config-file` decides in place of flags, and is not read";
        return Err(Unknown(why.to_owned()));
    }
    let mut wrongs = Vec::new();
    for flag in ["cert-file", "key-file", "peer-cert-file", "peer-key-file"] {
        if !etcd.has(flag)? {
            wrongs.push(etcd.wrong(flag, format!("`--{flag}` is not given")));
        }
    }
    for flag in ["client-cert-auth", "peer-client-cert-auth"] {
        if etcd.switch(flag)? != Some(true) {
            wrongs
                .push(etcd.wrong(flag, format!("`--{flag}` is not true: nobody is asked for a certificate")));
        }
    }
    for flag in ["auto-tls", "peer-auto-tls"] {
        if etcd.switch(flag)? == Some(true) {
            wrongs.push(etcd.wrong(flag, format!("`--{flag}` is true: its certificates prove nothing")));
        }
    }
    Ok(wrongs)
}
