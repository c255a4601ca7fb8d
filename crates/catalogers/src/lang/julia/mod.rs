//! Julia: `Manifest.toml` of format 1 and 2.

use std::collections::BTreeSet;

use inventory::Harvest;
use model::PackageType;
use serde_json::Value;

use crate::lang::files::{Files, join, parent};
use crate::lang::locked::Locked;
use crate::lang::text::{self, Broken};

/// Reads `Manifest.toml`; `Project.toml` beside it tells direct from transitive. Other programs use the name too: what
/// has no such neighbour and no entry with a UUID is not Julia's. The standard library comes with Julia.
pub(super) fn read(files: Files<'_>, path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let dir = parent(path);
    let is_julia = ["Project.toml", "JuliaProject.toml"].iter().any(|name| files.has(&join(dir, name)));
    let manifest = match text::toml(bytes) {
        Err(broken) if is_julia => return Err(broken),
        Err(_) => return Ok(Harvest::default()),
        Ok(manifest) => manifest,
    };
    text::major_version(&manifest, "manifest_format", 1..=2)?;
    let entries: Vec<(&str, &Value)> = match manifest.get("manifest_format") {
        Some(_) => text::table(&manifest, "deps").collect(),
        None => text::entries(Some(&manifest)).collect(),
    };
    let entries = entries.into_iter().flat_map(|(name, list)| {
        list.as_array().into_iter().flatten().filter(|e| e.get("uuid").is_some()).map(move |e| (name, e))
    });
    let entries: Vec<(&str, &Value)> = entries.collect();
    if entries.is_empty() && !is_julia {
        return Ok(Harvest::default());
    }
    let mut locked = Locked::new(PackageType::Julia, "Manifest.toml", path);
    let mut added = Vec::new();
    for (name, entry) in entries {
        // What lies at a path is the project itself; what has neither version nor content comes with Julia.
        let is_own = entry.get("path").is_some();
        if is_own || entry.get("version").or_else(|| entry.get("git-tree-sha1")).is_none() {
            continue;
        }
        let id = locked.add(name, text::text(entry, "version").unwrap_or_default());
        locked.qualifier(id, "uuid", text::text(entry, "uuid").unwrap_or_default());
        added.push((id, entry));
    }
    let mut extra = Harvest::default();
    let project = files.toml(dir, "Project.toml", &mut extra);
    let asked: Option<BTreeSet<&str>> =
        project.as_ref().map(|p| text::table(p, "deps").map(|(name, _)| name).collect());
    for (id, entry) in &added {
        // Names alone, or with a UUID each where a name is not clear.
        for name in text::texts(entry, "deps").chain(text::table(entry, "deps").map(|(name, _)| name)) {
            locked.edge_by_name(*id, name);
        }
    }
    if let Some(asked) = asked {
        for id in 0..locked.len() {
            locked.direct(id, false);
        }
        for id in asked.iter().flat_map(|name| locked.named(name).to_vec()).collect::<Vec<_>>() {
            locked.direct(id, true);
        }
    }
    let mut harvest = locked.finish();
    harvest.problems.extend(extra.problems);
    Ok(harvest)
}
