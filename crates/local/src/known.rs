//! What the cache knows of images, and what proves that it still holds.

use model::{Digest, LayerRef, Ledger};

use crate::blobs::{self, Store};
use crate::cache::DirCache;
use crate::images::Reading;
use crate::lazy;
use crate::plan::{ImagePlan, LayerPlan};

/// Raised when bounds or the meaning of an index change, so that cached layers are read again.
const READING: u32 = 1;

/// The key of a layer: both sides of it, who asked, and how it was read. Both sides, because only reading a blob shows
/// that it unpacks to what an image claims.
pub(crate) fn key(reading: &Reading<'_>, plan: &LayerPlan, size: u64) -> Option<String> {
    // What cannot be verified has no name.
    let diff_id = plan.diff_id.filter(|_| !plan.unverified)?.hex();
    let stored = plan.stored.map_or_else(|| format!("size{size}"), |d| d.hex());
    Some(format!("layer-{diff_id}-{stored}-{}-{READING}", reading.analyzer.version()))
}

/// The cache, where it may answer.
pub(crate) fn cache<'r>(reading: &Reading<'r>) -> Option<&'r DirCache> {
    reading.cache.filter(|_| !reading.options.verify)
}

/// The key of a layer as it lies there now.
pub(crate) fn key_now(reading: &Reading<'_>, part: &str, plan: &LayerPlan) -> Option<String> {
    // A blob that is gone or has another size is not the one that was read.
    let size = reading.store.size(part)?;
    if plan.size.is_some_and(|named| named != size) {
        return None;
    }
    key(reading, plan, size)
}

/// The key of the facts of an image and what was counted when it was read, if it was in order then and each layer's
/// file is as it was verified.
pub(crate) fn unchanged(reading: &Reading<'_>, plan: &ImagePlan) -> Option<(String, Ledger)> {
    let cache = cache(reading)?;
    if !plan.account.is_whole() || reading.store.flaw().is_some() {
        return None;
    }
    for layer in &plan.layers {
        let part = layer.part.as_deref()?;
        noted(reading, cache, part, &key_now(reading, part, layer)?).ok()?;
    }
    let refs: Vec<LayerRef> = plan.layers.iter().map(|l| l.diff_id).enumerate().map(layer_ref).collect();
    let key = facts_key(reading, plan, &refs, &vec![false; refs.len()]);
    let ledger = ports::cache::Cache::get(cache, &ledger_key(&key))?;
    Some((key, serde_json::from_slice(&ledger).ok()?))
}

/// The key under which the cache keeps what was counted for an image.
pub(crate) fn ledger_key(facts: &str) -> String {
    format!("ledger-{facts}")
}

/// The key of a layer that was read by its table of contents: what it says of the archive is not proven, so it never
/// stands for the layer itself.
pub(crate) fn table_key(reading: &Reading<'_>, plan: &LayerPlan) -> Option<String> {
    let (chain, stored) = (plan.chain.as_ref().filter(|_| lazy::can(reading, plan))?, plan.stored?);
    Some(format!("table-{}-{}-{}-{READING}", chain.digest.hex(), stored.hex(), reading.analyzer.version()))
}

/// How it is known that a part still has the bytes that an entry of the cache was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// The file is in the state in which its bytes were verified.
    Known,
    /// They were hashed anew.
    Hashed,
}

/// Whether the bytes behind `part` are those that its names say: only its keeper's word, an unchanged file, or their
/// digest proves that. Without proof the layer is read.
pub(crate) fn proven(
    reading: &Reading<'_>,
    cache: &DirCache,
    part: &str,
    plan: &LayerPlan,
    key: &str,
) -> Option<Proof> {
    let origin = match noted(reading, cache, part, key) {
        Ok(()) => return Some(Proof::Known),
        Err(origin) => origin?,
    };
    // A part of a compressed archive costs as much to hash as to read.
    if matches!(&*reading.store, Store::Stream(_)) {
        return None;
    }
    // `docker save` names what a layer unpacks to, and stores it so.
    let named = plan.stored.or(plan.diff_id)?;
    let (mut reader, _) = reading.store.open(part).ok()?;
    let found = oci::sha256_of(&mut reader).ok()?;
    (found == named).then(|| {
        ports::cache::Cache::put(cache, &origin, b"");
        Proof::Hashed
    })
}

/// Whether the part's keeper or an unchanged file proves its bytes; if not, the key under which a file's state would
/// be noted.
fn noted(reading: &Reading<'_>, cache: &DirCache, part: &str, key: &str) -> Result<(), Option<String>> {
    let origin = match reading.store.origin(part) {
        blobs::Origin::Keeper => return Ok(()),
        blobs::Origin::Unknown => return Err(None),
        blobs::Origin::File(origin) => seen_key(key, &origin),
    };
    ports::cache::Cache::get(cache, &origin).map(drop).ok_or(Some(origin))
}

/// The key under which the cache notes that a file in this state held the layer of `key`.
pub(crate) fn seen_key(key: &str, origin: &str) -> String {
    format!("seen-{}", oci::sha256(format!("{key} {origin}").as_bytes()).hex())
}

pub(crate) fn layer_ref((index, diff_id): (usize, Option<Digest>)) -> LayerRef {
    LayerRef { index: index as u32, diff_id: diff_id.unwrap_or_else(|| oci::sha256(b"")) }
}

/// Equal for images that are equal in all that facts are made of.
pub(crate) fn facts_key(
    reading: &Reading<'_>,
    plan: &ImagePlan,
    refs: &[LayerRef],
    by_table: &[bool],
) -> String {
    let mut text = format!(
        "facts {READING} {} {} {:?} {:?} {}",
        reading.analyzer.version(),
        plan.suffix,
        plan.digest,
        plan.platform,
        plan.can_have_healthcheck
    );
    for (layer, plan) in refs.iter().zip(&plan.layers) {
        text.push_str(&format!(" {} {:?}", layer.diff_id, plan.stored));
    }
    if by_table.contains(&true) {
        text.push_str(&format!(" {by_table:?}"));
    }
    text.push_str(&format!(" {:?}", plan.config_digest));
    format!("facts-{}", oci::sha256(text.as_bytes()).hex())
}
