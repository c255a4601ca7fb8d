//! Installed packages as Node sees them: which `node_modules` answers a name, what the project itself asked for.

use std::collections::{BTreeMap, BTreeSet};

use inventory::Harvest;
use model::{Package, PackageType};
use serde_json::Value;

use super::{PLACE_BYTES_MAX, Steps};
use crate::lang::files::{Files, join, parent};
use crate::lang::text;

/// Turns the names that installed packages ask for into those of installed packages, and tells direct from
/// transitive where the `package.json` beside `node_modules` lies in the target. Returns its problems.
pub(in crate::lang) fn link(files: Files<'_>, packages: &mut [Package]) -> Harvest {
    let mut extra = Harvest::default();
    let mut places: BTreeMap<String, (String, String)> = BTreeMap::new();
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in packages.iter().filter(|p| p.kind == PackageType::Npm) {
        if let Some(place) = place(package) {
            places.insert(place.to_owned(), (package.name.clone(), package.version.clone()));
            versions.entry(package.name.clone()).or_default().insert(package.version.clone());
        }
    }
    let mut steps = Steps::new();
    let mut asked: BTreeMap<String, Option<BTreeSet<String>>> = BTreeMap::new();
    for package in packages.iter_mut().filter(|p| p.kind == PackageType::Npm) {
        let Some(place) = place(package).map(str::to_owned) else { continue };
        let wanted = std::mem::take(&mut package.depends_on);
        let found = wanted.iter().filter_map(|name| resolve(files, &mut steps, &places, &place, name));
        let edges: BTreeSet<String> = found
            .map(|(name, version)| match versions.get(name).map_or(0, BTreeSet::len) {
                0 | 1 => name.clone(),
                _ => format!("{name}@{version}"),
            })
            .collect();
        package.depends_on = edges.into_iter().collect();
        let Some(project) = project(&place) else { continue };
        let direct = asked.entry(project.to_owned()).or_insert_with(|| asked_by(files, project, &mut extra));
        package.direct = direct.as_ref().map(|direct| direct.contains(&place));
    }
    extra.problems.extend(steps.problem("node_modules"));
    extra
}

/// The directory of an installed package.
fn place(package: &Package) -> Option<&str> {
    package.paths.first()?.strip_suffix("/package.json").filter(|place| place.len() <= PLACE_BYTES_MAX)
}

/// The directory above the first `node_modules` of a place.
fn project(place: &str) -> Option<&str> {
    match place.starts_with("node_modules/") {
        true => Some(""),
        false => place.split_once("/node_modules/").map(|(project, _)| project),
    }
}

/// Places of what the project's own `package.json` asks for; `None` if it says nothing of dependencies.
fn asked_by(files: Files<'_>, project: &str, extra: &mut Harvest) -> Option<BTreeSet<String>> {
    let manifest: Value = files.json(project, "package.json", extra)?;
    let tables = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];
    if !tables.iter().any(|table| manifest.get(table).is_some()) {
        return None;
    }
    let places = tables.iter().flat_map(|t| text::table(&manifest, t)).map(|(name, _)| {
        let place = join(project, &format!("node_modules/{name}"));
        files.real_directory(&place).map_or(place, str::to_owned)
    });
    Some(places.collect())
}

/// Node's lookup, links followed: pnpm keeps packages in `node_modules/.pnpm` and links them into place.
fn resolve<'p>(
    files: Files<'_>,
    steps: &mut Steps,
    places: &'p BTreeMap<String, (String, String)>,
    from: &str,
    name: &str,
) -> Option<&'p (String, String)> {
    let mut dir = from;
    while steps.take() {
        let candidate = join(dir, &format!("node_modules/{name}"));
        if let Some(found) = places.get(&candidate).or_else(|| places.get(files.real_directory(&candidate)?))
        {
            return Some(found);
        }
        if dir.is_empty() {
            return None;
        }
        dir = parent(dir);
    }
    None
}
