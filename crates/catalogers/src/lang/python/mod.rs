//! Python: installed distributions, requirement files, and the lockfiles of poetry, uv, pipenv, pdm and PEP 751.

pub(super) mod archive;
pub(super) mod installed;
pub(super) mod pdm;
pub(super) mod pipfile;
pub(super) mod poetry;
pub(super) mod pylock;
pub(super) mod pyproject;
mod requirement;
pub(super) mod requirements;
pub(super) mod uv;

use serde_json::Value;

use crate::lang::locked::{Locked, NodeId};
use crate::lang::text;

/// Adds an entry of a lock, a table with `name` and perhaps `version`.
fn add<'v>(locked: &mut Locked<'_>, entry: &'v Value) -> Option<(NodeId, &'v Value)> {
    let Some(name) = text::text(entry, "name") else {
        locked.nameless();
        return None;
    };
    Some((locked.add(&normalize(name), text::text(entry, "version").unwrap_or_default()), entry))
}

/// The name as PEP 503 compares it: lower case, runs of `-`, `_` and `.` are one `-`.
fn normalize(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.trim().chars() {
        match c {
            '-' | '_' | '.' if out.ends_with('-') => {}
            '-' | '_' | '.' => out.push('-'),
            c => out.extend(c.to_lowercase()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::normalize;

    #[test]
    fn names_are_compared_as_pep_503_says() {
        assert_eq!(normalize("Foo_.-Bar.baz"), "foo-bar-baz");
        assert_eq!(normalize(" zope.interface "), "zope-interface");
    }
}
