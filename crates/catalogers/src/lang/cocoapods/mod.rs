//! CocoaPods: `Podfile.lock`. Subspecs (`Pod/Part`) are told apart, as `pod` prints them.

use std::collections::BTreeSet;

use inventory::Harvest;
use model::PackageType;
use serde_json::Value;

use crate::lang::locked::Locked;
use crate::lang::text::{self, Broken};

/// Reads `Podfile.lock`. Pods of a `:path` are the project itself.
pub(super) fn read(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let lock = text::yaml(bytes)?;
    text::has_one_of(&lock, &["PODS", "DEPENDENCIES", "COCOAPODS"])?;
    let mut locked = Locked::new(PackageType::Cocoapods, "Podfile.lock", path);
    let local: BTreeSet<&str> = text::table(&lock, "EXTERNAL SOURCES")
        .filter(|(_, source)| source.get(":path").is_some())
        .map(|(name, _)| name)
        .collect();
    let mut edges = Vec::new();
    let mut direct: BTreeSet<&str> = text::texts(&lock, "DEPENDENCIES").map(name_of).collect();
    for pod in text::list(&lock, "PODS") {
        let (title, needs) = match pod {
            Value::String(title) => (title.as_str(), None),
            _ => match text::entries(Some(pod)).next() {
                Some((title, needs)) => (title, needs.as_array()),
                None => continue,
            },
        };
        let name = name_of(title);
        let needs = needs.into_iter().flatten().filter_map(Value::as_str).map(name_of);
        if local.contains(name.split('/').next().unwrap_or(name)) {
            direct.extend(needs);
            continue;
        }
        let version = title.split_once(" (").map(|(_, v)| v.trim_end_matches(')')).unwrap_or_default();
        let id = locked.add(name, version);
        edges.extend(needs.map(|n| (id, n)));
    }
    for (from, name) in edges {
        locked.edge_by_name(from, name);
    }
    for id in 0..locked.len() {
        locked.direct(id, false);
    }
    for name in direct {
        for id in locked.named(name).to_vec() {
            locked.direct(id, true);
        }
    }
    Ok(locked.finish())
}

/// The name of `Name (1.0)`, `Name (~> 1.0)`, ``Name (from `../x`)``.
fn name_of(text: &str) -> &str {
    text.split(" (").next().unwrap_or(text).trim()
}
