//! Every container must drop all capabilities; it may add `NET_BIND_SERVICE`.
//!
//! **Why.** What a program never uses serves only who takes it over.
//!
//! **What is looked at.** `securityContext.capabilities` of every container. Pods that say `os.name: windows` have
//! none. What `pod-capabilities-added` holds already is left to it.
//!
//! **Fix.** Set `capabilities: {drop: [ALL]}` and add back `NET_BIND_SERVICE` where a port below 1024 is needed.
//!
//! Source: Pod Security Standards, check `capabilities_restricted` of the admission controller, newest version.

use eval::Rule;
use model::Severity;

use crate::Objects;

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "pod-capabilities-kept",
    control: "pod-security",
    title: "A container keeps capabilities that it need not have",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        crate::standard::judge_beyond(subject, "capabilities_restricted", "set `capabilities: {drop: [ALL]}`")
    },
};
