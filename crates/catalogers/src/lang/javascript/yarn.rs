//! `yarn.lock`: version 1 in its own format, berry (2 and later) in YAML.

use std::collections::{BTreeMap, BTreeSet};

use inventory::Harvest;
use model::PackageType;
use serde_json::Value;

use super::manifest::{self, Asked};
use super::{classic, is_local, split_at_version};
use crate::lang::files::{Files, parent};
use crate::lang::locked::{Locked, NodeId};
use crate::lang::text::{self, Broken};

/// Reads a lock of any version; the `package.json` files of the project tell direct and development.
pub(in crate::lang) fn read(files: Files<'_>, path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let text = text::decode(bytes)?;
    let read =
        if text.lines().any(|l| l.starts_with("__metadata:")) { berry(bytes)? } else { version_1(&text)? };
    let mut locked = Locked::new(PackageType::Npm, "yarn.lock", path);
    let mut entries: Vec<Entry> = Vec::with_capacity(read.len());
    for entry in read {
        match entry {
            Some(entry) => entries.push(entry),
            None => locked.nameless(),
        }
    }
    let mut by_pattern: BTreeMap<&str, NodeId> = BTreeMap::new();
    let ids: Vec<Option<NodeId>> =
        entries.iter().map(|e| (!e.local).then(|| locked.add(&e.name, super::clean(&e.version)))).collect();
    for (entry, id) in entries.iter().zip(&ids) {
        if let Some(id) = id {
            by_pattern.extend(entry.patterns.iter().map(|p| (p.as_str(), *id)));
        }
    }
    let mut own: BTreeSet<NodeId> = BTreeSet::new();
    for (entry, id) in entries.iter().zip(&ids) {
        for (name, range) in &entry.dependencies {
            for to in lookup(&locked, &by_pattern, name, range) {
                match id {
                    Some(from) => locked.edge(*from, to),
                    None => {
                        own.insert(to);
                    }
                }
            }
        }
    }
    let mut extra = Harvest::default();
    match manifest::asked(files, parent(path), &mut extra) {
        Some(asked) => mark(&mut locked, &by_pattern, &asked, &own),
        None if !own.is_empty() => locked.roots(&own, &BTreeSet::new()),
        None => {}
    }
    let mut harvest = locked.finish();
    harvest.problems.extend(extra.problems);
    Ok(harvest)
}

/// What both formats say of one package.
struct Entry {
    patterns: Vec<String>,
    name: String,
    version: String,
    local: bool,
    dependencies: Vec<(String, String)>,
}

/// Every entry; nothing for one that names no package.
fn version_1(text: &str) -> Result<Vec<Option<Entry>>, Broken> {
    let entries = classic::read(text)?;
    let read = entries.into_iter().map(|entry| {
        let (written, range) = split_at_version(entry.patterns.first()?)?;
        // `alias@npm:real@range`
        let aliased =
            range.strip_prefix("npm:").map(|real| split_at_version(real).map_or(real, |(name, _)| name));
        Some(Entry {
            name: aliased.unwrap_or(written).to_owned(),
            local: is_local(range),
            version: entry.version,
            dependencies: entry.dependencies,
            patterns: entry.patterns,
        })
    });
    Ok(read.collect())
}

/// Every entry; nothing for one that names no package.
fn berry(bytes: &[u8]) -> Result<Vec<Option<Entry>>, Broken> {
    let lock = text::yaml(bytes)?;
    text::major_version(lock.get("__metadata").unwrap_or(&Value::Null), "version", 1..=10)?;
    let mut entries = Vec::new();
    for (key, value) in text::entries(Some(&lock)).filter(|(key, _)| *key != "__metadata") {
        let patterns: Vec<String> = key.split(", ").map(|p| p.trim().to_owned()).collect();
        let resolution =
            text::text(value, "resolution").or(patterns.first().map(String::as_str)).unwrap_or_default();
        let Some((name, reference)) = split_at_version(resolution) else {
            entries.push(None);
            continue;
        };
        let dependencies = ["dependencies", "optionalDependencies"]
            .iter()
            .flat_map(|table| text::table(value, table))
            .filter_map(|(n, r)| Some((n.to_owned(), r.as_str()?.to_owned())));
        entries.push(Some(Entry {
            name: name.to_owned(),
            version: text::text(value, "version").unwrap_or_default().to_owned(),
            local: is_local(reference) || text::text(value, "linkType") == Some("soft"),
            dependencies: dependencies.collect(),
            patterns,
        }));
    }
    Ok(entries)
}

/// The packages that answer `name@range`. Berry writes the protocol (`npm:`) in the pattern but not always in the
/// range, and `resolutions` answer ranges that no pattern repeats: then every version of the name is meant.
fn lookup(locked: &Locked<'_>, patterns: &BTreeMap<&str, NodeId>, name: &str, range: &str) -> Vec<NodeId> {
    [format!("{name}@{range}"), format!("{name}@npm:{range}")]
        .iter()
        .find_map(|p| patterns.get(p.as_str()).map(|id| vec![*id]))
        .unwrap_or_else(|| locked.named(name).to_vec())
}

fn mark(locked: &mut Locked<'_>, patterns: &BTreeMap<&str, NodeId>, asked: &Asked, own: &BTreeSet<NodeId>) {
    let ids = |wanted: &[(String, String)]| -> BTreeSet<NodeId> {
        wanted.iter().flat_map(|(name, range)| lookup(locked, patterns, name, range)).collect()
    };
    let production = ids(&asked.production);
    let development: BTreeSet<NodeId> = ids(&asked.development);
    // Berry lists what a workspace asks for without telling what for: what no manifest explains counts as shipped.
    let unexplained = own.iter().filter(|id| !development.contains(id)).copied();
    let production = production.iter().copied().chain(unexplained).collect();
    locked.roots(&production, &development);
}
