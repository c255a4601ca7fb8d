//! `bun.lock`, the text lockfile of bun: JSON with comments; packages by their place, `parent/name`.

use std::collections::{BTreeMap, BTreeSet};

use inventory::Harvest;
use model::PackageType;
use serde_json::Value;

use super::{PLACE_BYTES_MAX, Steps, is_local, is_version, split_at_version};
use crate::lang::locked::{Locked, NodeId};
use crate::lang::text::{self, Broken};

/// Reads `bun.lock`.
pub(in crate::lang) fn read(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let lock = text::json_with_comments(bytes)?;
    text::major_version(&lock, "lockfileVersion", 0..=2)?;
    text::has_one_of(&lock, &["packages", "workspaces"])?;
    let mut locked = Locked::new(PackageType::Npm, "bun.lock", path);
    let mut steps = Steps::new();
    let mut places: BTreeMap<&str, NodeId> = BTreeMap::new();
    for (place, entry) in text::table(&lock, "packages") {
        let resolution = entry.get(0).and_then(Value::as_str);
        let Some((name, version)) = resolution.and_then(split_at_version) else {
            locked.nameless();
            continue;
        };
        if PLACE_BYTES_MAX < place.len() {
            locked.nameless();
        } else if !is_local(version) {
            let version = if is_version(version) { super::clean(version) } else { "" };
            places.insert(place, locked.add(name, version));
        }
    }
    for (place, entry) in text::table(&lock, "packages") {
        let Some(&from) = places.get(place) else { continue };
        let tables = entry.as_array().into_iter().flatten().find(|v| v.is_object()).unwrap_or(&Value::Null);
        for (name, _) in TABLES.iter().flat_map(|table| text::table(tables, table)) {
            if let Some(to) = resolve(&places, &mut steps, place, name) {
                locked.edge(from, to);
            }
        }
    }
    let (mut production, mut development) = (BTreeSet::new(), BTreeSet::new());
    for (_, workspace) in text::table(&lock, "workspaces") {
        let own = text::text(workspace, "name").unwrap_or_default();
        let own = Some(own).filter(|own| own.len() <= PLACE_BYTES_MAX).unwrap_or_default();
        let mut found = |table: &str| -> Vec<NodeId> {
            let names = text::table(workspace, table).map(|(name, _)| name);
            names.filter_map(|name| resolve(&places, &mut steps, own, name)).collect()
        };
        production.extend(TABLES.iter().flat_map(|table| found(table)));
        development.extend(found("devDependencies"));
    }
    locked.roots(&production, &development);
    steps.problem(path).into_iter().for_each(|problem| locked.problem(problem));
    Ok(locked.finish())
}

const TABLES: [&str; 3] = ["dependencies", "optionalDependencies", "peerDependencies"];

/// The package that `name` means at `place`: the nearest one on the way to the root.
fn resolve(places: &BTreeMap<&str, NodeId>, steps: &mut Steps, place: &str, name: &str) -> Option<NodeId> {
    let mut above = place;
    while !above.is_empty() && steps.take() {
        if let Some(&id) = places.get(format!("{above}/{name}").as_str()) {
            return Some(id);
        }
        above = outer(above);
    }
    places.get(name).copied()
}

/// The place without its last name; a scope belongs to the name behind it.
fn outer(place: &str) -> &str {
    let Some((above, _)) = place.rsplit_once('/') else { return "" };
    let (outer, last) = above.rsplit_once('/').unwrap_or(("", above));
    if last.starts_with('@') { outer } else { above }
}

#[cfg(test)]
mod tests {
    use super::outer;

    #[test]
    fn places_are_walked_name_by_name() {
        assert_eq!(outer("a/@s/b/c"), "a/@s/b");
        assert_eq!(outer("a/@s/b"), "a");
        assert_eq!(outer("@s/b"), "");
        assert_eq!(outer("a"), "");
    }
}
