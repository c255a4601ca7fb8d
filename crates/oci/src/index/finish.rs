//! Brings a layer into order: sorted, one entry a path, hard links followed, every directory there.

use std::collections::BTreeSet;

use super::{Class, Kind, LAYER_ENTRIES_MAX, Late, LayerBuilder, LayerIndex, Record, parent, text};
use crate::analyze::{Analyzer, Interest};

/// Files that a later entry replaced which are named.
const SHADOWED_MAX: usize = 20;

/// Files of one layer that are read again for the name that a hard link gives them.
const LATE_MAX: usize = 1000;

impl LayerBuilder {
    /// The layer. The analyzer is asked about names that hard links give to files it did not want.
    #[must_use]
    pub fn finish(mut self, analyzer: &dyn Analyzer) -> LayerIndex {
        sort(&self.index.text, &mut self.index.records);
        self.follow_hardlinks();
        self.index.drop_replaced();
        self.check_parents();
        self.index.ask_late(analyzer);
        self.index.text.shrink_to_fit();
        self.index.records.shrink_to_fit();
        self.index.kept.shrink_to_fit();
        self.index
    }

    /// A layer whose paths were moved, brought into order again.
    pub(crate) fn finish_moved(index: LayerIndex) -> LayerIndex {
        let mut builder = Self::default();
        builder.index = index;
        sort(&builder.index.text, &mut builder.index.records);
        builder.index.drop_replaced();
        builder.check_parents();
        builder.index
    }

    /// Hard links to files of this layer become further names of them. A link sees what stood at its target's path
    /// when it was unpacked, so duplicates must still be there.
    fn follow_hardlinks(&mut self) {
        let mut links: Vec<(u32, usize)> =
            self.index.records.iter().enumerate().filter_map(hardlink).collect();
        links.sort_unstable();
        for (_, at) in links {
            let Some(link) = self.index.records.get(at).copied() else {
                continue;
            };
            let Some(target) = self.index.before(&link) else {
                continue;
            };
            let Some(record) = self.index.records.get_mut(at) else {
                continue;
            };
            match target.kind() {
                Kind::Regular => {
                    record.ordinal = target.ordinal;
                    record.owner = target.owner;
                    record.set_size(target.size());
                    record.set(Kind::Regular, target.mode(), target.capability());
                    self.index.linked.push(target.ordinal);
                }
                Kind::Special => record.set(Kind::Special, target.mode(), false),
                Kind::Symlink => self.index.copy_symlink(at, &target),
                // Two links to a file of a lower layer, one by way of the other.
                Kind::Hardlink => {}
                Kind::Directory | Kind::Implied | Kind::Whiteout | Kind::Opaque => {
                    record.set(Kind::Special, 0, false);
                    let place = self.index.path(&link).to_owned();
                    self.flaw(place, "a hard link to a directory", true);
                }
            }
        }
        self.index.linked.sort_unstable();
        self.index.linked.dedup();
    }

    /// Drops what lies under something that is no directory, and adds directories that no entry names.
    fn check_parents(&mut self) {
        let mut missing: BTreeSet<(String, u32)> = BTreeSet::new();
        let mut dropped: Vec<usize> = Vec::new();
        let mut flaws: Vec<String> = Vec::new();
        let index = &self.index;
        let mut walk = Ancestors::default();
        let mut through_links = false;
        for (at, record) in index.records.iter().enumerate() {
            if record.class() != Class::Entry {
                continue;
            }
            let path = index.path(record);
            let room = LAYER_ENTRIES_MAX.saturating_sub(index.records.len() + missing.len());
            let blocker = walk.visit(index, parent(path), |dir| {
                if 0 < room {
                    missing.insert((dir.to_owned(), record.path_at));
                }
            });
            match blocker {
                None => {}
                Some(b) if b.path_at < record.path_at && b.kind() == Kind::Symlink => through_links = true,
                Some(b) if b.path_at < record.path_at => {
                    flaws.push(path.to_owned());
                    dropped.push(at);
                }
                Some(_) => dropped.push(at),
            }
        }
        self.index.through_links = through_links;
        for place in flaws.into_iter().take(super::FLAWS_MAX) {
            self.flaw(place, "lies under something that is no directory", true);
        }
        self.index.remove(&dropped);
        if missing.is_empty() {
            return;
        }
        if LAYER_ENTRIES_MAX <= self.index.records.len() + missing.len() {
            self.skip(String::new(), "LAYER_ENTRIES_MAX", LAYER_ENTRIES_MAX as u64, true);
        }
        let mut last = String::new();
        for (dir, path_at) in missing {
            if dir == last {
                continue;
            }
            let mut record =
                Record { path_at, path_len: dir.len() as u16, ordinal: u32::MAX, ..Record::default() };
            record.set(Kind::Implied, 0o755, false);
            record.owner = u32::MAX;
            self.index.records.push(record);
            last = dir;
        }
        sort(&self.index.text, &mut self.index.records);
    }
}

impl LayerIndex {
    /// The entry at a hard link's target as it stood before the link.
    fn before(&self, link: &Record) -> Option<Record> {
        let key = (self.link(link), Class::Entry, link.path_at);
        let at =
            self.records.partition_point(|r| (self.path(r), r.class(), r.path_at) < key).checked_sub(1)?;
        self.records.get(at).copied().filter(|r| r.class() == Class::Entry && self.path(r) == key.0)
    }

