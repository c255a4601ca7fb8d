//! Lists of the Pod Security Standards as PodSecurityPolicies write them, and how lists and ranges are shown.

use manifest::{Node, WrongType};

/// Capabilities that the restricted level lets containers add.
pub(super) const RESTRICTED_CAPABILITIES: &[&str] = &["NET_BIND_SERVICE"];

/// Kinds of volumes that the restricted level allows.
pub(super) const RESTRICTED_VOLUMES: &[&str] = &[
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

/// Words of a list that a message names.
const SHOWN_MAX: usize = 20;

/// A list in words; `none` for an empty one.
pub(super) fn listed(words: &[&str]) -> String {
    let shown: Vec<&str> = words.iter().take(SHOWN_MAX).copied().collect();
    match words.len() {
        0 => "none".to_owned(),
        n if SHOWN_MAX < n => format!("{} and {} more", shown.join(", "), n - SHOWN_MAX),
        _ => shown.join(", "),
    }
}

/// Ranges in words, `1-100, 200`; nothing for an empty list.
///
/// # Errors
/// [`WrongType`] if an end is no whole number.
pub(super) fn ranges(nodes: &[Node]) -> Result<String, WrongType> {
    let mut words = Vec::new();
    for node in nodes.iter().take(SHOWN_MAX) {
        let end = |key| Ok::<_, WrongType>(node.integer_field(key)?.unwrap_or(0));
        words.push(match (end("min")?, end("max")?) {
            (min, max) if min == max => min.to_string(),
            (min, max) => format!("{min}-{max}"),
        });
    }
    Ok(words.join(", "))
}
