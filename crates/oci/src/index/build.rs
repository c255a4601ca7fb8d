//! Takes the entries of a layer in the order of its archive.

use std::collections::HashMap;

use super::path::{self, Cleaned};
use super::{
    Extract, FLAWS_MAX, Kind, LAYER_ENTRIES_MAX, LAYER_KEEP_BYTES_MAX, LAYER_TEXT_BYTES_MAX, LayerFlaw,
    LayerIndex, LayerSkip, PATH_BYTES_MAX, Record,
};
use crate::tar::{Entry, EntryKind};
use crate::tree::FileKind;

const WHITEOUT: &str = ".wh.";
const OPAQUE: &str = ".wh..wh..opq";
/// What aufs keeps for itself; runtimes pass it by.
const AUFS: &str = ".wh..wh.";

/// An entry of a directory on disk, or of a test.
#[derive(Debug, Clone, Copy)]
pub struct Node<'n> {
    /// Path relative to the root.
    pub path: &'n [u8],
    /// Kind.
    pub kind: FileKind,
    /// Permission bits.
    pub mode: u16,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Bytes.
    pub size: u64,
    /// Target of a symbolic link.
    pub link: &'n [u8],
    /// Carries `security.capability`.
    pub capability: bool,
}

/// Builds a [`LayerIndex`].
#[derive(Default)]
pub struct LayerBuilder {
    pub(super) index: LayerIndex,
    owners: HashMap<(u32, u32), u32>,
    last_owner: ((u32, u32), u32),
    entries: u32,
    flaws_more: u64,
    full: bool,
}

impl LayerBuilder {
    /// Takes the next entry of an archive. Answers where its cleaned path stands if it is a regular file whose bytes
    /// an analyzer may want.
    pub fn entry(&mut self, entry: &Entry<'_>) -> Option<u32> {
        let ordinal = self.entries;
        self.entries = self.entries.saturating_add(1);
        let kind = match entry.kind {
            EntryKind::Regular => Kind::Regular,
            EntryKind::Directory => Kind::Directory,
            EntryKind::Symlink => Kind::Symlink,
            EntryKind::Hardlink => Kind::Hardlink,
            EntryKind::Special => Kind::Special,
        };
        let mut record = self.begin(entry.path, ordinal)?;
        let kind = self.whiteout(&mut record, kind)?;
        if record.path_len == 0 && kind != Kind::Opaque {
            // The root itself.
            return None;
        }
        match kind {
            Kind::Symlink => self.link(&mut record, entry.link, false)?,
            Kind::Hardlink => self.link(&mut record, entry.link, true)?,
            _ => {}
        }
        record.set(kind, entry.mode, entry.capability);
        record.set_size(if kind == Kind::Regular { entry.size } else { 0 });
        record.owner = self.owner(entry.uid, entry.gid);
        self.index.counts.files += u64::from(kind == Kind::Regular);
        self.index.records.push(record);
        (kind == Kind::Regular).then_some(ordinal)
    }

    /// Takes an entry of a directory on disk: names beginning with `.wh.` mean nothing there. Answers its ordinal.
    pub fn node(&mut self, node: &Node<'_>) -> Option<u32> {
        let ordinal = self.entries;
        self.entries = self.entries.saturating_add(1);
        let kind = match node.kind {
            FileKind::Regular => Kind::Regular,
            FileKind::Directory => Kind::Directory,
            FileKind::Symlink => Kind::Symlink,
            FileKind::Special => Kind::Special,
        };
        let mut record = self.begin(node.path, ordinal)?;
        if record.path_len == 0 {
            return None;
        }
        if kind == Kind::Symlink {
            self.link(&mut record, node.link, false)?;
        }
        record.set(kind, node.mode, node.capability);
        record.set_size(if kind == Kind::Regular { node.size } else { 0 });
        record.owner = self.owner(node.uid, node.gid);
        if kind == Kind::Regular {
            self.index.counts.files += 1;
            self.index.counts.bytes = self.index.counts.bytes.saturating_add(node.size);
        }
        self.index.records.push(record);
        Some(ordinal)
    }

    /// Sets the bytes that the layer counts for.
    pub fn set_bytes(&mut self, bytes: u64) {
        self.index.counts.bytes = bytes;
    }

    /// The path of the entry taken last.
    #[must_use]
    pub fn last_path(&self) -> &str {
        self.index.records.last().map_or("", |r| self.index.path(r))
    }

    /// Keeps the bytes of the entry `ordinal`; ordinals must rise. False if there is no room.
    pub fn keep(&mut self, ordinal: u32, bytes: &[u8]) -> bool {
        self.extract(ordinal, bytes, false)
    }

    /// Keeps the analyzer's answer for the entry `ordinal`; ordinals must rise. False if there is no room.
    pub fn note(&mut self, ordinal: u32, answer: &[u8]) -> bool {
        self.extract(ordinal, answer, true)
    }

    fn extract(&mut self, ordinal: u32, bytes: &[u8], answer: bool) -> bool {
        let (at, len) = (self.index.kept.len() as u64, bytes.len() as u64);
        if LAYER_KEEP_BYTES_MAX < at + len {
            self.skip(self.last_path().to_owned(), "LAYER_KEEP_BYTES_MAX", LAYER_KEEP_BYTES_MAX, true);
            return false;
        }
        self.index.kept.extend_from_slice(bytes);
        self.index.extracts.push(Extract { ordinal, answer, at, len });
        true
    }

