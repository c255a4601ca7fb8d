//! A workload should lie in a namespace of its own.
//!
//! **Why.** Quotas, network policies, levels of the Pod Security Standards and roles are set per namespace. Whatever
//! lies in `default` shares them with everything else that said nothing.
//!
//! **What is looked at.** `metadata.namespace` of every object that brings pods. One without a namespace is put where
//! whoever applies it says, which its manifest does not tell.
//!
//! **Fix.** Make a namespace for it and name that.
//!
//! Source: <https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/>.

use eval::Rule;
use model::Severity;

use crate::Objects;
use crate::look::{self, Wrong};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "default-namespace",
    control: "config-audit",
    title: "A workload lies in the default namespace",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        look::pod(subject, "make a namespace for it", |_| {
            let is_default = subject.object.namespace() == "default";
            let spot = || subject.spot("metadata.namespace");
            Ok(if is_default { vec![Wrong::of(spot(), "metadata.namespace is default")] } else { Vec::new() })
        })
    },
};
