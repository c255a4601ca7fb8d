//! Components of the control plane must not offer profiles of themselves.
//!
//! **Why.** `/debug/pprof` shows what a component does and how, costs it time on demand, and is needed while somebody looks
//! for a fault, not otherwise.
//!
//! **What is looked at.** Every container that runs `kube-apiserver`, `kube-controller-manager` or `kube-scheduler`:
//! `--profiling`, which is true unless it is said. The scheduler leaves the flag aside where it is given `--config`: that is
//! unknown.
//!
//! **Fix.** Give `--profiling=false`.
//!
//! Source: <https://kubernetes.io/docs/reference/command-line-tools-reference/>; CIS Kubernetes Benchmark, 1.2.15, 1.3.2 and
//! 1.4.1.

use eval::{Judgement, Rule};
use model::Severity;

use crate::component::{self, API_SERVER, CONTROLLER_MANAGER, Component, Found, SCHEDULER, Unknown};
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "control-plane-profiling",
    control: "cluster-hardening",
    title: "A component of the control plane lets itself be profiled",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge,
};

fn judge(subject: &Subject<'_>) -> Judgement {
    let names = [API_SERVER, CONTROLLER_MANAGER, SCHEDULER];
    component::judge(subject, &names, "give `--profiling=false`", find)
}

fn find(component: &Component<'_>) -> Found {
    if component.name == SCHEDULER && component.has("config")? {
        let why = "the file of the scheduler's `--config` decides in place of `--profiling`, and is not read";
        return Err(Unknown(why.to_owned()));
    }
    let what = match component.switch("profiling")? {
        Some(false) => return Ok(Vec::new()),
        Some(true) => "`--profiling` is true",
        None => "`--profiling` is not given, and true by default",
    };
    Ok(vec![component.wrong("profiling", what)])
}
