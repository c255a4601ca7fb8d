//! What a reader of documents may see of the target: bytes of a path, and what lies beside it.

use std::borrow::Cow;
use std::cell::OnceCell;

use inventory::{Harvest, Problem};
use oci::{FileKind, OpenError, Tree};
use serde_json::Value;

use super::java::pom::Poms;
use super::locked::CONTROL;
use super::text::{self, Broken, DOCUMENT_BYTES_MAX};

/// The files of the target.
#[derive(Clone, Copy)]
pub(super) struct Files<'t> {
    tree: &'t Tree,
    shared: &'t Shared,
}

/// What several documents need of the whole target, read once.
#[derive(Default)]
pub(super) struct Shared {
    poms: OnceCell<Poms>,
}

impl<'t> Files<'t> {
    /// The files of `tree`.
    pub(super) fn of(tree: &'t Tree, shared: &'t Shared) -> Self {
        Self { tree, shared }
    }

    /// Every `pom.xml` of the target.
    pub(super) fn poms(self) -> &'t Poms {
        self.shared.poms.get_or_init(|| Poms::of(self))
    }

    /// Paths of every regular file below the directory `dir`, the whole target for the empty path.
    pub(super) fn below(self, dir: &str) -> Box<dyn Iterator<Item = &'t str> + 't> {
        let regular = |f: &oci::FileRef<'t>| f.kind == FileKind::Regular;
        if dir.is_empty() {
            return Box::new(self.tree.iter().filter(regular).map(|f| f.path));
        }
        let paths: Vec<&'t str> = self.tree.below(dir).filter(regular).map(|f| f.path).collect();
        Box::new(paths.into_iter())
    }

    /// Paths of every symbolic link.
    pub(super) fn links(self) -> impl Iterator<Item = &'t str> + 't {
        self.tree.iter().filter(|f| f.kind == FileKind::Symlink).map(|f| f.path)
    }

    /// True if the path leads to a regular file of the target, over links or not.
    pub(super) fn leads_to_file(self, path: &str) -> bool {
        self.tree.resolve(path).is_some_and(|f| f.kind == FileKind::Regular)
    }

    /// True if a regular file lies at `path`.
    pub(super) fn has(self, path: &str) -> bool {
        self.tree.get(path).is_some_and(|f| f.kind == FileKind::Regular)
    }

    /// The directory that a symbolic link at `path` leads to.
    pub(super) fn real_directory(self, path: &str) -> Option<&'t str> {
        let link = self.tree.get(path).filter(|f| f.kind == FileKind::Symlink)?;
        self.tree.resolve(link.path).filter(|f| f.kind == FileKind::Directory).map(|f| f.path)
    }

    /// The bytes of `path`.
    pub(super) fn read(self, path: &str) -> Result<Cow<'t, [u8]>, OpenError> {
        if let Some(bytes) = self.tree.kept(path) {
            return Ok(Cow::Borrowed(bytes));
        }
        self.tree.open(path, DOCUMENT_BYTES_MAX).map(Cow::Owned)
    }

    /// The value of a file that helps to understand another one, if it is there; what goes wrong is added to
    /// `harvest`.
    pub(super) fn value(
        self,
        path: &str,
        read: fn(&[u8]) -> Result<Value, Broken>,
        harvest: &mut Harvest,
    ) -> Option<Value> {
        if !self.has(path) {
            return None;
        }
        let found = self.read(path).map_err(|e| e.to_string());
        match found.and_then(|bytes| read(&bytes).map_err(|e| e.reason)) {
            Ok(value) => Some(value),
            Err(reason) => {
                harvest.problems.push(unread(path, reason));
                None
            }
        }
    }

    /// The table of `package.json`, `composer.json` and the like in `dir`.
    pub(super) fn json(self, dir: &str, name: &str, harvest: &mut Harvest) -> Option<Value> {
        self.value(&join(dir, name), text::json, harvest)
    }

    /// The table of `pyproject.toml`, `Cargo.toml` and the like in `dir`.
    pub(super) fn toml(self, dir: &str, name: &str, harvest: &mut Harvest) -> Option<Value> {
        self.value(&join(dir, name), text::toml, harvest)
    }
}

