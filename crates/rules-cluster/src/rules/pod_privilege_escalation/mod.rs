//! No process of a container may gain privileges.
//!
//! **Why.** Without `allowPrivilegeEscalation: false` a setuid program in the image makes root of an ordinary user.
//!
//! **What is looked at.** `securityContext.allowPrivilegeEscalation` of every container must be false; nothing said
//! means true. Pods that say `os.name: windows` are let off.
//!
//! **Fix.** Set `allowPrivilegeEscalation: false`.
//!
//! Source: Pod Security Standards, check `allowPrivilegeEscalation` of the admission controller, newest version.

use eval::Rule;
use model::Severity;

use crate::Objects;

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "pod-privilege-escalation",
    control: "pod-security",
    title: "A container may gain privileges it did not start with",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        crate::standard::judge(subject, "allowPrivilegeEscalation", "set `allowPrivilegeEscalation: false`")
    },
};
