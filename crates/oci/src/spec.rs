//! The documents of an image, read leniently: OCI image-spec 1.1 and Docker's schema 2, what real registries and
//! builders leave out or write as `null` included.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

pub use crate::platform::Platform;

/// Bytes of an index, manifest or `manifest.json` (registries accept 4 MiB).
pub const MANIFEST_BYTES_MAX: u64 = 8 << 20;

/// Bytes of a configuration.
pub const CONFIG_BYTES_MAX: u64 = 16 << 20;

/// Layers of an image (overlayfs stacks 500 at most).
pub const LAYERS_MAX: usize = 512;

/// Manifests of an index.
pub const MANIFESTS_MAX: usize = 1000;

/// Indexes within indexes.
pub const INDEX_DEPTH_MAX: usize = 4;

/// Points at content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Descriptor {
    /// Media type.
    #[serde(deserialize_with = "nullable")]
    pub media_type: String,
    /// `sha256:…`.
    #[serde(deserialize_with = "nullable")]
    pub digest: String,
    /// Bytes; negative in broken documents.
    #[serde(deserialize_with = "nullable")]
    pub size: i64,
    /// Annotations.
    #[serde(deserialize_with = "nullable")]
    pub annotations: BTreeMap<String, String>,
    /// Platform, in an index.
    pub platform: Option<Platform>,
    /// What an artifact is.
    #[serde(deserialize_with = "nullable")]
    pub artifact_type: String,
}

/// An index, `index.json` of a layout included.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Index {
    /// Manifests and further indexes.
    #[serde(deserialize_with = "nullable")]
    pub manifests: Vec<Descriptor>,
}

/// An image manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Manifest {
    /// Media type.
    #[serde(deserialize_with = "nullable")]
    pub media_type: String,
    /// What an artifact is.
    #[serde(deserialize_with = "nullable")]
    pub artifact_type: String,
    /// Configuration.
    #[serde(deserialize_with = "nullable")]
    pub config: Descriptor,
    /// Layers, base first.
    #[serde(deserialize_with = "nullable")]
    pub layers: Vec<Descriptor>,
    /// What this manifest is about, for attestations and signatures.
    pub subject: Option<Descriptor>,
}

/// A document that a descriptor may point at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Document {
    /// Further manifests.
    Index(Index),
    /// An image.
    Manifest(Box<Manifest>),
}

/// Reads an index or a manifest, told apart by what is in it: media types are often missing and sometimes wrong.
///
/// # Errors
/// In words, if it is neither.
pub fn read_document(bytes: &[u8]) -> Result<Document, String> {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct Probe {
        schema_version: Option<serde_json::Number>,
        manifests: Option<serde::de::IgnoredAny>,
        layers: Option<serde::de::IgnoredAny>,
        config: Option<serde::de::IgnoredAny>,
        fs_layers: Option<serde::de::IgnoredAny>,
        blobs: Option<serde::de::IgnoredAny>,
        artifact_type: Option<serde::de::IgnoredAny>,
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let probe: Probe = serde_json::from_slice(bytes).map_err(|e| format!("not a manifest: {e}"))?;
    let image = probe.layers.is_some() || probe.config.is_some();
    let version =
        probe.schema_version.as_ref().filter(|n| n.as_u64() != Some(2) && probe.fs_layers.is_none());
    if let Some(version) = version.filter(|_| image || probe.manifests.is_some()) {
        return Err(format!("schema version {version} is not known: 2 is read"));
    }
    match (probe.manifests.is_some(), image) {
        // A document that one reader takes for an index and another for an image (CVE-2021-41190).
        (true, true) => Err("a manifest with both `manifests` and `layers` is ambiguous".to_owned()),
        (true, false) => {
            serde_json::from_slice(bytes).map(Document::Index).map_err(|e| format!("not an index: {e}"))
        }
        (false, true) => manifest(bytes),
        // The artifact manifest of image-spec 1.1's release candidates: it names an `artifactType` and no layers.
        (false, false) if probe.blobs.is_some() && probe.artifact_type.is_some() => manifest(bytes),
        (false, false) if probe.fs_layers.is_some() => {
            Err("Docker's manifest schema 1 is not supported: push or save the image again".to_owned())
        }
        (false, false) => Err(format!(
            "neither an index nor an image manifest (schema version {})",
            probe.schema_version.map_or_else(|| "unknown".to_owned(), |n| n.to_string())
        )),
    }
}

fn manifest(bytes: &[u8]) -> Result<Document, String> {
    let read = serde_json::from_slice(bytes).map_err(|e| format!("not a manifest: {e}"))?;
    Ok(Document::Manifest(Box::new(read)))
}

/// Why the marker of a layout (`oci-layout`, image-layout.md) is not one of the version that is read.
///
/// # Errors
/// In words.
pub fn check_layout(bytes: &[u8]) -> Result<(), String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Marker {
        image_layout_version: String,
    }
    let marker: Marker = serde_json::from_slice(bytes).map_err(|e| format!("no marker of a layout: {e}"))?;
    match marker.image_layout_version.as_str() {
        "1.0.0" => Ok(()),
        other => Err(format!("`imageLayoutVersion` {other:?} is not known: it was read as 1.0.0")),
    }
}