    /// Names something wrong.
    pub fn flaw(&mut self, place: String, reason: impl Into<String>, loses: bool) {
        if self.index.flaws.len() < FLAWS_MAX {
            self.index.flaws.push(LayerFlaw { place, reason: reason.into(), loses });
            return;
        }
        self.flaws_more += 1;
        let reason = format!("{} further flaws are not listed", self.flaws_more);
        match self.index.flaws.get_mut(FLAWS_MAX) {
            Some(last) => last.reason = reason,
            None => self.index.flaws.push(LayerFlaw { place: String::new(), reason, loses: true }),
        }
    }

    /// Names something that a bound left out.
    pub fn skip(&mut self, place: String, bound: &str, limit: u64, loses: bool) {
        if self.index.skipped.len() < FLAWS_MAX {
            self.index.skipped.push(LayerSkip { place, bound: bound.to_owned(), limit, loses });
        } else {
            self.flaw(place, format!("left out by {bound} ({limit})"), loses);
        }
    }

    /// Appends the path. `None` if a bound is crossed.
    fn begin(&mut self, raw: &[u8], ordinal: u32) -> Option<Record> {
        let text = &mut self.index.text;
        if self.full || LAYER_ENTRIES_MAX <= self.index.records.len() || LAYER_TEXT_BYTES_MAX <= text.len() {
            if !self.full {
                self.full = true;
                let (bound, limit) = if LAYER_ENTRIES_MAX <= self.index.records.len() {
                    ("LAYER_ENTRIES_MAX", LAYER_ENTRIES_MAX)
                } else {
                    ("LAYER_TEXT_BYTES_MAX", LAYER_TEXT_BYTES_MAX)
                };
                self.skip(String::new(), bound, limit as u64, true);
            }
            return None;
        }
        let at = text.len();
        let cleaned = if raw.len() <= PATH_BYTES_MAX { path::clean(raw, text) } else { Cleaned::Plain };
        let len = text.len() - at;
        if PATH_BYTES_MAX < raw.len() || PATH_BYTES_MAX < len {
            text.truncate(at);
            self.skip(excerpt(raw), "PATH_BYTES_MAX", PATH_BYTES_MAX as u64, true);
            return None;
        }
        match cleaned {
            Cleaned::Plain => {}
            Cleaned::Folded => self.flaw(excerpt(raw), "the path goes up with `..`", false),
            Cleaned::Contained => {
                self.flaw(excerpt(raw), "the path points out of the root and was held inside", true);
            }
        }
        Some(Record { path_at: at as u32, path_len: len as u16, ordinal, ..Record::default() })
    }

    /// Turns the names that mark deletions into what they mean. `None` for names to pass by.
    fn whiteout(&mut self, record: &mut Record, kind: Kind) -> Option<Kind> {
        let path = self.index.path(record);
        let base = path.rfind('/').map_or(0, |slash| slash + 1);
        let Some(name) = path.get(base..).filter(|name| name.starts_with(WHITEOUT)) else {
            return Some(kind);
        };
        let at = record.path_at as usize;
        if name == OPAQUE {
            let dir = base.saturating_sub(1);
            self.index.text.truncate(at + dir);
            record.path_len = dir as u16;
            return Some(Kind::Opaque);
        }
        if matches!(name, ".wh." | ".wh.." | ".wh...") {
            let place = path.to_owned();
            self.index.text.truncate(at);
            self.flaw(place, "a whiteout of nothing, or of the directory itself, is passed by", true);
            return None;
        }
        if name.starts_with(AUFS) {
            self.index.text.truncate(at);
            return None;
        }
        self.index.text.replace_range(at + base..at + base + WHITEOUT.len(), "");
        record.path_len -= WHITEOUT.len() as u16;
        Some(Kind::Whiteout)
    }

    /// Appends a link's target behind its path. `None` if the link cannot be.
    fn link(&mut self, record: &mut Record, raw: &[u8], is_path: bool) -> Option<()> {
        let at = self.index.text.len();
        let mut cleaned = Cleaned::Plain;
        if raw.len() <= PATH_BYTES_MAX {
            if is_path {
                cleaned = path::clean(raw, &mut self.index.text);
            } else {
                path::push_text(raw, &mut self.index.text);
            }
        }
        let len = self.index.text.len() - at;
        let place = || self.index.path(record).to_owned();
        if len == 0 || PATH_BYTES_MAX < len {
            let place = place();
            self.index.text.truncate(record.path_at as usize);
            self.flaw(place, "the link has no target or one beyond PATH_BYTES_MAX", true);
            return None;
        }
        if cleaned == Cleaned::Contained {
            let place = place();
            self.flaw(place, "the hard link points out of the root and was held inside", true);
        }
        record.link_len = len as u16;
        Some(())
    }

    fn owner(&mut self, uid: u32, gid: u32) -> u32 {
        let pair = (uid, gid);
        if self.last_owner.0 == pair && !self.index.owners.is_empty() {
            return self.last_owner.1;
        }
        let next = self.index.owners.len() as u32;
        let number = *self.owners.entry(pair).or_insert(next);
        if number == next {
            self.index.owners.push(pair);
        }
        self.last_owner = (pair, number);
        number
    }
}

fn excerpt(raw: &[u8]) -> String {
    let mut out = String::new();
    path::push_text(raw.get(..200).unwrap_or(raw), &mut out);
    out
}
