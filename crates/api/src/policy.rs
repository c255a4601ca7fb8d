//! Wire types of converted PodSecurityPolicies, `plimsoll.policy-conversion/1`.

use std::collections::BTreeMap;

use model::{Doubt, Ledger, Place};
use serde::{Deserialize, Serialize};

use crate::Tool;

/// The value of `schema` in every conversion.
pub const POLICY_CONVERSION_SCHEMA: &str = "plimsoll.policy-conversion/1";

/// PodSecurityPolicies as levels of the Pod Security Standards, by subject and by namespace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PolicyConversion {
    /// [`POLICY_CONVERSION_SCHEMA`].
    pub schema: String,
    /// The program.
    pub tool: Tool,
    /// Policies, by name.
    pub policies: Vec<ConvertedPolicy>,
    /// Who may use which of them, by kind, namespace and name.
    pub subjects: Vec<PolicySubject>,
    /// Namespaces and the level that follows for each, by name.
    pub namespaces: Vec<NamespaceLevel>,
    /// What could not be known.
    pub doubts: Vec<Doubt>,
    /// What was read.
    pub ledger: Ledger,
    /// Exit code: 0 or 3.
    pub exit: u8,
}

/// A policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConvertedPolicy {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub r#where: Place,
    /// The strictest level that admits every pod which the policy admits: `privileged`, `baseline`, `restricted`.
    pub level: String,
    /// The level but for SELinux and AppArmor, where the policy leaves these to the node and this alone makes it wider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub but_for_node_profiles: Option<String>,
    /// What the level does not say as the policy did.
    pub remainder: Vec<PolicyRemainder>,
}

/// What is left of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyRemainder {
    /// What it is.
    pub kind: RemainderKind,
    /// Field, `spec.hostNetwork`, or annotation.
    pub field: String,
    /// Line of the field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// One sentence: what is so, and what to do.
    pub message: String,
    /// Of what the policy permits: the level that it keeps the policy from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<String>,
}

/// Kinds of remainders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RemainderKind {
    /// The policy permits what a stricter level forbids.
    Permits,
    /// The policy demanded what the level does not.
    Demands,
    /// The policy wrote into pods what nobody writes any more.
    Changes,
}

/// Somebody who may use policies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PolicySubject {
    /// `User`, `Group` or `ServiceAccount`.
    pub kind: String,
    /// Namespace of a service account.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// Name.
    pub name: String,
    /// The namespace for whose pods; empty for every one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub within: String,
    /// Names of the policies.
    pub policies: Vec<String>,
    /// The widest of their levels.
    pub level: String,
    /// Bindings and roles, `RoleBinding shop/policies -> ClusterRole restricted`.
    pub through: Vec<String>,
}

/// A namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamespaceLevel {
    /// Name.
    pub name: String,
    /// The widest level that its service accounts may need.
    pub level: String,
    /// The level that follows but for SELinux and AppArmor, where policies leave these to the node and this alone makes it
    /// wider: enough if no pod asks for either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub but_for_node_profiles: Option<String>,
    /// The labels that hold the level.
    pub labels: BTreeMap<String, String>,
    /// Account, policy and level, the widest first: `default: privileged by policy host`.
    pub because: Vec<String>,
    /// What the namespace enforces now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<String>,
    /// The level that the workloads of the input keep to, as they are written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workloads: Option<String>,
    /// True if a doubt could widen the level.
    pub uncertain: bool,
}
