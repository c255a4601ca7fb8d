//! No Windows container may be a host process.
//!
//! **Why.** A host-process container is a process of the Windows node with its rights.
//!
//! **What is looked at.** `windowsOptions.hostProcess` of pod and containers.
//!
//! **Fix.** Remove it.
//!
//! Source: Pod Security Standards, check `windowsHostProcess` of the admission controller, newest version.

use eval::Rule;
use model::Severity;

use crate::Objects;

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "pod-windows-host-process",
    control: "pod-security",
    title: "A Windows container runs on the host itself",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge: |subject| crate::standard::judge(subject, "windowsHostProcess", "remove `hostProcess`"),
};
