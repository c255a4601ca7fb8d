//! ndb, rpm's own database (rpm `lib/backend/ndb/rpmpkg.c`): pages of slots, then blobs; little-endian.

use super::{Blobs, Bytes};

const PAGE: usize = 4096;
const SLOT: usize = 16;
const BLOCK: usize = 16;
const HEADER_SLOTS: usize = 2;
const SLOT_MAGIC: &[u8] = b"Slot";
const BLOB_MAGIC: &[u8] = b"BlbS";

pub(crate) fn walk(bytes: &[u8], blobs: &mut Blobs) {
    let all = Bytes { all: bytes, big: false };
    let (Some(version), Some(slot_pages)) = (all.u32(4), all.size(12)) else {
        return blobs.problem("offset 0", "the file ends within its header");
    };
    if version != 0 {
        return blobs.problem("offset 4", format!("version {version} of ndb is not known"));
    }
    let slots = slot_pages.saturating_mul(PAGE).min(bytes.len()) / SLOT;
    if slot_pages.saturating_mul(PAGE) > bytes.len() {
        blobs.problem("offset 12", "the file ends within its slots");
    }
    let mut budget = bytes.len();
    for i in HEADER_SLOTS..slots {
        let at = i * SLOT;
        if all.slice(at, 4) != Some(SLOT_MAGIC) {
            blobs.problem(format!("slot {i}"), "the slot does not begin with its mark");
            continue;
        }
        let (Some(index), Some(offset)) = (all.u32(at + 4), all.size(at + 8)) else { continue };
        if index == 0 || offset == 0 {
            continue;
        }
        match blob(all, index, offset) {
            // Blobs do not overlap; a file in which they do would be read many times over.
            Some(blob) if blob.len() <= budget => {
                budget -= blob.len();
                if !blobs.take(blob) {
                    return;
                }
            }
            _ => blobs.problem(format!("slot {i}"), "the slot points to no blob of its package"),
        }
    }
}

fn blob(all: Bytes<'_>, index: u32, offset: usize) -> Option<&[u8]> {
    let at = offset.checked_mul(BLOCK)?;
    if all.slice(at, 4)? != BLOB_MAGIC || all.u32(at.checked_add(4)?)? != index {
        return None;
    }
    all.slice(at.checked_add(16)?, all.size(at.checked_add(12)?)?)
}
