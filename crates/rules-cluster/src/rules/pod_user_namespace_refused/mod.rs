//! A pod with users of its own cannot share other namespaces of the node, nor use block devices.
//!
//! **Why.** `hostUsers: false` gives the pod a user namespace of its own. The API server refuses such a pod if it shares
//! the processes or the IPC of its node, or its network as long as an alpha feature is off, or if a container takes a
//! volume as a block device: no pod of the workload ever starts.
//!
//! **What is looked at.** `hostPID`, `hostIPC`, `hostNetwork` of every pod with `hostUsers: false`, and `volumeDevices` of its
//! containers.
//!
//! **Fix.** Remove what is shared, and mount the volume as a file system; else remove `hostUsers`.
//!
//! Source: <https://kubernetes.io/docs/concepts/workloads/pods/user-namespaces/>; Kubernetes 1.36,
//! `pkg/apis/core/validation`, `validateHostUsers`; KEP-5607 for `hostNetwork`.

use eval::Rule;
use model::Severity;

use crate::Objects;
use crate::look::{self, Wrong};

/// Namespaces of the node that a pod may share.
const SHARED: [&str; 3] = ["hostPID", "hostIPC", "hostNetwork"];

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "pod-user-namespace-refused",
    control: "config-audit",
    title: "A pod with users of its own asks for what such a pod is refused",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        look::pod(subject, "remove it, or remove `hostUsers`", |pod| {
            let mut wrong = Vec::new();
            if pod.has_user_namespace()? {
                for field in SHARED {
                    if pod.spec.bool_field(field)? == Some(true) {
                        let what = format!("{field} is true beside hostUsers set to false");
                        wrong.push(Wrong::keyed(field, pod.spot(field), what));
                    }
                }
                for container in &pod.containers {
                    if !container.node.list_field("volumeDevices")?.is_empty() {
                        let name = container.name;
                        let what =
                            format!("container \"{name}\" has volumeDevices beside hostUsers set to false");
                        wrong.push(Wrong::keyed(name, container.spot("volumeDevices"), what));
                    }
                }
            }
            Ok(wrong)
        })
    },
};
