//! An image under construction, and the forms it is written in.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde_json::{Value, json};

use crate::digest;
use crate::layer::{Harm, Layer, Packing};
use crate::packages;
use crate::tar::{Entry, archive};

/// An image. Entries go into the layer that was begun last.
#[derive(Debug, Clone, Default)]
pub struct ImageBuilder {
    layers: Vec<Layer>,
    tag: Option<String>,
    config: BTreeMap<String, Value>,
    platform: (String, String),
    empty_history: Vec<(usize, String)>,
}

/// Begins an image for `linux/amd64`.
#[must_use]
pub fn image() -> ImageBuilder {
    ImageBuilder { platform: ("linux".to_owned(), "amd64".to_owned()), ..ImageBuilder::default() }
}

impl ImageBuilder {
    /// Names the image in a layout.
    #[must_use]
    pub fn tag(mut self, tag: &str) -> Self {
        self.tag = Some(tag.to_owned());
        self
    }

    /// Sets the platform.
    #[must_use]
    pub fn platform(mut self, os: &str, architecture: &str) -> Self {
        self.platform = (os.to_owned(), architecture.to_owned());
        self
    }

    /// Begins a layer.
    #[must_use]
    pub fn layer(mut self) -> Self {
        self.layers.push(Layer::default());
        self
    }

    /// Names the instruction that made the layer at hand.
    #[must_use]
    pub fn instruction(self, text: &str) -> Self {
        self.with_layer(|l| l.instruction = text.to_owned())
    }

    /// Adds a history line without a layer, behind the layers so far.
    #[must_use]
    pub fn history(mut self, text: &str) -> Self {
        self.empty_history.push((self.layers.len(), text.to_owned()));
        self
    }

    /// Stores the layer at hand with a table of contents.
    #[must_use]
    pub fn lazy(self, lazy: crate::lazy::Lazy) -> Self {
        self.with_layer(|l| l.lazy = Some(lazy))
    }

    /// Sets the user.
    #[must_use]
    pub fn user(self, user: &str) -> Self {
        self.config("User", json!(user))
    }

