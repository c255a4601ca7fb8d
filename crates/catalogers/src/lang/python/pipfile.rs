//! `Pipfile.lock` of pipenv, and the `Pipfile` beside it.

use std::collections::BTreeSet;

use inventory::Harvest;
use model::PackageType;
use serde_json::Value;

use super::normalize;
use super::pyproject::no_versions;
use crate::lang::files::{Files, parent};
use crate::lang::locked::Locked;
use crate::lang::text::{self, Broken};

/// Reads `Pipfile.lock`.
pub(in crate::lang) fn read_lock(files: Files<'_>, path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let lock = text::json_table(bytes)?;
    text::has_one_of(&lock, &["_meta", "default", "develop"])?;
    text::major_version(lock.get("_meta").unwrap_or(&Value::Null), "pipfile-spec", 1..=6)?;
    let mut extra = Harvest::default();
    let pipfile = files.toml(parent(path), "Pipfile", &mut extra);
    let mut locked = Locked::new(PackageType::Pypi, "Pipfile.lock", path);
    for (category, packages) in text::entries(Some(&lock)).filter(|(name, _)| *name != "_meta") {
        if !packages.is_object() {
            return Err(Broken::new(format!("`{category}` is no table")));
        }
        let asked = pipfile.as_ref().map(|p| asked(p, category));
        for (name, package) in text::entries(Some(packages)) {
            let Some(version) = version(package) else { continue };
            let name = normalize(name);
            let id = locked.add(&name, version);
            locked.dev(id, category == "develop");
            if let Some(asked) = &asked {
                locked.direct(id, asked.contains(&name));
            }
        }
    }
    let mut harvest = locked.finish();
    harvest.problems.extend(extra.problems);
    Ok(harvest)
}

/// The pinned version, empty for repositories and archives that name none, nothing for directories of the project.
fn version(package: &Value) -> Option<&str> {
    match text::text(package, "version") {
        // A star is what was asked for, not what was chosen.
        Some("*") => Some(""),
        Some(version) => Some(version.trim_start_matches('=')),
        None if package.get("path").is_some()
            || package.get("editable").is_some() && package.get("git").is_none() =>
        {
            None
        }
        None => Some(""),
    }
}

/// Names that a category of the lock's Pipfile asks for.
fn asked(pipfile: &Value, category: &str) -> BTreeSet<String> {
    let table = match category {
        "default" => "packages",
        "develop" => "dev-packages",
        other => other,
    };
    text::table(pipfile, table).map(|(name, _)| normalize(name)).collect()
}

/// Reads a `Pipfile` without lock: exact pins are packages, the rest is not known.
pub(in crate::lang) fn read_manifest(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let pipfile = text::toml(bytes)?;
    let mut locked = Locked::new(PackageType::Pypi, "Pipfile", path);
    let mut open = Vec::new();
    for (name, wanted) in text::table(&pipfile, "packages") {
        let specifier = wanted.as_str().or_else(|| text::text(wanted, "version")).unwrap_or_default();
        match specifier.strip_prefix("==").map(str::trim).filter(|v| !v.contains(['*', ','])) {
            Some(version) => {
                let id = locked.add(&normalize(name), version);
                locked.direct(id, true);
            }
            None if wanted.get("path").is_none() => open.push(name),
            None => {}
        }
    }
    no_versions(&mut locked, open.into_iter(), "commit Pipfile.lock");
    Ok(locked.finish())
}
