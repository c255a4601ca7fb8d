//! What manifests ask their registries for. Of addresses, folders, tags and aliases a lockfile may keep another name or
//! version: they are no wants, or wants without a range that can be read.

use std::collections::BTreeSet;

use serde_json::Value;
use version::range::Dialect;

use super::want::{Want, forget};
use super::{python, rust};
use crate::lang::document::Document;
use crate::lang::files::{Files, join};
use crate::lang::text;
use crate::lang::unlocked::Unlocked;
use crate::lang::{dotnet, elixir, ruby};

/// What the document at `path` asks for; `dir` is where its lockfile lies.
pub(super) fn wants(
    files: Files<'_>,
    document: Document,
    path: &str,
    dir: &str,
    bytes: &[u8],
) -> BTreeSet<Want> {
    let table = |read: fn(&[u8]) -> Result<Value, text::Broken>| read(bytes).unwrap_or(Value::Null);
    match document {
        Document::PackageJson => package_json(files, dir, &table(text::json)),
        Document::ComposerJson => composer_json(&table(text::json)),
        Document::PyProject => python::project(&table(text::toml)),
        Document::Pipfile => python::pipfile(&table(text::toml)),
        Document::CargoToml => rust::manifest(files, dir, &table(text::toml)),
        Document::NugetProject => dotnet::project::asked(files, path, bytes),
        Document::Gemfile => ruby::lock::asked_by_gemfile(bytes),
        Document::GemfileLock => ruby::lock::asked_by_lock(bytes),
        Document::Unlocked(Unlocked::Pubspec) => pubspec(files, dir, &table(text::yaml)),
        Document::Unlocked(Unlocked::Mix) => elixir::asked(bytes, elixir::Language::Elixir),
        Document::Unlocked(Unlocked::Rebar) => elixir::asked(bytes, elixir::Language::Erlang),
        _ => BTreeSet::new(),
    }
}

fn package_json(files: Files<'_>, dir: &str, project: &Value) -> BTreeSet<Want> {
    let mut wants = BTreeSet::new();
    for table in ["dependencies", "devDependencies", "optionalDependencies"] {
        for (name, spec) in text::table(project, table) {
            let Some(spec) = spec.as_str() else { continue };
            let aliased = spec.strip_prefix("npm:").and_then(crate::lang::javascript::split_at_version);
            match aliased {
                Some((real, range)) => wants.insert(Want::perhaps(real, Dialect::Npm, range)),
                // What is optional may be left out on every platform that was locked for.
                None if table == "optionalDependencies" => {
                    wants.insert(Want::perhaps(name, Dialect::Npm, spec))
                }
                None if spec.contains([':', '/']) => false,
                None => wants.insert(Want::due(name, Dialect::Npm, spec)),
            };
        }
    }
    let mut overridden = BTreeSet::new();
    let read = |name: &str, read: fn(&[u8]) -> Result<Value, text::Broken>| {
        let bytes = files.read(&join(dir, name)).ok();
        bytes.and_then(|bytes| read(&bytes).ok()).unwrap_or(Value::Null)
    };
    let root = read("package.json", text::json);
    let pnpm = root.get("pnpm").unwrap_or(&Value::Null);
    for overrides in [root.get("overrides"), root.get("resolutions"), pnpm.get("overrides")] {
        overrides_of(overrides, &mut overridden);
    }
    overrides_of(read("pnpm-workspace.yaml", text::yaml).get("overrides"), &mut overridden);
    forget(wants, &overridden)
}

/// The names that overrides speak of: `a`, `a@^1`, `b>a`, `**/a`, `b/@scope/a`, and tables of them.
fn overrides_of(overrides: Option<&Value>, names: &mut BTreeSet<String>) {
    for (key, value) in text::entries(overrides) {
        names.insert(overridden(key));
        overrides_of(Some(value), names);
    }
}

fn overridden(key: &str) -> String {
    // pnpm's `b>a`; the sign of a range follows an `@`, a space or another sign.
    let begins =
        |at: usize| key.get(at + 1..).is_some_and(|r| r.starts_with(|c: char| c == '@' || c.is_alphabetic()));
    let inner = key.rmatch_indices('>').map(|(at, _)| at).find(|at| begins(*at));
    let path = inner.and_then(|at| key.get(at + 1..)).unwrap_or(key);
    let parts: Vec<&str> = path.split('/').collect();
    let bare = |name: &str| name.split('@').next().unwrap_or_default().to_owned();
    match parts.as_slice() {
        [.., scope, name] if scope.starts_with('@') => format!("{scope}/{}", bare(name)),
        [.., name] => bare(name),
        [] => String::new(),
    }
}

fn composer_json(project: &Value) -> BTreeSet<Want> {
    let asked = ["require", "require-dev"].into_iter().flat_map(|table| text::table(project, table));
    // `composer-plugin-api` and `ext-json` are Composer's and PHP's own; one package may provide another.
    let asked = asked.filter(|(name, _)| name.contains('/') && !name.ends_with("-implementation"));
    asked
        .map(|(name, range)| Want::due(name, Dialect::Composer, range.as_str().unwrap_or_default()))
        .collect()
}

fn pubspec(files: Files<'_>, dir: &str, project: &Value) -> BTreeSet<Want> {
    let mut wants = BTreeSet::new();
    for (name, asked) in
        ["dependencies", "dev_dependencies"].into_iter().flat_map(|t| text::table(project, t))
    {
        let elsewhere = ["git", "path", "sdk"].iter().any(|source| asked.get(source).is_some());
        if let (Some(range), false) = (asked.as_str().or_else(|| text::text(asked, "version")), elsewhere) {
            wants.insert(Want::due(name, Dialect::Pub, range));
        }
    }
    let read = |name: &str| {
        let bytes = files.read(&join(dir, name)).ok();
        bytes.and_then(|bytes| text::yaml(&bytes).ok()).unwrap_or(Value::Null)
    };
    let documents = [read("pubspec.yaml"), read("pubspec_overrides.yaml")];
    let overridden = documents.iter().flat_map(|d| text::table(d, "dependency_overrides"));
    forget(wants, &overridden.map(|(name, _)| name.to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::overridden;

    #[test]
    fn overrides_name_packages_in_many_ways() {
        for (key, name) in [
            ("a", "a"),
            ("a@^1", "a"),
            ("a@>=1 <2", "a"),
            ("b>a", "a"),
            ("b@2>@s/a@1", "@s/a"),
            ("**/a", "a"),
            ("x/@s/a@^2", "@s/a"),
            ("@s/a", "@s/a"),
            ("", ""),
        ] {
            assert_eq!(overridden(key), name, "{key}");
        }
    }
}
