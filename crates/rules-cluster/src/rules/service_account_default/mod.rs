//! A pod should have a service account of its own.
//!
//! **Why.** What is granted to `default` is granted to every pod of the namespace that says nothing, and what one of
//! them did cannot be told from what another did.
//!
//! **What is looked at.** `serviceAccountName` (or `serviceAccount`, its older name) of the pod: absent, empty or
//! `default`. A pod that a kubelet runs from a file (`kubernetes.io/config.mirror`) can have none.
//!
//! **Fix.** Make a ServiceAccount for the workload and name it.
//!
//! Source: <https://kubernetes.io/docs/concepts/security/service-accounts/>.

use eval::{Judgement, Rule};
use model::Severity;

use crate::Objects;
use crate::look::{self, Wrong};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "service-account-default",
    control: "rbac",
    title: "A pod runs as the account of whoever says nothing",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        if look::is_mirror(subject) {
            return Judgement::not_applicable();
        }
        look::pod(subject, "make a service account for it and name that", |pod| {
            let older = pod.spec.text_field("serviceAccount")?;
            let name = pod.spec.text_field("serviceAccountName")?.or(older).filter(|n| !n.is_empty());
            let what = match name {
                Some("default") => "serviceAccountName is default",
                None => "serviceAccountName is not set, which means default",
                Some(_) => return Ok(Vec::new()),
            };
            Ok(vec![Wrong::of(pod.spot("serviceAccountName"), what)])
        })
    },
};
