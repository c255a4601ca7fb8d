//! PHP: `composer.lock`, `composer.json`, and `vendor/composer/installed.json`.

use std::collections::BTreeSet;

use inventory::Harvest;
use model::PackageType;
use serde_json::Value;

use crate::lang::files::{Files, parent};
use crate::lang::locked::{Locked, NodeId};
use crate::lang::python::pyproject::no_versions;
use crate::lang::text::{self, Broken};

/// Reads `composer.lock`; `composer.json` beside it tells direct from transitive.
pub(super) fn read_lock(files: Files<'_>, path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let lock = text::json_table(bytes)?;
    text::has_one_of(&lock, &["packages", "packages-dev", "content-hash"])?;
    let mut locked = Locked::new(PackageType::Composer, "composer.lock", path);
    let production = add(&mut locked, text::list(&lock, "packages"));
    let development = add(&mut locked, text::list(&lock, "packages-dev"));
    link(&mut locked, &production);
    link(&mut locked, &development);
    for (dev, packages) in [(false, &production), (true, &development)] {
        for (id, _) in packages {
            locked.dev(*id, dev);
        }
    }
    let mut extra = Harvest::default();
    if let Some(project) = files.json(parent(path), "composer.json", &mut extra) {
        let asked: BTreeSet<String> = ["require", "require-dev"]
            .iter()
            .flat_map(|table| text::table(&project, table))
            .map(|(name, _)| name.to_lowercase())
            .collect();
        for (id, package) in production.iter().chain(&development) {
            locked
                .direct(*id, text::text(package, "name").is_some_and(|n| asked.contains(&n.to_lowercase())));
        }
    }
    let mut harvest = locked.finish();
    harvest.problems.extend(extra.problems);
    Ok(harvest)
}

/// Reads `installed.json`: a list (Composer 1) or a table of packages (Composer 2). Other programs use the name too:
/// what has no package with a version is not Composer's.
pub(super) fn read_installed(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let installed = match text::json(bytes) {
        Err(broken) if path.ends_with("composer/installed.json") => return Err(broken),
        Err(_) => return Ok(Harvest::default()),
        Ok(value) => value,
    };
    let packages = installed.as_array().map_or_else(|| text::list(&installed, "packages"), Vec::as_slice);
    if !path.ends_with("composer/installed.json") && !packages.iter().any(|p| p.get("version").is_some()) {
        return Ok(Harvest::default());
    }
    let mut locked = Locked::new(PackageType::Composer, "composer installed.json", path);
    let added = add(&mut locked, packages);
    link(&mut locked, &added);
    let development: BTreeSet<&str> = text::texts(&installed, "dev-package-names").collect();
    for (id, package) in &added {
        locked.dev(*id, text::text(package, "name").is_some_and(|n| development.contains(n)));
    }
    Ok(locked.finish())
}

/// Reads a `composer.json` that no lock stands beside: nothing is known of the versions.
pub(super) fn read_manifest(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let project = text::json_table(bytes)?;
    let mut locked = Locked::new(PackageType::Composer, "composer.json", path);
    let names = text::table(&project, "require").map(|(name, _)| name).filter(|n| n.contains('/'));
    no_versions(&mut locked, names, "commit composer.lock");
    Ok(locked.finish())
}

fn add<'v>(locked: &mut Locked<'_>, packages: &'v [Value]) -> Vec<(NodeId, &'v Value)> {
    let mut added = Vec::new();
    for package in packages {
        let Some(name) = text::text(package, "name") else {
            locked.nameless();
            continue;
        };
        let id = locked.add(name, text::text(package, "version").unwrap_or_default());
        for license in text::texts(package, "license").chain(text::text(package, "license")) {
            locked.license(id, license);
        }
        // When this version was tagged or committed, as Packagist tells it.
        if let Some(at) = text::text(package, "time").and_then(|t| t.replacen(' ', "T", 1).parse().ok()) {
            locked.published(id, at);
        }
        added.push((id, package));
    }
    added
}

fn link(locked: &mut Locked<'_>, packages: &[(NodeId, &Value)]) {
    for (from, package) in packages {
        for (name, _) in text::table(package, "require") {
            locked.edge_by_name(*from, name);
        }
    }
}
