//! Which workload runs which image: the image's side and the workload's.

use std::collections::BTreeMap;

use model::{ObjectRef, Severity, Timestamp};
use serde::{Deserialize, Serialize};

/// A container that runs an image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Run {
    /// Id of the target in which the workload stands.
    pub target: String,
    /// The workload; `field` is that of the image.
    pub object: ObjectRef,
    /// Name of the container.
    pub container: String,
    /// What the container is for.
    pub role: ContainerRole,
    /// The image as the workload writes it.
    pub image: String,
    /// It runs privileged; absent if that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privileged: Option<bool>,
    /// Something outside of the cluster reaches it; absent if that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exposed: Option<bool>,
    /// What lets it be reached: `Ingress shop/web`, `host port 8080`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exposed_by: Vec<String>,
}

/// What a container is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContainerRole {
    /// It runs as long as its pod.
    Container,
    /// It runs before the others, or beside them if it is restarted.
    Init,
    /// Somebody put it into a running pod.
    Ephemeral,
}

impl ContainerRole {
    /// As in the report.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Init => "init",
            Self::Ephemeral => "ephemeral",
        }
    }
}

/// Why a target is taken for the image that a workload names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// What is the same on both sides.
    pub by: MatchedBy,
    /// Where it was found: `registry`, `target` (named in the same command), or what `--images-from` names.
    pub from: String,
    /// The moment of the earlier report that it was taken from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp>,
}

/// What is the same on both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MatchedBy {
    /// The digest that the workload pins.
    Digest,
    /// Registry, repository and tag.
    Reference,
}

/// A workload and what its images are worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkloadRow {
    /// Unique within the report: its target, kind, namespace and name.
    pub id: String,
    /// Id of the target in which it stands.
    pub target: String,
    /// The object.
    pub object: ObjectRef,
    /// One of its containers runs privileged; absent if that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privileged: Option<bool>,
    /// Something outside of the cluster reaches one of its containers; absent if that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exposed: Option<bool>,
    /// Its containers, in their order.
    pub images: Vec<WorkloadImage>,
    /// Open findings of its images by severity; those that do not occur are left out.
    pub findings: BTreeMap<Severity, u64>,
    /// Of these, findings with a fix at hand.
    pub fixable: u64,
    /// The worst of them, worst first.
    pub worst: Vec<WorstFinding>,
}

/// An image of a workload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkloadImage {
    /// Name of the container.
    pub container: String,
    /// The image as the workload writes it.
    pub image: String,
    /// Ids of the targets that are this image, one a platform; empty if what is written is no image's name.
    pub targets: Vec<String>,
}

/// A finding by its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorstFinding {
    /// Id of the image's target.
    pub target: String,
    /// Id of the finding.
    pub finding: String,
    /// Its severity.
    pub severity: Severity,
    /// Its vulnerability, or its rule where it is about none.
    pub what: String,
    /// The version that closes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed: Option<String>,
}