/// A document that could not be read.
pub(super) fn unread(path: &str, reason: impl Into<String>) -> Problem {
    Problem::unread(CONTROL, path, reason, super::REPAIR)
}

/// Directory and file name; the directory of a file at the root is empty.
pub(super) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// The directory of `path`.
pub(super) fn parent(path: &str) -> &str {
    split(path).0
}

/// `name` in `dir`.
pub(super) fn join(dir: &str, name: &str) -> String {
    match (dir, name) {
        ("", _) => name.to_owned(),
        (_, "") => dir.to_owned(),
        _ => format!("{dir}/{name}"),
    }
}

/// `dir` and the directories above it, the root (the empty path) last.
pub(super) fn upwards(dir: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(dir), |d| (!d.is_empty()).then(|| parent(d)))
}

/// The path that `relative` names in `dir`, `.` and `..` resolved; `None` if it leaves the target.
pub(super) fn resolve(dir: &str, relative: &str) -> Option<String> {
    // Most are plain, and a package may own ten thousand of them.
    if !relative.starts_with(['/', '.']) && !["/.", "//", "\\"].iter().any(|odd| relative.contains(odd)) {
        return Some(join(dir, relative));
    }
    let mut parts: Vec<&str> = match relative.starts_with('/') {
        true => return None,
        false => dir.split('/').filter(|p| !p.is_empty()).collect(),
    };
    for part in relative.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// True if `pattern` (`packages/*`, `apps/**`, `libs/a`) matches the directory `dir`, segment by segment.
pub(super) fn glob(pattern: &str, dir: &str) -> bool {
    fn matches(pattern: &[&str], dir: &[&str]) -> bool {
        match (pattern.split_first(), dir.split_first()) {
            (None, None) => true,
            (Some((&"**", rest)), _) => {
                (0..=dir.len()).any(|n| dir.get(n..).is_some_and(|d| matches(rest, d)))
            }
            (Some((p, rest)), Some((d, below))) => segment(p, d) && matches(rest, below),
            _ => false,
        }
    }
    let pattern: Vec<&str> = pattern.split('/').filter(|p| !matches!(*p, "" | ".")).collect();
    let dir: Vec<&str> = dir.split('/').filter(|p| !p.is_empty()).collect();
    pattern.iter().filter(|p| **p == "**").count() <= GLOB_STARS_MAX && matches(&pattern, &dir)
}

/// `**` of one pattern; each multiplies the work.
const GLOB_STARS_MAX: usize = 3;

/// True if one path segment matches a pattern with at most a handful of `*`.
fn segment(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == text };
    let Some(rest) = text.strip_prefix(head) else { return false };
    let mut rest = rest;
    let mut pieces = tail.split('*').peekable();
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return rest.ends_with(piece);
        }
        match rest.find(piece) {
            Some(at) => rest = rest.get(at + piece.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_never_leave_the_target() {
        assert_eq!(resolve("a/b", "../c/./d").as_deref(), Some("a/c/d"));
        assert_eq!(resolve("", "c").as_deref(), Some("c"));
        assert_eq!(resolve("a", "../../etc/passwd"), None);
        assert_eq!(resolve("a", "/etc/passwd"), None);
    }

    #[test]
    fn directories_are_walked_to_the_root() {
        assert_eq!(upwards("a/b").collect::<Vec<_>>(), ["a/b", "a", ""]);
        assert_eq!(upwards("").collect::<Vec<_>>(), [""]);
    }

    #[test]
    fn workspace_patterns_match_directories() {
        assert!(glob("packages/*", "packages/a"));
        assert!(!glob("packages/*", "packages/a/b"));
        assert!(glob("packages/**", "packages/a/b"));
        assert!(glob("./libs/core-*", "libs/core-x"));
        assert!(!glob("libs/core-*", "libs/cure-x"));
        assert!(glob("*/*-b*d", "a/x-bcd"));
        assert!(!glob("**/**/**/**", "a"));
    }
}
