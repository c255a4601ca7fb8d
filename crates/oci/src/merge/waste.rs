//! Bytes that layers carry and nobody sees.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::WASTED_MAX;
use crate::index::{Kind, LayerIndex, Record, keep_largest};
use crate::tree::Slot;

#[derive(Default)]
pub(super) struct Waste {
    bytes: u64,
    places: Vec<(String, u64)>,
    /// Hidden names of files that have several: wasted only if none of them is seen.
    linked: BTreeMap<(u32, u32), (String, u64)>,
    seen: BTreeSet<(u32, u32)>,
}

impl Waste {
    /// The entry is not seen.
    pub(super) fn hidden(&mut self, layers: &[Arc<LayerIndex>], slot: Slot, record: &Record, path: &str) {
        let size = record.size();
        if record.kind() != Kind::Regular || size == 0 {
            return;
        }
        if is_linked(layers, slot.layer, record) {
            self.linked.entry((slot.layer, record.ordinal)).or_insert_with(|| (path.to_owned(), size));
            return;
        }
        self.add(path, size);
    }

    /// The entry is seen.
    pub(super) fn shown(&mut self, layers: &[Arc<LayerIndex>], slot: Slot) {
        if let Some(record) = super::record(layers, slot)
            && is_linked(layers, slot.layer, record)
        {
            self.seen.insert((slot.layer, record.ordinal));
        }
    }

    fn add(&mut self, path: &str, size: u64) {
        self.bytes = self.bytes.saturating_add(size);
        // Paths come in order: the same path of another layer follows at once.
        match self.places.last_mut() {
            Some(last) if last.0 == path => last.1 = last.1.saturating_add(size),
            _ => {
                if 256 * WASTED_MAX <= self.places.len() {
                    keep_largest(&mut self.places, WASTED_MAX);
                }
                self.places.push((path.to_owned(), size));
            }
        }
    }

    /// The sum, with what single layers hide from themselves.
    pub(super) fn sum(mut self, layers: &[Arc<LayerIndex>]) -> (u64, Vec<(String, u64)>) {
        for (key, (path, size)) in std::mem::take(&mut self.linked) {
            if !self.seen.contains(&key) {
                self.bytes = self.bytes.saturating_add(size);
                self.places.push((path, size));
            }
        }
        for layer in layers {
            self.bytes = self.bytes.saturating_add(layer.counts.shadowed_bytes);
            self.places.extend(layer.shadowed.iter().cloned());
        }
        let mut by_path: BTreeMap<String, u64> = BTreeMap::new();
        for (path, size) in self.places {
            let sum = by_path.entry(path).or_default();
            *sum = sum.saturating_add(size);
        }
        let mut places: Vec<_> = by_path.into_iter().collect();
        keep_largest(&mut places, WASTED_MAX);
        (self.bytes, places)
    }
}

fn is_linked(layers: &[Arc<LayerIndex>], layer: u32, record: &Record) -> bool {
    record.kind() == Kind::Regular
        && layers.get(layer as usize).is_some_and(|l| l.linked.binary_search(&record.ordinal).is_ok())
}
