//! A pod that does not speak to the API server should have no token of it.
//!
//! **Why.** The token lies in a file of every container. Whoever reads one file of the container has whatever its
//! service account may do, now or when a role is bound to it later.
//!
//! **What is looked at.** `automountServiceAccountToken` of the pod, else of its service account if that is in the
//! input, else `true`, as the API server reads it. A token that is asked for as a projected volume, with an audience
//! and an end, is not looked at. A pod that a kubelet runs from a file (`kubernetes.io/config.mirror`) can have none.
//!
//! **Fix.** Set `automountServiceAccountToken: false`. A pod that needs a token asks for one with a `projected`
//! volume, or says `ignore` with the reason.
//!
//! Source: <https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/>.

use eval::{Judgement, Rule};
use manifest::WrongType;
use model::Severity;

use crate::around::namespace_of;
use crate::look::{self, Wrong};
use crate::workload::Pod;
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "service-account-token-mounted",
    control: "rbac",
    title: "A pod carries a token that it may not need",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        if look::is_mirror(subject) {
            return Judgement::not_applicable();
        }
        look::pod(subject, "set automountServiceAccountToken to false", |pod| {
            let mounted = match pod.spec.bool_field("automountServiceAccountToken")? {
                Some(set) => set,
                None => of_account(subject, pod)?.unwrap_or(true),
            };
            let what = "the token of its service account is mounted";
            let spot = || pod.spot("automountServiceAccountToken");
            Ok(if mounted { vec![Wrong::of(spot(), what)] } else { Vec::new() })
        })
    },
};

/// What the service account of a pod says, if it is in the input.
fn of_account(subject: &Subject<'_>, pod: &Pod<'_>) -> Result<Option<bool>, WrongType> {
    let name = pod.account()?;
    let accounts = subject.around.of("ServiceAccount", namespace_of(subject.object));
    match accounts.iter().find(|a| a.name() == name) {
        Some(account) => account.node.bool_field("automountServiceAccountToken"),
        None => Ok(None),
    }
}
