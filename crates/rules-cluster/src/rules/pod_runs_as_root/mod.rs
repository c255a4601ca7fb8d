//! Every container must be kept from running as root.
//!
//! **Why.** Root in a container is root in the kernel, held back by nothing but the runtime. `runAsNonRoot` makes
//! the kubelet refuse to start it.
//!
//! **What is looked at.** `runAsNonRoot` of the pod and of each container, whose own word counts. A pod with a user
//! namespace of its own (`hostUsers: false`) is let off.
//!
//! **Fix.** Set `runAsNonRoot: true` for the pod, and a `USER` other than 0 in the image.
//!
//! Source: Pod Security Standards, check `runAsNonRoot` of the admission controller, newest version.

use eval::Rule;
use model::Severity;

use crate::Objects;

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "pod-runs-as-root",
    control: "pod-security",
    title: "A container may run as root",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge: |subject| crate::standard::judge(subject, "runAsNonRoot", "set `runAsNonRoot: true`"),
};
