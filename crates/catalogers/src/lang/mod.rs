//! Language packages: lockfiles, manifests and installed packages, one folder per ecosystem.
//!
//! **What counts as evidence.** In an *image* (or root file system) a package is there if it is installed:
//! `dist-info` and `egg-info`, `node_modules/NAME/package.json` and other `package.json` files that name a version,
//! gem specifications, `composer/installed.json`, `*.deps.json`, R's libraries, Erlang's applications. Compiled programs and Java archives are other rooms
//! of this crate. A lockfile in an image is a plan, not a package: it makes no package, but where it names some and
//! nothing of its ecosystem is installed (a bundled application), that is a problem of knowledge and is said.
//! Go, Rust and Java lockfiles say nothing there, because the programs and archives built from them answer.
//!
//! In a *project directory* lockfiles and lists speak. Installed packages below a lock of their ecosystem add their
//! licences to it; those that it does not name, and those without a lock, are packages of their own. A manifest (`package.json`,
//! `pyproject.toml`, `Cargo.toml` …) without lock or list beside or above it is a problem of knowledge. Documents
//! within packages of others (`node_modules`, `site-packages`, a `vendor` that Go, Composer, Bundler or Cargo fills …)
//! belong to those and are not read. A lockfile that is a symbolic link is read where the link stands.
//!
//! The same package in several documents of one project directory is one package with several paths.

mod actions;
mod cocoapods;
mod conan;
mod conda;
mod dart;
mod document;
mod dotnet;
mod drift;
mod elixir;
mod files;
mod golang;
mod haskell;
mod java;
mod javascript;
mod julia;
mod license;
mod locked;
mod merge;
mod php;
mod python;
mod r;
mod ruby;
mod rust;
mod swift;
mod terraform;
mod text;
mod unlocked;
mod xml;
mod yaml;

use std::collections::BTreeSet;

use inventory::{Harvest, Problem, TargetKind};
use model::PackageType;
use oci::{Interest, Tree};

use document::{Document, Role};
use files::Files;
use locked::CONTROL;

/// Why a symbolic link that should be a document is not read.
pub const LEADS_NOWHERE: &str = "a symbolic link that leads to no file of the project";

/// What to do about a document that cannot be read.
pub const REPAIR: &str = "repair the file, or exclude it with a reason";

/// What the pass shall do with a file of a language ecosystem; `None` if it is none.
#[must_use]
pub fn interest(path: &str, size: u64) -> Option<Interest> {
    let wanted = match Document::of(path) {
        Some(Document::PythonArchive) => return Some(Interest::No),
        Some(Document::PackageJson) if document::has_component(path, "node_modules") => {
            return javascript::installed::is_root(path).then_some(keep(size));
        }
        Some(_) => true,
        None => document::is_support(path),
    };
    wanted.then_some(keep(size))
}

/// The packages of a `*.deps.json` that a .NET program in one file carries.
pub(crate) fn dotnet_deps(path: &str, bytes: &[u8]) -> Result<Harvest, String> {
    dotnet::read_deps(path, bytes).map_err(|broken| broken.reason)
}

/// The package that metadata in an archive describes.
pub(crate) fn python_metadata(place: &str, bytes: &[u8]) -> Result<Harvest, String> {
    python::installed::alone(place, bytes).map_err(|broken| broken.reason)
}

fn keep(size: u64) -> Interest {
    if size <= text::DOCUMENT_BYTES_MAX { Interest::Keep } else { Interest::No }
}

/// Packages of the language ecosystems in `tree`.
#[must_use]
pub fn catalog(tree: &Tree, kind: TargetKind) -> Harvest {
    let shared = files::Shared::default();
    let files = Files::of(tree, &shared);
    let mut documents: Vec<Found<'_>> = files
        .below("")
        .filter_map(|path| Document::of(path).map(|document| Found { document, path }))
        .collect();
    match kind {
        TargetKind::Oci | TargetKind::DockerArchive | TargetKind::Registry | TargetKind::Rootfs => {
            image(files, &documents)
        }
        TargetKind::Dir
        | TargetKind::Sbom
        | TargetKind::Results
        | TargetKind::Manifests
        | TargetKind::Cluster => {
            let (linked, problems) = linked(files);
            documents.extend(linked);
            documents.sort_by_key(|f| f.path);
            let mut harvest = project(files, &documents);
            harvest.problems.extend(problems);
            harvest
        }
    }
}

/// The lockfiles and lists of a project that are symbolic links, and those that lead nowhere in it.
fn linked(files: Files<'_>) -> (Vec<Found<'_>>, Vec<Problem>) {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for path in files.links() {
        let Some(document) = Document::of(path) else { continue };
        if !matches!(document.role(path), Role::Lock | Role::List) || !speaks(files, document, path) {
            continue;
        }
        match files.leads_to_file(path) {
            true => found.push(Found { document, path }),
            false => problems.push(files::unread(path, LEADS_NOWHERE)),
        }
    }
    (found, problems)
}

/// A document of the target.
#[derive(Clone, Copy)]
struct Found<'t> {
    document: Document,
    path: &'t str,
}

