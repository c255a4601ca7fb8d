//! `uv.lock`: registry, git, url and path packages; members of the workspace are the project itself.

use std::collections::BTreeSet;

use inventory::Harvest;
use model::PackageType;
use serde_json::Value;

use super::normalize;
use crate::lang::locked::{Locked, NodeId};
use crate::lang::text::{self, Broken};

/// Reads `uv.lock`.
pub(in crate::lang) fn read(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let lock = text::toml(bytes)?;
    if lock.get("version").is_some_and(|v| v.as_u64() != Some(1)) {
        return Err(Broken::new("`version` is not 1"));
    }
    text::has_one_of(&lock, &["package", "version"])?;
    text::major_version(&lock, "version", 1..=1)?;
    let mut locked = Locked::new(PackageType::Pypi, "uv.lock", path);
    let mut packages: Vec<(NodeId, &Value)> = Vec::new();
    let mut members: Vec<&Value> = Vec::new();
    for package in text::list(&lock, "package") {
        let Some(name) = text::text(package, "name") else {
            locked.nameless();
            continue;
        };
        if is_member(package) {
            members.push(package);
        } else {
            packages.push((
                locked.add(&normalize(name), text::text(package, "version").unwrap_or_default()),
                package,
            ));
        }
    }
    for (id, package) in &packages {
        super::uploaded(&mut locked, *id, package);
        for to in targets(&locked, runtime(package)) {
            locked.edge(*id, to);
        }
    }
    let (mut production, mut development) = (BTreeSet::new(), BTreeSet::new());
    for member in &members {
        production.extend(targets(&locked, runtime(member)));
        for (_, group) in text::table(member, "dev-dependencies") {
            development.extend(targets(&locked, group.as_array().into_iter().flatten()));
        }
    }
    if !members.is_empty() {
        locked.roots(&production, &development);
    }
    Ok(locked.finish())
}

/// Members of the workspace and directories of the project.
fn is_member(package: &Value) -> bool {
    let source = package.get("source").unwrap_or(&Value::Null);
    ["virtual", "editable", "directory"].iter().any(|kind| source.get(kind).is_some())
}

/// What the package needs to run: its dependencies and those of its extras.
fn runtime(package: &Value) -> impl Iterator<Item = &Value> {
    let extras = text::table(package, "optional-dependencies")
        .flat_map(|(_, list)| list.as_array().into_iter().flatten());
    text::list(package, "dependencies").iter().chain(extras)
}

/// The packages that references (`{ name, version? }`) mean.
fn targets<'v>(locked: &Locked<'_>, references: impl Iterator<Item = &'v Value>) -> Vec<NodeId> {
    let mut found = Vec::new();
    for reference in references {
        let Some(name) = text::text(reference, "name").map(normalize) else { continue };
        match text::text(reference, "version").and_then(|v| locked.find(&name, v)) {
            Some(id) => found.push(id),
            None => found.extend(locked.named(&name)),
        }
    }
    found
}
