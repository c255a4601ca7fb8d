//! The labels of a namespace (<https://kubernetes.io/docs/concepts/security/pod-security-admission/>), read as the
//! admission controller reads them: a bad level enforces the strictest and audits and warns of nothing.

use std::fmt;

use super::{Level, Version};

/// The policy of a namespace: level and version by mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamespacePolicy {
    /// Refused beyond this.
    pub enforce: (Level, Version),
    /// Noted beyond this.
    pub audit: (Level, Version),
    /// Warned of beyond this.
    pub warn: (Level, Version),
}

/// What the controller holds where no label says otherwise and its configuration is the built-in one.
impl Default for NamespacePolicy {
    fn default() -> Self {
        let nothing = (Level::Privileged, Version::Latest);
        Self { enforce: nothing, audit: nothing, warn: nothing }
    }
}

/// A label whose value means nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelError {
    /// Label.
    pub label: String,
    /// Value.
    pub value: String,
    /// What it must be.
    pub wanted: &'static str,
}

impl fmt::Display for LabelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "label `{}={}` must be {}", self.label, self.value, self.wanted)
    }
}

impl std::error::Error for LabelError {}

/// The policy that `labels` give a namespace over `defaults`, and the labels that mean nothing.
pub fn policy_of<'l>(
    labels: impl IntoIterator<Item = (&'l str, &'l str)>,
    defaults: NamespacePolicy,
) -> (NamespacePolicy, Vec<LabelError>) {
    let (mut policy, mut errors) = (defaults, Vec::new());
    let (mut enforced, mut warn_level, mut warn_version) = (false, false, false);
    for (label, value) in labels {
        let Some(key) = label.strip_prefix("pod-security.kubernetes.io/") else { continue };
        let mut error =
            |wanted| errors.push(LabelError { label: label.to_owned(), value: value.to_owned(), wanted });
        let mut level = |otherwise: Level| {
            Level::parse(value).unwrap_or_else(|| {
                error("one of privileged, baseline, restricted");
                otherwise
            })
        };
        match key {
            "enforce" => {
                policy.enforce.0 = level(Level::Restricted);
                enforced = Level::parse(value).is_some();
            }
            "audit" => policy.audit.0 = level(Level::Privileged),
            "warn" => {
                warn_level = true;
                policy.warn.0 = level(Level::Privileged);
            }
            "enforce-version" | "audit-version" | "warn-version" => {
                let version = Version::parse(value).unwrap_or_else(|| {
                    error("`latest` or `v1.N`");
                    Version::Latest
                });
                match key {
                    "enforce-version" => policy.enforce.1 = version,
                    "audit-version" => policy.audit.1 = version,
                    _ => {
                        warn_version = true;
                        policy.warn.1 = version;
                    }
                }
            }
            _ => {}
        }
    }
    if !warn_level && enforced && policy.warn.0 < policy.enforce.0 {
        policy.warn.0 = policy.enforce.0;
        if !warn_version {
            policy.warn.1 = policy.enforce.1;
        }
    }
    errors.sort_by(|a, b| a.label.cmp(&b.label));
    (policy, errors)
}
