//! Python: installed distributions, requirement files, and the lockfiles of poetry, uv, pipenv, pdm and PEP 751.

pub(super) mod archive;
pub(super) mod installed;
pub(super) mod pdm;
pub(super) mod pipfile;
pub(super) mod poetry;
pub(super) mod pylock;
pub(super) mod pyproject;
pub(super) mod requirement;
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

/// When the files of a locked package were uploaded: `upload-time` of `sdist`, `archive` and `wheels`, a text or a
/// TOML date.
fn uploaded(locked: &mut Locked<'_>, id: NodeId, entry: &Value) {
    let files =
        ["sdist", "archive"].iter().filter_map(|key| entry.get(key)).chain(text::list(entry, "wheels"));
    for file in files {
        let Some(time) = file.get("upload-time") else { continue };
        // The reader of TOML gives a date as a table of this one key.
        let time = time.as_str().or_else(|| time.get("$__toml_private_datetime")?.as_str());
        if let Some(at) = time.and_then(|t| t.replacen(' ', "T", 1).parse().ok()) {
            locked.published(id, at);
        }
    }
}

/// The name as PEP 503 compares it: lower case, runs of `-`, `_` and `.` are one `-`.
pub(super) fn normalize(name: &str) -> String {
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
    use super::{normalize, pylock, uv};

    #[test]
    fn a_release_is_as_old_as_its_earliest_file() {
        let text = "version = 1\n[[package]]\nname = \"a\"\nversion = \"1\"\nsource = { registry = \"r\" }\n\
                    sdist = { url = \"u\", upload-time = \"2026-11-24T10:00:00.123Z\" }\n\
                    wheels = [{ url = \"u\", upload-time = \"2026-11-23T10:00:00Z\" }]\n\
                    [[package]]\nname = \"b\"\nversion = \"1\"\nsource = { registry = \"r\" }\n";
        let dates = |harvest: inventory::Harvest| -> Vec<Option<String>> {
            harvest.packages.iter().map(|p| p.published.map(|t| t.to_string())).collect()
        };
        assert_eq!(
            dates(uv::read("uv.lock", text.as_bytes()).unwrap()),
            [Some("2026-11-23T10:00:00Z".into()), None]
        );
        let text = "lock-version = \"1.0\"\n[[packages]]\nname = \"a\"\nversion = \"1\"\n\
                    sdist = { name = \"a\", upload-time = 2026-11-22T10:00:00Z }\n";
        let read = pylock::read("pylock.toml", text.as_bytes()).unwrap();
        assert_eq!(dates(read), [Some("2026-11-22T10:00:00Z".into())]);
    }

    #[test]
    fn names_are_compared_as_pep_503_says() {
        assert_eq!(normalize("Foo_.-Bar.baz"), "foo-bar-baz");
        assert_eq!(normalize(" zope.interface "), "zope-interface");
    }
}
