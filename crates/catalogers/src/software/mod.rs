//! Packages out of executables: Go modules, Rust crates, and products recognised from their bytes.

use std::collections::BTreeMap;

use binary::{go, rust};
use inventory::{Harvest, Problem};
use model::purl::Purl;
use model::{Package, PackageType};
use oci::{FileKind, Tree};

use crate::executable::Note;
use crate::lang;
use crate::os;
use crate::owners::Owners;

/// Everything that the executables and archives of `tree` say of themselves. What a package of the distribution owns is
/// marked so; a product that one owns is that package, and not said twice.
pub(crate) fn catalog(tree: &Tree, owners: &Owners<'_>) -> Harvest {
    let mut harvest = Harvest::default();
    let mut products: BTreeMap<(String, String, String), Vec<String>> = BTreeMap::new();
    for file in tree.iter().filter(|f| f.kind == FileKind::Regular) {
        let Some(noted) = tree.noted(file.path).filter(|n| !n.is_empty()) else { continue };
        if os::is_digest(file.path) {
            continue;
        }
        let note: Note = match postcard::from_bytes(noted) {
            Ok(note) => note,
            Err(_) if crate::lang::interest(file.path, file.size).is_some() => continue,
            Err(e) => {
                harvest.problems.push(unread(file.path, format!("the cached reading is broken: {e}")));
                continue;
            }
        };
        let owner = owners.of(file.path);
        let begin = harvest.packages.len();
        take(&note, file.path, &mut harvest);
        for package in harvest.packages.iter_mut().skip(begin) {
            package.owner.clone_from(&owner);
        }
        if owner.is_none() {
            for found in &note.software {
                // One build of PostgreSQL is twenty programs in one folder: one package.
                let folder = file.path.rsplit_once('/').map_or("", |(dir, _)| dir).to_owned();
                let key = (found.product.clone(), found.version.clone(), prefix(&folder));
                products.entry(key).or_default().push(file.path.to_owned());
            }
        }
    }
    harvest
        .packages
        .extend(products.into_iter().map(|((name, version, _), paths)| product(name, version, paths)));
    harvest
}

/// The place that a product was installed to: the folder above `bin`, `sbin`, `lib` and what lies in them.
fn prefix(folder: &str) -> String {
    let parts: Vec<&str> = folder.split('/').collect();
    let cut = parts.iter().rposition(|p| matches!(*p, "bin" | "sbin" | "lib" | "lib64" | "libexec"));
    parts.get(..cut.unwrap_or(parts.len())).unwrap_or_default().join("/")
}

fn take(note: &Note, path: &str, harvest: &mut Harvest) {
    if note.go.is_some()
        || !note.rust.is_empty()
        || !note.java.artifacts.is_empty()
        || !note.dotnet.is_empty()
        || !note.python.is_empty()
        || !note.software.is_empty()
    {
        harvest.documents += 1;
    }
    harvest.problems.extend(note.problems.iter().map(|reason| unread(path, reason.clone())));
    if let Some(build) = &note.go {
        go_modules(build, path, harvest);
    }
    crates(&note.rust, path, harvest);
    crate::java_archive::take(&note.java, path, harvest);
    if !note.dotnet.is_empty() {
        add(lang::dotnet_deps(path, note.dotnet.as_bytes()), path, harvest);
    }
    for (inside, header) in &note.python {
        let place = format!("{path}!/{inside}");
        add(lang::python_metadata(&place, header.as_bytes()), &place, harvest);
    }
}

fn add(read: Result<Harvest, String>, place: &str, harvest: &mut Harvest) {
    match read {
        Ok(more) => {
            harvest.packages.extend(more.packages);
            harvest.problems.extend(more.problems);
        }
        Err(reason) => harvest.problems.push(unread(place, reason)),
    }
}

pub(crate) fn unread(path: &str, reason: impl Into<String>) -> Problem {
    let remedy = "replace the file by one that is whole, or exclude it with a reason";
    Problem::unread("dependencies", path, reason, remedy)
}

/// Most files named for one product: BusyBox is one file of four hundred names.
const PATHS_MAX: usize = 32;

fn product(name: String, version: String, mut paths: Vec<String>) -> Package {
    // The file that bears the product's own name stands for it.
    let own = |path: &String| path.rsplit('/').next().is_none_or(|file| !file.contains(&name));
    paths.sort_by_key(own);
    paths.truncate(PATHS_MAX);
    let mut package = Package::new(PackageType::Generic, name, version);
    package.purl = purl(Purl::builder("generic", &package.name).version(&package.version));
    package.paths = paths;
    package.found_by = "binary contents".to_owned();
    package
}

pub(crate) fn purl(builder: model::purl::PurlBuilder) -> String {
    builder.build().map(|p| p.to_string()).unwrap_or_default()
}

const GO: &str = "go build information";

fn go_modules(build: &go::Build, path: &str, harvest: &mut Harvest) {
    let dependencies: Vec<String> = build.dependencies.iter().map(|m| m.path.clone()).collect();
    if let Some(main) = build.main_module() {
        let version = build.main_version().unwrap_or_default();
        let mut package = module(&main, &version, path);
        package.depends_on = dependencies;
        package.direct = Some(true);
        harvest.packages.push(package);
    }
    for dependency in &build.dependencies {
        harvest.packages.push(module(&dependency.path, &dependency.version, path));
    }
    match build.standard_library() {
        Some(version) => harvest.packages.push(module("stdlib", &version, path)),
        None => harvest.problems.push(Problem::unknown(
            "dependencies",
            path,
            format!(
                "the Go toolchain `{}` is no release, so its standard library has no version",
                build.toolchain
            ),
            "build with a released Go toolchain",
        )),
    }
}

fn module(name: &str, version: &str, path: &str) -> Package {
    let mut package = Package::new(PackageType::Golang, name, version);
    let (namespace, last) = name.rsplit_once('/').unwrap_or(("", name));
    package.purl = purl(Purl::builder("golang", last).namespace(namespace).version(version));
    package.paths = vec![path.to_owned()];
    package.found_by = GO.to_owned();
    package
}

fn crates(list: &[rust::Crate], path: &str, harvest: &mut Harvest) {
    for found in list.iter().filter(|c| c.kind == "runtime") {
        let mut package = Package::new(PackageType::Cargo, &found.name, &found.version);
        package.purl = purl(Purl::builder("cargo", &found.name).version(&found.version));
        package.paths = vec![path.to_owned()];
        package.direct = found.root.then_some(true);
        let needs = found.dependencies.iter().filter_map(|i| list.get(*i)).filter(|c| c.kind == "runtime");
        package.depends_on = needs.map(|c| format!("{}@{}", c.name, c.version)).collect();
        package.found_by = "cargo auditable".to_owned();
        harvest.packages.push(package);
    }
}
