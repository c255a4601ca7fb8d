//! Arrows between crates, from `cargo metadata`, and the laws about them.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::plan::{Plan, Wing};
use crate::workspace;

/// A package of the workspace.
#[derive(Debug, Clone)]
pub(crate) struct Crate {
    /// Folder name, or the package's own outside `crates/`.
    pub(crate) name: String,
    /// Directory, relative to the root.
    pub(crate) dir: String,
    /// What it depends on.
    pub(crate) arrows: Vec<Arrow>,
}

/// A dependency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arrow {
    /// Crate of the house by its folder, or a library by its package name.
    pub(crate) to: String,
    /// It is a crate of this workspace.
    pub(crate) house: bool,
    /// Under `[dev-dependencies]`.
    pub(crate) dev: bool,
}

/// Every package of the workspace.
pub(crate) fn read(root: &Path) -> Result<Vec<Crate>> {
    let mut cargo = workspace::cargo(root);
    cargo.args(["metadata", "--no-deps", "--format-version", "1", "--offline"]);
    let json: Value = serde_json::from_str(&workspace::output(&mut cargo, "cargo metadata")?)?;
    let packages = json["packages"].as_array().context("cargo metadata names no packages")?;
    let mut crates: Vec<Crate> = packages.iter().map(|p| read_crate(root, p)).collect::<Result<_>>()?;
    crates.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(crates)
}

fn read_crate(root: &Path, package: &Value) -> Result<Crate> {
    let manifest = Path::new(package["manifest_path"].as_str().context("a package without a manifest")?);
    let dir = manifest.parent().unwrap_or(root);
    let dir = dir.strip_prefix(root).unwrap_or(dir).to_string_lossy().into_owned();
    let arrows = package["dependencies"].as_array().context("a package without dependencies")?;
    let arrows = arrows.iter().map(read_arrow).collect();
    Ok(Crate { name: folder_name(&dir), dir, arrows })
}

fn read_arrow(dependency: &Value) -> Arrow {
    let dev = dependency["kind"].as_str() == Some("dev");
    match dependency["path"].as_str() {
        Some(path) => Arrow { to: folder_name(path), house: true, dev },
        None => Arrow { to: dependency["name"].as_str().unwrap_or_default().to_owned(), house: false, dev },
    }
}

fn folder_name(dir: &str) -> String {
    dir.rsplit('/').next().unwrap_or(dir).to_owned()
}

/// Every broken law, one line each.
pub(crate) fn faults(plan: &Plan, crates: &[Crate]) -> Vec<String> {
    crates
        .iter()
        .flat_map(|c| c.arrows.iter().filter_map(|a| fault(plan, &c.name, a)))
        .chain(unplaced(plan, crates))
        .collect()
}

fn unplaced<'a>(plan: &'a Plan, crates: &'a [Crate]) -> impl Iterator<Item = String> + 'a {
    let placed = |name: &str| plan.floor(name).is_some() || plan.is_tool(name) || plan.is_testing(name);
    crates
        .iter()
        .filter(move |c| !placed(&c.name))
        .map(|c| format!("{}: `{}` stands on no floor; give it one in `xtask/layers.toml`", c.dir, c.name))
}

fn fault(plan: &Plan, from: &str, arrow: &Arrow) -> Option<String> {
    if !arrow.house {
        return library_fault(plan, from, arrow);
    }
    let to = arrow.to.as_str();
    let refused = |law: &str| Some(format!("{from} -> {to}: {law}"));
    if plan.is_tool(from) || (plan.is_testing(to) && arrow.dev) {
        return None;
    }
    if plan.is_tool(to) {
        return refused("nothing in the house leans on a tool");
    }
    if plan.is_testing(to) {
        return refused("tests' material is named under [dev-dependencies] only");
    }
    let below = plan.floor(to)?;
    if plan.is_testing(from) {
        let high = plan.testing.level_max < below.level;
        return if high { refused("tests' material leans on ground and formats only") } else { None };
    }
    let above = plan.floor(from)?;
    if below.wing == Wing::Effect && above.wing != Wing::Door {
        return refused("only the door names an adapter; see a port instead");
    }
    if below.wing == Wing::Hand && !matches!(above.wing, Wing::Effect | Wing::Face | Wing::Door) {
        return refused("only who touches the world takes a hand; see a port instead");
    }
    match above.level.cmp(&below.level) {
        std::cmp::Ordering::Greater => None,
        std::cmp::Ordering::Equal if above.sideways && below.sideways => None,
        std::cmp::Ordering::Equal => refused(&format!(
            "both stand on floor {} ({}); an arrow never runs sideways",
            below.level, below.name
        )),
        std::cmp::Ordering::Less => refused(&format!(
            "an arrow never runs upwards, from floor {} ({}) to floor {} ({})",
            above.level, above.name, below.level, below.name
        )),
    }
}