    /// Adds to the environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        let list = self.config.entry("Env".to_owned()).or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut() {
            list.push(json!(format!("{name}={value}")));
        }
        self
    }

    /// Sets any field of the run configuration.
    #[must_use]
    pub fn config(mut self, field: &str, value: Value) -> Self {
        self.config.insert(field.to_owned(), value);
        self
    }

    /// Adds any entry.
    #[must_use]
    pub fn entry(self, entry: Entry) -> Self {
        self.with_layer(|l| l.entries.push(entry))
    }

    /// Adds a file of mode `0644`.
    #[must_use]
    pub fn file(self, path: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.file_mode(path, 0o644, bytes)
    }

    /// Adds a file with a mode, set-user-id and all.
    #[must_use]
    pub fn file_mode(self, path: &str, mode: u32, bytes: impl AsRef<[u8]>) -> Self {
        self.entry(Entry::file(path, mode, bytes.as_ref()))
    }

    /// Adds a directory of mode `0755`.
    #[must_use]
    pub fn dir(self, path: &str) -> Self {
        self.dir_mode(path, 0o755)
    }

    /// Adds a directory with a mode.
    #[must_use]
    pub fn dir_mode(self, path: &str, mode: u32) -> Self {
        self.entry(Entry::dir(path, mode))
    }

    /// Adds a symbolic link.
    #[must_use]
    pub fn symlink(self, path: &str, target: &str) -> Self {
        self.entry(Entry::symlink(path, target))
    }

    /// Adds a hard link, to a file of this layer or of a lower one.
    #[must_use]
    pub fn hardlink(self, path: &str, target: &str) -> Self {
        self.entry(Entry::hardlink(path, target))
    }

    /// Deletes a path of the lower layers.
    #[must_use]
    pub fn whiteout(self, path: &str) -> Self {
        let marker = match path.rsplit_once('/') {
            Some((dir, name)) => format!("{dir}/.wh.{name}"),
            None => format!(".wh.{path}"),
        };
        self.file(&marker, "")
    }

    /// Empties a directory of what the lower layers have in it.
    #[must_use]
    pub fn opaque(self, dir: &str) -> Self {
        let marker = if dir.is_empty() { ".wh..wh..opq".to_owned() } else { format!("{dir}/.wh..wh..opq") };
        self.file(&marker, "")
    }

    /// Stores the layer at hand in another way than gzip.
    #[must_use]
    pub fn packing(self, packing: Packing) -> Self {
        self.with_layer(|l| l.packing = packing)
    }

    /// Takes these stored bytes for the layer at hand.
    #[must_use]
    pub fn stored(self, bytes: Vec<u8>) -> Self {
        self.with_layer(|l| l.raw = Some(bytes))
    }

    /// Cuts the stored layer at hand off.
    #[must_use]
    pub fn truncated(self, bytes: usize) -> Self {
        self.with_layer(|l| l.harm = Some(Harm::Truncate(bytes)))
    }

    /// Changes a byte of the stored layer at hand.
    #[must_use]
    pub fn flipped(self, at: usize) -> Self {
        self.with_layer(|l| l.harm = Some(Harm::Flip(at)))
    }

    /// Leaves the stored layer at hand out.
    #[must_use]
    pub fn missing(self) -> Self {
        self.with_layer(|l| l.harm = Some(Harm::Remove))
    }

    /// Names a wrong diff id for the layer at hand.
    #[must_use]
    pub fn wrong_diff_id(self) -> Self {
        self.with_layer(|l| l.harm = Some(Harm::WrongDiffId))
    }

    pub(crate) fn with_layer(mut self, change: impl FnOnce(&mut Layer)) -> Self {
        if self.layers.is_empty() {
            self.layers.push(Layer::default());
        }
        if let Some(layer) = self.layers.last_mut() {
            change(layer);
        }
        self
    }

    /// The layers with the package databases that belong into them.
    #[must_use]
    pub fn layers(&self) -> Vec<Layer> {
        let (mut dpkg, mut apk) = (Vec::new(), Vec::new());
        let mut out = Vec::new();
        for layer in &self.layers {
            let mut layer = layer.clone();
            if !layer.dpkg.is_empty() {
                dpkg.append(&mut layer.dpkg.clone());
                layer.entries.append(&mut packages::dpkg_files(&dpkg, &layer.dpkg));
            }
            if !layer.apk.is_empty() {
                apk.append(&mut layer.apk.clone());
                layer.entries.append(&mut packages::apk_files(&apk));
            }
            out.push(layer);
        }
        out
    }

    /// The layout's files by path.
    #[must_use]
    pub fn layout(&self) -> BTreeMap<String, Vec<u8>> {
        layouts(std::slice::from_ref(self))
    }

    /// Writes the layout into a directory.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write_layout(&self, dir: &Path) -> io::Result<()> {
        write_files(&self.layout(), dir)
    }

    /// The layout as a tar.
    #[must_use]
    pub fn layout_tar(&self) -> Vec<u8> {
        tar_of(&self.layout())
    }

    /// The archive that `docker save` writes, as `name`.
    #[must_use]
    pub fn docker_archive(&self, name: &str) -> Vec<u8> {
        let layers = self.layers();
        let config = self.config_json(&layers);
        let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        let mut parts = Vec::new();
        for layer in &layers {
            let bytes = harmed(&layer.tar(), layer.harm);
            let part = format!("{}/layer.tar", &digest(&layer.tar())["sha256:".len()..]);
            if let Some(bytes) = bytes {
                files.insert(part.clone(), bytes);
            }
            parts.push(part);
        }
        let config_name = format!("{}.json", &digest(&config)["sha256:".len()..]);
        let manifest = json!([{ "Config": config_name, "RepoTags": [name], "Layers": parts }]);
        files.insert(config_name, config);
        files.insert("manifest.json".to_owned(), manifest.to_string().into_bytes());
        tar_of(&files)
    }

    pub(crate) fn config_json(&self, layers: &[Layer]) -> Vec<u8> {
        let diff_id = |l: &Layer| match (l.harm, &l.raw) {
            (Some(Harm::WrongDiffId), _) => digest(b"wrong"),
            _ => digest(&l.tar()),
        };
        let mut history = Vec::new();
        for (at, layer) in layers.iter().enumerate() {
            let empty = self.empty_history.iter().filter(|(i, _)| *i == at);
            history.extend(empty.map(|(_, text)| json!({ "created_by": text, "empty_layer": true })));
            history.push(json!({ "created_by": layer.instruction }));
        }
        let empty = self.empty_history.iter().filter(|(i, _)| layers.len() <= *i);
        history.extend(empty.map(|(_, text)| json!({ "created_by": text, "empty_layer": true })));
        let document = json!({
            "created": "2026-01-01T00:00:00Z",
            "architecture": self.platform.1,
            "os": self.platform.0,
            "config": self.config,
            "rootfs": { "type": "layers", "diff_ids": layers.iter().map(diff_id).collect::<Vec<_>>() },
            "history": history,
        });
        document.to_string().into_bytes()
    }

    /// Puts the image's blobs among `files`; answers its descriptor.
    fn blobs(&self, files: &mut BTreeMap<String, Vec<u8>>) -> Value {
        let layers = self.layers();
        let mut descriptors = Vec::new();
        for layer in &layers {
            let stored = layer.stored();
            let mut descriptor = json!({
                "mediaType": layer.media_type(), "digest": digest(&stored), "size": stored.len()
            });
            if let Some(lazy) = &layer.lazy {
                descriptor["annotations"] = json!(lazy.annotations);
            }
            descriptors.push(descriptor);
            if let Some(bytes) = harmed(&stored, layer.harm) {
                files.insert(blob(&digest(&stored)), bytes);
            }
        }
        let config = self.config_json(&layers);
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": digest(&config), "size": config.len()
            },
            "layers": descriptors,
        })
        .to_string()
        .into_bytes();
        files.insert(blob(&digest(&config)), config);
        let mut descriptor = json!({
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": digest(&manifest), "size": manifest.len(),
        });
        if let (Some(tag), Some(fields)) = (&self.tag, descriptor.as_object_mut()) {
            fields.insert("annotations".to_owned(), json!({ "org.opencontainers.image.ref.name": tag }));
        }
        files.insert(blob(&digest(&manifest)), manifest);
        descriptor
    }
}

