//! Every controller should have a service account of its own.
//!
//! **Why.** With one credential for all, each controller may do what any of them must. A fault in one is then a fault in all.
//!
//! **What is looked at.** Every container that runs `kube-controller-manager`: `--use-service-account-credentials`, which is
//! false unless it is said.
//!
//! **Fix.** Give `--use-service-account-credentials=true`, with RBAC among the modes of the API server, whose default roles are
//! made for it.
//!
//! Source: <https://kubernetes.io/docs/reference/access-authn-authz/rbac/>; CIS Kubernetes Benchmark, 1.3.3.

use eval::{Judgement, Rule};
use model::Severity;

use crate::component::{self, CONTROLLER_MANAGER, Component, Found};
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "controller-credentials-shared",
    control: "cluster-hardening",
    title: "All controllers have one credential",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge,
};

fn judge(subject: &Subject<'_>) -> Judgement {
    let remedy = "give `--use-service-account-credentials=true`";
    component::judge(subject, &[CONTROLLER_MANAGER], remedy, find)
}

fn find(manager: &Component<'_>) -> Found {
    let flag = "use-service-account-credentials";
    let what = match manager.switch(flag)? {
        Some(true) => return Ok(Vec::new()),
        Some(false) => format!("`--{flag}` is false"),
        None => format!("`--{flag}` is not given, and false by default"),
    };
    Ok(vec![manager.wrong(flag, what)])
}
