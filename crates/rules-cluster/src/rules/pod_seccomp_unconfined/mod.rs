//! Seccomp must not be switched off.
//!
//! **Why.** The runtime's profile refuses some sixty system calls that containers never need and exploits of the
//! kernel often do.
//!
//! **What is looked at.** `seccompProfile.type` of pod and containers: `RuntimeDefault`, `Localhost`, or nothing
//! said.
//!
//! **Fix.** Set `seccompProfile: {type: RuntimeDefault}`.
//!
//! Source: Pod Security Standards, check `seccompProfile_baseline` of the admission controller, newest version.

use eval::Rule;
use model::Severity;

use crate::Objects;

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "pod-seccomp-unconfined",
    control: "pod-security",
    title: "Seccomp is switched off for a container",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        crate::standard::judge(
            subject,
            "seccompProfile_baseline",
            "set `seccompProfile: {type: RuntimeDefault}`",
        )
    },
};
