//! Conan: `conan.lock` of version 1 (a graph of nodes) and 2 (lists of references), `conanfile.txt`.

use std::collections::BTreeMap;

use inventory::Harvest;
use model::PackageType;

use crate::lang::locked::{Locked, NodeId};
use crate::lang::text::{self, Broken, decode};

/// Reads `conan.lock`.
pub(super) fn read(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let lock = text::json_table(bytes)?;
    text::has_one_of(&lock, &["graph_lock", "version", "requires", "build_requires", "python_requires"])?;
    text::major_version(&lock, "version", 0..=0)?;
    let mut locked = Locked::new(PackageType::Conan, "conan.lock", path);
    if let Some(graph) = lock.get("graph_lock") {
        let mut ids: BTreeMap<&str, NodeId> = BTreeMap::new();
        for (node, about) in text::table(graph, "nodes") {
            // The project itself has a path or no reference at all, and no revision.
            let Some(reference) = text::text(about, "ref").and_then(Reference::of) else { continue };
            if about.get("path").is_none_or(serde_json::Value::is_null) {
                ids.insert(node, reference.add(&mut locked));
            }
        }
        for (node, about) in text::table(graph, "nodes") {
            for (table, build) in [("requires", false), ("build_requires", true)] {
                for to in text::texts(about, table).filter_map(|n| ids.get(n)) {
                    match ids.get(node) {
                        Some(&from) => locked.edge(from, *to),
                        None => locked.direct(*to, true),
                    }
                    locked.dev(*to, build);
                }
            }
        }
        for id in ids.values() {
            locked.direct(*id, false);
        }
    }
    for (table, build) in [("requires", false), ("build_requires", true), ("python_requires", true)] {
        for written in text::texts(&lock, table) {
            let Some(reference) = Reference::of(written) else {
                locked.nameless();
                continue;
            };
            let id = reference.add(&mut locked);
            locked.dev(id, build);
        }
    }
    Ok(locked.finish())
}

/// Reads a `conanfile.txt` that no lock stands beside: references by section, one a line; a range (`[>=1.2]`) names no
/// version.
pub(super) fn read_requires(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let text = decode(bytes)?;
    let mut locked = Locked::new(PackageType::Conan, "conanfile.txt", path);
    let mut section = "";
    for line in text.lines().map(|l| l.split(" #").next().unwrap_or_default().trim()) {
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            section = name;
            continue;
        }
        let dev = match section {
            "requires" => false,
            "build_requires" | "tool_requires" | "test_requires" => true,
            _ => continue,
        };
        let Some(mut reference) = Reference::of(line).filter(|_| !line.starts_with('#')) else { continue };
        if reference.version.starts_with('[') {
            reference.version = "";
        }
        let id = reference.add(&mut locked);
        locked.direct(id, true);
        locked.dev(id, dev);
    }
    if 0 < locked.len() {
        locked.unknown(
            "it names what the project asks for itself, and not what that brings along",
            "commit conan.lock, which `conan lock create` writes",
        );
    }
    Ok(locked.finish())
}

/// `name/1.0@user/channel#revision%time`. Recipes of Conan's public index have neither user nor channel; in places
/// Conan 1 writes that as `_/_`.
struct Reference<'t> {
    name: &'t str,
    version: &'t str,
    user: &'t str,
    channel: &'t str,
}

impl<'t> Reference<'t> {
    fn of(text: &'t str) -> Option<Self> {
        let recipe = text.split(['#', '%']).next()?.trim();
        let (recipe, publisher) = recipe.split_once('@').unwrap_or((recipe, ""));
        let (name, version) = recipe.split_once('/').filter(|(n, v)| !n.is_empty() && !v.is_empty())?;
        let (user, channel) = publisher.split_once('/').unwrap_or((publisher, ""));
        let said = |word: &'t str| if word == "_" { "" } else { word };
        Some(Self { name, version, user: said(user), channel: said(channel) })
    }

    fn add(&self, locked: &mut Locked<'_>) -> NodeId {
        let id = locked.add_of(self.name, self.version, &format!("{}/{}", self.user, self.channel));
        for (key, value) in [("user", self.user), ("channel", self.channel)] {
            if !value.is_empty() {
                locked.qualifier(id, key, value);
            }
        }
        id
    }
}
