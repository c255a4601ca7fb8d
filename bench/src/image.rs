//! Writes an OCI image layout: blobs, configuration, manifest, index.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::floor::hex;

/// A layer, and the line of the history that made it.
pub(crate) struct Layer {
    /// What is stored.
    pub(crate) blob: Vec<u8>,
    /// SHA-256 of the uncompressed archive.
    pub(crate) diff_id: String,
    /// Media type.
    pub(crate) kind: &'static str,
    /// The line.
    pub(crate) created_by: String,
}

/// `sha256:…` of bytes.
pub(crate) fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(&Sha256::digest(bytes)))
}

/// Writes a layout with one image. `config` is the part that a Dockerfile sets; `history` holds the lines that made no
/// layer, each with the number of layers before it.
pub(crate) fn write(
    out: &Path,
    tag: &str,
    config: &Value,
    layers: &[Layer],
    history: &[(usize, &str)],
    created: &str,
) -> Result<()> {
    let mut lines = Vec::new();
    for n in 0..=layers.len() {
        for (_, line) in history.iter().filter(|(at, _)| *at == n) {
            lines.push(json!({"created": created, "created_by": line, "empty_layer": true}));
        }
        if let Some(layer) = layers.get(n) {
            lines.push(json!({"created": created, "created_by": layer.created_by}));
        }
    }
    let diff_ids: Vec<&str> = layers.iter().map(|l| l.diff_id.as_str()).collect();
    let configuration = json!({
        "created": created, "architecture": "amd64", "os": "linux", "config": config,
        "rootfs": {"type": "layers", "diff_ids": diff_ids}, "history": lines,
    });
    let configuration =
        blob(out, &serde_json::to_vec(&configuration)?, "application/vnd.oci.image.config.v1+json")?;
    let layers: Vec<Value> = layers.iter().map(|l| blob(out, &l.blob, l.kind)).collect::<Result<_>>()?;
    let kind = "application/vnd.oci.image.manifest.v1+json";
    let manifest = json!({"schemaVersion": 2, "mediaType": kind, "config": configuration, "layers": layers});
    let mut manifest = blob(out, &serde_json::to_vec(&manifest)?, kind)?;
    manifest["annotations"] = json!({"org.opencontainers.image.ref.name": tag});
    manifest["platform"] = json!({"architecture": "amd64", "os": "linux"});
    let index = json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [manifest],
    });
    put(&out.join("index.json"), (serde_json::to_string_pretty(&index)? + "\n").as_bytes())?;
    put(&out.join("oci-layout"), b"{\"imageLayoutVersion\":\"1.0.0\"}\n")
}

/// Writes a blob and answers its descriptor.
fn blob(out: &Path, bytes: &[u8], kind: &str) -> Result<Value> {
    let digest = digest(bytes);
    put(&out.join("blobs").join(digest.replace(':', "/")), bytes)?;
    Ok(json!({"mediaType": kind, "digest": digest, "size": bytes.len()}))
}

/// Writes a file, its folder included.
pub(crate) fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir).with_context(|| format!("`{}` cannot be made", dir.display()))?;
    }
    std::fs::write(path, bytes).with_context(|| format!("`{}` cannot be written", path.display()))
}
