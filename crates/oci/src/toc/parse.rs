//! The table's text: JSON, one line an entry of the archive, in its order, and one a further piece of a file.

use std::collections::BTreeMap;
use std::fmt;

use model::Digest;
use serde::de::{Error, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{TOC_LINES_MAX, TocError, lie, whole};
use crate::inflate::LAYER_BYTES_MAX;
use crate::tar::{Entry, EntryKind};

/// A table of contents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Toc {
    /// In the order of the archive, so that a member's number is its ordinal.
    pub(super) members: Vec<Member>,
    /// The table's own text, where it is a file of the archive.
    pub(super) text: Vec<u8>,
}

/// An entry of the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) path: String,
    pub(super) link: String,
    pub(super) kind: EntryKind,
    pub(super) mode: u16,
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) size: u64,
    pub(super) capability: bool,
    /// Of the whole file.
    pub(super) digest: Option<Digest>,
    /// In the order of the file, one behind the other.
    pub(super) pieces: Vec<Piece>,
}

/// A piece of a file, compressed by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// Where its stored bytes begin and end in the layer.
    pub(super) at: u64,
    pub(super) end: u64,
    /// Inflated bytes in front of it.
    pub(super) inner: u64,
    /// Bytes, inflated.
    pub(super) size: u64,
    pub(super) digest: Option<Digest>,
    /// Nothing but zeros: need not be fetched.
    pub(super) zeros: bool,
}

impl Member {
    pub(super) fn entry(&self) -> Entry<'_> {
        Entry {
            path: self.path.as_bytes(),
            link: self.link.as_bytes(),
            kind: self.kind,
            mode: self.mode,
            uid: self.uid,
            gid: self.gid,
            size: self.size,
            capability: self.capability,
        }
    }
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Text {
    version: i64,
    entries: Lines,
}

#[derive(Default)]
struct Lines(Vec<Line>);

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Line {
    r#type: String,
    name: String,
    link_name: String,
    mode: i64,
    size: i64,
    uid: i64,
    gid: i64,
    xattrs: Option<BTreeMap<String, IgnoredAny>>,
    digest: String,
    offset: i64,
    end_offset: i64,
    inner_offset: i64,
    chunk_size: i64,
    chunk_offset: i64,
    chunk_digest: String,
    chunk_type: String,
}

impl<'de> Deserialize<'de> for Lines {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Lines;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of entries")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Lines, A::Error> {
                let mut lines = Vec::new();
                while let Some(line) = list.next_element()? {
                    if TOC_LINES_MAX <= lines.len() {
                        return Err(A::Error::custom("more lines than the bound TOC_LINES_MAX"));
                    }
                    lines.push(line);
                }
                Ok(Lines(lines))
            }
        }
        deserializer.deserialize_seq(Reader)
    }
}

/// Reads a table whose members' bytes lie before byte `data_end` of the layer.
///
/// # Errors
/// [`TocError`].
pub fn parse(text: &[u8], data_end: u64) -> Result<Toc, TocError> {
    let Text { version, entries } = match serde_json::from_slice(text) {
        Ok(text) => text,
        Err(e) if e.is_data() => return whole(format!("its table of contents is not understood: {e}")),
        Err(e) => return lie(format!("its table of contents is no JSON: {e}")),
    };
    if version != 1 {
        return whole(format!("its table of contents is of version {version}"));
    }
    let mut toc = Toc::default();
    let mut bytes = 0u64;
    for line in entries.0 {
        if line.r#type == "chunk" {
            further(&mut toc, &line)?;
            continue;
        }
        let member = member(line)?;
        bytes = bytes.saturating_add(member.size);
        toc.members.push(member);
    }
    if LAYER_BYTES_MAX < bytes {
        return whole("its table of contents names more bytes than LAYER_BYTES_MAX");
    }
    end_pieces(&mut toc, data_end)?;
    toc.members.iter_mut().try_for_each(check)?;
    Ok(toc)
}

