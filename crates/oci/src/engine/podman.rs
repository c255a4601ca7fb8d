//! The documents of containers/storage (podman, buildah, CRI-O): `images.json` and `layers.json`.

use std::collections::BTreeMap;

use base64::Engine;
use serde::Deserialize;

/// Bytes of `images.json` or `layers.json`.
pub const STORAGE_BYTES_MAX: u64 = 256 << 20;

/// An image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct StoredImage {
    /// Digest of the configuration, without its algorithm.
    pub id: String,
    /// Manifest digest.
    pub digest: Option<String>,
    /// `localhost/shop:1`.
    pub names: Option<Vec<String>>,
    /// Id of the top layer; empty for a manifest list.
    pub layer: Option<String>,
    /// Documents kept beside the image.
    pub big_data_names: Option<Vec<String>>,
}

/// A layer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct StoredLayer {
    /// Name of its folder.
    pub id: String,
    /// Id of the layer below.
    pub parent: Option<String>,
    /// Diff id.
    pub diff_digest: Option<String>,
    /// Bytes of the unpacked archive.
    pub diff_size: Option<i64>,
}

/// Reads `images.json`.
///
/// # Errors
/// In words, if it is no such document.
pub fn images(bytes: &[u8]) -> Result<Vec<StoredImage>, String> {
    serde_json::from_slice(bytes).map_err(|e| format!("not an `images.json`: {e}"))
}

/// Reads `layers.json`.
///
/// # Errors
/// In words, if it is no such document.
pub fn layers(bytes: &[u8]) -> Result<Vec<StoredLayer>, String> {
    serde_json::from_slice(bytes).map_err(|e| format!("not a `layers.json`: {e}"))
}

/// The layers of an image, base first, by way of their parents; `Err` names the one that is not there, or that comes
/// twice.
///
/// # Errors
/// The id of the layer.
pub fn stack<'l>(layers: &'l [StoredLayer], top: &str) -> Result<Vec<&'l StoredLayer>, String> {
    let by_id: BTreeMap<&str, &StoredLayer> = layers.iter().map(|l| (l.id.as_str(), l)).collect();
    let (mut out, mut next) = (Vec::new(), top);
    while !next.is_empty() {
        let layer = by_id.get(next).filter(|_| out.len() <= layers.len()).ok_or_else(|| next.to_owned())?;
        out.push(*layer);
        next = layer.parent.as_deref().unwrap_or_default();
    }
    out.reverse();
    Ok(out)
}

/// The name of the file that holds the document `key` (`containers/storage`, `bigDataFileName`).
#[must_use]
pub fn file_name(key: &str) -> String {
    if key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b)) {
        return key.to_owned();
    }
    format!("={}", base64::engine::general_purpose::STANDARD.encode(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_is_followed_through_parents_and_ends() {
        let text = br#"[{"id":"b","parent":"a","diff-digest":"sha256:2"},{"id":"a"},{"id":"x","parent":"y"},
                        {"id":"y","parent":"x"},{"id":"z","parent":"gone"}]"#;
        let layers = layers(text).unwrap();
        let ids = |top: &str| stack(&layers, top).map(|s| s.iter().map(|l| l.id.clone()).collect::<Vec<_>>());
        assert_eq!(ids("b").unwrap(), ["a", "b"]);
        assert!(ids("x").is_err(), "a circle");
        assert_eq!(ids("z"), Err("gone".to_owned()));
        assert!(images(b"{}").is_err());
        assert_eq!(images(br#"[{"id":"i","names":null}]"#).unwrap()[0].id, "i");
    }

    #[test]
    fn documents_are_filed_under_their_key_or_its_base64() {
        assert_eq!(file_name("manifest"), "manifest");
        assert_eq!(file_name("sha256:ab"), "=c2hhMjU2OmFi");
    }
}
