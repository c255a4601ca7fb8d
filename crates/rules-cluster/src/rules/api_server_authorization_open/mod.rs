//! The API server must ask RBAC and the node authorizer, and nothing that allows everything.
//!
//! **Why.** With `AlwaysAllow` among the modes everybody may do everything, whatever the roles say. Without `RBAC` roles
//! mean nothing, without `Node` a kubelet may read more than its own node's pods need.
//!
//! **What is looked at.** Every container that runs `kube-apiserver`: `--authorization-mode`, which is `AlwaysAllow` unless
//! it or `--authorization-config` is given; and every AuthorizationConfiguration: the `type` of its `authorizers`. A file
//! that is not in the input is unknown. `AlwaysAllow` is critical, a mode that is missing medium.
//!
//! **Fix.** Give `--authorization-mode=Node,RBAC`.
//!
//! Source: <https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/>, <https://kubernetes.io/docs/reference/access-authn-authz/authorization/>; CIS Kubernetes Benchmark,
//! 1.2.6, 1.2.7 and 1.2.8.

use eval::{Judgement, Rule};
use model::Severity;

use crate::component::{self, API_SERVER, Component, Found, Unknown};
use crate::look::{self, Wrong};
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "api-server-authorization-open",
    control: "cluster-hardening",
    title: "The API server allows what nobody granted",
    severity: Severity::Critical,
    doc: include_str!("mod.rs"),
    judge,
};

const REMEDY: &str = "authorize with `Node,RBAC`";

/// The mode that allows everything.
const OPEN: &str = "AlwaysAllow";

fn judge(subject: &Subject<'_>) -> Judgement {
    let mut judgement = if look::is(subject, ("apiserver.config.k8s.io", &["AuthorizationConfiguration"])) {
        look::answer(subject, REMEDY, of_file(subject))
    } else {
        component::judge(subject, &[API_SERVER], REMEDY, |server| of_flags(subject, server))
    };
    for fault in judgement.faults.iter_mut().filter(|f| !f.key.ends_with(OPEN)) {
        fault.severity = Some(Severity::Medium);
    }
    judgement
}

fn of_file(subject: &Subject<'_>) -> look::Found {
    let mut modes = Vec::new();
    for authorizer in subject.object.node.list_field("authorizers")? {
        modes.extend(authorizer.text_field("type")?);
    }
    let faults = faults(&modes, "authorizers");
    Ok(faults.into_iter().map(|(key, what)| Wrong::keyed(key, subject.spot("authorizers"), what)).collect())
}

fn of_flags(subject: &Subject<'_>, server: &Component<'_>) -> Found {
    let flag = "authorization-mode";
    let faults = match server.list(flag)? {
        Some(modes) => faults(&modes, "`--authorization-mode`"),
        None if server.has("authorization-config")? => {
            if subject.around.all("AuthorizationConfiguration").next().is_none() {
                let why = "the file of `--authorization-config` is not in this input, and decides";
                return Err(Unknown(why.to_owned()));
            }
            Vec::new()
        }
        None => vec![(OPEN, "`--authorization-mode` is not given, and AlwaysAllow by default".to_owned())],
    };
    Ok(faults.into_iter().map(|(key, what)| Wrong::keyed(key, server.spot(flag), what)).collect())
}

fn faults(modes: &[&str], of: &str) -> Vec<(&'static str, String)> {
    if modes.contains(&OPEN) {
        return vec![(OPEN, format!("AlwaysAllow is one of {of}: everybody may do everything"))];
    }
    let missing = ["RBAC", "Node"].into_iter().filter(|m| !modes.contains(m));
    missing.map(|mode| (mode, format!("{mode} is none of {of}"))).collect()
}
