//! The controller manager and the scheduler should listen on the loopback address alone.
//!
//! **Why.** Nothing but probes and measurements of the same host asks them anything. Listening on every address, which is
//! the default, offers a port that others may try.
//!
//! **What is looked at.** Every container that runs `kube-controller-manager` or `kube-scheduler`: `--bind-address`, which is
//! `0.0.0.0` unless it is said.
//!
//! **Fix.** Give `--bind-address=127.0.0.1`; measure by an agent of the node, if at all.
//!
//! Source: <https://kubernetes.io/docs/reference/command-line-tools-reference/>; CIS Kubernetes Benchmark, 1.3.7 and 1.4.2,
//! which lets the default pass.

use core::net::IpAddr;

use eval::{Judgement, Rule};
use model::Severity;

use crate::component::{self, CONTROLLER_MANAGER, Component, Found, SCHEDULER, Unknown};
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "control-plane-bound-to-all",
    control: "cluster-hardening",
    title: "A component that nobody calls listens to everybody",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge,
};

fn judge(subject: &Subject<'_>) -> Judgement {
    let names = [CONTROLLER_MANAGER, SCHEDULER];
    component::judge(subject, &names, "give `--bind-address=127.0.0.1`", find)
}

fn find(component: &Component<'_>) -> Found {
    let flag = "bind-address";
    let what = match component.text(flag)? {
        None => "`--bind-address` is not given, and every address by default".to_owned(),
        Some(address) => match address.parse::<IpAddr>() {
            Ok(ip) if ip.is_loopback() => return Ok(Vec::new()),
            Ok(_) => format!("`--bind-address` is {address}"),
            Err(_) => return Err(Unknown(format!("`{address}` of `--bind-address` is no address"))),
        },
    };
    Ok(vec![component.wrong(flag, what)])
}
