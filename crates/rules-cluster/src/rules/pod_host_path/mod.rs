//! A pod must not mount directories of its node.
//!
//! **Why.** A path of the node is a way to its files, its sockets and its kubelet's credentials; writable it is a
//! way to the node itself.
//!
//! **What is looked at.** `hostPath` of every volume.
//!
//! **Fix.** Take an `emptyDir`, a `configMap`, a `persistentVolumeClaim` or a CSI driver instead.
//!
//! Source: Pod Security Standards, check `hostPathVolumes` of the admission controller, newest version.

use eval::Rule;
use model::Severity;

use crate::Objects;

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "pod-host-path",
    control: "pod-security",
    title: "A pod mounts a directory of its node",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge: |subject| crate::standard::judge(subject, "hostPathVolumes", "take another kind of volume"),
};