/// An image's configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ImageConfig {
    /// When.
    pub created: Option<String>,
    /// `amd64`.
    #[serde(deserialize_with = "nullable")]
    pub architecture: String,
    /// `linux`.
    #[serde(deserialize_with = "nullable")]
    pub os: String,
    /// `v7`.
    #[serde(deserialize_with = "nullable")]
    pub variant: String,
    /// How it runs.
    #[serde(deserialize_with = "nullable")]
    pub config: RunConfig,
    /// Layers.
    #[serde(deserialize_with = "nullable")]
    pub rootfs: RootFs,
    /// How it was made, oldest first.
    #[serde(deserialize_with = "nullable")]
    pub history: Vec<History>,
}

/// How an image runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct RunConfig {
    /// User.
    #[serde(deserialize_with = "nullable")]
    pub user: String,
    /// `NAME=value`.
    #[serde(deserialize_with = "words")]
    pub env: Vec<String>,
    /// Entry point.
    #[serde(deserialize_with = "words")]
    pub entrypoint: Vec<String>,
    /// Arguments.
    #[serde(deserialize_with = "words")]
    pub cmd: Vec<String>,
    /// Working directory.
    #[serde(deserialize_with = "nullable")]
    pub working_dir: String,
    /// Ports, `80/tcp`.
    #[serde(deserialize_with = "keys")]
    pub exposed_ports: Vec<String>,
    /// Mount points.
    #[serde(deserialize_with = "keys")]
    pub volumes: Vec<String>,
    /// Labels.
    #[serde(deserialize_with = "nullable")]
    pub labels: BTreeMap<String, Option<String>>,
    /// Docker's health check.
    pub healthcheck: Option<Healthcheck>,
}

/// Docker's health check.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Healthcheck {
    /// `["CMD", …]`.
    #[serde(deserialize_with = "words")]
    pub test: Vec<String>,
}

/// Layers by what they unpack to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct RootFs {
    /// Diff ids, base first.
    #[serde(deserialize_with = "nullable")]
    pub diff_ids: Vec<String>,
}

/// A line of the history.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct History {
    /// The instruction.
    #[serde(deserialize_with = "nullable")]
    pub created_by: String,
    /// A remark.
    #[serde(deserialize_with = "nullable")]
    pub comment: String,
    /// No layer belongs to it.
    #[serde(deserialize_with = "nullable")]
    pub empty_layer: bool,
}

/// Reads a configuration.
///
/// # Errors
/// In words, if it is none.
pub fn read_config(bytes: &[u8]) -> Result<ImageConfig, String> {
    serde_json::from_slice(bytes).map_err(|e| format!("not an image configuration: {e}"))
}

/// An image of a `docker save` archive.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct SavedImage {
    /// Path of the configuration in the archive.
    #[serde(deserialize_with = "nullable")]
    pub config: String,
    /// `shop:latest`.
    #[serde(deserialize_with = "nullable")]
    pub repo_tags: Vec<String>,
    /// Paths of the layers in the archive, base first.
    #[serde(deserialize_with = "nullable")]
    pub layers: Vec<String>,
}

/// Reads the `manifest.json` of a `docker save` archive.
///
/// # Errors
/// In words, if it is none.
pub fn read_saved(bytes: &[u8]) -> Result<Vec<SavedImage>, String> {
    serde_json::from_slice(bytes).map_err(|e| format!("not the manifest of a `docker save` archive: {e}"))
}

/// `null` is the default, as in Go.
pub(crate) fn nullable<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    d: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(d)?.unwrap_or_default())
}

/// A list of words, one word, or `null`.
fn words<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Words {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Option::<Words>::deserialize(d)? {
        None => Vec::new(),
        Some(Words::One(word)) => vec![word],
        Some(Words::Many(words)) => words,
    })
}

/// The keys of an object (Docker's sets), a list, or `null`.
fn keys<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Keys {
        Set(BTreeMap<String, serde::de::IgnoredAny>),
        List(Vec<String>),
    }
    Ok(match Option::<Keys>::deserialize(d)? {
        None => Vec::new(),
        Some(Keys::Set(set)) => set.into_keys().collect(),
        Some(Keys::List(mut list)) => {
            list.sort();
            list
        }
    })
}
