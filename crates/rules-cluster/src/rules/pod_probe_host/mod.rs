//! Probes and lifecycle hooks must ask the pod itself.
//!
//! **Why.** The kubelet asks from the node: with `host` set, whoever writes a pod makes every node send requests
//! where the pod could not.
//!
//! **What is looked at.** `host` of `httpGet` and `tcpSocket` in probes, `postStart` and `preStop`. Part of the
//! standards from v1.34 on.
//!
//! **Fix.** Remove `host`.
//!
//! Source: Pod Security Standards, check `hostProbesAndHostLifecycle` of the admission controller, newest version.

use eval::Rule;
use model::Severity;

use crate::Objects;

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "pod-probe-host",
    control: "pod-security",
    title: "A probe or hook of a container asks another host",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge: |subject| crate::standard::judge(subject, "hostProbesAndHostLifecycle", "remove `host`"),
};
