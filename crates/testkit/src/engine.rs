//! What container engines keep of an image: the folders of Docker, of containers/storage and of containerd.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::symlink;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::bolt::{Node, bolt};
use crate::image::{ImageBuilder, write_files};
use crate::layer::Layer;
use crate::{digest, tar};

impl ImageBuilder {
    /// Writes a data root of Docker with the storage driver `overlay2`, the image called `name` (`shop:1`) in it.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn docker_root(&self, name: &str, root: &Path) -> io::Result<()> {
        let layers = self.layers();
        let config = self.config_json(&layers);
        let id = digest(&config);
        let image = root.join("image/overlay2");
        let names = json!({ "Repositories": { name.split(':').next().unwrap_or(name): { name: id } } });
        write(&image.join("repositories.json"), names.to_string().as_bytes())?;
        write(&image.join("imagedb/content/sha256").join(hex(&id)), &config)?;
        let mut chain = String::new();
        for (number, layer) in layers.iter().enumerate() {
            let diff_id = digest(&layer.tar());
            chain = match number {
                0 => diff_id.clone(),
                _ => digest(format!("{chain} {diff_id}").as_bytes()),
            };
            let (db, cache) = (image.join("layerdb/sha256").join(hex(&chain)), format!("cache{number}"));
            write(&db.join("cache-id"), cache.as_bytes())?;
            write(&db.join("diff"), diff_id.as_bytes())?;
            write(&db.join("size"), layer.tar().len().to_string().as_bytes())?;
            write(&db.join("tar-split.json.gz"), &split(layer))?;
            unpack(layer, &root.join("overlay2").join(cache).join("diff"))?;
        }
        Ok(())
    }

    /// Writes a `graphroot` of containers/storage with the storage driver `overlay`, the image called `name`
    /// (`localhost/shop:1`) in it.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn podman_root(&self, name: &str, root: &Path) -> io::Result<()> {
        let layers = self.layers();
        let config = self.config_json(&layers);
        let id = hex(&digest(&config)).to_owned();
        let (mut list, mut parent) = (Vec::new(), String::new());
        for (number, layer) in layers.iter().enumerate() {
            let tar = layer.tar();
            let own = hex(&digest(format!("{parent}{number}{}", digest(&tar)).as_bytes())).to_owned();
            let mut entry = json!({ "id": own, "diff-digest": digest(&tar), "diff-size": tar.len() });
            if !parent.is_empty() {
                entry["parent"] = parent.into();
            }
            list.push(entry);
            write(&root.join(format!("overlay-layers/{own}.tar-split.gz")), &split(layer))?;
            unpack(layer, &root.join("overlay").join(&own).join("diff"))?;
            parent = own;
        }
        let manifest = br#"{"schemaVersion":2,"config":{},"layers":[]}"#;
        let image = json!([{ "id": id, "names": [name], "layer": parent, "digest": digest(manifest) }]);
        let folder = root.join("overlay-images");
        write(&root.join("overlay-layers/layers.json"), Value::from(list).to_string().as_bytes())?;
        write(&folder.join("images.json"), image.to_string().as_bytes())?;
        write(&folder.join(&id).join("manifest"), manifest)?;
        let key = format!("={}", base64(format!("sha256:{id}").as_bytes()));
        write(&folder.join(&id).join(key), &config)
    }

    /// Writes a `root` of containerd with the image called `name` in a namespace.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn containerd_root(&self, namespace: &str, name: &str, root: &Path) -> io::Result<()> {
        let mut files = self.layout();
        let index = files.remove("index.json").unwrap_or_default();
        let index: Value = serde_json::from_slice(&index).map_err(io::Error::other)?;
        let manifest = &index["manifests"][0];
        let text = |key: &str| Node::Bytes(manifest[key].as_str().unwrap_or_default().as_bytes().to_vec());
        let target = Node::Small(vec![
            ("digest".to_owned(), text("digest")),
            ("mediatype".to_owned(), text("mediaType")),
            ("size".to_owned(), Node::Bytes(varint(manifest["size"].as_i64().unwrap_or_default()))),
        ]);
        let bucket = |name: &str, node: Node| Node::Bucket(vec![(name.to_owned(), node)]);
        let image = Node::Small(vec![
            ("createdat".to_owned(), Node::Bytes(vec![1, 0, 0, 0])),
            ("target".to_owned(), target),
        ]);
        let names = bucket("v1", bucket(namespace, bucket("images", bucket(name, image))));
        write_files(&files, &root.join("io.containerd.content.v1.content"))?;
        write(&root.join("io.containerd.metadata.v1.bolt/meta.db"), &bolt(&names))
    }
}

fn hex(digest: &str) -> &str {
    digest.strip_prefix("sha256:").unwrap_or(digest)
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, bytes)
}

/// Unpacks a layer as an engine does; what deletes stays as the names of the archive.
fn unpack(layer: &Layer, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for entry in &layer.entries {
        let path = folder.join(String::from_utf8_lossy(&entry.path).trim_matches('/'));
        let link = String::from_utf8_lossy(&entry.link).into_owned();
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        match entry.kind {
            b'5' => fs::create_dir_all(path)?,
            b'2' => symlink(link, path)?,
            b'1' => fs::hard_link(folder.join(link), path)?,
            _ => fs::write(path, &entry.data)?,
        }
    }
    Ok(())
}

/// The list by which tar-split puts a layer's archive together again.
#[must_use]
pub fn split(layer: &Layer) -> Vec<u8> {
    let mut lines = Vec::new();
    let mut line = |value: Value| lines.push(value.to_string() + "\n");
    let segment = |bytes: &[u8]| json!({ "type": 2, "payload": base64(bytes) });
    for entry in &layer.entries {
        let mut bytes = Vec::new();
        tar::write(&mut bytes, entry);
        let head = bytes.len() - entry.data.len().next_multiple_of(512);
        let name = String::from_utf8_lossy(&entry.path);
        line(segment(&bytes[..head]));
        line(json!({ "type": 1, "name": name, "size": entry.data.len(), "payload": "AAAAAAAAAAA=" }));
        line(segment(&bytes[head + entry.data.len()..]));
    }
    let whole = layer.tar();
    let written: usize =
        layer.entries.iter().map(|e| tar::archive(std::slice::from_ref(e)).len() - 1024).sum();
    line(segment(&whole[written..]));
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    let packed = encoder.write_all(lines.concat().as_bytes()).and_then(|()| encoder.finish());
    packed.expect("writing to memory does not fail")
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let at = |n: usize| u32::from(three.get(n).copied().unwrap_or_default());
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for n in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * n) & 63) as usize];
            out.push(if three.len() < n { '=' } else { char::from(letter) });
        }
    }
    out
}

/// A signed number as Go's `encoding/binary.PutVarint` writes it.
fn varint(value: i64) -> Vec<u8> {
    let mut left = (value << 1 ^ value >> 63) as u64;
    let mut out = Vec::new();
    while 0x80 <= left {
        out.push(left as u8 | 0x80);
        left >>= 7;
    }
    out.push(left as u8);
    out
}
