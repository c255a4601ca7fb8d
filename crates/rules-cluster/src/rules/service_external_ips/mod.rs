//! A service should not choose addresses for itself.
//!
//! **Why.** Every node sends what is meant for an address under `externalIPs` to the service, whoever the address
//! belongs to: traffic of the cluster to the outside, or to another service, is taken over (CVE-2020-8554).
//!
//! **What is looked at.** `spec.externalIPs` of every Service.
//!
//! **Fix.** Remove it; let a load balancer or an Ingress give the address. The admission plugin
//! `DenyServiceExternalIPs` refuses the field.
//!
//! Source: <https://kubernetes.io/docs/concepts/services-networking/service/>, external IPs.

use eval::Rule;
use manifest::Node;
use model::Severity;

use crate::look::{self, Found, Wrong};
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "service-external-ips",
    control: "network-policies",
    title: "A service takes addresses that nobody gave it",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge: |subject| look::spec(subject, ("", &["Service"]), "remove them", find),
};

fn find(subject: &Subject<'_>, spec: &Node) -> Found {
    let addresses: Vec<&str> = spec.list_field("externalIPs")?.iter().filter_map(Node::text).collect();
    let what = format!("spec.externalIPs is {}", addresses.join(", "));
    Ok(if addresses.is_empty() {
        Vec::new()
    } else {
        vec![Wrong::of(subject.spot("spec.externalIPs"), what)]
    })
}