fn member(line: Line) -> Result<Member, TocError> {
    let kind = match line.r#type.as_str() {
        "reg" => EntryKind::Regular,
        "dir" => EntryKind::Directory,
        "symlink" => EntryKind::Symlink,
        "hardlink" => EntryKind::Hardlink,
        "char" | "block" | "fifo" => EntryKind::Special,
        _ => {
            return whole(format!(
                "its table of contents names an entry of another kind, `{}`",
                shown(&line.name)
            ));
        }
    };
    let size = if kind == EntryKind::Regular { number(line.size, &line.name)? } else { 0 };
    let mut pieces = Vec::new();
    if 0 < size {
        pieces.push(piece(&line, (line.chunk_size == 0).then_some(size))?);
        // Only the first line of a file names its end; until the last piece is known it stands here.
        if let Some(first) = pieces.first_mut() {
            first.end = number(line.end_offset, &line.name)?;
        }
    }
    Ok(Member {
        kind,
        mode: (line.mode & 0o7777) as u16,
        uid: u32::try_from(line.uid).unwrap_or(u32::MAX),
        gid: u32::try_from(line.gid).unwrap_or(u32::MAX),
        size,
        capability: line.xattrs.is_some_and(|x| x.contains_key("security.capability")),
        digest: digest(&line.digest, &line.name)?,
        pieces,
        path: line.name,
        link: line.link_name,
    })
}

/// A further piece of the file named last.
fn further(toc: &mut Toc, line: &Line) -> Result<(), TocError> {
    let Some(member) = toc.members.last_mut().filter(|m| !m.pieces.is_empty()) else {
        return lie("its table of contents names a piece of no file");
    };
    let offset = number(line.chunk_offset, &member.path)?;
    let have = member.pieces.iter().map(|p| p.size).fold(0, u64::saturating_add);
    if offset != have || member.size <= offset {
        return lie(format!("the pieces of `{}` do not make a file", shown(&member.path)));
    }
    // Of eStargz the last piece reaches to the end.
    let rest = (line.chunk_size == 0).then_some(member.size - offset);
    member.pieces.push(piece(line, rest)?);
    Ok(())
}

fn piece(line: &Line, rest: Option<u64>) -> Result<Piece, TocError> {
    let size = match rest {
        Some(rest) => rest,
        None => number(line.chunk_size, &line.name)?,
    };
    Ok(Piece {
        at: number(line.offset, &line.name)?,
        end: 0,
        inner: number(line.inner_offset, &line.name)?,
        size,
        digest: digest(&line.chunk_digest, &line.name)?,
        zeros: line.chunk_type == "zeros",
    })
}

/// A piece ends where its file does, or at the next of any file, or where the table begins.
fn end_pieces(toc: &mut Toc, data_end: u64) -> Result<(), TocError> {
    let mut starts: Vec<u64> = toc.members.iter().flat_map(|m| &m.pieces).map(|p| p.at).collect();
    starts.sort_unstable();
    starts.dedup();
    for member in &mut toc.members {
        let named = member.pieces.first().map_or(0, |p| p.end);
        let last = member.pieces.len().saturating_sub(1);
        for (number, piece) in member.pieces.iter_mut().enumerate() {
            let next = starts.get(starts.partition_point(|s| *s <= piece.at)).copied().unwrap_or(data_end);
            piece.end = if number == last && named != 0 { named } else { next };
            if next < piece.end {
                return lie(format!(
                    "the bytes of `{}` would lie in those of another file",
                    shown(&member.path)
                ));
            }
            if piece.end <= piece.at || data_end < piece.end {
                return lie(format!("the bytes of `{}` would lie outside of the layer", shown(&member.path)));
            }
            if LAYER_BYTES_MAX < piece.inner.saturating_add(piece.size) {
                return lie(format!("`{}` would lie beyond every bound", shown(&member.path)));
            }
        }
    }
    Ok(())
}

/// The pieces make the file, and what is not proven by one digest is by the other.
fn check(member: &mut Member) -> Result<(), TocError> {
    let have = member.pieces.iter().map(|p| p.size).fold(0, u64::saturating_add);
    if have != member.size || member.pieces.iter().any(|p| p.size == 0) {
        return lie(format!("the pieces of `{}` do not make a file", shown(&member.path)));
    }
    if let [only] = member.pieces.as_mut_slice() {
        only.digest = only.digest.or(member.digest);
    }
    if member.digest.is_none() && member.pieces.iter().any(|p| p.digest.is_none()) {
        return whole(format!("its table of contents names no digest of `{}`", shown(&member.path)));
    }
    Ok(())
}

fn number(n: i64, path: &str) -> Result<u64, TocError> {
    u64::try_from(n).or_else(|_| lie(format!("its table of contents names {n} for `{}`", shown(path))))
}

fn digest(text: &str, path: &str) -> Result<Option<Digest>, TocError> {
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse() {
        Ok(digest) => Ok(Some(digest)),
        Err(e) => whole(format!("the digest of `{}` cannot be verified: {e}", shown(path))),
    }
}

/// A path as messages show it.
pub(super) fn shown(path: &str) -> String {
    path.chars().filter(|c| !c.is_control()).take(200).collect()
}
