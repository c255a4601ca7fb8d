//! What a path was in earlier layers: package databases are compared with it to see which layer brought what.

use std::sync::Arc;

use crate::index::{Class, Kind, LayerIndex, Record};
use crate::links::{follow, stands};
use crate::tree::{Slot, Tree};

/// A file as it stood from one layer on until the next version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version<'t> {
    /// The layer that made it so.
    pub layer: u32,
    /// What was there.
    pub was: Was<'t>,
}

/// What was at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Was<'t> {
    /// No regular file.
    Gone,
    /// The bytes that the pass kept.
    Kept(&'t [u8]),
    /// The analyzer's answer for the bytes.
    Noted(&'t [u8]),
    /// A file of which nothing was kept.
    Unknown,
}

impl Tree {
    /// Every version of the file that a process would have reached at `path`, base first: links in every component
    /// are followed as they stood after each layer. Layers that do not touch it give none.
    #[must_use]
    pub fn versions(&self, path: &str) -> Vec<Version<'_>> {
        let mut out: Vec<Version<'_>> = Vec::new();
        let (mut trail, mut last) = (vec![String::new(), path.to_owned()], None);
        for (number, layer) in self.layers().iter().enumerate() {
            // What was looked at last may have been missing: then a directory that is merely needed matters too.
            let needed = trail.last().is_some_and(|place| layer.find(place).is_some());
            if 0 < number && !needed && !trail.iter().any(|place| touches(layer, place)) {
                continue;
            }
            let below = self.layers().get(..=number).unwrap_or_default();
            trail.clear();
            let found = reached(below, path, &mut trail);
            if found == last && (found.is_some() || !out.is_empty()) {
                continue;
            }
            last = found;
            let was = found.map_or(Was::Gone, |slot| self.was(slot));
            if was != Was::Gone || !out.is_empty() {
                out.push(Version { layer: number as u32, was });
            }
        }
        out
    }

    fn was(&self, slot: Slot) -> Was<'_> {
        let found = self.layers().get(slot.layer as usize).and_then(|l| Some((l, record(l, slot)?)));
        let Some((layer, record)) = found else { return Was::Gone };
        match record.kind() {
            Kind::Regular => {
                match (layer.extract(record.ordinal, false), layer.extract(record.ordinal, true)) {
                    (Some(bytes), _) => Was::Kept(bytes),
                    (None, Some(answer)) => Was::Noted(answer),
                    (None, None) => Was::Unknown,
                }
            }
            Kind::Hardlink => Was::Unknown,
            _ => Was::Gone,
        }
    }
}

fn record(layer: &LayerIndex, slot: Slot) -> Option<&Record> {
    layer.records.get(slot.record as usize)
}

/// True if the layer may change what is at `place`: a directory that is merely named again changes nothing.
fn touches(layer: &LayerIndex, place: &str) -> bool {
    let entry = layer.find(place).and_then(|at| layer.records.get(at));
    entry.is_some_and(|r| r.kind() != Kind::Implied)
        || layer.find_class(place, Class::Whiteout).is_some()
        || layer.find_class(place, Class::Opaque).is_some()
}

/// The entry at `path` in `layers`, links followed; `trail` is told every path that was looked at.
fn reached(layers: &[Arc<LayerIndex>], path: &str, trail: &mut Vec<String>) -> Option<Slot> {
    trail.push(String::new());
    let walked = follow(path, |place| {
        trail.push(place.to_owned());
        let slot = seen(layers, place)?;
        let layer = layers.get(slot.layer as usize)?;
        Some((slot, stands(layer, record(layer, slot)?)))
    });
    let (place, last) = walked.ok()?;
    last.or_else(|| seen(layers, &place))
}

/// The entry that is seen at exactly this path, the top layer first.
fn seen(layers: &[Arc<LayerIndex>], path: &str) -> Option<Slot> {
    let above = || path.match_indices('/').filter_map(|(slash, _)| path.get(..slash)).chain([""]);
    for (number, layer) in layers.iter().enumerate().rev() {
        if let Some(at) = layer.find(path) {
            return Some(Slot { layer: number as u32, record: at as u32 });
        }
        let hides = |dir: &str| {
            layer.find_class(dir, Class::Whiteout).is_some()
                || layer.find_class(dir, Class::Opaque).is_some()
                || layer.find(dir).and_then(|at| layer.records.get(at)).is_some_and(|r| !r.is_dir())
        };
        if layer.find_class(path, Class::Whiteout).is_some() || above().any(hides) {
            return None;
        }
    }
    None
}