fn library_fault(plan: &Plan, from: &str, arrow: &Arrow) -> Option<String> {
    let library = arrow.to.as_str();
    let pure = plan.floor(from).is_some_and(|f| f.wing == Wing::Pure);
    if pure && !arrow.dev && plan.effect_libraries.names.iter().any(|n| n == library) {
        return Some(format!("{from} -> {library}: the pure wing names no library that touches the world"));
    }
    let fence = plan.fences.get(library)?;
    if arrow.dev || fence.iter().any(|c| c == from) {
        return None;
    }
    Some(format!("{from} -> {library}: fenced in {}", fence.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn house() -> (Plan, Vec<Crate>) {
        let root = workspace::root().unwrap();
        (Plan::read(&root).unwrap(), read(&root).unwrap())
    }

    fn with_arrow(from: &str, to: &str, dev: bool) -> Vec<String> {
        let (plan, mut crates) = house();
        let house = crates.iter().any(|c| c.name == to);
        let from = crates.iter_mut().find(|c| c.name == from).unwrap();
        from.arrows.push(Arrow { to: to.to_owned(), house, dev });
        faults(&plan, &crates)
    }

    #[test]
    fn the_house_as_it_stands_breaks_no_law() {
        let (plan, crates) = house();
        assert_eq!(faults(&plan, &crates), Vec::<String>::new());
        assert!(20 < crates.len(), "{}", crates.len());
    }

    #[test]
    fn an_arrow_upwards_is_refused() {
        let faults = with_arrow("model", "flows", false);
        assert_eq!(faults.len(), 1);
        assert!(faults[0].contains("model -> flows: an arrow never runs upwards"), "{faults:?}");
        assert!(with_arrow("oci", "eval", true)[0].contains("upwards"), "a test's arrow counts as well");
    }

    #[test]
    fn crates_of_one_shelf_are_strangers_and_contracts_are_not() {
        assert!(with_arrow("catalogers", "report", false)[0].contains("sideways"));
        assert!(with_arrow("oci", "sbom", false)[0].contains("sideways"));
        assert!(with_arrow("eval", "config", false).is_empty());
    }

    #[test]
    fn only_the_door_names_an_adapter() {
        assert!(with_arrow("flows", "local", false)[0].contains("only the door"));
        assert!(with_arrow("cli", "store", false)[0].contains("only the door"));
        assert!(with_arrow("report", "store", false)[0].contains("only the door"));
        assert!(with_arrow("app", "store", false).is_empty());
        assert!(with_arrow("oci", "disk", false)[0].contains("takes a hand"));
        assert!(with_arrow("feeds", "disk", false).is_empty());
    }

    #[test]
    fn the_pure_wing_and_the_fences_hold_for_libraries() {
        assert!(with_arrow("version", "rand", false)[0].contains("touches the world"));
        assert!(with_arrow("version", "tempfile", true).is_empty());
        assert!(with_arrow("eval", "anyhow", false)[0].contains("fenced in app"));
        assert!(with_arrow("report", "testkit", false)[0].contains("[dev-dependencies] only"));
    }

    #[test]
    fn a_crate_without_a_floor_is_refused() {
        let (plan, mut crates) = house();
        crates.push(Crate { name: "attic".to_owned(), dir: "crates/attic".to_owned(), arrows: Vec::new() });
        assert!(faults(&plan, &crates)[0].contains("stands on no floor"));
    }
}
