//! An Ingress should answer with TLS.
//!
//! **Why.** Without it, whoever is on the way reads and changes what is sent, session cookies and passwords first.
//!
//! **What is looked at.** `spec.tls` of every Ingress, and whether each host of its rules is among the hosts of an
//! entry, a wildcard (`*.shop.example`) included. An entry without hosts is for all. Where TLS ends before the
//! Ingress, at a load balancer, the manifest does not tell.
//!
//! **Fix.** Add an entry with the host and a Secret of a certificate under `spec.tls`.
//!
//! Source: <https://kubernetes.io/docs/concepts/services-networking/ingress/>, TLS.

use eval::Rule;
use manifest::{Node, WrongType};
use model::Severity;

use crate::look::{self, Found, Wrong};
use crate::workload::Spot;
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "ingress-without-tls",
    control: "network-policies",
    title: "An Ingress answers without TLS",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        look::spec(subject, ("networking.k8s.io", &["Ingress"]), "add an entry for it under spec.tls", find)
    },
};

fn find(subject: &Subject<'_>, spec: &Node) -> Found {
    let tls = spec.list_field("tls")?;
    if tls.is_empty() {
        return Ok(vec![Wrong::of(subject.spot("spec.tls"), "spec.tls is empty")]);
    }
    let mut covered = Vec::new();
    for entry in tls {
        let hosts = entry.list_field("hosts")?;
        if hosts.is_empty() {
            return Ok(Vec::new());
        }
        covered.extend(hosts.iter().filter_map(Node::text));
    }
    let mut found = Vec::new();
    for (index, rule) in spec.list_field("rules")?.iter().enumerate() {
        if let Some(host) = open_host(rule, &covered)? {
            let spot = Spot { field: format!("spec.rules[{index}].host"), at: rule.at };
            found.push(Wrong::keyed(host, spot, format!("host {host} is in no entry of spec.tls")));
        }
    }
    Ok(found)
}

/// The host of a rule, unless an entry covers it.
fn open_host<'n>(rule: &'n Node, covered: &[&str]) -> Result<Option<&'n str>, WrongType> {
    let host = rule.text_field("host")?;
    let covers = |pattern: &str, host: &str| {
        let parent = host.split_once('.').map_or("", |(_, parent)| parent);
        pattern == host || pattern.strip_prefix("*.").is_some_and(|p| p == parent)
    };
    Ok(host.filter(|host| !covered.iter().any(|pattern| covers(pattern, host))))
}
