//! Project files of MSBuild: the packages that a project asks for itself, and `Directory.Packages.props`, where a
//! solution keeps their versions.

use std::collections::{BTreeMap, BTreeSet};

use inventory::Harvest;
use model::PackageType;
use version::range::Dialect;

use crate::lang::drift::Want;
use crate::lang::files::{Files, join, parent, upwards};
use crate::lang::locked::Locked;
use crate::lang::text::Broken;
use crate::lang::xml::{self, Element};

/// Reads `Directory.Packages.props`.
pub(in crate::lang) fn read_central(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let mut locked = Locked::new(PackageType::Nuget, "Packages.props", path);
    references(
        &mut locked,
        &xml::read(bytes)?,
        &["PackageVersion", "PackageReference", "GlobalPackageReference"],
    );
    Ok(locked.finish())
}

/// Reads a `*.csproj`, `*.fsproj`, `*.vbproj` or `Directory.Build.props` that neither lock nor list stands beside. NuGet
/// takes the lowest version that a reference allows: the one it names.
pub(in crate::lang) fn read(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let root = xml::read(bytes)?;
    if root.name != "Project" {
        return Err(Broken::new(format!("its root is `{}`, not `Project`", root.name)));
    }
    let mut locked = Locked::new(PackageType::Nuget, "project file", path);
    references(&mut locked, &root, &["PackageReference"]);
    if 0 < locked.len() {
        locked.unknown(
            "it names what the project asks for itself, and not what that brings along",
            "set `RestorePackagesWithLockFile` and commit packages.lock.json",
        );
    }
    Ok(locked.finish())
}

/// Adds the packages of the items called one of `items`; `$(Name)` is a property of the same file.
fn references(locked: &mut Locked<'_>, root: &Element, items: &[&str]) {
    let mut groups = Vec::new();
    gather(root, &mut groups);
    let properties: BTreeMap<&str, &str> = groups
        .iter()
        .filter(|g| g.name == "PropertyGroup")
        .flat_map(|g| &g.children)
        .map(|p| (p.name.as_str(), p.text.trim()))
        .collect();
    for item in groups.iter().filter(|g| g.name == "ItemGroup").flat_map(|g| &g.children) {
        if !items.contains(&item.name.as_str()) {
            continue;
        }
        let Some(name) = item.attribute("Include").or_else(|| item.attribute("Update")) else { continue };
        let said = |key| item.attribute(key).or_else(|| item.value(key));
        let written = said("VersionOverride").or_else(|| said("Version")).unwrap_or_default().trim();
        let property = written.strip_prefix("$(").and_then(|v| v.strip_suffix(')'));
        let version = property.map_or(written, |name| properties.get(name).copied().unwrap_or_default());
        let exact = version.strip_prefix('[').and_then(|v| v.strip_suffix(']')).unwrap_or(version);
        let id = locked.add(name, if exact.contains(['$', '*', ',', '[', '(']) { "" } else { exact });
        locked.direct(id, true);
        locked.dev(id, said("PrivateAssets").is_some_and(|assets| assets.eq_ignore_ascii_case("all")));
    }
}

/// What a project file asks for whatever is built, to hold it against a lockfile; versions that it does not name stand in
/// the nearest `Directory.Packages.props` above.
pub(in crate::lang) fn asked(files: Files<'_>, path: &str, bytes: &[u8]) -> BTreeSet<Want> {
    let central = upwards(parent(path)).map(|dir| join(dir, CENTRAL)).find(|path| files.has(path));
    let central = central.and_then(|path| files.read(&path).ok());
    let central = central.map_or_else(Vec::new, |bytes| always(&bytes, "PackageVersion"));
    let central: BTreeMap<String, String> =
        central.into_iter().map(|(name, version)| (name.to_lowercase(), version)).collect();
    let asked = always(bytes, "PackageReference").into_iter();
    let want = |(name, version): (String, String)| match (version.as_str(), central.get(&name.to_lowercase()))
    {
        ("", None) => Want::named(&name),
        ("", Some(version)) => Want::due(&name, Dialect::Nuget, version),
        (version, _) => Want::due(&name, Dialect::Nuget, version),
    };
    asked.map(want).collect()
}

/// Where a solution keeps the versions of its packages.
const CENTRAL: &str = "Directory.Packages.props";

/// Names and versions of the items called `item` that no condition stands on; an empty version where none is written.
fn always(bytes: &[u8], item: &str) -> Vec<(String, String)> {
    let Ok(root) = xml::read(bytes) else { return Vec::new() };
    let always = |element: &&Element| element.attribute("Condition").is_none();
    let groups = root.children.iter().filter(|g| g.name == "ItemGroup").filter(always);
    let items = groups.flat_map(|g| &g.children).filter(|i| i.name == item).filter(always);
    let named = items.filter_map(|item| {
        let name = item.attribute("Include")?.trim();
        let said = |key| item.attribute(key).or_else(|| item.value(key));
        let version = said("VersionOverride").or_else(|| said("Version")).unwrap_or_default();
        (!name.contains(['$', '@', ';'])).then(|| (name.to_owned(), version.trim().to_owned()))
    });
    named.collect()
}

/// Groups of items and properties stand in the project itself, or in the branches of a `Choose`.
fn gather<'e>(element: &'e Element, groups: &mut Vec<&'e Element>) {
    for child in &element.children {
        match child.name.as_str() {
            "ItemGroup" | "PropertyGroup" => groups.push(child),
            "Choose" | "When" | "Otherwise" => gather(child, groups),
            _ => {}
        }
    }
}
