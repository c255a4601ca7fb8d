//! The names of containerd's images (containerd, `metadata/buckets.go`): in `v1`, for each namespace, `images` holds a
//! bucket an image, and its `target` says which content the name stands for.

use std::collections::BTreeMap;

use super::bolt::{Bolt, BoltError, Bucket, ReadAt, Value};
use crate::spec::Descriptor;

/// Images of one containerd.
pub const CONTAINERD_IMAGES_MAX: usize = 100_000;

/// How often a database that is written to meanwhile is read again.
const READINGS_MAX: usize = 5;

/// An image by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedImage {
    /// `default`, `k8s.io`, `moby`.
    pub namespace: String,
    /// `docker.io/library/alpine:3.20`.
    pub name: String,
    /// What the name stands for.
    pub target: Descriptor,
}

/// Every image of a database.
///
/// # Errors
/// [`BoltError`] if the file is none, is damaged, or is written to faster than it can be read.
pub fn images(read: &ReadAt<'_>) -> Result<Vec<NamedImage>, BoltError> {
    steadily(read, all)
}

/// What a snapshotter calls the snapshots that layers of a namespace were unpacked into, by the layers' chain ids.
///
/// # Errors
/// As [`images`].
pub fn snapshots(
    read: &ReadAt<'_>,
    namespace: &str,
    snapshotter: &str,
) -> Result<BTreeMap<String, String>, BoltError> {
    let path = [&b"v1"[..], namespace.as_bytes(), b"snapshots", snapshotter.as_bytes()];
    steadily(read, |bolt| {
        let texts = under(bolt, &path, b"name")?;
        Ok(texts.into_iter().map(|(chain, name)| (chain, words(&name))).collect())
    })
}

/// The numbers of a snapshotter's folders (`snapshots/NUMBER/fs`), by what it calls its snapshots: its own database
/// (`snapshots/storage/bolt.go`).
///
/// # Errors
/// As [`images`].
pub fn folders(read: &ReadAt<'_>) -> Result<BTreeMap<String, u64>, BoltError> {
    steadily(read, |bolt| {
        let ids = under(bolt, &[b"v1", b"snapshots"], b"id")?;
        Ok(ids.into_iter().filter_map(|(name, id)| Some((name, uvarint(&id)?))).collect())
    })
}

/// What stands under `key` in each bucket of the bucket at `path`, by the bucket's name.
fn under(bolt: &mut Bolt<'_>, path: &[&[u8]], key: &[u8]) -> Result<Vec<(String, Vec<u8>)>, BoltError> {
    let mut bucket = bolt.root();
    for step in path {
        let Some(next) = bolt.bucket(&bucket, step)? else { return Ok(Vec::new()) };
        bucket = next;
    }
    let mut out = Vec::new();
    for (name, value) in bolt.entries(&bucket)? {
        let Value::Bucket(inner) = value else { continue };
        let found = bolt.entries(&inner)?.into_iter().find(|(k, _)| k == key);
        if let Some((_, Value::Bytes(bytes))) = found {
            out.push((words(&name), bytes));
        }
    }
    Ok(out)
}

