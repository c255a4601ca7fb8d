//! `pnpm-lock.yaml`: versions 5 (`/name/1.0.0_peer`), 6 (`/name@1.0.0(peer)`) and 9 (`name@1.0.0`, with the graph in
//! `snapshots`).

use std::collections::{BTreeMap, BTreeSet};

use inventory::Harvest;
use model::{PackageType, Timestamp};
use serde_json::Value;

use super::split_at_version;
use crate::lang::locked::{Locked, NodeId};
use crate::lang::text::{self, Broken};

/// Reads a lock of any version; a document before the project's own is that of pnpm itself.
pub(in crate::lang) fn read(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let documents = text::yaml_all(bytes)?;
    let mut locked = Locked::new(PackageType::Npm, "pnpm-lock.yaml", path);
    let (mut production, mut development) = (BTreeSet::new(), BTreeSet::new());
    if documents.is_empty() {
        return Err(Broken::new("the file is empty"));
    }
    for lock in &documents {
        let format = format(lock)?;
        let ids = add(format, lock, &mut locked);
        let (shipped, developed) = roots(format, lock, &ids);
        production.extend(shipped);
        development.extend(developed);
    }
    locked.roots(&production, &development);
    Ok(locked.finish())
}

fn format(lock: &Value) -> Result<Format, Broken> {
    let written = text::text(lock, "lockfileVersion").unwrap_or_default();
    match written.split('.').next().and_then(|major| major.parse::<u32>().ok()) {
        Some(0..=5) => Ok(Format::Slashes),
        Some(6..=8) => Ok(Format::AtWithSlash),
        Some(9) => Ok(Format::At),
        Some(_) => Err(Broken::new("`lockfileVersion` is none of 5 to 9")),
        None => Err(Broken::new("no lockfileVersion")),
    }
}

/// Adds the packages of one document and their edges.
fn add<'v>(format: Format, lock: &'v Value, locked: &mut Locked<'_>) -> BTreeMap<&'v str, NodeId> {
    let mut ids: BTreeMap<&str, NodeId> = BTreeMap::new();
    for (key, entry) in text::table(lock, "packages") {
        if is_own(key, entry) {
            continue;
        }
        let Some((name, version)) = identity(format, key, entry) else {
            locked.nameless();
            continue;
        };
        let id = locked.add(name, version);
        if let Some(dev) = entry.get("dev").and_then(Value::as_bool) {
            locked.dev(id, dev);
        }
        ids.insert(key, id);
    }
    date(format, lock, &ids, locked);
    let graph = if format == Format::At { "snapshots" } else { "packages" };
    for (key, entry) in text::table(lock, graph) {
        let Some(&from) = ids.get(without_peers(format, key)).or_else(|| ids.get(key)) else { continue };
        for (name, reference) in
            ["dependencies", "optionalDependencies"].iter().flat_map(|t| text::table(entry, t))
        {
            if let Some(to) = reference.as_str().and_then(|r| target(format, &ids, name, r)) {
                locked.edge(from, to);
            }
        }
    }
    ids
}

