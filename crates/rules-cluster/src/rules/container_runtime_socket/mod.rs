//! A pod must not mount the socket of the container runtime.
//!
//! **Why.** Whoever speaks to the socket starts containers of any privilege on the node, past the API server: it is
//! root on the node, whatever the pod itself is allowed, and a read-only mount changes nothing.
//!
//! **What is looked at.** `hostPath` of every volume: the sockets of Docker, containerd, CRI-O, Podman and
//! cri-dockerd, and the directories right around them.
//!
//! **Fix.** Remove the volume. Images are built without a runtime (BuildKit rootless, Buildah, Kaniko); what runs is
//! read from the API server.
//!
//! Source: <https://kubernetes.io/docs/concepts/storage/volumes/#hostpath>;
//! <https://kubernetes.io/docs/setup/production-environment/container-runtimes/>.

use eval::Rule;
use model::Severity;

use crate::Objects;
use crate::look::{self, Wrong};
use crate::workload::Spot;

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "container-runtime-socket",
    control: "pod-security",
    title: "A pod rules the container runtime of its node",
    severity: Severity::Critical,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        look::pod(subject, "remove the volume", |pod| {
            let mut found = Vec::new();
            for (index, volume) in pod.spec.list_field("volumes")?.iter().enumerate() {
                let Some(host) = volume.map_field("hostPath")? else { continue };
                let path = host.text_field("path")?.unwrap_or("");
                if look::rules_runtime(path) {
                    let field = format!("{}.volumes[{index}].hostPath.path", pod.path);
                    let at = host.entry("path").map_or(host.at, |e| e.at);
                    let what = format!(
                        "volume {index} is {path} of the node, by which the container runtime is ruled"
                    );
                    found.push(Wrong::keyed(path, Spot { field, at }, what));
                }
            }
            Ok(found)
        })
    },
};
