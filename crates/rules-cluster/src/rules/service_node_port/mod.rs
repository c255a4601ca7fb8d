//! A service should not take a port of every node.
//!
//! **Why.** The port is open on every address of every node, those of the outside included, past any Ingress and what
//! it checks.
//!
//! **What is looked at.** `spec.type` of every Service.
//!
//! **Fix.** Use `ClusterIP` behind an Ingress or a Gateway.
//!
//! Source: <https://kubernetes.io/docs/concepts/services-networking/service/>, type NodePort.

use eval::Rule;
use manifest::Node;
use model::Severity;

use crate::look::{self, Found, Wrong};
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "service-node-port",
    control: "network-policies",
    title: "A service is reached at every node",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge: |subject| look::spec(subject, ("", &["Service"]), "use ClusterIP behind an Ingress", find),
};

fn find(subject: &Subject<'_>, spec: &Node) -> Found {
    let is_open = spec.text_field("type")? == Some("NodePort");
    Ok(if is_open { vec![Wrong::of(subject.spot("spec.type"), "spec.type is NodePort")] } else { Vec::new() })
}
