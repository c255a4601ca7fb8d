//! No capability may be added beyond what the runtime gives.
//!
//! **Why.** Capabilities are pieces of root. `SYS_ADMIN`, `NET_RAW`, `SYS_PTRACE` and others lead out of the
//! container, or into its neighbours' traffic.
//!
//! **What is looked at.** `securityContext.capabilities.add` of every container; allowed are the fourteen that
//! runtimes give by default, without `NET_RAW`.
//!
//! **Fix.** Delete the capability from `add`; a program that seems to need it usually needs a port above 1024 or a
//! file owned by its user.
//!
//! Source: Pod Security Standards, check `capabilities_baseline` of the admission controller, newest version.

use eval::Rule;
use model::Severity;

use crate::Objects;

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "pod-capabilities-added",
    control: "pod-security",
    title: "A container is given capabilities beyond the default",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        crate::standard::judge(subject, "capabilities_baseline", "delete it from `capabilities.add`")
    },
};
