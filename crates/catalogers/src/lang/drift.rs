//! Lockfile against manifest: what a manifest asks for and the lockfile beside or above it does not name was asked for after
//! the lock was written, or the lock is not about it; nobody knows its version.

use std::collections::{BTreeMap, BTreeSet};

use inventory::Problem;
use model::PackageType;
use serde_json::Value;

use super::Found;
use super::document::{Document, Role};
use super::files::{Files, parent, upwards};
use super::locked::CONTROL;
use super::text::{self, lenient};
use super::unlocked::Unlocked;

/// Names that a problem repeats.
const NAMES_SHOWN_MAX: usize = 8;

/// What the manifests among `documents` ask for and no lockfile that speaks for them names: those of their folder, else of
/// the nearest above that has a lock or a list of their ecosystem.
pub(super) fn problems(files: Files<'_>, documents: &[Found<'_>]) -> Vec<Problem> {
    let mut speaking: BTreeMap<(PackageType, &str), Vec<Found<'_>>> = BTreeMap::new();
    for found in documents.iter().filter(|f| matches!(f.role(), Role::Lock | Role::List)) {
        speaking.entry((found.document.ecosystem(), parent(found.path))).or_default().push(*found);
    }
    let mut asking: BTreeMap<(PackageType, &str), Vec<Asking<'_>>> = BTreeMap::new();
    for found in documents.iter().filter(|f| f.role() == Role::Manifest) {
        let ecosystem = found.document.ecosystem();
        let mut above = upwards(parent(found.path)).filter(|dir| speaking.contains_key(&(ecosystem, *dir)));
        if let (Some(dir), Ok(bytes)) = (above.next(), files.read(found.path)) {
            let names = names(found.document, &bytes);
            asking.entry((ecosystem, dir)).or_default().push(Asking { path: found.path, names });
        }
    }
    let mut problems = Vec::new();
    for (place, manifests) in &asking {
        let documents = speaking.get(place).into_iter().flatten();
        // A list does not name all.
        let locks: Vec<&Found<'_>> = documents.filter(|f| f.role() == Role::Lock).collect();
        // A lock that cannot be read has said so itself.
        let Some(missing) = missing(files, &locks, manifests) else { continue };
        let lock = locks.first().map_or("", |f| f.path);
        problems.extend(manifests.iter().filter_map(|manifest| problem(manifest, lock, &missing)));
    }
    problems
}

/// A manifest, and the names that it asks its registry for.
struct Asking<'t> {
    path: &'t str,
    names: BTreeSet<String>,
}

/// The words of what `manifests` ask for that are in none of `locks`.
fn missing(files: Files<'_>, locks: &[&Found<'_>], manifests: &[Asking<'_>]) -> Option<BTreeSet<String>> {
    locks.first()?;
    let asked = manifests.iter().flat_map(|m| &m.names);
    let mut missing: BTreeSet<String> = asked.flat_map(|name| words(name)).collect();
    for lock in locks {
        let bytes = files.read(lock.path).ok()?;
        for word in fold(&lenient(&bytes)).split(is_between) {
            missing.remove(word);
        }
    }
    Some(missing)
}

fn problem(manifest: &Asking<'_>, lock: &str, missing: &BTreeSet<String>) -> Option<Problem> {
    let is_missing = |name: &&String| words(name).any(|w| missing.contains(&w));
    let gone: Vec<&str> = manifest.names.iter().filter(is_missing).map(String::as_str).collect();
    if gone.is_empty() {
        return None;
    }
    let shown = gone.iter().take(NAMES_SHOWN_MAX).copied().collect::<Vec<_>>().join(", ");
    let more = match gone.len().saturating_sub(NAMES_SHOWN_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let older = match parent(lock) == parent(manifest.path) {
        true => ": the lockfile is older",
        false => "",
    };
    Some(Problem::unknown(
        CONTROL,
        manifest.path,
        format!("it asks for {shown}{more}, which {lock} does not name{older}"),
        "install anew and commit the lockfile",
    ))
}

/// The names that a manifest asks its registry for; of addresses and folders a lockfile may keep another name.
fn names(document: Document, bytes: &[u8]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut add = |value: &Value, tables: &[&str], from_registry: fn(&str, &Value) -> bool| {
        for (name, asked) in tables.iter().flat_map(|table| text::table(value, table)) {
            if from_registry(name, asked) {
                names.insert(name.to_owned());
            }
        }
    };
    match document {
        Document::PackageJson => {
            let Ok(project) = text::json(bytes) else { return names };
            add(&project, &["dependencies", "devDependencies"], |_, asked| {
                asked.as_str().is_some_and(|spec| !spec.contains([':', '/']))
            });
        }
        Document::ComposerJson => {
            let Ok(project) = text::json(bytes) else { return names };
            // `composer-plugin-api` and `ext-json` are Composer's and PHP's own; one package may provide another.
            add(&project, &["require", "require-dev"], |name, _| {
                name.contains('/') && !name.ends_with("-implementation")
            });
        }
        Document::PyProject => {
            let Ok(project) = text::toml(bytes) else { return names };
            let tool = project.get("tool").and_then(|t| t.get("poetry")).unwrap_or(&Value::Null);
            add(tool, &["dependencies"], |name, asked| {
                name != "python" && (asked.is_string() || asked.get("version").is_some())
            });
            let own = project.get("project").unwrap_or(&Value::Null);
            let asked = text::texts(own, "dependencies").filter(|text| !text.contains('@'));
            names.extend(asked.filter_map(super::python::requirement::parse).map(|asked| asked.name));
        }
        Document::Pipfile => {
            let Ok(project) = text::toml(bytes) else { return names };
            add(&project, &["packages", "dev-packages"], |_, asked| {
                asked.is_string() || asked.get("version").is_some()
            });
        }
        Document::CargoToml => {
            let Ok(project) = text::toml(bytes) else { return names };
            add(&project, &["dependencies", "dev-dependencies", "build-dependencies"], |_, asked| {
                asked.is_string() || (asked.get("version").is_some() && asked.get("package").is_none())
            });
        }
        Document::NugetProject => return super::dotnet::project::asked(bytes),
        Document::Unlocked(Unlocked::Pubspec) => {
            let Ok(project) = text::yaml(bytes) else { return names };
            add(&project, &["dependencies", "dev_dependencies"], |_, asked| asked.is_string());
        }
        _ => {}
    }
    names
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
