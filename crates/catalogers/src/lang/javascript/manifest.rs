//! `package.json` of a project: what it asks for, and which directories are its workspaces.

use std::collections::BTreeMap;

use inventory::Harvest;
use model::PackageType;
use serde_json::Value;

use crate::lang::files::{Files, glob, join, parent, split};
use crate::lang::locked::Locked;
use crate::lang::python::pyproject::no_versions;
use crate::lang::text::{self, Broken};

/// Workspaces of one project.
const WORKSPACES_MAX: usize = 2_000;

/// What a project and its workspaces ask for: names as written there (an alias is its own name) and specifications.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// For running: `dependencies`, `optionalDependencies`, `peerDependencies`.
    pub(super) production: Vec<(String, String)>,
    /// For development.
    pub(super) development: Vec<(String, String)>,
}

impl Asked {
    /// Adds what the tables of one `package.json` ask for.
    pub(super) fn add(&mut self, manifest: &Value) {
        for table in ["dependencies", "optionalDependencies", "peerDependencies"] {
            self.production.extend(wanted(manifest, table));
        }
        self.development.extend(wanted(manifest, "devDependencies"));
    }
}

fn wanted<'v>(manifest: &'v Value, table: &str) -> impl Iterator<Item = (String, String)> + use<'v> {
    text::table(manifest, table)
        .map(|(name, spec)| (name.to_owned(), spec.as_str().unwrap_or_default().to_owned()))
}

/// What the project in `dir` and its workspaces ask for; `None` if it has no `package.json`.
pub(super) fn asked(files: Files<'_>, dir: &str, extra: &mut Harvest) -> Option<Asked> {
    let root = files.json(dir, "package.json", extra)?;
    let mut asked = Asked::default();
    asked.add(&root);
    let patterns: Vec<&str> = match root.get("workspaces") {
        Some(Value::Array(_)) => text::texts(&root, "workspaces").collect(),
        Some(workspaces) => text::texts(workspaces, "packages").collect(),
        None => return Some(asked),
    };
    for path in files.below(dir).filter(|p| split(p).1 == "package.json").take(WORKSPACES_MAX) {
        let Some(inside) = inside(dir, parent(path)) else { continue };
        let matched = |p: &&str| glob(p.trim_start_matches('!'), inside);
        let (out, of): (Vec<&str>, Vec<&str>) = patterns.iter().partition(|p| p.starts_with('!'));
        if of.iter().any(matched)
            && !out.iter().any(matched)
            && !inside.contains("node_modules")
            && let Some(manifest) = files.json(&join(dir, inside), "package.json", extra)
        {
            asked.add(&manifest);
        }
    }
    Some(asked)
}

/// The part of `path` below `dir`, if it lies there.
fn inside<'p>(dir: &str, path: &'p str) -> Option<&'p str> {
    match dir {
        "" => Some(path).filter(|p| !p.is_empty()),
        _ => path.strip_prefix(dir)?.strip_prefix('/'),
    }
}

/// Reads a manifest that no lock stands beside: nothing is known of the versions.
pub(in crate::lang) fn read(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let manifest = text::json_table(bytes)?;
    let mut locked = Locked::new(PackageType::Npm, "package.json", path);
    let mut wanted: BTreeMap<&str, &str> = BTreeMap::new();
    for table in ["dependencies", "optionalDependencies"] {
        wanted.extend(text::table(&manifest, table).filter_map(|(n, s)| Some((n, s.as_str()?))));
    }
    wanted.retain(|_, spec| !super::is_local(spec));
    let remedy = "commit package-lock.json, yarn.lock, pnpm-lock.yaml or bun.lock";
    no_versions(&mut locked, wanted.keys().copied(), remedy);
    Ok(locked.finish())
}
