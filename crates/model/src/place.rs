//! Where a thing is: a file, a layer, a line, an object.

use serde::{Deserialize, Serialize};

use crate::Text;

/// A place inside a target. Paths are relative to the target's root and `/`-separated.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Path relative to the target's root; empty for the target as a whole.
    pub path: Text,
    /// 1-based line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// 1-based column, in characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// Diff id of the layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<Text>,
    /// The history line that made the layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instruction: Option<Text>,
    /// The object, for manifests and clusters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectRef>,
}

/// A Kubernetes object, and the field a finding is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectRef {
    /// `apps/v1`.
    pub api_version: Text,
    /// `Deployment`.
    pub kind: Text,
    /// Empty for cluster-scoped objects.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub namespace: Text,
    /// `metadata.name`.
    pub name: Text,
    /// `spec.template.spec.containers[0].image`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

impl Place {
    /// The place of a whole file.
    #[must_use]
    pub fn file(path: impl Into<Text>) -> Self {
        Self { path: path.into(), ..Self::default() }
    }
}
