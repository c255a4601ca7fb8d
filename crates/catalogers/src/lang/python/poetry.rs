//! `poetry.lock`, every lock version: 1.x with categories, 2.0 without, 2.1 with groups.

use std::collections::BTreeSet;

use inventory::Harvest;
use model::PackageType;
use serde_json::Value;

use super::normalize;
use super::pyproject::Asked;
use crate::lang::files::{Files, parent};
use crate::lang::locked::{Locked, NodeId};
use crate::lang::text::{self, Broken};

/// Reads `poetry.lock`; `pyproject.toml` beside it tells direct from transitive.
pub(in crate::lang) fn read(files: Files<'_>, path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let lock = text::toml(bytes)?;
    text::has_one_of(&lock, &["package", "metadata"])?;
    text::major_version(lock.get("metadata").unwrap_or(&Value::Null), "lock-version", 0..=2)?;
    let mut locked = Locked::new(PackageType::Pypi, "poetry.lock", path);
    let packages: Vec<(NodeId, &Value)> = text::list(&lock, "package")
        .iter()
        .filter(|p| !is_local(p))
        .filter_map(|p| super::add(&mut locked, p))
        .collect();
    let mut dev_known = false;
    for (id, package) in &packages {
        for (name, _) in text::table(package, "dependencies") {
            locked.edge_by_name(*id, &normalize(name));
        }
        let groups: BTreeSet<&str> = text::texts(package, "groups").collect();
        match (text::text(package, "category"), groups.is_empty()) {
            (Some(category), _) => locked.dev(*id, category == "dev"),
            (None, false) => locked.dev(*id, !groups.contains("main")),
            (None, true) => continue,
        }
        dev_known = true;
    }
    let mut extra = Harvest::default();
    if let Some(project) = files.toml(parent(path), "pyproject.toml", &mut extra) {
        let asked = Asked::of(&project);
        let ids = |names: &BTreeSet<String>| -> BTreeSet<NodeId> {
            names.iter().flat_map(|n| locked.named(n).to_vec()).collect()
        };
        let (production, development) = (ids(&asked.production), ids(&asked.development));
        if dev_known {
            for (id, _) in &packages {
                locked.direct(*id, production.contains(id) || development.contains(id));
            }
        } else {
            locked.roots(&production, &development);
        }
    }
    let mut harvest = locked.finish();
    harvest.problems.extend(extra.problems);
    Ok(harvest)
}

/// A directory of the project itself is not a dependency.
fn is_local(package: &Value) -> bool {
    package.get("source").and_then(|s| text::text(s, "type")) == Some("directory")
}
