//! An audit policy must not record what secrets hold.
//!
//! **Why.** From level `Request` on the log holds what was sent, from `RequestResponse` on what was answered: secrets,
//! tokens and the contents of ConfigMaps, readable by whoever may read logs and kept for as long as they are.
//!
//! **What is looked at.** Every `Policy` of `audit.k8s.io`: each rule of level `Request` or `RequestResponse` that
//! answers a request about secrets, ConfigMaps, tokens of service accounts (`serviceaccounts/token`) or token reviews,
//! of whomever and wherever, unless a rule above it answers every such request. Reads count at level
//! `RequestResponse` alone, since what is sent with them says nothing.
//!
//! **Fix.** Put a rule of level `Metadata` for these resources above it.
//!
//! Source: <https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/>.

use eval::Rule;
use model::Severity;

use crate::audit::{self, Level, Refused, Request};
use crate::look::{self, Wrong};
use crate::workload::Spot;
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "audit-policy-records-secrets",
    control: "audit-trail",
    title: "The audit log holds secrets",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        if !look::is(subject, (audit::GROUP, &["Policy"])) {
            return eval::Judgement::not_applicable();
        }
        let remedy = "put a rule of level `Metadata` for these resources above it";
        look::answer(subject, remedy, find(subject))
    },
};

/// What holds secrets: name, group, resource, whether it lies in a namespace, verbs that send it, verbs that answer it.
type Secret =
    (&'static str, &'static str, &'static str, bool, &'static [&'static str], &'static [&'static str]);

const SENT: &[&str] = &["create", "update", "patch"];
const READ: &[&str] = &["get", "list"];

const SECRETS: &[Secret] = &[
    ("secrets", "", "secrets", true, SENT, READ),
    ("ConfigMaps", "", "configmaps", true, SENT, READ),
    ("tokens of service accounts", "", "serviceaccounts/token", true, &[], &["create"]),
    ("token reviews", "authentication.k8s.io", "tokenreviews", false, &["create"], &[]),
];

fn find(subject: &Subject<'_>) -> Result<Vec<Wrong>, Refused> {
    let rules = audit::rules(&subject.object.node)?;
    let mut found = Vec::new();
    for (index, rule) in rules.iter().enumerate().filter(|(_, r)| Level::Request <= r.level) {
        let above = rules.get(..index).unwrap_or_default();
        let reaches = |request: Request| {
            // Whoever a rule for everybody does not answer is anonymous, and may do none of this.
            rule.answers_some(request) && !above.iter().any(|r| r.answers_all(request, audit::PERSON))
        };
        let recorded = |(_, group, resource, in_namespace, sent, read): &&Secret| {
            let read = if rule.level == Level::RequestResponse { *read } else { &[] };
            sent.iter()
                .chain(read)
                .any(|verb| reaches(Request { verb, group, resource, in_namespace: *in_namespace }))
        };
        let names: Vec<&str> = SECRETS.iter().filter(recorded).map(|(name, ..)| *name).collect();
        if !names.is_empty() {
            let what =
                format!("`rules[{index}]` records {} at level {}", names.join(", "), rule.level.as_str());
            let spot = Spot { field: format!("rules[{index}]"), at: rule.at };
            found.push(Wrong::keyed(format!("rules[{index}]"), spot, what));
        }
    }
    Ok(found)
}
