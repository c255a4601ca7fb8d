//! A path walked as a process inside the image would walk it: symbolic links in every component are followed, and `..`
//! and absolute links stay below the root.

use crate::index::{Kind, LayerIndex, Record, parent};

/// Symbolic links followed for one path (Linux has the same bound).
pub const LINKS_MAX: usize = 40;

/// What stands at a place.
pub(crate) enum Step<'l> {
    /// A symbolic link and its target.
    Link(&'l str),
    /// A directory.
    Directory,
    /// Something else: nothing lies below it.
    Leaf,
}

/// Why a walk did not come to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Astray {
    /// Something on the way is missing, or no directory.
    Missing,
    /// More than [`LINKS_MAX`] links.
    Loop,
}

/// Where `path` leads: the place itself, empty for the root, and what `look` said of it, if the walk ended there and not
/// by going up. `look` is asked for every place on the way; `None` ends the walk.
pub(crate) fn follow<'l, T>(
    path: &'l str,
    mut look: impl FnMut(&str) -> Option<(T, Step<'l>)>,
) -> Result<(String, Option<T>), Astray> {
    let mut place = String::new();
    let mut todo: Vec<&str> = path.rsplit('/').collect();
    let (mut links, mut last) = (0, None);
    while let Some(step) = todo.pop() {
        match step {
            "" | "." => continue,
            ".." => {
                place.truncate(parent(&place).len());
                last = None;
                continue;
            }
            _ => {}
        }
        let before = place.len();
        if !place.is_empty() {
            place.push('/');
        }
        place.push_str(step);
        let (found, stands) = look(&place).ok_or(Astray::Missing)?;
        last = Some(found);
        match stands {
            Step::Directory => {}
            Step::Leaf if todo.iter().all(|s| s.is_empty()) => {}
            Step::Leaf => return Err(Astray::Missing),
            Step::Link(link) => {
                links += 1;
                if LINKS_MAX < links {
                    return Err(Astray::Loop);
                }
                place.truncate(if link.starts_with('/') { 0 } else { before });
                last = None;
                todo.extend(link.rsplit('/'));
            }
        }
    }
    Ok((place, last))
}

/// What a record of `layer` is to a walk.
pub(crate) fn stands<'l>(layer: &'l LayerIndex, record: &Record) -> Step<'l> {
    match record.kind() {
        Kind::Symlink => Step::Link(layer.link(record)),
        _ if record.is_dir() => Step::Directory,
        _ => Step::Leaf,
    }
}
