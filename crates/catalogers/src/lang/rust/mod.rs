//! Rust: `Cargo.lock` of every version, with the `Cargo.toml` files of its workspace. Auditable programs are read
//! elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use inventory::Harvest;
use model::PackageType;
use serde_json::Value;

use crate::lang::files::{Files, parent, split};
use crate::lang::locked::{Locked, NodeId};
use crate::lang::python::pyproject::no_versions;
use crate::lang::text::{self, Broken};

/// Manifests of one workspace.
const MANIFESTS_MAX: usize = 2_000;

/// Reads `Cargo.lock`. Packages without a source are the workspace itself; what they ask for is direct.
pub(super) fn read_lock(files: Files<'_>, path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let lock = text::toml(bytes)?;
    if lock.get("version").is_some_and(|v| !matches!(v.as_u64(), Some(1..=4))) {
        return Err(Broken::new("`version` is none of 1 to 4"));
    }
    text::has_one_of(&lock, &["package", "root", "version"])?;
    let mut locked = Locked::new(PackageType::Cargo, "Cargo.lock", path);
    let mut packages: Vec<(NodeId, &Value)> = Vec::new();
    let mut members: Vec<(&str, &Value)> = Vec::new();
    for package in text::list(&lock, "package").iter().chain(lock.get("root")) {
        let Some(name) = text::text(package, "name") else {
            locked.nameless();
            continue;
        };
        match text::text(package, "source") {
            None => members.push((name, package)),
            Some(_) => {
                packages.push((locked.add(name, text::text(package, "version").unwrap_or_default()), package))
            }
        }
    }
    for (from, package) in &packages {
        for to in text::texts(package, "dependencies").flat_map(|d| targets(&locked, d)).collect::<Vec<_>>() {
            locked.edge(*from, to);
        }
    }
    let mut extra = Harvest::default();
    let manifests = manifests(files, parent(path), &members, &mut extra);
    let (mut production, mut development) = (BTreeSet::new(), BTreeSet::new());
    for (name, member) in &members {
        for dependency in text::texts(member, "dependencies") {
            let wanted = dependency.split(' ').next().unwrap_or_default();
            let only_for_tests = manifests.get(name).is_some_and(|shipped| !shipped.contains(wanted));
            let set = if only_for_tests { &mut development } else { &mut production };
            set.extend(targets(&locked, dependency));
        }
    }
    if !members.is_empty() {
        locked.roots(&production, &development);
    }
    let mut harvest = locked.finish();
    harvest.problems.extend(extra.problems);
    Ok(harvest)
}

/// What `name`, `name version` or `name version (source)` means.
fn targets(locked: &Locked<'_>, reference: &str) -> Vec<NodeId> {
    let mut words = reference.split(' ');
    let name = words.next().unwrap_or_default();
    match words.next() {
        Some(version) => locked.find(name, version).into_iter().collect(),
        None => locked.named(name).to_vec(),
    }
}

/// For each member of the workspace whose manifest is found: the packages that it needs to be built and to run.
fn manifests<'l>(
    files: Files<'_>,
    dir: &str,
    members: &[(&'l str, &Value)],
    extra: &mut Harvest,
) -> BTreeMap<&'l str, BTreeSet<String>> {
    let paths = files.below(dir).filter(|p| split(p).1 == "Cargo.toml").take(MANIFESTS_MAX);
    let manifests: Vec<Value> =
        paths.filter_map(|path| files.toml(parent(path), "Cargo.toml", extra)).collect();
    let renamed: BTreeMap<&str, &str> = manifests
        .iter()
        .filter_map(|m| m.get("workspace"))
        .flat_map(|workspace| text::table(workspace, "dependencies"))
        .filter_map(|(name, wanted)| Some((name, text::text(wanted, "package")?)))
        .collect();
    let mut found = BTreeMap::new();
    for manifest in &manifests {
        let name = manifest.get("package").and_then(|p| text::text(p, "name"));
        if let Some((name, _)) = members.iter().find(|(member, _)| Some(*member) == name) {
            found.insert(*name, shipped(manifest, &renamed));
        }
    }
    found
}

/// Real names of the packages in every table but `dev-dependencies`; `workspace = true` takes the workspace's entry,
/// which may rename the package.
fn shipped(manifest: &Value, renamed: &BTreeMap<&str, &str>) -> BTreeSet<String> {
    let targets = text::table(manifest, "target").map(|(_, target)| target);
    let tables = std::iter::once(manifest).chain(targets).flat_map(|holder| {
        ["dependencies", "build-dependencies", "build_dependencies"]
            .iter()
            .flat_map(|t| text::table(holder, t))
    });
    let mut names = BTreeSet::new();
    for (name, wanted) in tables {
        let own = text::text(wanted, "package");
        names.insert(own.or_else(|| renamed.get(name).copied()).unwrap_or(name).to_owned());
    }
    names
}

/// Reads a `Cargo.toml` that no lock stands above: nothing is known of the versions.
pub(super) fn read_manifest(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let manifest = text::toml(bytes)?;
    let mut locked = Locked::new(PackageType::Cargo, "Cargo.toml", path);
    let workspace = manifest.get("workspace").unwrap_or(&Value::Null);
    let tables = text::table(&manifest, "dependencies").chain(text::table(workspace, "dependencies"));
    let names = tables.filter(|(_, wanted)| wanted.get("path").is_none() && !text::flag(wanted, "workspace"));
    no_versions(&mut locked, names.map(|(name, _)| name), "commit Cargo.lock");
    Ok(locked.finish())
}
