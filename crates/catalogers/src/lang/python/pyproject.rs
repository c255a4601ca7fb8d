//! `pyproject.toml`: what the project asks for, in the tables of PEP 621, PEP 735, poetry, pdm and uv.

use std::collections::BTreeSet;

use inventory::Harvest;
use model::PackageType;
use serde_json::Value;

use super::{normalize, requirement};
use crate::lang::locked::Locked;
use crate::lang::text::{self, Broken};

/// Names that a manifest's problem repeats.
const NAMES_SHOWN_MAX: usize = 8;

/// Names that the project asks for, normalised.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// For running, extras included.
    pub(super) production: BTreeSet<String>,
    /// For development.
    pub(super) development: BTreeSet<String>,
}

impl Asked {
    /// What the tables of `project` ask for.
    pub(super) fn of(project: &Value) -> Self {
        let mut asked = Self::default();
        let own = project.get("project").unwrap_or(&Value::Null);
        asked.production.extend(names(text::texts(own, "dependencies")));
        for (_, extra) in text::table(own, "optional-dependencies") {
            asked.production.extend(names(strings(extra)));
        }
        for (_, group) in text::table(project, "dependency-groups") {
            asked.development.extend(names(strings(group)));
        }
        let tool = project.get("tool").unwrap_or(&Value::Null);
        if let Some(poetry) = tool.get("poetry") {
            let keys = |table: &Value, key: &str| -> Vec<String> {
                text::table(table, key).map(|(n, _)| normalize(n)).filter(|n| n != "python").collect()
            };
            asked.production.extend(keys(poetry, "dependencies"));
            asked.development.extend(keys(poetry, "dev-dependencies"));
            for (name, group) in text::table(poetry, "group") {
                let set = if name == "main" { &mut asked.production } else { &mut asked.development };
                set.extend(keys(group, "dependencies"));
            }
        }
        if let Some(pdm) = tool.get("pdm") {
            for (_, group) in text::table(pdm, "dev-dependencies") {
                asked.development.extend(names(strings(group)));
            }
        }
        if let Some(uv) = tool.get("uv") {
            asked.development.extend(names(text::texts(uv, "dev-dependencies")));
        }
        asked
    }
}

fn strings(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn names<'v>(requirements: impl Iterator<Item = &'v str>) -> Vec<String> {
    requirements.filter_map(requirement::parse).map(|r| r.name).collect()
}

/// Reads a manifest that no lock stands beside: exact pins are packages, the rest is not known.
pub(in crate::lang) fn read(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let project = text::toml(bytes)?;
    let mut locked = Locked::new(PackageType::Pypi, "pyproject.toml", path);
    let own = project.get("project").unwrap_or(&Value::Null);
    let mut open = Asked::of(&project).production;
    for pinned in text::texts(own, "dependencies").filter_map(requirement::parse) {
        if let Some(version) = pinned.pin() {
            let id = locked.add(&pinned.name, &version);
            locked.direct(id, true);
            open.remove(&pinned.name);
        }
    }
    no_versions(
        &mut locked,
        open.iter().map(String::as_str),
        "commit poetry.lock, uv.lock, pdm.lock or pylock.toml",
    );
    Ok(locked.finish())
}

/// Says once which of the names that a manifest asks for have no version.
pub(in crate::lang) fn no_versions<'n>(
    locked: &mut Locked<'_>,
    names: impl Iterator<Item = &'n str>,
    remedy: &str,
) {
    let names: BTreeSet<&str> = names.collect();
    if names.is_empty() {
        return;
    }
    let shown: Vec<&str> = names.iter().copied().take(NAMES_SHOWN_MAX).collect();
    let more = names.len().saturating_sub(shown.len());
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    locked.unknown(format!("no lockfile says which versions are used of {}{more}", shown.join(", ")), remedy);
}
