//! The API server must serve and store over TLS that is proven on both sides.
//!
//! **Why.** All that a cluster is goes to etcd: over plain HTTP, or without a certificate, whoever reaches it has the
//! cluster. TLS 1.0 and 1.1 are broken, and a certificate that the server makes for itself proves nothing.
//!
//! **What is looked at.** Every container that runs `kube-apiserver`: `http://` among `--etcd-servers`; `--etcd-cafile`,
//! `--etcd-certfile` and `--etcd-keyfile`, unless every server is a socket of the same host (`unix://`); `--tls-cert-file`
//! and `--tls-private-key-file`; `--client-ca-file`; and
//! `--tls-min-version` below `VersionTLS12`, which is the default.
//!
//! **Fix.** Give each of the files, `https://` servers, and no older version.
//!
//! Source: <https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/>; CIS Kubernetes Benchmark, 1.2.23, 1.2.24, 1.2.25 and 1.2.26.

use eval::{Judgement, Rule};
use model::Severity;

use crate::component::{self, API_SERVER, Component, Found, Unknown};
use crate::look::Wrong;
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "api-server-tls-missing",
    control: "cluster-hardening",
    title: "The API server or its way to etcd is not encrypted well",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge,
};

/// Versions of TLS that are broken.
const BROKEN: &[&str] = &["VersionTLS10", "VersionTLS11"];

fn judge(subject: &Subject<'_>) -> Judgement {
    let remedy = "give the certificates, `https://` servers, and no version of TLS below 1.2";
    component::judge(subject, &[API_SERVER], remedy, find)
}

fn find(server: &Component<'_>) -> Found {
    let mut wrongs = Vec::new();
    let servers = server.list("etcd-servers")?.unwrap_or_default();
    let is_local = !servers.is_empty() && servers.iter().all(|s| s.starts_with("unix:"));
    if let Some(plain) = servers.iter().find(|s| s.starts_with("http://")) {
        wrongs.push(server.wrong("etcd-servers", format!("`--etcd-servers` holds {plain}, without TLS")));
    } else if !is_local {
        missing(server, &["etcd-cafile", "etcd-certfile", "etcd-keyfile"], &mut wrongs)?;
    }
    missing(server, &["tls-cert-file", "tls-private-key-file", "client-ca-file"], &mut wrongs)?;
    let flag = "tls-min-version";
    if let Some(version) = server.text(flag)?.filter(|v| BROKEN.contains(v)) {
        wrongs.push(server.wrong(flag, format!("`--{flag}` is {version}")));
    }
    Ok(wrongs)
}

fn missing(server: &Component<'_>, flags: &[&str], wrongs: &mut Vec<Wrong>) -> Result<(), Unknown> {
    for flag in flags {
        if !server.has(flag)? {
            wrongs.push(server.wrong(flag, format!("`--{flag}` is not given")));
        }
    }
    Ok(())
}
