//! What Python's manifests ask for: `pyproject.toml` in the tables of PEP 621, PEP 735, poetry, pdm and uv, and `Pipfile`.

use std::collections::BTreeSet;

use serde_json::Value;
use version::range::Dialect;

use super::want::{Want, forget, key};
use crate::lang::python::requirement;
use crate::lang::text;

/// What a `pyproject.toml` asks for.
pub(super) fn project(project: &Value) -> BTreeSet<Want> {
    let own = project.get("project").unwrap_or(&Value::Null);
    let tool = |name: &str| project.get("tool").and_then(|t| t.get(name)).unwrap_or(&Value::Null);
    let (poetry, pdm, uv) = (tool("poetry"), tool("pdm"), tool("uv"));
    let mut wants: BTreeSet<Want> =
        text::texts(own, "dependencies").filter_map(|r| requirement(r, true)).collect();
    // Not every tool locks extras and groups.
    let tables = [(own, "optional-dependencies"), (project, "dependency-groups"), (pdm, "dev-dependencies")];
    let groups =
        tables.into_iter().flat_map(|(holder, key)| text::table(holder, key)).map(|(_, group)| group);
    let groups = groups.chain(uv.get("dev-dependencies"));
    let texts = groups.filter_map(Value::as_array).flatten().filter_map(Value::as_str);
    wants.extend(texts.filter_map(|r| requirement(r, false)));
    wants.extend(
        text::table(poetry, "dependencies").filter_map(|(name, asked)| poetry_want(name, asked, true)),
    );
    let groups = text::table(poetry, "group").flat_map(|(_, group)| text::table(group, "dependencies"));
    let developed = text::table(poetry, "dev-dependencies").chain(groups);
    wants.extend(developed.filter_map(|(name, asked)| poetry_want(name, asked, false)));
    let mut overridden: BTreeSet<String> = text::table(uv, "sources").map(|(name, _)| normal(name)).collect();
    let overrides = text::texts(uv, "override-dependencies").filter_map(requirement::parse);
    overridden.extend(overrides.map(|r| r.name));
    let resolution = pdm.get("resolution").unwrap_or(&Value::Null);
    overridden.extend(text::table(resolution, "overrides").map(|(name, _)| normal(name)));
    forget(wants, &overridden)
}

fn normal(name: &str) -> String {
    key(model::PackageType::Pypi, name)
}

/// A requirement of PEP 508; one with an address is no want.
fn requirement(text: &str, is_due: bool) -> Option<Want> {
    let read = requirement::parse(text).filter(|_| !text.contains('@'))?;
    Some(want(&read.name, Dialect::Pep440, &read.specifier(), read.is_conditional(), is_due))
}

/// What holds for some environments alone may hold for none that the lock is for: nothing is due of it.
fn want(name: &str, dialect: Dialect, range: &str, is_conditional: bool, is_due: bool) -> Want {
    match is_conditional {
        true => Want { name: name.to_owned(), range: None, is_due: false },
        false => Want { is_due, ..Want::due(name, dialect, range) },
    }
}

/// An entry of poetry's tables: a constraint, or a table with one.
fn poetry_want(name: &str, asked: &Value, is_due: bool) -> Option<Want> {
    let range = asked.as_str().or_else(|| text::text(asked, "version")).filter(|_| name != "python")?;
    let conditions = ["python", "markers", "platform"];
    let is_conditional = conditions.iter().any(|condition| asked.get(condition).is_some());
    Some(want(&normal(name), Dialect::Poetry, range, is_conditional, is_due))
}

/// What a `Pipfile` asks for. Its tables may hold markers under many keys.
pub(super) fn pipfile(project: &Value) -> BTreeSet<Want> {
    let mut wants = BTreeSet::new();
    for (name, asked) in ["packages", "dev-packages"].into_iter().flat_map(|t| text::table(project, t)) {
        let Some(range) = asked.as_str().or_else(|| text::text(asked, "version")) else { continue };
        let plain = ["version", "extras", "index"];
        let is_conditional = text::entries(Some(asked)).any(|(key, _)| !plain.contains(&key));
        let range = if range.trim() == "*" { "" } else { range };
        wants.insert(want(&normal(name), Dialect::Pep440, range, is_conditional, true));
    }
    wants
}
