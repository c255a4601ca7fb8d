//! Every container must have a seccomp profile.
//!
//! **Why.** Where nothing is said, most kubelets start containers with every system call allowed.
//!
//! **What is looked at.** `seccompProfile.type` of the pod or of each container. Pods that say `os.name: windows`
//! have none. What `pod-seccomp-unconfined` holds already is left to it.
//!
//! **Fix.** Set `seccompProfile: {type: RuntimeDefault}` for the pod.
//!
//! Source: Pod Security Standards, check `seccompProfile_restricted` of the admission controller, newest version.

use eval::Rule;
use model::Severity;

use crate::Objects;

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "pod-seccomp-missing",
    control: "pod-security",
    title: "A container runs without a seccomp profile",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        crate::standard::judge_beyond(
            subject,
            "seccompProfile_restricted",
            "set `seccompProfile: {type: RuntimeDefault}`",
        )
    },
};