/// A layout of several images, by path.
#[must_use]
pub fn layouts(images: &[ImageBuilder]) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let manifests: Vec<Value> = images.iter().map(|i| i.blobs(&mut files)).collect();
    let index = json!({ "schemaVersion": 2, "manifests": manifests });
    files.insert("index.json".to_owned(), index.to_string().into_bytes());
    files.insert("oci-layout".to_owned(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec());
    files
}

/// Writes files by path into a directory.
///
/// # Errors
/// If they cannot be written.
pub fn write_files(files: &BTreeMap<String, Vec<u8>>, dir: &Path) -> io::Result<()> {
    for (path, bytes) in files {
        let path = dir.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, bytes)?;
    }
    Ok(())
}

/// Files by path as a tar.
#[must_use]
pub fn tar_of(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let entries: Vec<Entry> = files.iter().map(|(path, bytes)| Entry::file(path, 0o644, bytes)).collect();
    archive(&entries)
}

fn blob(digest: &str) -> String {
    format!("blobs/{}", digest.replace(':', "/"))
}

fn harmed(stored: &[u8], harm: Option<Harm>) -> Option<Vec<u8>> {
    let mut bytes = stored.to_vec();
    match harm {
        Some(Harm::Remove) => return None,
        Some(Harm::Truncate(len)) => bytes.truncate(len),
        Some(Harm::Flip(at)) => bytes.iter_mut().skip(at).take(1).for_each(|b| *b ^= 0x40),
        Some(Harm::WrongDiffId) | None => {}
    }
    Some(bytes)
}
