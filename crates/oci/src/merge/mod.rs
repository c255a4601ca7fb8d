//! Layers laid over one another: whiteouts, opaque directories, replaced files and directories, hard links to files
//! of layers below (OCI image-spec, `layer.md`).

mod moved;
mod view;
mod waste;

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::binary_heap::PeekMut;
use std::collections::{BTreeMap, BinaryHeap, HashMap, HashSet};
use std::sync::Arc;

use crate::index::{Class, FLAWS_MAX, Kind, LayerFlaw, LayerIndex, Record, parent};
use crate::tree::{Slot, Tree};
use view::View;
use waste::Waste;

/// The merged tree, and what the merge alone can know.
pub struct Merged {
    /// The tree; give it a source with [`Tree::with_reopen`].
    pub tree: Tree,
    /// Bytes that layers carry and the tree does not show.
    pub wasted_bytes: u64,
    /// Where they lie, largest first, at most [`WASTED_MAX`].
    pub wasted: Vec<(String, u64)>,
    /// Links to nothing and the like, with the layer they are in.
    pub flaws: Vec<(u32, LayerFlaw)>,
}

/// Places of waste that are named.
pub const WASTED_MAX: usize = 20;

/// Links to links of lower layers that are followed.
const CHAIN_MAX: usize = 40;

/// Lays `layers`, base first, over one another.
#[must_use]
pub fn merge(layers: Vec<Arc<LayerIndex>>) -> Merged {
    let mut flaws = Vec::new();
    let (layers, links) = settle_links(layers, &mut flaws);
    let mut merged = lay(layers);
    merged.borrow(&links, &mut flaws);
    flaws.append(&mut merged.flaws);
    flaws.sort();
    flaws.dedup();
    let (wasted_bytes, wasted) = merged.waste.sum(&merged.layers);
    let tree = Tree::assemble(merged.layers, merged.order, merged.borrowed);
    Merged { tree, wasted_bytes, wasted, flaws }
}

/// Where the bytes of hard links to lower layers are.
type Links = BTreeMap<Slot, Slot>;

/// Settles, base first, what only the layers below can tell: where entries behind symbolic links belong, and which
/// files hard links name.
fn settle_links(
    layers: Vec<Arc<LayerIndex>>,
    flaws: &mut Vec<(u32, LayerFlaw)>,
) -> (Vec<Arc<LayerIndex>>, Links) {
    let settled: Vec<OnceCell<Arc<LayerIndex>>> = layers.iter().map(|_| OnceCell::new()).collect();
    let mut links = Links::new();
    let mut view = View::new(&settled);
    let mut symlinks: HashSet<&str> = HashSet::new();
    for ((number, original), cell) in layers.iter().enumerate().zip(&settled) {
        let moves = moved::is_needed(original, &symlinks);
        if moves || original.records.iter().any(|r| r.kind() == Kind::Hardlink) {
            view.grow(number);
        }
        let number = number as u32;
        let layer = cell.get_or_init(|| {
            if !moves {
                return Arc::clone(original);
            }
            let (moved, lost) = moved::move_layer(original, &view);
            let reason = "lies behind symbolic links that form a loop";
            let flaw = |place| LayerFlaw { place, reason: reason.to_owned(), loses: true };
            flaws.extend(lost.into_iter().take(FLAWS_MAX).map(|place| (number, flaw(place))));
            Arc::new(moved)
        });
        for (at, record) in layer.records.iter().enumerate() {
            match record.kind() {
                Kind::Hardlink => {
                    if let Some(target) = target(layer, record, &view, &links) {
                        links.insert(Slot { layer: number, record: at as u32 }, target);
                    }
                }
                Kind::Symlink => {
                    symlinks.insert(layer.path(record));
                }
                _ => {}
            }
        }
    }
    drop((view, symlinks));
    let settled = settled.into_iter().zip(layers).map(|(cell, layer)| cell.into_inner().unwrap_or(layer));
    (settled.collect(), links)
}

/// The file a link names, by way of other links of the same layer.
fn target(layer: &LayerIndex, record: &Record, below: &View<'_>, links: &Links) -> Option<Slot> {
    let mut path = layer.link(record);
    for _ in 0..CHAIN_MAX {
        match layer.find(path).and_then(|at| layer.records.get(at)) {
            Some(next) if next.kind() == Kind::Hardlink => path = layer.link(next),
            _ => return below.regular(path, links),
        }
    }
    None
}

/// A merge under way.
struct Lay {
    layers: Vec<Arc<LayerIndex>>,
    order: Vec<Slot>,
    borrowed: BTreeMap<u32, Slot>,
    waste: Waste,
    flaws: Vec<(u32, LayerFlaw)>,
}

/// What the layers say of one path.
#[derive(Default)]
struct Group {
    /// Layers with an entry and the entry's index, base first.
    entries: Vec<Slot>,
    /// Layers below this one are hidden at the path and under it.
    whiteout: u32,
    /// Layers below this one are hidden under the path.
    opaque: u32,
}

fn lay(layers: Vec<Arc<LayerIndex>>) -> Lay {
    let mut order = Vec::with_capacity(layers.iter().map(|l| l.len()).max().unwrap_or_default());
    let (mut waste, mut flaws) = (Waste::default(), Vec::new());
    let mut barriers = Barriers::default();
    let mut heads: Heads<'_> =
        layers.iter().enumerate().filter_map(|(number, _)| head(&layers, number as u32, 0)).collect();
    let mut group = Group::default();
    while let Some(Reverse((path, ..))) = heads.peek().copied() {
        gather(&layers, &mut heads, path, &mut group);
        let hidden = barriers.above(path).max(group.whiteout);
        let shown = choose(&layers, &group, hidden, path, &mut flaws);
        for slot in &group.entries {
            let Some(record) = record(&layers, *slot) else {
                continue;
            };
            if Some(*slot) != shown {
                waste.hidden(&layers, *slot, record, path);
            }
        }
        if let Some(slot) = shown {
            waste.shown(&layers, slot);
            order.push(slot);
        }
        barriers.put(path, &layers, &group);
    }
    order.shrink_to_fit();
    Lay { layers, order, borrowed: BTreeMap::new(), waste, flaws }
}

