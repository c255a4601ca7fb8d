//! .NET: `packages.lock.json`, `packages.config`, project files, and the `*.deps.json` beside a built program.

pub(super) mod project;

use std::collections::BTreeMap;

use inventory::Harvest;
use model::PackageType;

use crate::lang::locked::{Locked, NodeId};
use crate::lang::text::{self, Broken};
use crate::lang::xml;

/// Reads `packages.lock.json`, one table a framework; names are compared without regard to case.
pub(super) fn read_lock(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let lock = text::json_table(bytes)?;
    text::has_one_of(&lock, &["dependencies", "version"])?;
    text::major_version(&lock, "version", 1..=3)?;
    let mut locked = Locked::new(PackageType::Nuget, "packages.lock.json", path);
    for (_, framework) in text::table(&lock, "dependencies") {
        let mut ids: BTreeMap<String, NodeId> = BTreeMap::new();
        for (name, package) in text::entries(Some(framework)) {
            let kind = text::text(package, "type").unwrap_or_default();
            if kind == "Project" {
                continue;
            }
            let id = locked.add(name, text::text(package, "resolved").unwrap_or_default());
            locked.direct(id, kind == "Direct");
            ids.insert(name.to_lowercase(), id);
        }
        for (name, package) in text::entries(Some(framework)) {
            let Some(&from) = ids.get(&name.to_lowercase()) else { continue };
            for (wanted, _) in text::table(package, "dependencies") {
                if let Some(&to) = ids.get(&wanted.to_lowercase()) {
                    locked.edge(from, to);
                }
            }
        }
    }
    Ok(locked.finish())
}

/// Reads `packages.config`.
pub(super) fn read_config(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let root = xml::read(bytes)?;
    let mut locked = Locked::new(PackageType::Nuget, "packages.config", path);
    if root.name != "packages" {
        return Err(Broken::new(format!("its root is `{}`, not `packages`", root.name)));
    }
    for package in root.children.iter().filter(|c| c.name == "package") {
        let Some(name) = package.attribute("id") else {
            locked.nameless();
            continue;
        };
        let id = locked.add(name, package.attribute("version").unwrap_or_default());
        locked.dev(
            id,
            package.attribute("developmentDependency").is_some_and(|v| v.eq_ignore_ascii_case("true")),
        );
    }
    Ok(locked.finish())
}

/// Reads `*.deps.json`: libraries that are packages, or parts of the shared runtime that is shipped along.
pub(super) fn read_deps(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let deps = text::json_table(bytes)?;
    text::has_one_of(&deps, &["libraries", "targets", "runtimeTarget"])?;
    let mut locked = Locked::new(PackageType::Nuget, "deps.json", path);
    let mut ids: BTreeMap<String, NodeId> = BTreeMap::new();
    let mut own: Vec<&str> = Vec::new();
    for (library, about) in text::table(&deps, "libraries") {
        match text::text(about, "type").unwrap_or_default() {
            "package" | "runtimepack" => {
                let Some((name, version)) = library.rsplit_once('/') else {
                    locked.nameless();
                    continue;
                };
                let name = name.strip_prefix("runtimepack.").unwrap_or(name);
                ids.insert(library.to_owned(), locked.add(name, version));
            }
            "project" => own.push(library),
            // `reference` and the like are the program's own; what has no type may be anything.
            "" => locked.nameless(),
            _ => {}
        }
    }
    for (_, target) in text::table(&deps, "targets") {
        for (library, about) in text::entries(Some(target)) {
            for (name, version) in text::table(about, "dependencies") {
                let Some(&to) = version.as_str().and_then(|v| ids.get(&format!("{name}/{v}"))) else {
                    continue;
                };
                match ids.get(library) {
                    Some(&from) => locked.edge(from, to),
                    None if own.contains(&library) => locked.direct(to, true),
                    None => {}
                }
            }
        }
    }
    if !own.is_empty() {
        for id in ids.values() {
            locked.direct(*id, false);
        }
    }
    Ok(locked.finish())
}
