//! containerd: names in a bbolt file, content as in the `blobs` of an image layout.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use oci::engine::bolt::{BoltError, ReadAt};
use oci::engine::containerd::{NamedImage, folders, images, snapshots};
use oci::engine::docker::chain;
use oci::engine::{is_called, is_id};
use oci::spec::Index;
use ports::source::{Engine, SourceError};

use super::{Kept, Unpacked, ambiguous, unknown};
use crate::blobs::{Store, read_at};
use crate::layout::{self, Choice};
use crate::plan::ImagePlan;

const METADATA: &str = "io.containerd.metadata.v1.bolt/meta.db";
const CONTENT: &str = "io.containerd.content.v1.content";

/// The snapshotter that containerd uses where overlayfs works.
const SNAPSHOTTER: &str = "overlayfs";

/// Namespaces that are looked in first if none is named: that of `ctr` and nerdctl, that of Kubernetes.
const USUAL: [&str; 2] = ["default", "k8s.io"];

pub(super) fn find(wanted: &str, roots: &[PathBuf], choice: Choice<'_>) -> Result<Kept, SourceError> {
    let mut known = Vec::new();
    for root in roots {
        let all = names(root)?;
        if let Some(image) = chosen(&all, wanted)? {
            return kept(root, image, choice, Engine::Containerd);
        }
        known.extend(all.iter().map(|i| format!("{}/{}", i.namespace, i.name)));
    }
    Err(unknown(Engine::Containerd, wanted, known))
}

/// The images that a containerd below `root` knows.
pub(super) fn names(root: &Path) -> Result<Vec<NamedImage>, SourceError> {
    Ok(database(&root.join(METADATA), &|read| images(read))?.unwrap_or_default())
}

/// What a database says; `None` if it is not there.
fn database<T>(
    path: &Path,
    ask: &dyn Fn(&ReadAt<'_>) -> Result<T, BoltError>,
) -> Result<Option<T>, SourceError> {
    let unreadable =
        |e: &dyn std::fmt::Display| SourceError::Unreadable(format!("`{}`: {e}", path.display()));
    let file = match disk::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(unreadable(&e)),
    };
    let read = |at: u64, len: usize| {
        let mut bytes = vec![0; len];
        let n = read_at(&file, &mut bytes, at).map_err(|e| e.to_string())?;
        bytes.truncate(n);
        Ok(bytes)
    };
    ask(&read).map(Some).map_err(|e| unreadable(&e))
}

/// The image that `[NAMESPACE/]REF` names; the same content under several names is one image.
fn chosen<'i>(all: &'i [NamedImage], wanted: &str) -> Result<Option<&'i NamedImage>, SourceError> {
    let in_namespace = |image: &&NamedImage| {
        let parts = wanted.split_once('/');
        parts.is_some_and(|(namespace, name)| image.namespace == namespace && means(image, name))
    };
    let mut found: Vec<&NamedImage> = all.iter().filter(in_namespace).collect();
    if found.is_empty() {
        found = all.iter().filter(|i| means(i, wanted)).collect();
        let usual = |name: &&&str| found.iter().any(|i| i.namespace == **name);
        if let Some(namespace) = USUAL.iter().find(usual) {
            found.retain(|i| i.namespace == *namespace);
        }
    }
    if let Some(exact) = found.iter().find(|i| wanted.ends_with(&i.name)).map(|i| i.name.clone()) {
        found.retain(|i| i.name == exact);
    }
    let contents: BTreeSet<&str> = found.iter().map(|i| i.target.digest.as_str()).collect();
    if 1 < contents.len() {
        let names: Vec<String> = found.iter().map(|i| format!("{}/{}", i.namespace, i.name)).collect();
        return Err(ambiguous(Engine::Containerd, wanted, &names));
    }
    Ok(found.first().copied())
}

pub(super) fn means(image: &NamedImage, wanted: &str) -> bool {
    is_called(&image.name, wanted) || is_id(&image.target.digest, wanted)
}

/// The content that a name stands for, as an image layout of one image.
pub(super) fn kept(
    root: &Path,
    image: &NamedImage,
    choice: Choice<'_>,
    engine: Engine,
) -> Result<Kept, SourceError> {
    let mut descriptor = image.target.clone();
    descriptor.annotations.insert("org.opencontainers.image.ref.name".to_owned(), image.name.clone());
    let store = Store::Folder(root.join(CONTENT));
    let index = Index { manifests: vec![descriptor] };
    let spoken = format!("{}:{}", engine.as_str(), image.name);
    let (mut plans, account) = layout::plan_index(&store, &index, choice, &spoken)?;
    for plan in &mut plans {
        plan.suffix = plan.suffix.trim_start_matches(':').to_owned();
    }
    let store = match unpacked(root, &image.namespace, &mut plans, &store)? {
        Some(unpacked) => Store::Unpacked(unpacked),
        None => store,
    };
    let name = match engine {
        Engine::Containerd => format!("{}/", image.namespace),
        Engine::Docker | Engine::Podman => String::new(),
    };
    Ok(Kept { store, plans, account, name })
}

/// The folders of layers whose content was thrown away after it was unpacked (`discard_unpacked_layers`); `None` if
/// every layer is there.
fn unpacked(
    root: &Path,
    namespace: &str,
    plans: &mut [ImagePlan],
    store: &Store,
) -> Result<Option<Unpacked>, SourceError> {
    let gone = |part: &Option<String>| part.as_ref().is_some_and(|p| store.size(p).is_none());
    if !plans.iter().flat_map(|p| &p.layers).any(|l| gone(&l.part)) {
        return Ok(None);
    }
    let place = root.join(format!("io.containerd.snapshotter.v1.{SNAPSHOTTER}"));
    let names = database(&root.join(METADATA), &|read| snapshots(read, namespace, SNAPSHOTTER))?;
    let numbers = database(&place.join("metadata.db"), &|read| folders(read))?;
    let (Some(names), Some(numbers)) = (names, numbers) else { return Ok(None) };
    let mut unpacked = Unpacked::beside(root.join(CONTENT));
    for plan in plans {
        let chain = chain(&plan.config.rootfs.diff_ids);
        for (layer, chain) in plan.layers.iter_mut().zip(chain).filter(|(l, _)| gone(&l.part)) {
            let Some(number) = names.get(&chain).and_then(|name| numbers.get(name)) else { continue };
            let folder = place.join("snapshots").join(number.to_string()).join("fs");
            let size = layer.size.unwrap_or_default();
            layer.unverified = !unpacked.add(&chain, (folder, true), PathBuf::new(), size);
            layer.part = Some(chain);
        }
    }
    Ok(Some(unpacked))
}
