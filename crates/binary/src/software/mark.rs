//! Where a product writes its version.

use std::collections::{BTreeMap, BTreeSet};

use memchr::memmem;

use super::version::{Style, at_start};

/// A place of a version among the constants.
#[derive(Debug, Clone, Copy)]
pub(super) enum Mark {
    /// Right after this text; a `v` or `n` before the first digit is skipped.
    After(&'static str),
    /// A text of its own that begins with one of these; every such text must say the same.
    Alone(&'static [&'static str]),
    /// Right after this text at the place where most say the same; such products quote versions of others as well.
    Most(&'static str),
    /// Right after the first text, the second at most [`UNTIL_BYTES_MAX`] behind it.
    Until(&'static str, &'static str),
    /// At the start of a text, followed by this.
    Before(&'static str),
    /// A text of its own that begins with a number in the file's name (`python3.11`).
    AloneLikeName,
    /// A text of its own that begins with the number right after this text (`lib/python3.11`).
    AloneLike(&'static str),
    /// A text of its own that also occurs with a build id glued to it, as Redis writes it.
    Glued,
}

/// How far the second text of [`Mark::Until`] may stand behind the version, in bytes.
const UNTIL_BYTES_MAX: usize = 48;
/// Most places of one mark tried in a file.
const PLACES_MAX: usize = 4096;
/// Shortest build id that [`Mark::Glued`] accepts, in bytes.
const BUILD_ID_BYTES_MIN: usize = 10;

impl Mark {
    /// The version that this mark gives, if it gives one and only one.
    pub(super) fn version(self, constants: &[&[u8]], name: &str, style: Style) -> Option<String> {
        match self {
            Self::After(text) => after(constants, text, style).next(),
            Self::Before(text) => before(constants, text, style),
            Self::Alone(starts) => only(starts.iter().flat_map(|s| alone(constants, s, style))),
            Self::Most(text) => most(after(constants, text, style)),
            Self::Until(text, end) => until(constants, text, end, style),
            Self::AloneLikeName => {
                numbers(name).iter().find_map(|n| only(like(constants, n, style).into_iter()))
            }
            Self::AloneLike(text) => {
                let numbers: BTreeSet<String> = after(constants, text, Style::Number).collect();
                only(numbers.iter().flat_map(|n| like(constants, n, style)))
            }
            Self::Glued => glued(constants, style),
        }
    }
}

fn only(versions: impl Iterator<Item = String>) -> Option<String> {
    let mut distinct: BTreeSet<String> = versions.collect();
    if distinct.len() == 1 { distinct.pop_first() } else { None }
}

/// The version that occurs most often; among equals the highest in byte order, so that the answer is one.
fn most(versions: impl Iterator<Item = String>) -> Option<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for version in versions {
        *counts.entry(version).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(version, _)| version)
}

fn until(constants: &[&[u8]], text: &str, end: &str, style: Style) -> Option<String> {
    constants.iter().find_map(|c| {
        memmem::find_iter(c, text.as_bytes()).take(PLACES_MAX).find_map(|at| {
            let rest = c.get(at + text.len()..)?;
            let (version, length) = at_start(rest, style)?;
            let window = rest.get(length..rest.len().min(length + UNTIL_BYTES_MAX))?;
            memmem::find(window, end.as_bytes()).map(|_| version)
        })
    })
}

fn after<'c>(
    constants: &'c [&'c [u8]],
    text: &'static str,
    style: Style,
) -> impl Iterator<Item = String> + 'c {
    constants.iter().flat_map(move |c| {
        memmem::find_iter(c, text.as_bytes()).take(PLACES_MAX).filter_map(move |at| {
            let rest = c.get(at + text.len()..)?;
            let rest = rest.strip_prefix(b"v").or(rest.strip_prefix(b"n")).unwrap_or(rest);
            Some(at_start(rest, style)?.0)
        })
    })
}

/// True if a text may begin at `at`: what stands before is no part of a word, a path or a sentence.
fn begins(bytes: &[u8], at: usize) -> bool {
    match at.checked_sub(1).and_then(|i| bytes.get(i)) {
        None => true,
        Some(b) => !(b.is_ascii_alphanumeric() || b" ._+-/\"'=,(@#~^$%<>&".contains(b)),
    }
}

/// Versions that are a text of their own and begin with `start`.
fn alone<'c>(constants: &'c [&'c [u8]], start: &str, style: Style) -> Vec<String> {
    let mut found = Vec::new();
    for c in constants {
        for at in memmem::find_iter(c, start.as_bytes()).take(PLACES_MAX).filter(|at| begins(c, *at)) {
            let Some(rest) = c.get(at..) else { continue };
            let bare = rest.strip_prefix(b"v").unwrap_or(rest);
            let Some((version, length)) = at_start(bare, style) else { continue };
            // A distribution's own suffix (`+deb12u1`, CPython's lone `+`) may follow, then the text ends.
            let tail = bare.get(length..).unwrap_or_default();
            let ended =
                matches!(tail, [0, ..] | [b'+' | b'-' | b'~', ..] | [b'.', b'g', b'i', b't', ..] | []);
            if ended {
                found.push(version);
            }
        }
    }
    found
}

/// Versions that are a text of their own and continue `number`, or are it.
fn like(constants: &[&[u8]], number: &str, style: Style) -> Vec<String> {
    let continues =
        |v: &String| v.strip_prefix(number).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    alone(constants, number, style).into_iter().filter(|v| continues(v)).collect()
}

fn before(constants: &[&[u8]], text: &str, style: Style) -> Option<String> {
    constants.iter().find_map(|c| {
        memmem::find_iter(c, text.as_bytes()).take(PLACES_MAX).find_map(|at| {
            let begin =
                c.get(at.saturating_sub(24)..at)?.iter().rposition(|b| !(b.is_ascii_digit() || *b == b'.'));
            let begin = at.saturating_sub(24) + begin.map_or(0, |i| i + 1);
            let (version, length) = at_start(c.get(begin..)?, style)?;
            (begin + length == at && begins(c, begin)).then_some(version)
        })
    })
}

/// Numbers in a file name: `libpython3.11.so.1.0` → `3.11`, `1.0`.
fn numbers(name: &str) -> Vec<String> {
    name.split(|c: char| !(c.is_ascii_digit() || c == '.'))
        .map(|n| n.trim_matches('.').to_owned())
        .filter(|n| !n.is_empty() && n.len() <= 12)
        .collect()
}

fn glued(constants: &[&[u8]], style: Style) -> Option<String> {
    let mut candidates = BTreeSet::new();
    for c in constants {
        for piece in c.split(|b| *b == 0).filter(|p| (3..=16).contains(&p.len())) {
            let whole = at_start(piece, style).filter(|(_, length)| *length == piece.len());
            candidates.extend(whole.map(|(version, _)| version));
        }
    }
    let has_build_id = |version: &String| {
        constants.iter().any(|c| {
            memmem::find_iter(c, version.as_bytes()).take(PLACES_MAX).any(|at| {
                let rest = c.get(at + version.len()..).unwrap_or_default();
                let id = rest
                    .iter()
                    .take_while(|b| b.is_ascii_alphanumeric() || **b == b'-' || **b == b'_')
                    .count();
                BUILD_ID_BYTES_MIN <= id && rest.iter().take(id).any(u8::is_ascii_digit)
            })
        })
    };
    only(candidates.into_iter().filter(has_build_id))
}
