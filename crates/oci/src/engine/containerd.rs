//! The names of containerd's images (containerd, `metadata/buckets.go`): in `v1`, for each namespace, `images` holds a
//! bucket an image, and its `target` says which content the name stands for.

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
    let mut value = 0u64;
    for (at, byte) in bytes.iter().enumerate() {
        let shift = u32::try_from(at.checked_mul(7)?).ok()?;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(((value >> 1) as i64) ^ -((value & 1) as i64));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::varint;

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
