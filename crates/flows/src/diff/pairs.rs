//! Which target of the old report is which of the new one.

use std::collections::{BTreeMap, BTreeSet};

use api::{Change, TargetChange, TargetRow};

/// Targets that are one and the same thing at two times.
pub(super) struct Pairs<'r> {
    /// New id to old id.
    old: BTreeMap<&'r str, &'r str>,
    new_only: Vec<&'r str>,
    old_only: Vec<&'r str>,
}

impl<'r> Pairs<'r> {
    /// One target on each side is a pair, whatever their names: that is what the user asked to compare. Of several
    /// those of one id are, then those of one name, then those whose names differ by tag or digest alone, then the last
    /// left on each side.
    pub(super) fn of(old: &'r [TargetRow], new: &'r [TargetRow]) -> Self {
        let mut out = Self { old: BTreeMap::new(), new_only: Vec::new(), old_only: Vec::new() };
        let mut left: BTreeSet<&str> = old.iter().map(|t| t.id.as_str()).collect();
        let ways: [fn(&TargetRow, &TargetRow) -> bool; 3] =
            [|a, b| a.id == b.id, |a, b| a.name == b.name, |a, b| stem(&a.name) == stem(&b.name)];
        for way in ways {
            for target in new {
                if out.old.contains_key(target.id.as_str()) {
                    continue;
                }
                let mut fitting = old.iter().filter(|o| left.contains(o.id.as_str()) && way(o, target));
                if let (Some(only), None) = (fitting.next(), fitting.next()) {
                    left.remove(only.id.as_str());
                    out.old.insert(&target.id, &only.id);
                }
            }
        }
        out.new_only = new.iter().map(|t| t.id.as_str()).filter(|id| !out.old.contains_key(id)).collect();
        out.old_only = old.iter().map(|t| t.id.as_str()).filter(|id| left.contains(id)).collect();
        if let ([new], [old]) = (out.new_only.as_slice(), out.old_only.as_slice()) {
            out.old.insert(new, old);
            (out.new_only, out.old_only) = (Vec::new(), Vec::new());
        }
        out
    }

    /// The old id of a new target.
    pub(super) fn old_of(&self, new: &str) -> Option<&'r str> {
        self.old.get(new).copied()
    }

    /// The new id of an old target.
    pub(super) fn new_of(&self, old: &str) -> Option<&'r str> {
        self.old.iter().find(|(_, o)| **o == old).map(|(new, _)| *new)
    }

    pub(super) fn are_one(&self, old: &str, new: &str) -> bool {
        self.old_of(new) == Some(old)
    }

    pub(super) fn changes(&self) -> Vec<TargetChange> {
        let both = self.old.iter().map(|(new, old)| TargetChange {
            change: if new == old { Change::Same } else { Change::Changed },
            old: Some((*old).to_owned()),
            new: Some((*new).to_owned()),
        });
        let added = self.new_only.iter().map(|id| TargetChange {
            change: Change::Added,
            old: None,
            new: Some((*id).to_owned()),
        });
        let removed = self.old_only.iter().map(|id| TargetChange {
            change: Change::Removed,
            old: Some((*id).to_owned()),
            new: None,
        });
        both.chain(added).chain(removed).collect()
    }
}

/// A name without tag and digest.
fn stem(name: &str) -> &str {
    let name = name.split_once('@').map_or(name, |(stem, _)| stem);
    match name.rsplit_once(':') {
        Some((stem, tag)) if !tag.contains('/') => stem,
        _ => name,
    }
}