fn record(layers: &[Arc<LayerIndex>], slot: Slot) -> Option<&Record> {
    layers.get(slot.layer as usize)?.records.get(slot.record as usize)
}

/// Of each layer the next path, the layer's number, and the record; the least path and lowest layer comes first.
type Heads<'l> = BinaryHeap<Reverse<(&'l str, u32, u32)>>;

fn head(layers: &[Arc<LayerIndex>], layer: u32, at: u32) -> Option<Reverse<(&str, u32, u32)>> {
    let index = layers.get(layer as usize)?;
    Some(Reverse((index.path(index.records.get(at as usize)?), layer, at)))
}

/// Takes everything about `path` off the heads.
fn gather<'l>(layers: &'l [Arc<LayerIndex>], heads: &mut Heads<'l>, path: &str, group: &mut Group) {
    group.entries.clear();
    (group.whiteout, group.opaque) = (0, 0);
    while let Some(mut top) = heads.peek_mut().filter(|top| top.0.0 == path) {
        let Reverse((_, layer, at)) = *top;
        let slot = Slot { layer, record: at };
        match record(layers, slot).map(Record::class) {
            Some(Class::Entry) => group.entries.push(slot),
            Some(Class::Whiteout) => group.whiteout = layer,
            Some(Class::Opaque) => group.opaque = layer,
            None => {}
        }
        match head(layers, layer, at.saturating_add(1)) {
            Some(next) => *top = next,
            None => {
                PeekMut::pop(top);
            }
        }
    }
}

/// The entry a process would see, `hidden` being the lowest layer that is not hidden at this path.
fn choose(
    layers: &[Arc<LayerIndex>],
    group: &Group,
    hidden: u32,
    path: &str,
    flaws: &mut Vec<(u32, LayerFlaw)>,
) -> Option<Slot> {
    let mut visible = group.entries.iter().rev().copied().filter(|s| hidden <= s.layer);
    let top = visible.next()?;
    if record(layers, top)?.kind() != Kind::Implied {
        return Some(top);
    }
    // A directory that this layer only needs leaves the owner and mode of the one that a lower layer names.
    for lower in visible {
        let below = record(layers, lower)?;
        match below.kind() {
            Kind::Implied => {}
            Kind::Directory => return Some(lower),
            _ => {
                let reason = "entries lie under something that is no directory in a lower layer".to_owned();
                flaws.push((top.layer, LayerFlaw { place: path.to_owned(), reason, loses: true }));
                break;
            }
        }
    }
    Some(top)
}

/// Directories under which lower layers are hidden.
#[derive(Default)]
struct Barriers<'l> {
    at: HashMap<&'l str, u32>,
    /// The directory asked for last, and its answer.
    last: Option<(&'l str, u32)>,
}

impl<'l> Barriers<'l> {
    /// The lowest layer that is not hidden at `path` by what stands above it. Paths come in byte order, so whatever
    /// stands above has been put before.
    fn above(&mut self, path: &'l str) -> u32 {
        if self.at.is_empty() || path.is_empty() {
            return 0;
        }
        let dir = parent(path);
        if let Some((last, hidden)) = self.last
            && last == dir
        {
            return hidden;
        }
        let mut hidden = self.at.get("").copied().unwrap_or_default();
        for (slash, _) in path.match_indices('/') {
            let prefix = path.get(..slash).unwrap_or_default();
            hidden = hidden.max(self.at.get(prefix).copied().unwrap_or_default());
        }
        self.last = Some((dir, hidden));
        hidden
    }

    fn put(&mut self, path: &'l str, layers: &[Arc<LayerIndex>], group: &Group) {
        let mut hidden = group.whiteout.max(group.opaque);
        // Something that is no directory takes the directories of lower layers away, even if a directory comes back.
        let mut dir_below = false;
        for slot in &group.entries {
            match record(layers, *slot) {
                Some(r) if r.is_dir() => dir_below = true,
                Some(_) if dir_below => hidden = hidden.max(slot.layer),
                _ => {}
            }
        }
        if 0 < hidden {
            self.at.insert(path, hidden);
            self.last = None;
        }
    }
}

impl Lay {
    /// Gives the hard links that are seen their bytes, and drops those that name nothing.
    fn borrow(&mut self, links: &Links, flaws: &mut Vec<(u32, LayerFlaw)>) {
        let (layers, waste) = (&self.layers, &mut self.waste);
        let mut place = 0u32;
        let mut borrowed = BTreeMap::new();
        self.order.retain(|slot| {
            let link = record(layers, *slot).filter(|r| r.kind() == Kind::Hardlink);
            if let Some(link) = link {
                let Some(target) = links.get(slot) else {
                    let place = layers.get(slot.layer as usize).map(|l| l.path(link).to_owned());
                    let reason = "a hard link to a file that no layer holds".to_owned();
                    let flaw = LayerFlaw { place: place.unwrap_or_default(), reason, loses: true };
                    if flaws.len() < FLAWS_MAX {
                        flaws.push((slot.layer, flaw));
                    }
                    return false;
                };
                waste.shown(layers, *target);
                borrowed.insert(place, *target);
            }
            place += 1;
            true
        });
        self.borrowed = borrowed;
    }
}
