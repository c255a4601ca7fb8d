//! Secrets must be encrypted before they are stored.
//!
//! **Why.** Unless a provider is configured, the API server writes Secrets to etcd in plain text: a backup, a disk or a
//! reader of etcd gives away every one of them.
//!
//! **What is looked at.** Every container that runs `kube-apiserver`: `--encryption-provider-config`; and every
//! EncryptionConfiguration: the first of `resources` that holds secrets (`secrets`, `*.` or `*.*`) must not begin its
//! `providers` with `identity`, which is plain text. A file that is not in the input is unknown.
//!
//! **Fix.** Configure a provider (`kms` where there is a key service, else `secretbox` or `aesgcm`) for secrets, put it
//! before `identity`, and write every Secret again.
//!
//! Source: <https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/>; CIS Kubernetes Benchmark, 1.2.27 and 1.2.28.

use eval::{Judgement, Rule};
use model::Severity;

use crate::component::{self, API_SERVER, Component, Found, Unknown};
use crate::look::{self, Wrong};
use crate::pod_security::texts;
use crate::workload::Spot;
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "api-server-secrets-unencrypted",
    control: "cluster-hardening",
    title: "Secrets lie in etcd as they are",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge,
};

const REMEDY: &str = "configure a provider that encrypts secrets, before `identity`";

/// The kind of the file.
const KIND: &str = "EncryptionConfiguration";

/// How a file names secrets, wildcards included.
const SECRETS: &[&str] = &["secrets", "*.", "*.*"];

fn judge(subject: &Subject<'_>) -> Judgement {
    if look::is(subject, ("apiserver.config.k8s.io", &[KIND])) {
        return look::answer(subject, REMEDY, of_file(subject));
    }
    component::judge(subject, &[API_SERVER], REMEDY, |server| of_flags(subject, server))
}

fn of_file(subject: &Subject<'_>) -> look::Found {
    for (index, entry) in subject.object.node.list_field("resources")?.iter().enumerate() {
        if !texts(entry, "resources")?.iter().any(|r| SECRETS.contains(r)) {
            continue;
        }
        let providers = entry.list_field("providers")?;
        let is_plain = providers.first().is_none_or(|p| p.fields().iter().any(|e| &*e.key == "identity"));
        let at = entry.entry("providers").map_or(entry.at, |e| e.at);
        let field = format!("resources[{index}].providers");
        let what = format!("{field} begins with identity: secrets are stored in plain text");
        return Ok(if is_plain { vec![Wrong::of(Spot { field, at }, what)] } else { Vec::new() });
    }
    Ok(vec![Wrong::of(subject.spot("resources"), "no entry of resources holds secrets")])
}

fn of_flags(subject: &Subject<'_>, server: &Component<'_>) -> Found {
    let flag = "encryption-provider-config";
    if !server.has(flag)? {
        let what = "`--encryption-provider-config` is not given: secrets are stored in plain text";
        return Ok(vec![server.wrong(flag, what)]);
    }
    match subject.around.all(KIND).next() {
        Some(_) => Ok(Vec::new()),
        None => Err(Unknown("the file of `--encryption-provider-config` is not in this input".to_owned())),
    }
}
