//! The API server must record who asked for what.
//!
//! **Why.** Without a policy and a place to write to, the API server records nothing: after an incident nobody can say who
//! read a secret or changed a role.
//!
//! **What is looked at.** Every container that runs `kube-apiserver`: `--audit-policy-file`, and `--audit-log-path` or
//! `--audit-webhook-config-file`. Either without the other records nothing. What a policy leaves out is another rule's.
//!
//! **Fix.** Give a policy and a place: `--audit-policy-file` and `--audit-log-path`, or a webhook.
//!
//! Source: <https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/>; CIS Kubernetes Benchmark, 1.2.16 and 3.2.1.

use eval::{Judgement, Rule};
use model::Severity;

use crate::component::{self, API_SERVER, Component, Found};
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "api-server-audit-missing",
    control: "audit-trail",
    title: "The API server keeps no record",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge,
};

fn judge(subject: &Subject<'_>) -> Judgement {
    let remedy = "give `--audit-policy-file` and `--audit-log-path`, or a webhook";
    component::judge(subject, &[API_SERVER], remedy, find)
}

fn find(server: &Component<'_>) -> Found {
    let policy = "audit-policy-file";
    if !server.has(policy)? {
        return Ok(vec![server.wrong(policy, "`--audit-policy-file` is not given, and nothing is recorded")]);
    }
    let log = "audit-log-path";
    if server.has(log)? || server.has("audit-webhook-config-file")? {
        return Ok(Vec::new());
    }
    let what = "neither `--audit-log-path` nor `--audit-webhook-config-file` is given: records go nowhere";
    Ok(vec![server.wrong(log, what)])
}
