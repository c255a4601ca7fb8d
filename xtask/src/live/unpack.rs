//! Unpacks the package databases of an image with `tar`, whiteouts applied, and nothing else of it.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::Image;
use crate::workspace;

/// Directories, relative to the root, that hold a package manager's own records.
const DATABASES: [&str; 6] =
    ["var/lib/dpkg", "lib/apk/db", "usr/lib/apk/db", "var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm"];

/// Unpacks into `dir`.
pub(crate) fn databases(image: &Image, dir: &Path) -> Result<()> {
    std::fs::create_dir_all(dir).with_context(|| format!("`{}` cannot be made", dir.display()))?;
    let manifest: Value = serde_json::from_slice(&blob(image, &image.digest)?)?;
    for layer in manifest["layers"].as_array().context("a manifest without layers")? {
        let digest = layer["digest"].as_str().context("a layer without a digest")?;
        let mode = match layer["mediaType"].as_str().unwrap_or_default() {
            t if t.contains("zstd") => "--zstd",
            t if t.contains("gzip") => "--gzip",
            _ => "--no-auto-compress",
        };
        layer_databases(&blob_path(image, digest), mode, dir)?;
    }
    Ok(())
}

fn layer_databases(layer: &Path, mode: &str, dir: &Path) -> Result<()> {
    let mut list = Command::new("tar");
    list.arg("--list").arg(mode).arg("--file").arg(layer);
    let names = workspace::output(&mut list, "tar --list")?;
    let wanted = |n: &str| {
        let path = n.trim_start_matches("./");
        DATABASES.iter().any(|d| path.strip_prefix(d).is_some_and(|r| r.starts_with('/')))
    };
    let names: BTreeSet<&str> = names.lines().filter(|n| wanted(n) && !n.ends_with('/')).collect();
    for name in &names {
        remove_whited_out(name.trim_start_matches("./"), dir)?;
    }
    let files: Vec<&str> = names.into_iter().filter(|n| !n.contains("/.wh.")).collect();
    if files.is_empty() {
        return Ok(());
    }
    let mut extract = Command::new("tar");
    extract.arg("--extract").arg(mode).arg("--file").arg(layer).arg("--directory").arg(dir);
    extract.args(["--no-same-owner", "--verbatim-files-from", "--files-from=-"]).stdin(Stdio::piped());
    let mut child = extract.spawn().context("tar could not be started")?;
    child.stdin.take().context("tar takes no list")?.write_all(files.join("\n").as_bytes())?;
    let status = child.wait()?;
    if !status.success() {
        bail!("tar --extract of `{}` ended with {status}", layer.display());
    }
    Ok(())
}

/// Applies a whiteout (OCI image-spec, `layer.md`): `.wh.NAME` hides NAME, `.wh..wh..opq` its whole directory.
fn remove_whited_out(name: &str, dir: &Path) -> Result<()> {
    let Some((parent, file)) = name.rsplit_once('/') else { return Ok(()) };
    let Some(hidden) = file.strip_prefix(".wh.") else { return Ok(()) };
    let path = if hidden == ".wh..opq" { dir.join(parent) } else { dir.join(parent).join(hidden) };
    if path.is_dir() {
        std::fs::remove_dir_all(&path)?;
    } else if path.exists() {
        std::fs::remove_file(&path)?;
    }
    Ok(())
}

fn blob(image: &Image, digest: &str) -> Result<Vec<u8>> {
    let path = blob_path(image, digest);
    std::fs::read(&path).with_context(|| format!("`{}` cannot be read", path.display()))
}

fn blob_path(image: &Image, digest: &str) -> PathBuf {
    image.layout.join("blobs").join(digest.replace(':', "/"))
}
