//! Lockfile against manifest: what a manifest asks for and the lockfile beside or above it does not name, or has at a version
//! that the manifest does not allow, was asked for after the lock was written, or the lock is not about it; nobody knows
//! its version.

mod asked;
mod python;
mod rust;
mod version;
mod want;

use std::collections::{BTreeMap, BTreeSet};

use inventory::Problem;
use model::{Package, PackageType};

use self::version::Versions;
use super::Found;
use super::document::{Document, Role};
use super::files::{Files, parent, upwards};
use super::locked::CONTROL;
use super::text::lenient;
pub(super) use want::Want;

/// Names that a problem repeats.
const NAMES_SHOWN_MAX: usize = 8;

/// What the manifests among `documents` ask for and no lockfile that speaks for them names or has at a version that fits:
/// those of their folder, else of the nearest above that has a lock or a list of their ecosystem. `packages` are what the
/// documents name, each of one document.
pub(super) fn problems(files: Files<'_>, documents: &[Found<'_>], packages: &[Package]) -> Vec<Problem> {
    let mut speaking: BTreeMap<(PackageType, &str), Vec<Found<'_>>> = BTreeMap::new();
    for found in documents.iter().filter(|f| matches!(f.role(), Role::Lock | Role::List)) {
        speaking.entry((found.document.ecosystem(), parent(found.path))).or_default().push(*found);
    }
    let mut asking: BTreeMap<(PackageType, &str), Vec<Asking<'_>>> = BTreeMap::new();
    for found in documents.iter().filter(|f| asks(**f)) {
        let ecosystem = found.document.ecosystem();
        let mut above = upwards(parent(found.path)).filter(|dir| speaking.contains_key(&(ecosystem, *dir)));
        if let (Some(dir), Ok(bytes)) = (above.next(), files.read(found.path)) {
            let wants = asked::wants(files, found.document, found.path, dir, &bytes);
            asking.entry((ecosystem, dir)).or_default().push(Asking { path: found.path, wants });
        }
    }
    let mut versions = Versions::of(packages);
    let mut problems = Vec::new();
    for (place, manifests) in &asking {
        let documents = speaking.get(place).into_iter().flatten();
        // A list does not name all.
        let locks: Vec<&Found<'_>> = documents.filter(|f| f.role() == Role::Lock).collect();
        // A lock that cannot be read has said so itself.
        let Some(missing) = missing(files, &locks, manifests) else { continue };
        let lock = locks.first().map_or("", |f| f.path);
        for manifest in manifests {
            problems.extend(unnamed(manifest, lock, &missing));
            problems
                .extend(locks.iter().filter_map(|lock| unfit(manifest, place.0, lock.path, &mut versions)));
        }
    }
    let last = documents.last().map_or("", |f| f.path);
    problems.extend(versions.bound(last));
    problems
}

/// True for manifests, and for the lockfile that repeats what was asked for.
fn asks(found: Found<'_>) -> bool {
    found.role() == Role::Manifest || found.document == Document::GemfileLock
}

/// A manifest, and what it asks its registry for.
struct Asking<'t> {
    path: &'t str,
    wants: BTreeSet<Want>,
}

impl Asking<'_> {
    fn due(&self) -> impl Iterator<Item = &str> {
        self.wants.iter().filter(|want| want.is_due).map(|want| want.name.as_str())
    }
}

/// The words of what `manifests` ask for that are in none of `locks`.
fn missing(files: Files<'_>, locks: &[&Found<'_>], manifests: &[Asking<'_>]) -> Option<BTreeSet<String>> {
    locks.first()?;
    let mut missing: BTreeSet<String> = manifests.iter().flat_map(Asking::due).flat_map(words).collect();
    for lock in locks {
        let bytes = files.read(lock.path).ok()?;
        for word in fold(&lenient(&bytes)).split(is_between) {
            missing.remove(word);
        }
    }
    Some(missing)
}

/// The problem of a manifest that asks for names which its lockfile lacks.
fn unnamed(manifest: &Asking<'_>, lock: &str, missing: &BTreeSet<String>) -> Option<Problem> {
    let mut gone: Vec<&str> =
        manifest.due().filter(|name| words(name).any(|w| missing.contains(&w))).collect();
    gone.dedup();
    let gone = listed(&gone, ", ")?;
    Some(problem(manifest, lock, &format!("it asks for {gone}, which {lock} does not name")))
}

/// The problem of a manifest that does not allow the versions which its lockfile has.
fn unfit(
    manifest: &Asking<'_>,
    kind: PackageType,
    lock: &str,
    versions: &mut Versions<'_>,
) -> Option<Problem> {
    let unfit: Vec<String> = manifest.wants.iter().filter_map(|w| versions.misfit(kind, lock, w)).collect();
    let unfit = listed(&unfit, ", ")?;
    let who = if lock == manifest.path { "it" } else { lock };
    Some(problem(manifest, lock, &format!("{who} has {unfit}")))
}

fn problem(manifest: &Asking<'_>, lock: &str, what: &str) -> Problem {
    let older = match parent(lock) == parent(manifest.path) && lock != manifest.path {
        true => ": the lockfile is older",
        false => "",
    };
    let remedy = "install anew and commit the lockfile";
    Problem::unknown(CONTROL, manifest.path, format!("{what}{older}"), remedy)
}

/// The first of `names`, and how many more there are; nothing of none.
fn listed<S: AsRef<str>>(names: &[S], between: &str) -> Option<String> {
    let shown: Vec<&str> = names.iter().take(NAMES_SHOWN_MAX).map(AsRef::as_ref).collect();
    let more = match names.len().saturating_sub(NAMES_SHOWN_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (!shown.is_empty()).then(|| format!("{}{more}", shown.join(between)))
}

/// The words of a name: those of `@scope/name` are `scope` and `name`.
fn words(name: &str) -> impl Iterator<Item = String> {
    fold(name).split(is_between).filter(|w| !w.is_empty()).map(str::to_owned).collect::<Vec<_>>().into_iter()
}

/// Registries take `-`, `_` and `.` for one another, and capitals for small letters.
fn fold(text: &str) -> String {
    text.chars().map(|c| if matches!(c, '_' | '.') { '-' } else { c.to_ascii_lowercase() }).collect()
}

fn is_between(c: char) -> bool {
    !c.is_alphanumeric() && c != '-'
}
