//! The least work of a scan that verifies what it reads: inflate every layer and hash both sides, two threads.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context, Result, bail};
use flate2::read::MultiGzDecoder;
use serde_json::Value;
use sha2::{Digest, Sha256};

const THREADS: usize = 2;
const BUFFER_BYTES: usize = 1 << 17;

/// A layer to be read.
struct Layer {
    path: PathBuf,
    kind: String,
    digest: String,
    diff_id: String,
}

/// Reads the image with this tag; an error if a digest does not fit.
pub(crate) fn run(layout: &Path, tag: &str) -> Result<()> {
    let queue = Mutex::new(layers(layout, tag)?);
    let next = || queue.lock().map_or(None, |mut q| q.pop_front());
    let work = || -> Result<()> {
        while let Some(layer) = next() {
            read(&layer)?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|t| t.join().unwrap_or_else(|_| bail!("a thread ended early")))
    })
}

fn layers(layout: &Path, tag: &str) -> Result<VecDeque<Layer>> {
    let json = |path: PathBuf| -> Result<Value> {
        let bytes = std::fs::read(&path).with_context(|| format!("`{}` cannot be read", path.display()))?;
        Ok(serde_json::from_slice(&bytes)?)
    };
    let blob =
        |digest: &Value| layout.join("blobs").join(digest.as_str().unwrap_or_default().replace(':', "/"));
    let index = json(layout.join("index.json"))?;
    let tagged = |m: &&Value| m["annotations"]["org.opencontainers.image.ref.name"] == tag;
    let manifest = index["manifests"].as_array().into_iter().flatten().find(tagged);
    let manifest = json(blob(&manifest.with_context(|| format!("no image is tagged `{tag}`"))?["digest"]))?;
    let config = json(blob(&manifest["config"]["digest"]))?;
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let diff_ids = config["rootfs"]["diff_ids"].as_array().context("a configuration without diff ids")?;
    let layers = manifest["layers"].as_array().context("a manifest without layers")?;
    let mut layers: Vec<(u64, Layer)> = layers
        .iter()
        .zip(diff_ids)
        .map(|(l, d)| {
            let layer = Layer {
                path: blob(&l["digest"]),
                kind: text(&l["mediaType"]),
                digest: text(&l["digest"]),
                diff_id: text(d),
            };
            (l["size"].as_u64().unwrap_or(0), layer)
        })
        .collect();
    // The largest first, so that the threads end together.
    layers.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
    Ok(layers.into_iter().map(|(_, l)| l).collect())
}

/// Hands bytes on and hashes them.
struct Hashing<R> {
    inner: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.hash.update(&buffer[..n]);
        Ok(n)
    }
}

fn read(layer: &Layer) -> Result<()> {
    let file =
        File::open(&layer.path).with_context(|| format!("`{}` cannot be read", layer.path.display()))?;
    let stored = Hashing { inner: file, hash: Sha256::new() };
    let mut stored = std::io::BufReader::with_capacity(BUFFER_BYTES, stored);
    let diff_id = if layer.kind.contains("zstd") {
        let mut inflated = zstd::stream::read::Decoder::with_buffer(&mut stored)?;
        drain(&mut inflated)?
    } else if layer.kind.contains("gzip") {
        drain(&mut MultiGzDecoder::new(&mut stored))?
    } else {
        drain(&mut stored)?
    };
    std::io::copy(&mut stored, &mut std::io::sink())?;
    let digest = format!("sha256:{}", hex(&stored.into_inner().hash.finalize()));
    if digest != layer.digest || diff_id != layer.diff_id {
        bail!("`{}`: a digest does not fit", layer.path.display());
    }
    Ok(())
}

fn drain(reader: &mut dyn Read) -> Result<String> {
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut hash = Sha256::new();
    loop {
        let n = reader.read(&mut buffer)?;
        if n == 0 {
            return Ok(format!("sha256:{}", hex(&hash.finalize())));
        }
        hash.update(&buffer[..n]);
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
