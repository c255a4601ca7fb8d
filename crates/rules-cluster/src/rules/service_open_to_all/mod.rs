//! A load balancer should let in those whom it is for.
//!
//! **Why.** A service of the type `LoadBalancer` gets an address of its own, reached from everywhere unless something
//! is said.
//!
//! **What is looked at.** `spec.loadBalancerSourceRanges` of every Service of the type `LoadBalancer`: absent, or
//! with `0.0.0.0/0` or `::/0`. One that its annotations call internal is left alone.
//!
//! **Fix.** List the ranges that may reach it, or put an Ingress before it.
//!
//! Source: <https://kubernetes.io/docs/concepts/services-networking/service/>, type LoadBalancer.

use eval::Rule;
use manifest::Node;
use model::Severity;

use crate::look::{self, Found, Wrong};
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "service-open-to-all",
    control: "network-policies",
    title: "A load balancer lets in everyone",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        look::spec(
            subject,
            ("", &["Service"]),
            "list who may reach it under spec.loadBalancerSourceRanges",
            find,
        )
    },
};

fn find(subject: &Subject<'_>, spec: &Node) -> Found {
    if spec.text_field("type")? != Some("LoadBalancer") || is_internal(subject) {
        return Ok(Vec::new());
    }
    let ranges: Vec<&str> =
        spec.list_field("loadBalancerSourceRanges")?.iter().filter_map(Node::text).collect();
    let what = match ranges.iter().find(|r| matches!(**r, "0.0.0.0/0" | "::/0")) {
        Some(range) => format!("spec.loadBalancerSourceRanges holds {range}"),
        None if ranges.is_empty() => "spec.type is LoadBalancer without loadBalancerSourceRanges".to_owned(),
        None => return Ok(Vec::new()),
    };
    Ok(vec![Wrong::of(subject.spot("spec.loadBalancerSourceRanges"), what)])
}

/// Whether an annotation of one of the clouds says that the address is not one of the outside.
fn is_internal(subject: &Subject<'_>) -> bool {
    let annotations = subject.object.node.at_path(&["metadata", "annotations"]);
    annotations.map_or(&[][..], Node::fields).iter().any(|e| {
        let value = e.value.text().unwrap_or("").to_ascii_lowercase();
        let of_balancer = e.key.contains("load-balancer") || e.key.contains("loadbalancer");
        of_balancer && (value == "internal" || (e.key.contains("internal") && value != "false"))
    })
}
