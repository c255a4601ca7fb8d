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
use crate::{Objects, Subject, reach};

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
    let open = reach::open_balancer(subject.object, spec)?;
    let wrong = |what| Wrong::of(subject.spot("spec.loadBalancerSourceRanges"), what);
    Ok(open.map(wrong).into_iter().collect())
}
