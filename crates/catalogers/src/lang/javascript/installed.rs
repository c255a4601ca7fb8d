//! Installed packages: `node_modules/NAME/package.json`, and any other `package.json` of an image that names a
//! version. Files deeper within a package are its fixtures and module markers, not packages.

use std::collections::BTreeSet;

use inventory::Harvest;
use model::PackageType;
use serde_json::Value;

use crate::lang::files::{Files, unread};
use crate::lang::locked::Locked;
use crate::lang::text::{self, Broken};

/// Dependencies of one installed package.
const DEPENDENCIES_MAX: usize = 5_000;

/// True unless the path lies within an installed package, below its root.
pub(in crate::lang) fn is_root(path: &str) -> bool {
    let Some(at) = path.rfind("node_modules/") else { return true };
    let within = path.get(at + "node_modules/".len()..).unwrap_or_default();
    let parts: Vec<&str> = within.split('/').collect();
    match parts.as_slice() {
        [name, "package.json"] => !name.starts_with('@'),
        [scope, _, "package.json"] => scope.starts_with('@'),
        _ => false,
    }
}

/// True for the root of a package below `node_modules`; names that begin with a dot are tools' own folders.
fn is_package(path: &str) -> bool {
    let within = path.rfind("node_modules/").and_then(|at| path.get(at + "node_modules/".len()..));
    within.is_some_and(|within| is_root(path) && !within.starts_with('.'))
}

/// Reads an installed `package.json`. Below `node_modules` one without a usable name or version is a package of which too
/// little is known; elsewhere it is no package.
pub(in crate::lang) fn read(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let manifest = text::json(bytes)?;
    let mut locked = Locked::new(PackageType::Npm, "node_modules", path);
    let name = text::text(&manifest, "name").map(str::trim).filter(|n| !n.is_empty());
    let version = text::text(&manifest, "version").map(str::trim).filter(|v| super::is_version(v));
    let (Some(name), Some(version)) = (name, version) else {
        if is_package(path) {
            let lacks = if name.is_none() { "name" } else { "usable version" };
            locked.unknown(
                format!("an installed package without a {lacks}: what is known of it cannot be asked"),
                "install the package anew from its registry",
            );
        }
        return Ok(locked.finish());
    };
    let id = locked.add(name, super::clean(version));
    for license in licenses(&manifest) {
        locked.license(id, &license);
    }
    let wanted: BTreeSet<&str> = ["dependencies", "optionalDependencies"]
        .iter()
        .flat_map(|table| text::table(&manifest, table))
        .map(|(name, _)| name)
        .collect();
    if DEPENDENCIES_MAX < wanted.len() {
        locked.problem(unread(path, format!("more than {DEPENDENCIES_MAX} dependencies of one package")));
    }
    let mut harvest = locked.finish();
    for package in &mut harvest.packages {
        package.depends_on = wanted.iter().take(DEPENDENCIES_MAX).map(|&name| name.to_owned()).collect();
    }
    Ok(harvest)
}

/// Reads the file at `path`; what is no JSON at all below a package's root is a problem.
pub(in crate::lang) fn read_file(files: Files<'_>, path: &str) -> Harvest {
    let read_bytes = files.read(path).map_err(|e| e.to_string());
    read_bytes
        .and_then(|bytes| read(path, &bytes).map_err(|e| e.reason))
        .unwrap_or_else(|reason| Harvest { problems: vec![unread(path, reason)], ..Harvest::default() })
}

/// `license` as text, as `{ type }`, and the old list `licenses`.
pub(super) fn licenses(manifest: &Value) -> Vec<String> {
    let one = |value: &Value| -> Option<String> {
        value
            .as_str()
            .or_else(|| text::text(value, "type"))
            .or_else(|| text::text(value, "name"))
            .map(str::to_owned)
    };
    let mut found: Vec<String> = manifest.get("license").and_then(one).into_iter().collect();
    for key in ["license", "licenses"] {
        found.extend(text::list(manifest, key).iter().filter_map(one));
    }
    found
}