    /// A hard link to a symbolic link is a symbolic link; its text must stand behind its path.
    fn copy_symlink(&mut self, at: usize, target: &Record) {
        let Some(mut record) = self.records.get(at).copied() else {
            return;
        };
        let (path, link) = (self.path(&record).to_owned(), self.link(target).to_owned());
        record.path_at = self.text.len() as u32;
        record.link_len = target.link_len;
        record.set(Kind::Symlink, 0o777, false);
        self.text.push_str(&path);
        self.text.push_str(&link);
        if let Some(slot) = self.records.get_mut(at) {
            *slot = record;
        }
    }

    /// Of entries with one path the last wins.
    fn drop_replaced(&mut self) {
        let text_ = &self.text;
        let path = |r: &Record| text(text_, r.path_at as usize, usize::from(r.path_len));
        let mut dropped = Vec::new();
        for (at, pair) in self.records.windows(2).enumerate() {
            if let [a, b] = pair
                && a.class() == b.class()
                && path(a) == path(b)
            {
                dropped.push(at);
            }
        }
        self.remove(&dropped);
    }

    /// Removes records (indexes rise) and counts the bytes that are lost from sight with them.
    fn remove(&mut self, dropped: &[usize]) {
        if dropped.is_empty() {
            return;
        }
        for record in dropped.iter().filter_map(|&at| self.records.get(at)) {
            let size = record.size();
            if record.kind() == Kind::Regular
                && 0 < size
                && self.linked.binary_search(&record.ordinal).is_err()
            {
                self.counts.shadowed_bytes = self.counts.shadowed_bytes.saturating_add(size);
                self.shadowed.push((self.path(record).to_owned(), size));
                if 64 * SHADOWED_MAX < self.shadowed.len() {
                    keep_largest(&mut self.shadowed, SHADOWED_MAX);
                }
            }
        }
        keep_largest(&mut self.shadowed, SHADOWED_MAX);
        let (mut at, mut next) = (0, dropped.iter().peekable());
        self.records.retain(|_| {
            let drop = next.next_if(|d| **d == at).is_some();
            at += 1;
            !drop
        });
    }

    /// A file may be interesting by the name that only a hard link gives it.
    fn ask_late(&mut self, analyzer: &dyn Analyzer) {
        if self.linked.is_empty() {
            return;
        }
        let mut late: Vec<Late> = Vec::new();
        for record in &self.records {
            let (ordinal, path) = (record.ordinal, self.path(record));
            let asked = record.kind() != Kind::Regular
                || self.linked.binary_search(&ordinal).is_err()
                || self.extracts.binary_search_by_key(&ordinal, |e| e.ordinal).is_ok()
                || late.iter().any(|l| l.ordinal == ordinal);
            if !asked
                && late.len() < LATE_MAX
                && analyzer.interest(path, record.size(), u32::from(record.mode()), &[]) != Interest::No
            {
                late.push(Late { ordinal, path: path.to_owned(), mode: record.mode() });
            }
        }
        self.late = late;
    }
}

fn hardlink((at, record): (usize, &Record)) -> Option<(u32, usize)> {
    (record.kind() == Kind::Hardlink).then_some((record.path_at, at))
}

fn sort(text_: &str, records: &mut [Record]) {
    let path = |r: &Record| text(text_, r.path_at as usize, usize::from(r.path_len));
    let in_order = |a: &Record, b: &Record| {
        path(a).cmp(path(b)).then_with(|| a.class().cmp(&b.class())).then_with(|| a.path_at.cmp(&b.path_at))
    };
    records.sort_unstable_by(in_order);
}

/// Keeps the `max` largest, by size and then path.
pub(crate) fn keep_largest(list: &mut Vec<(String, u64)>, max: usize) {
    list.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    list.truncate(max);
}

/// The directories above the entry at hand. Entries come sorted, so most of them are those of the entry before.
#[derive(Default)]
struct Ancestors {
    /// The directory looked at last.
    dir: String,
    /// For each of its components: where it ends, and the entry there if it is no directory.
    steps: Vec<(usize, Option<Record>)>,
}

impl Ancestors {
    /// The shallowest entry above `dir`, itself included, that is no directory; tells `missing` what no entry names.
    fn visit(&mut self, index: &LayerIndex, dir: &str, mut missing: impl FnMut(&str)) -> Option<Record> {
        if self.dir != dir {
            let shared = |&(end, _): &(usize, Option<Record>)| {
                dir.get(..end) == self.dir.get(..end) && matches!(dir.as_bytes().get(end), None | Some(b'/'))
            };
            let keep = self.steps.iter().take_while(|s| shared(s)).count();
            self.steps.truncate(keep);
            self.dir.clear();
            self.dir.push_str(dir);
            let mut start = self.steps.last().map_or(0, |s| s.0 + 1);
            while start < dir.len() {
                let end = dir.get(start..).and_then(|d| d.find('/')).map_or(dir.len(), |slash| start + slash);
                let prefix = dir.get(..end).unwrap_or_default();
                let found = index.find(prefix).and_then(|at| index.records.get(at)).copied();
                let above = self.steps.last().and_then(|s| s.1);
                let blocker = above.or(found.filter(|r| !r.is_dir()));
                if found.is_none() && blocker.is_none() {
                    missing(prefix);
                }
                self.steps.push((end, blocker));
                start = end + 1;
            }
        }
        self.steps.last().and_then(|s| s.1)
    }
}
