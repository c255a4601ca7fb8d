//! The containers of a pod should not share their processes.
//!
//! **Why.** A container that sees the processes of another may send them signals, read their environment and, through
//! `/proc/PID/root`, their files: the secrets of each are those of all.
//!
//! **What is looked at.** `shareProcessNamespace` of every pod.
//!
//! **Fix.** Remove it, unless a sidecar really needs it for its work.
//!
//! Source: <https://kubernetes.io/docs/tasks/configure-pod-container/share-process-namespace/>.

use eval::Rule;
use model::Severity;

use crate::Objects;
use crate::look::{self, Wrong};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "pod-shares-processes",
    control: "pod-security",
    title: "The containers of a pod see each other's processes",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        look::pod(subject, "remove it", |pod| {
            let shared = pod.spec.bool_field("shareProcessNamespace")? == Some(true);
            let spot = || pod.spot("shareProcessNamespace");
            Ok(if shared { vec![Wrong::of(spot(), "shareProcessNamespace is true")] } else { Vec::new() })
        })
    },
};
