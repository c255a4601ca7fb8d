//! Images that a container engine of this machine keeps, read from its files without asking it.

mod containerd;
mod docker;
mod overlay;
mod podman;
mod tarred;
mod unpacked;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ports::source::{Engine, Engines, SourceError};

use crate::blobs::Store;
use crate::doubts::Account;
use crate::layout::Choice;
use crate::plan::ImagePlan;

pub(crate) use unpacked::Unpacked;

/// Names that a message lists.
const LISTED: usize = 20;

/// What an engine keeps under a name.
pub(crate) struct Kept {
    pub(crate) store: Store,
    pub(crate) plans: Vec<ImagePlan>,
    pub(crate) account: Account,
    /// In front of the plans' suffixes in the target's name.
    pub(crate) name: String,
}

/// Finds the image that `wanted` names.
pub(crate) fn find(
    engine: Engine,
    wanted: &str,
    engines: &Engines,
    platform: Option<&str>,
) -> Result<Kept, SourceError> {
    let choice = Choice { reference: None, platform };
    let roots = roots(engine, engines)?;
    match engine {
        Engine::Containerd => containerd::find(wanted, &roots, choice),
        Engine::Docker => docker::find(wanted, &roots, choice),
        Engine::Podman => podman::find(wanted, &roots, choice),
    }
}

/// The folders in which an engine may keep its images, as far as they are there.
fn roots(engine: Engine, engines: &Engines) -> Result<Vec<PathBuf>, SourceError> {
    let (named, flag) = match engine {
        Engine::Containerd => (&engines.containerd, "--containerd-root"),
        Engine::Docker => (&engines.docker, "--docker-root"),
        Engine::Podman => (&engines.podman, "--podman-root"),
    };
    let usual = match named {
        Some(root) => vec![PathBuf::from(root)],
        None => usual(engine),
    };
    let there: Vec<PathBuf> = usual.iter().filter(|root| root.is_dir()).cloned().collect();
    if there.is_empty() {
        let looked: Vec<String> = usual.iter().map(|root| format!("`{}`", root.display())).collect();
        return Err(SourceError::Usage(format!(
            "`{}:` keeps no images here, looked in {}; `{flag} DIR` names another place",
            engine.as_str(),
            looked.join(", ")
        )));
    }
    Ok(there)
}

/// Where engines keep images unless they are told otherwise: the user's own first.
fn usual(engine: Engine) -> Vec<PathBuf> {
    let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|p| p.is_absolute());
    let data = data.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/share")));
    let (own, system): (&str, &[&str]) = match engine {
        Engine::Containerd => (
            "containerd",
            &["/var/lib/containerd", "/var/lib/rancher/k3s/agent/containerd", "/var/lib/k0s/containerd"],
        ),
        Engine::Docker => ("docker", &["/var/lib/docker"]),
        Engine::Podman => ("containers/storage", &["/var/lib/containers/storage"]),
    };
    data.iter().map(|dir| dir.join(own)).chain(system.iter().map(PathBuf::from)).collect()
}

/// The storage drivers that have images: entries of `dir` without the end that marks them, sorted.
fn drivers(dir: &Path, end: &str) -> Result<Vec<String>, SourceError> {
    let unreadable = |e: io::Error| SourceError::Unreadable(format!("`{}`: {e}", dir.display()));
    let mut drivers = Vec::new();
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(drivers),
        Err(e) => return Err(unreadable(e)),
    };
    for entry in entries {
        let name = entry.map_err(unreadable)?.file_name();
        drivers.extend(name.to_str().and_then(|n| n.strip_suffix(end)).map(str::to_owned));
    }
    drivers.sort();
    Ok(drivers)
}

/// Where a storage driver unpacked the layer `id`, and whether only the layer's own files lie there.
fn folder(root: &Path, driver: &str, id: &str) -> (PathBuf, bool) {
    match driver {
        "vfs" => (root.join("vfs/dir").join(id), false),
        "btrfs" => (root.join("btrfs/subvolumes").join(id), false),
        _ => (root.join(driver).join(id).join("diff"), true),
    }
}

/// A document of an engine, whole; `None` if it is not there.
fn document(path: &Path, max: u64) -> Result<Option<Vec<u8>>, SourceError> {
    let unreadable = |e: io::Error| SourceError::Unreadable(format!("`{}`: {e}", path.display()));
    match disk::read(path, max) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(unreadable(e)),
    }
}

/// No image is called so.
fn unknown(engine: Engine, wanted: &str, mut known: Vec<String>) -> SourceError {
    known.sort();
    known.dedup();
    let more = known.len().saturating_sub(LISTED);
    known.truncate(LISTED);
    let list: Vec<String> = known.iter().map(|n| format!("`{n}`")).collect();
    let list = match (list.is_empty(), more) {
        (true, _) => "no image that has a name".to_owned(),
        (false, 0) => list.join(", "),
        (false, more) => format!("{} and {more} more", list.join(", ")),
    };
    SourceError::Usage(format!("`{}:{wanted}`: no image is called so; there is {list}", engine.as_str()))
}

/// Several images are called so.
fn ambiguous(engine: Engine, wanted: &str, names: &[String]) -> SourceError {
    let names: Vec<String> = names.iter().map(|n| format!("`{}:{n}`", engine.as_str())).collect();
    let names = names.join(", ");
    SourceError::Usage(format!("`{}:{wanted}` may mean {names}: write one of them", engine.as_str()))
}
