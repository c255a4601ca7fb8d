//! The API server should ask everybody who they are.
//!
//! **Why.** An anonymous request is one of `system:anonymous` and gets what that user or the group
//! `system:unauthenticated` is granted. One binding too many, and the cluster is open to whoever reaches its port.
//!
//! **What is looked at.** Every container that runs `kube-apiserver`: `--anonymous-auth`, which is true unless it is said,
//! and every AuthenticationConfiguration: `anonymous.enabled` with paths beyond `/healthz`, `/livez` and `/readyz`. With
//! `--authentication-config` the file decides if it says anything; where it is not in the input, it is unknown.
//!
//! **Fix.** Give `--anonymous-auth=false`, or, where probes and load balancers need the health checks, an
//! AuthenticationConfiguration that allows these paths alone.
//!
//! Source: <https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/>; CIS Kubernetes Benchmark, 1.2.1.

use eval::{Judgement, Rule};
use manifest::Node;
use model::Severity;

use crate::component::{self, API_SERVER, Component, Found, Unknown};
use crate::look::{self, Wrong};
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "api-server-anonymous",
    control: "cluster-hardening",
    title: "The API server answers whoever does not say who they are",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge,
};

const REMEDY: &str = "give `--anonymous-auth=false`, or allow the paths of health checks alone";

/// What may be asked by anybody.
const HEALTH: &[&str] = &["/healthz", "/livez", "/readyz"];

fn judge(subject: &Subject<'_>) -> Judgement {
    if look::is(subject, ("apiserver.config.k8s.io", &["AuthenticationConfiguration"])) {
        return match subject.object.node.map_field("anonymous") {
            Ok(None) => Judgement::not_applicable(),
            Ok(Some(anonymous)) => look::answer(subject, REMEDY, of_file(subject, anonymous)),
            Err(e) => look::answer(subject, REMEDY, Err(e)),
        };
    }
    component::judge(subject, &[API_SERVER], REMEDY, |server| of_flags(subject, server))
}

fn of_file(subject: &Subject<'_>, anonymous: &Node) -> look::Found {
    if anonymous.bool_field("enabled")? != Some(true) {
        return Ok(Vec::new());
    }
    let conditions = anonymous.list_field("conditions")?;
    if conditions.is_empty() {
        let what = "anonymous.enabled is true, for every path";
        return Ok(vec![Wrong::of(subject.spot("anonymous.enabled"), what)]);
    }
    let mut open = Vec::new();
    for condition in conditions {
        open.extend(condition.text_field("path")?.filter(|p| !HEALTH.contains(p)));
    }
    let what = || format!("anonymous requests may ask {}", open.join(", "));
    Ok(match open.is_empty() {
        true => Vec::new(),
        false => vec![Wrong::of(subject.spot("anonymous.conditions"), what())],
    })
}

fn of_flags(subject: &Subject<'_>, server: &Component<'_>) -> Found {
    let flag = "anonymous-auth";
    let what = match server.switch(flag)? {
        Some(false) => return Ok(Vec::new()),
        Some(true) => "`--anonymous-auth` is true",
        None => "`--anonymous-auth` is not given, and true by default",
    };
    // The API server does not start if the flag and the file both decide.
    if server.switch(flag)?.is_none() && server.has("authentication-config")? {
        let mut files = subject.around.all("AuthenticationConfiguration").peekable();
        if files.peek().is_none() {
            let why = "the file of `--authentication-config` is not in this input, and may decide";
            return Err(Unknown(why.to_owned()));
        }
        if files.any(|f| f.node.get("anonymous").is_some()) {
            return Ok(Vec::new());
        }
    }
    Ok(vec![server.wrong(flag, what)])
}
