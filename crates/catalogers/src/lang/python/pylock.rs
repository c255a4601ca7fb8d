//! `pylock.toml` and `pylock.NAME.toml` (PEP 751).

use inventory::Harvest;
use model::PackageType;
use serde_json::Value;

use super::normalize;
use crate::lang::locked::{Locked, NodeId};
use crate::lang::text::{self, Broken};

/// Reads `pylock.toml`.
pub(in crate::lang) fn read(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let lock = text::toml(bytes)?;
    text::has_one_of(&lock, &["lock-version", "packages"])?;
    text::major_version(&lock, "lock-version", 1..=1)?;
    let mut locked = Locked::new(PackageType::Pypi, "pylock.toml", path);
    let packages: Vec<(NodeId, &Value)> = text::list(&lock, "packages")
        .iter()
        .filter(|p| p.get("directory").is_none())
        .filter_map(|p| super::add(&mut locked, p))
        .collect();
    for (id, package) in &packages {
        super::uploaded(&mut locked, *id, package);
        for dependency in text::list(package, "dependencies") {
            let Some(name) = text::text(dependency, "name").map(normalize) else { continue };
            match text::text(dependency, "version").and_then(|v| locked.find(&name, v)) {
                Some(to) => locked.edge(*id, to),
                None => locked.edge_by_name(*id, &name),
            }
        }
    }
    Ok(locked.finish())
}