/// Reads a database of which nothing is written meanwhile.
fn steadily<T>(
    read: &ReadAt<'_>,
    all: impl Fn(&mut Bolt<'_>) -> Result<T, BoltError>,
) -> Result<T, BoltError> {
    let mut last = BoltError::Damaged("it is written to all the time");
    for _ in 0..READINGS_MAX {
        let mut bolt = Bolt::open(read)?;
        let found = all(&mut bolt);
        // Pages that a later transaction frees are written over: what was read is of one state only if none came.
        if Bolt::open(read)?.transaction == bolt.transaction {
            return found;
        }
        if let Err(e) = found {
            last = e;
        }
    }
    Err(last)
}

fn all(bolt: &mut Bolt<'_>) -> Result<Vec<NamedImage>, BoltError> {
    let mut out = Vec::new();
    let root = bolt.root();
    let Some(version) = bolt.bucket(&root, b"v1")? else { return Ok(out) };
    for (namespace, value) in bolt.entries(&version)? {
        let Value::Bucket(namespaced) = value else { continue };
        let Some(images) = bolt.bucket(&namespaced, b"images")? else { continue };
        for (name, value) in bolt.entries(&images)? {
            let Value::Bucket(image) = value else { continue };
            if CONTAINERD_IMAGES_MAX <= out.len() {
                return Err(BoltError::Bound("CONTAINERD_IMAGES_MAX", CONTAINERD_IMAGES_MAX));
            }
            out.push(NamedImage {
                namespace: words(&namespace),
                name: words(&name),
                target: target(bolt, &image)?,
            });
        }
    }
    Ok(out)
}

fn target(bolt: &mut Bolt<'_>, image: &Bucket) -> Result<Descriptor, BoltError> {
    let mut descriptor = Descriptor::default();
    let Some(target) = bolt.bucket(image, b"target")? else { return Ok(descriptor) };
    for (key, value) in bolt.entries(&target)? {
        let Value::Bytes(bytes) = value else { continue };
        match key.as_slice() {
            b"digest" => descriptor.digest = words(&bytes),
            b"mediatype" => descriptor.media_type = words(&bytes),
            b"size" => descriptor.size = varint(&bytes).unwrap_or(-1),
            _ => {}
        }
    }
    Ok(descriptor)
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A signed number as Go's `encoding/binary.PutVarint` writes it.
fn varint(bytes: &[u8]) -> Option<i64> {
    let value = uvarint(bytes)?;
    Some(((value >> 1) as i64) ^ -((value & 1) as i64))
}

fn uvarint(bytes: &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for (at, byte) in bytes.iter().enumerate() {
        let shift = u32::try_from(at.checked_mul(7)?).ok()?;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use testkit::bolt::{Node, bolt};

    use super::{images, varint};
    use crate::engine::bolt::BoltError;

    /// A database of `count` images with long names, so that their bucket is larger than a page.
    fn database(count: usize) -> Vec<u8> {
        let bucket = |name: &str, node: Node| Node::Bucket(vec![(name.to_owned(), node)]);
        let target =
            Node::Small(vec![("digest".to_owned(), Node::Bytes(testkit::digest(b"x").into_bytes()))]);
        let image = |n: usize| {
            let entries = vec![("target".to_owned(), target.clone())];
            let node = if n.is_multiple_of(2) { Node::Small(entries) } else { Node::Bucket(entries) };
            (format!("docker.io/library/{}:{n:04}", "n".repeat(60)), node)
        };
        let all = Node::Bucket((0..count).map(image).collect());
        bolt(&bucket("v1", bucket("k8s.io", bucket("images", all))))
    }

    fn read(file: &[u8]) -> Result<usize, BoltError> {
        let read = |at: u64, len: usize| {
            let rest = usize::try_from(at).ok().and_then(|at| file.get(at..)).unwrap_or_default();
            Ok(rest.get(..len).unwrap_or(rest).to_vec())
        };
        images(&read).map(|all| all.len())
    }

    #[test]
    fn buckets_of_many_pages_are_read_and_damage_never_panics() {
        assert_eq!(read(&database(100)), Ok(100));
        assert_eq!(read(b""), Err(BoltError::NotBolt));
        let file = database(3);
        // The last page is mostly empty.
        for cut in (0..file.len() - 4096).step_by(97) {
            assert_ne!(read(&file[..cut]), Ok(3), "{cut}");
        }
        let mut damaged = file.clone();
        for at in (0..file.len()).filter(|at| file[*at] != 0) {
            for bits in [0x01, 0x80, 0xff] {
                damaged[at] ^= bits;
                drop(read(&damaged));
                damaged[at] ^= bits;
            }
        }
        // One meta page is enough.
        damaged[20] ^= 1;
        assert_eq!(read(&damaged), Ok(3));
    }

    #[test]
    fn go_writes_numbers_in_zigzag() {
        assert_eq!(varint(&[0xba, 0x05]), Some(349));
        assert_eq!(
            (varint(&[1]), varint(&[0]), varint(&[]), varint(&[0x80])),
            (Some(-1), Some(0), None, None)
        );
        assert_eq!(varint(&[0xff; 20]), None);
    }
}
