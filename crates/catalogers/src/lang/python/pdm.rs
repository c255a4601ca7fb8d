//! `pdm.lock`.

use std::collections::BTreeSet;

use inventory::Harvest;
use model::PackageType;
use serde_json::Value;

use super::pyproject::Asked;
use super::{normalize, requirement};
use crate::lang::files::{Files, parent};
use crate::lang::locked::{Locked, NodeId};
use crate::lang::text::{self, Broken};

/// Reads `pdm.lock`; `pyproject.toml` beside it tells direct from transitive.
pub(in crate::lang) fn read(files: Files<'_>, path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let lock = text::toml(bytes)?;
    text::has_one_of(&lock, &["package", "metadata"])?;
    text::major_version(lock.get("metadata").unwrap_or(&Value::Null), "lock_version", 2..=4)?;
    let mut locked = Locked::new(PackageType::Pypi, "pdm.lock", path);
    let packages: Vec<(NodeId, &Value)> = text::list(&lock, "package")
        .iter()
        .filter(|p| p.get("path").is_none())
        .filter_map(|p| super::add(&mut locked, p))
        .collect();
    let mut extra = Harvest::default();
    let asked = files.toml(parent(path), "pyproject.toml", &mut extra).map(|p| Asked::of(&p));
    let development: BTreeSet<String> = asked.as_ref().map(|a| a.development.clone()).unwrap_or_default();
    for (id, package) in &packages {
        for dependency in text::texts(package, "dependencies").filter_map(requirement::parse) {
            locked.edge_by_name(*id, &dependency.name);
        }
        let groups: Vec<&str> = text::texts(package, "groups").collect();
        let name = text::text(package, "name").map(normalize).unwrap_or_default();
        let shipped = groups.contains(&"default") || groups.is_empty();
        locked
            .dev(*id, !shipped && (groups.iter().all(|g| is_development(g)) || development.contains(&name)));
        if let Some(asked) = &asked {
            locked.direct(*id, asked.production.contains(&name) || asked.development.contains(&name));
        }
    }
    let mut harvest = locked.finish();
    harvest.problems.extend(extra.problems);
    Ok(harvest)
}

/// Groups are named freely; these names say what they are for.
fn is_development(group: &str) -> bool {
    group.split(['-', '_', ':']).any(|w| {
        matches!(
            w,
            "dev" | "develop" | "development" | "test" | "tests" | "testing" | "lint" | "doc" | "docs"
        )
    })
}