impl Found<'_> {
    fn role(self) -> Role {
        self.document.role(self.path)
    }

    fn read(self, files: Files<'_>) -> Harvest {
        if self.document == Document::PythonArchive {
            return python::archive::read(self.path);
        }
        let read = files.read(self.path).map_err(|e| e.to_string());
        read.and_then(|bytes| self.document.read(files, self.path, &bytes).map_err(|e| e.reason))
            .unwrap_or_else(|reason| Harvest {
                problems: vec![files::unread(self.path, reason)],
                ..Harvest::default()
            })
    }
}

fn image(files: Files<'_>, documents: &[Found<'_>]) -> Harvest {
    let mut harvest = Harvest::default();
    for found in documents {
        if found.document == Document::PackageJson {
            if javascript::installed::is_root(found.path) {
                harvest.add(javascript::installed::read_file(files, found.path));
            }
        } else if found.role() == Role::Installed {
            harvest.add(found.read(files));
        }
    }
    link(files, &mut harvest);
    merge::same_file(&mut harvest.packages);
    let plans =
        documents.iter().filter(|f| f.role() == Role::Lock && !document::in_dependency(files, f.path));
    let problems: Vec<Problem> = plans.filter_map(|f| plan(files, *f, &harvest)).collect();
    harvest.problems.extend(problems);
    harvest
}

/// Connects installed packages that were read one by one.
fn link(files: Files<'_>, harvest: &mut Harvest) {
    python::installed::link(files, &mut harvest.packages);
    let problems = javascript::tree::link(files, &mut harvest.packages).problems;
    // A manifest that is a document itself has said so already.
    harvest.problems.extend(problems);
    harvest.problems.sort();
    harvest.problems.dedup();
}

/// The problem of a lockfile in an image whose packages are nowhere installed.
fn plan(files: Files<'_>, found: Found<'_>, installed: &Harvest) -> Option<Problem> {
    let ecosystem = found.document.ecosystem();
    let answered_elsewhere =
        matches!(ecosystem, PackageType::Golang | PackageType::Cargo | PackageType::Maven);
    let distribution = ["usr/share/", "usr/lib/"].iter().any(|prefix| found.path.starts_with(prefix));
    if answered_elsewhere || distribution || installed.packages.iter().any(|p| p.kind == ecosystem) {
        return None;
    }
    let named = found.read(files);
    if named.packages.is_empty() {
        return named.problems.into_iter().next();
    }
    Some(Problem::unknown(
        CONTROL,
        found.path,
        format!(
            "the lockfile names {} packages, but nothing of its ecosystem is installed",
            named.packages.len()
        ),
        "scan the project directory, or the bill of materials of the build",
    ))
}

fn project(files: Files<'_>, documents: &[Found<'_>]) -> Harvest {
    let mut harvest = Harvest::default();
    let roots = |wanted: &[Role]| -> BTreeSet<(PackageType, &str)> {
        let asked =
            documents.iter().filter(|f| wanted.contains(&f.role()) && speaks(files, f.document, f.path));
        asked.map(|f| (f.document.ecosystem(), merge::project(f.path))).collect()
    };
    let locks = roots(&[Role::Lock]);
    let answered = roots(&[Role::Lock, Role::List]);
    let above = |set: &BTreeSet<(PackageType, &str)>, f: &Found<'_>| {
        files::upwards(files::parent(f.path)).any(|dir| set.contains(&(f.document.ecosystem(), dir)))
    };
    let mut installed = Vec::new();
    for found in documents {
        match found.role() {
            Role::Installed if !is_installed_in_project(*found) => {}
            Role::Installed if above(&locks, found) => {
                let mut read = found.read(files);
                installed.append(&mut read.packages);
                harvest.problems.append(&mut read.problems);
            }
            Role::Installed => harvest.add(found.read(files)),
            _ if !speaks(files, found.document, found.path) => {}
            Role::Manifest if above(&answered, found) => {}
            Role::Lock | Role::List | Role::Manifest => harvest.add(found.read(files)),
        }
    }
    let own: Vec<Found<'_>> =
        documents.iter().copied().filter(|f| speaks(files, f.document, f.path)).collect();
    let drifted = drift::problems(files, &own, &harvest.packages);
    harvest.problems.extend(drifted);
    link(files, &mut harvest);
    merge::same_project(&mut harvest.packages);
    merge::licences(&mut harvest.packages, &installed);
    // What is installed and in no lockfile is there all the same.
    let known: BTreeSet<&str> = harvest.packages.iter().map(|p| p.purl.as_str()).collect();
    let mut beside: Vec<_> = installed.into_iter().filter(|p| !known.contains(p.purl.as_str())).collect();
    merge::same_project(&mut beside);
    harvest.packages.append(&mut beside);
    harvest
}

/// True unless the document belongs to a package of others.
fn speaks(files: Files<'_>, document: Document, path: &str) -> bool {
    match document {
        // Its own `vendor` does not make it a document of others.
        Document::GoVendor => !document::in_dependency(files, files::parent(path)),
        _ => !document::in_dependency(files, path),
    }
}

/// True for packages that are installed *for* the project; the project's own `egg-info` is not one of them.
fn is_installed_in_project(found: Found<'_>) -> bool {
    match found.document {
        Document::EggInfo | Document::DistInfo => {
            document::has_component(found.path, "site-packages")
                || document::has_component(found.path, "dist-packages")
        }
        Document::PackageJson => javascript::installed::is_root(found.path),
        // `_build` and `deps` hold what the lock names, and the project itself.
        Document::ErlangApplication => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests;
