//! Volumes must be of the kinds that leave storage to the cluster.
//!
//! **Why.** In-tree volume kinds name servers, disks and credentials in the pod itself and are mounted by the node
//! with the node's rights.
//!
//! **What is looked at.** Every volume must be a `configMap`, `csi`, `downwardAPI`, `emptyDir`, `ephemeral`,
//! `image`, `persistentVolumeClaim`, `projected` or `secret`. `hostPath` is left to `pod-host-path`.
//!
//! **Fix.** Claim the storage: `persistentVolumeClaim`.
//!
//! Source: Pod Security Standards, check `restrictedVolumes` of the admission controller, newest version.

use eval::Rule;
use model::Severity;

use crate::Objects;

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "pod-volume-kind",
    control: "pod-security",
    title: "A pod mounts a kind of volume that it need not know",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge: |subject| crate::standard::judge_beyond(subject, "restrictedVolumes", "claim the storage instead"),
};