/// Notes when packages were published: `time`, which pnpm writes with `resolution-mode=time-based`, for what the project
/// asks for itself. Its keys are those of the packages without their peers.
fn date(format: Format, lock: &Value, ids: &BTreeMap<&str, NodeId>, locked: &mut Locked<'_>) {
    let times: BTreeMap<&str, Timestamp> = text::table(lock, "time")
        .filter_map(|(key, time)| Some((key, time.as_str()?.parse().ok()?)))
        .collect();
    for (key, id) in ids {
        if let Some(at) = times.get(without_peers(format, key)) {
            locked.published(*id, *at);
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Slashes,
    AtWithSlash,
    At,
}

/// Name and version of a package; nothing for directories of the project.
fn identity<'v>(format: Format, key: &'v str, entry: &'v Value) -> Option<(&'v str, &'v str)> {
    let parsed = parse(format, key);
    let name = text::text(entry, "name").or(parsed.map(|(n, _)| n))?;
    let version = text::text(entry, "version").or(parsed.map(|(_, v)| v)).filter(|v| super::is_version(v));
    Some((name, version.map(super::clean).unwrap_or_default()))
}

/// True for a folder of the project itself.
fn is_own(key: &str, entry: &Value) -> bool {
    let resolution = entry.get("resolution").unwrap_or(&Value::Null);
    text::text(resolution, "type") == Some("directory")
        || (super::is_local(key) && entry.get("version").is_none())
}

fn parse(format: Format, key: &str) -> Option<(&str, &str)> {
    let key = without_peers(format, key);
    if format != Format::Slashes {
        return split_at_version(key.strip_prefix('/').unwrap_or(key));
    }
    // `/name/1.0.0`, `/@scope/name/1.0.0`, `registry.host/name/1.0.0`
    let path = key.strip_prefix('/').or_else(|| key.split_once('/').map(|(_, rest)| rest))?;
    let (name, version) = path.rsplit_once('/')?;
    Some((name, version.split('_').next().unwrap_or(version)))
}

/// The key without the peers that it was resolved with.
fn without_peers(format: Format, key: &str) -> &str {
    match format {
        Format::Slashes => key,
        Format::AtWithSlash | Format::At => key.find('(').and_then(|at| key.get(..at)).unwrap_or(key),
    }
}

/// The package that a reference in a table of dependencies means: a version, or a key where the name is an alias.
fn target(format: Format, ids: &BTreeMap<&str, NodeId>, name: &str, reference: &str) -> Option<NodeId> {
    let keys = match format {
        Format::Slashes => [format!("/{name}/{reference}"), reference.to_owned()],
        Format::AtWithSlash => [format!("/{name}@{reference}"), reference.to_owned()],
        Format::At => [format!("{name}@{reference}"), reference.to_owned()],
    };
    keys.iter().find_map(|key| ids.get(key.as_str()).or_else(|| ids.get(without_peers(format, key))).copied())
}

/// What the project and its workspaces ask for: for running, and for development.
fn roots(format: Format, lock: &Value, ids: &BTreeMap<&str, NodeId>) -> (BTreeSet<NodeId>, BTreeSet<NodeId>) {
    let importers: Vec<&Value> = match lock.get("importers") {
        Some(_) => text::table(lock, "importers").map(|(_, importer)| importer).collect(),
        None => vec![lock],
    };
    let of = |importer: &Value, table: &str| -> Vec<NodeId> {
        text::table(importer, table)
            .filter_map(|(name, asked)| {
                let reference = asked.as_str().or_else(|| text::text(asked, "version"))?;
                target(format, ids, name, reference)
            })
            .collect()
    };
    let (mut production, mut development) = (BTreeSet::new(), BTreeSet::new());
    for importer in importers {
        production.extend(of(importer, "dependencies"));
        production.extend(of(importer, "optionalDependencies"));
        for table in ["devDependencies", "configDependencies", "packageManagerDependencies"] {
            development.extend(of(importer, table));
        }
    }
    (production, development)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Name and day of every package of a lock.
    fn days(text: &str) -> Vec<(String, Option<String>)> {
        let harvest = read("pnpm-lock.yaml", text.as_bytes()).unwrap();
        assert_eq!(harvest.problems, []);
        let day = |p: &model::Package| p.published.map(|t| t.to_string());
        harvest.packages.iter().map(|p| (p.name.clone(), day(p))).collect()
    }

    #[test]
    fn times_of_time_based_resolution_are_when_packages_were_published() {
        let nine = "lockfileVersion: '9.0'\ntime:\n  a@1.0.0: '2016-01-01T00:00:00.000Z'\n  '@s/b@2.0.0': nonsense\n\
            packages:\n  a@1.0.0: {resolution: {integrity: x}}\n  '@s/b@2.0.0': {resolution: {integrity: x}}\n";
        let expected = [("@s/b".to_owned(), None), ("a".to_owned(), Some("2016-01-01T00:00:00Z".to_owned()))];
        assert_eq!(days(nine), expected);
        let six = "lockfileVersion: '6.0'\ntime:\n  /a@1.0.0: '2016-01-01T00:00:00.000Z'\n\
            packages:\n  /a@1.0.0(p@1.0.0): {resolution: {integrity: x}}\n";
        assert_eq!(days(six), [("a".to_owned(), Some("2016-01-01T00:00:00Z".to_owned()))]);
        let five = "lockfileVersion: 5.4\ntime:\n  /a/1.0.0: '2016-01-01T00:00:00.000Z'\n\
            packages:\n  /a/1.0.0: {resolution: {integrity: x}}\n";
        assert_eq!(days(five), [("a".to_owned(), Some("2016-01-01T00:00:00Z".to_owned()))]);
    }
}
