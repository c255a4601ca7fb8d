//! A container should run as a user that no node has.
//!
//! **Why.** Without a user namespace the numbers of users are the same inside and outside. Low ones belong to
//! accounts of the node: whoever breaks out, or is given a path of the node, has the files of that account.
//!
//! **What is looked at.** `runAsUser` from 1 to 9999 of the pod and of every container, unless `hostUsers` is false.
//! 0 is `pod-user-zero`; whom the image says is not known here.
//!
//! **Fix.** Set `runAsUser` to 10000 or more.
//!
//! Source: <https://kubernetes.io/docs/concepts/workloads/pods/user-namespaces/>.

use eval::Rule;
use model::Severity;

use crate::Objects;
use crate::look::{self, Wrong};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "pod-user-low",
    control: "pod-security",
    title: "A container runs as a user that the node may have",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        look::pod(subject, "set it to 10000 or more", |pod| {
            let mut found = Vec::new();
            if pod.has_user_namespace()? {
                return Ok(found);
            }
            let of_pod = pod.security_context()?.map(|c| c.integer_field("runAsUser")).transpose()?.flatten();
            if let Some(user) = of_pod.filter(|u| LOW.contains(u)) {
                let what = format!("the pod runs as user {user}");
                found.push(Wrong::of(pod.spot("securityContext.runAsUser"), what));
            }
            for c in &pod.containers {
                let user = c.security_context()?.map(|c| c.integer_field("runAsUser")).transpose()?.flatten();
                if let Some(user) = user.filter(|u| LOW.contains(u)) {
                    let what = format!("container \"{}\" runs as user {user}", c.name);
                    found.push(Wrong::keyed(c.name, c.spot("securityContext.runAsUser"), what));
                }
            }
            Ok(found)
        })
    },
};

/// Users that a node may have.
const LOW: std::ops::Range<i64> = 1..10_000;
