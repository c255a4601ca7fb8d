//! The layers below the one at hand, as far as single paths are asked of them: grown layer by layer, so that a hundred
//! layers that each ask ten thousand times cost as much as they are long, not as much as they are high.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::Links;
use crate::index::{Class, Kind, LayerIndex, Record, parent};
use crate::links::{follow, stands};
use crate::tree::Slot;

/// Layers that are settled one after the other; what is settled can be borrowed while the next one is made.
pub(super) type Settled = [OnceCell<Arc<LayerIndex>>];

/// What the layers so far say of paths.
pub(super) struct View<'l> {
    layers: &'l Settled,
    /// Layers that are in the view.
    taken: usize,
    paths: HashMap<&'l str, Said>,
    /// Paths with something hidden at them or under them: zero in most images, and then nothing is looked for.
    barriers: usize,
}

/// What was said of one path.
#[derive(Debug, Clone, Copy, Default)]
struct Said {
    /// The last entry, if there is one.
    entry: Option<Slot>,
    /// Layers below this one are hidden at the path and under it.
    whiteout: u32,
    /// Layers below this one are hidden under the path.
    under: u32,
    /// Some entry was a directory.
    directory: bool,
}

impl<'l> View<'l> {
    pub(super) fn new(layers: &'l Settled) -> Self {
        Self { layers, taken: 0, paths: HashMap::new(), barriers: 0 }
    }

    /// Takes the layers below `number` in that are not yet.
    pub(super) fn grow(&mut self, number: usize) {
        while self.taken < number {
            if let Some(layer) = self.layers.get(self.taken).and_then(OnceCell::get) {
                self.take(layer, self.taken as u32);
            }
            self.taken += 1;
        }
    }

    fn take(&mut self, layer: &'l LayerIndex, number: u32) {
        for (at, record) in layer.records.iter().enumerate() {
            let said = self.paths.entry(layer.path(record)).or_default();
            let before = said.whiteout.max(said.under);
            match record.class() {
                Class::Whiteout => said.whiteout = number,
                Class::Opaque => said.under = number,
                Class::Entry => {
                    // Something that is no directory takes the directories of lower layers away.
                    if !record.is_dir() && said.directory {
                        said.under = number;
                    }
                    said.directory |= record.is_dir();
                    said.entry = Some(Slot { layer: number, record: at as u32 });
                }
            }
            if before == 0 && 0 < said.whiteout.max(said.under) {
                self.barriers += 1;
            }
        }
    }

    /// The entry that is seen at exactly this path.
    fn at(&self, path: &str) -> Option<(Slot, &'l LayerIndex, &'l Record)> {
        let said = self.paths.get(path)?;
        let slot = said.entry?;
        if 0 < self.barriers {
            let hides = |dir: &str| self.paths.get(dir).map_or(0, |s| s.whiteout.max(s.under));
            let above = path.match_indices('/').filter_map(|(slash, _)| path.get(..slash));
            let hidden = above.map(hides).max().unwrap_or_default().max(hides("")).max(said.whiteout);
            if slot.layer < hidden {
                return None;
            }
        }
        let layer = self.layers.get(slot.layer as usize)?.get()?;
        Some((slot, layer, layer.records.get(slot.record as usize)?))
    }

    /// The target of the symbolic link that is seen at this path.
    pub(super) fn link(&self, path: &str) -> Option<&'l str> {
        let (_, layer, record) = self.at(path)?;
        (record.kind() == Kind::Symlink).then(|| layer.link(record))
    }

    /// The regular file that a hard link with this target names: links in its directories are followed.
    pub(super) fn regular(&self, path: &str, links: &Links) -> Option<Slot> {
        let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
        let dir = self.directory(parent(path))?;
        let full = if dir.is_empty() { name.to_owned() } else { format!("{dir}/{name}") };
        let (slot, _, record) = self.at(&full)?;
        match record.kind() {
            Kind::Regular => Some(slot),
            Kind::Hardlink => links.get(&slot).copied().filter(|s| self.is_regular(*s)),
            _ => None,
        }
    }

    fn is_regular(&self, slot: Slot) -> bool {
        let layer = self.layers.get(slot.layer as usize).and_then(OnceCell::get);
        layer.is_some_and(|l| l.records.get(slot.record as usize).is_some_and(|r| r.kind() == Kind::Regular))
    }

    /// Where the directory `dir` is when links are followed in every component.
    fn directory(&self, dir: &str) -> Option<String> {
        let walked = follow(dir, |place| {
            let (_, layer, record) = self.at(place)?;
            Some((record.is_dir(), stands(layer, record)))
        });
        let (place, is_dir) = walked.ok()?;
        is_dir.unwrap_or(true).then_some(place)
    }
}
