//! An audit policy must record who writes secrets and rights, and who enters containers.
//!
//! **Why.** The first rule that fits a request decides, and what no rule fits is not recorded at all. A rule of level
//! `None` that stands too high hides everything below it, and nobody notices before the record is needed.
//!
//! **What is looked at.** Every `Policy` of `audit.k8s.io` (the file of the API server's `--audit-policy-file`): what it
//! records of writes to secrets, roles, bindings, webhook configurations and workloads, of tokens issued and of
//! `exec` into pods, by a person and by a service account. Rules for certain users, namespaces or objects are taken as
//! the exceptions that they are. Recorded means level `Metadata` or above, and not both `RequestReceived` and
//! `ResponseComplete` under `omitStages`.
//!
//! **Fix.** End the policy with a rule of level `Metadata` for everything, and narrow every rule of level `None` to the
//! users, verbs and resources that it is for.
//!
//! Source: <https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/>.

use eval::Rule;
use model::Severity;

use crate::audit::{self, Level, Refused, Request};
use crate::look::{self, Wrong};
use crate::workload::Spot;
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "audit-policy-blind",
    control: "audit-trail",
    title: "The audit log misses what matters",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        if !look::is(subject, (audit::GROUP, &["Policy"])) {
            return eval::Judgement::not_applicable();
        }
        look::answer(
            subject,
            "record it at level `Metadata`, above the rules that leave it out",
            find(subject),
        )
    },
};

/// Verbs of writing.
const WRITES: &[&str] = &["create", "update", "patch", "delete"];

/// What must be recorded: name, group, resource, whether it lies in a namespace, verbs.
type Asked = (&'static str, &'static str, &'static str, bool, &'static [&'static str]);

const RBAC: &str = "rbac.authorization.k8s.io";

const ASKED: &[Asked] = &[
    ("writes to secrets", "", "secrets", true, WRITES),
    ("tokens that are issued", "", "serviceaccounts/token", true, &["create"]),
    ("commands in containers", "", "pods/exec", true, &["create", "get"]),
    ("writes to roles", RBAC, "roles", true, WRITES),
    ("writes to bindings of roles", RBAC, "rolebindings", true, WRITES),
    ("writes to cluster roles", RBAC, "clusterroles", false, WRITES),
    ("writes to bindings of cluster roles", RBAC, "clusterrolebindings", false, WRITES),
    (
        "writes to webhook configurations",
        "admissionregistration.k8s.io",
        "validatingwebhookconfigurations",
        false,
        WRITES,
    ),
    ("writes to workloads", "apps", "deployments", true, WRITES),
];

fn find(subject: &Subject<'_>) -> Result<Vec<Wrong>, Refused> {
    let rules = audit::rules(&subject.object.node)?;
    if rules.is_empty() {
        let what = "the policy has no rule: the API server does not start with it";
        return Ok(vec![Wrong::of(subject.spot("rules"), what)]);
    }
    let mut found: Vec<Wrong> = Vec::new();
    // By the rule that swallows them, that one rule is one fault.
    let mut missed: Vec<(Option<usize>, Vec<String>)> = Vec::new();
    for (name, group, resource, in_namespace, verbs) in ASKED {
        let by = verbs.iter().find_map(|verb| {
            let request = Request { verb, group, resource, in_namespace: *in_namespace };
            [audit::PERSON, audit::ACCOUNT].into_iter().find_map(|who| {
                match rules.iter().position(|r| r.answers_all(request, who)) {
                    Some(at) => {
                        rules.get(at).filter(|r| r.level == Level::None || r.omits_all).map(|_| Some(at))
                    }
                    None => Some(None),
                }
            })
        });
        let Some(by) = by else { continue };
        match missed.iter_mut().find(|(at, _)| *at == by) {
            Some((_, names)) => names.push((*name).to_owned()),
            None => missed.push((by, vec![(*name).to_owned()])),
        }
    }
    for (by, names) in missed {
        let names = names.join(", ");
        let rule = by.and_then(|at| Some((at, rules.get(at)?)));
        found.push(match rule {
            Some((at, rule)) => {
                let spot = Spot { field: format!("rules[{at}]"), at: rule.at };
                let how = if rule.omits_all { "omits the stages of" } else { "records nothing of" };
                Wrong::keyed(format!("rules[{at}]"), spot, format!("`rules[{at}]` {how} {names}"))
            }
            None => Wrong::keyed("no rule", subject.spot("rules"), format!("no rule records {names}")),
        });
    }
    Ok(found)
}
