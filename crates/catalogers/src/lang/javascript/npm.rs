//! `package-lock.json` and `npm-shrinkwrap.json`: version 1 (a tree of `dependencies`), 2 and 3 (a table of
//! `packages` by their place below `node_modules`).

use std::collections::{BTreeMap, BTreeSet};

use inventory::Harvest;
use model::PackageType;
use serde_json::Value;

use super::{PLACE_BYTES_MAX, Steps, manifest};
use crate::lang::files::{Files, parent};
use crate::lang::locked::{Locked, NodeId};
use crate::lang::text::{self, Broken};

/// Nesting of `dependencies` within `dependencies` in a lock of version 1.
const NESTING_MAX: usize = 64;

/// Reads a lock of any version.
pub(in crate::lang) fn read(files: Files<'_>, path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let lock = text::json_table(bytes)?;
    match lock.get("lockfileVersion").map(Value::as_u64) {
        None | Some(Some(1..=3)) => {}
        Some(_) => return Err(Broken::new("`lockfileVersion` is none of 1, 2 and 3")),
    }
    for table in ["packages", "dependencies"] {
        if lock.get(table).is_some_and(|t| !t.is_object()) {
            return Err(Broken::new(format!("`{table}` is no table")));
        }
    }
    text::has_one_of(&lock, &["lockfileVersion", "packages", "dependencies"])?;
    let mut locked = Locked::new(PackageType::Npm, "package-lock.json", path);
    let mut extra = Harvest::default();
    if lock.get("packages").and_then(Value::as_object).is_some() {
        read_packages(path, &lock, &mut locked);
    } else {
        let mut tree = Tree { locked: &mut locked, scopes: Vec::new(), pending: Vec::new() };
        tree.add(&lock, 0)?;
        let top = tree.link();
        if let Some(asked) = manifest::asked(files, parent(path), &mut extra) {
            let names: BTreeSet<&str> =
                asked.production.iter().chain(&asked.development).map(|(name, _)| name.as_str()).collect();
            let ids: BTreeSet<NodeId> = names.iter().filter_map(|n| top.get(*n).copied()).collect();
            for id in 0..locked.len() {
                locked.direct(id, ids.contains(&id));
            }
        }
    }
    let mut harvest = locked.finish();
    harvest.problems.extend(extra.problems);
    Ok(harvest)
}

fn read_packages(path: &str, lock: &Value, locked: &mut Locked<'_>) {
    let mut places: BTreeMap<&str, NodeId> = BTreeMap::new();
    let mut links: BTreeMap<&str, &str> = BTreeMap::new();
    for (place, entry) in text::table(lock, "packages") {
        if text::flag(entry, "link") {
            links.insert(place, text::text(entry, "resolved").unwrap_or_default());
            continue;
        }
        // Workspaces and the project itself lie outside `node_modules`.
        let Some((_, name)) = place.rsplit_once("node_modules/") else { continue };
        if PLACE_BYTES_MAX < place.len() {
            locked.nameless();
            continue;
        }
        let id = locked.add(text::text(entry, "name").unwrap_or(name), version(entry));
        locked.dev(id, text::flag(entry, "dev"));
        for license in super::installed::licenses(entry) {
            locked.license(id, &license);
        }
        places.insert(place, id);
    }
    let mut steps = Steps::new();
    let mut direct = BTreeSet::new();
    for (place, entry) in text::table(lock, "packages").filter(|(place, _)| place.len() <= PLACE_BYTES_MAX) {
        let own = !place.contains("node_modules/");
        let mut tables = vec!["dependencies", "optionalDependencies", "peerDependencies"];
        if own {
            tables.push("devDependencies");
        }
        for (name, _) in tables.iter().flat_map(|table| text::table(entry, table)) {
            match (resolve(&mut steps, &places, &links, place, name), places.get(place)) {
                (Some(to), Some(&from)) => locked.edge(from, to),
                (Some(to), None) if own => {
                    direct.insert(to);
                }
                _ => {}
            }
        }
    }
    for id in 0..locked.len() {
        locked.direct(id, direct.contains(&id));
    }
    steps.problem(path).into_iter().for_each(|problem| locked.problem(problem));
}

/// The version; an archive or repository has it in `version` as well, but a bare address is none.
fn version(entry: &Value) -> &str {
    text::text(entry, "version").filter(|v| super::is_version(v)).map(super::clean).unwrap_or_default()
}

/// Node's own lookup: `node_modules` of the package, then of every directory above.
fn resolve(
    steps: &mut Steps,
    places: &BTreeMap<&str, NodeId>,
    links: &BTreeMap<&str, &str>,
    from: &str,
    name: &str,
) -> Option<NodeId> {
    let mut dir = from;
    while steps.take() {
        let place = match dir {
            "" => format!("node_modules/{name}"),
            _ => format!("{dir}/node_modules/{name}"),
        };
        if let Some(&id) = places.get(place.as_str()) {
            return Some(id);
        }
        if links.contains_key(place.as_str()) || dir.is_empty() {
            return None;
        }
        dir = parent(dir);
    }
    None
}

/// A lock of version 1 while it is read: a scope is the `dependencies` table of one package.
struct Tree<'l, 'p> {
    locked: &'l mut Locked<'p>,
    scopes: Vec<BTreeMap<String, NodeId>>,
    pending: Vec<(NodeId, String, Vec<usize>)>,
}

impl Tree<'_, '_> {
    fn add(&mut self, lock: &Value, depth: usize) -> Result<(), Broken> {
        self.level(lock, &[], depth)
    }

    /// Adds the table of one package; `outer` are the scopes above, innermost last.
    fn level(&mut self, holder: &Value, outer: &[usize], depth: usize) -> Result<(), Broken> {
        if NESTING_MAX < depth {
            return Err(Broken::new(format!("dependencies nested deeper than {NESTING_MAX}")));
        }
        let scope = self.scopes.len();
        self.scopes.push(BTreeMap::new());
        let inner: Vec<usize> = outer.iter().copied().chain([scope]).collect();
        for (name, entry) in text::table(holder, "dependencies") {
            let written = text::text(entry, "version").unwrap_or_default();
            if super::is_local(written) {
                continue;
            }
            // npm 7 wrote some names of such a tree with their place.
            let name = name.rsplit("node_modules/").next().unwrap_or(name);
            let (real, version) = match written.strip_prefix("npm:").and_then(super::split_at_version) {
                Some((real, version)) => (real, super::clean(version)),
                None => (name, version(entry)),
            };
            let id = self.locked.add(real, version);
            self.locked.dev(id, text::flag(entry, "dev"));
            if let Some(own) = self.scopes.get_mut(scope) {
                own.insert(name.to_owned(), id);
            }
            let below = self.scopes.len();
            let nested = entry.get("dependencies").and_then(Value::as_object).is_some_and(|t| !t.is_empty());
            if nested {
                self.level(entry, &inner, depth + 1)?;
            }
            let reach: Vec<usize> = inner.iter().copied().chain(nested.then_some(below)).collect();
            for (wanted, _) in text::table(entry, "requires") {
                self.pending.push((id, wanted.to_owned(), reach.clone()));
            }
        }
        Ok(())
    }

    /// Resolves what packages require, innermost scope first; the outermost scope is the answer.
    fn link(self) -> BTreeMap<String, NodeId> {
        for (from, name, reach) in &self.pending {
            let found = reach.iter().rev().filter_map(|&s| self.scopes.get(s)).find_map(|s| s.get(name));
            if let Some(&to) = found {
                self.locked.edge(*from, to);
            }
        }
        self.scopes.into_iter().next().unwrap_or_default()
    }
}
