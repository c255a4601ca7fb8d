//! What a `Cargo.toml` asks for: the tables of every target, with what its workspace says of them.

use std::collections::BTreeSet;

use serde_json::Value;
use version::range::Dialect;

use super::want::Want;
use crate::lang::files::{Files, join};
use crate::lang::text;

/// What a manifest asks for; `dir` is where its workspace and lockfile lie.
pub(super) fn manifest(files: Files<'_>, dir: &str, manifest: &Value) -> BTreeSet<Want> {
    let root = files.read(&join(dir, "Cargo.toml")).ok().and_then(|bytes| text::toml(&bytes).ok());
    let workspace = root.as_ref().and_then(|root| root.get("workspace")?.get("dependencies"));
    let targets = text::table(manifest, "target").map(|(_, target)| target);
    let mut wants = BTreeSet::new();
    for holder in std::iter::once(manifest).chain(targets) {
        let tables = ["dependencies", "dev-dependencies", "build-dependencies"];
        for (name, asked) in tables.into_iter().flat_map(|table| text::table(holder, table)) {
            let inherited = workspace.and_then(|w| w.get(name)).filter(|_| text::flag(asked, "workspace"));
            wants.extend(want(name, inherited.unwrap_or(asked)));
        }
    }
    wants
}

/// One dependency; one that only a path or a repository gives has no range.
fn want(name: &str, asked: &Value) -> Option<Want> {
    let range = asked.as_str().or_else(|| text::text(asked, "version"))?;
    let real = text::text(asked, "package").unwrap_or(name);
    let is_local = ["path", "git"].iter().any(|source| asked.get(source).is_some());
    Some(match is_local {
        true => Want::named(real),
        false => Want::due(real, Dialect::Cargo, range),
    })
}
