//! The suite's own advisories: buckets of `SOURCE::TITLE`, package, id, with ranges in the words of three sources.
//! They are brought to OSV and go through the database as any feed does.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use advisory::db::{Builder, Database};
use anyhow::{Context, Result, anyhow};
use granit_parser::{Event, Parser};
use serde_json::{Map, Value, json};

use crate::walk;

/// The database of every file under `folder`.
pub(super) fn database(folder: &Path) -> Result<Database> {
    let mut affected: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for file in walk::files(folder)?.iter().filter(|f| f.extension().is_some_and(|e| e == "yaml")) {
        let buckets = yaml(&walk::read(file)?).with_context(|| format!("`{}`", file.display()))?;
        for bucket in buckets.as_array().into_iter().flatten() {
            let source = bucket.get("bucket").and_then(Value::as_str).unwrap_or_default();
            let Some(ecosystem) = source.split_once("::").and_then(|(kind, _)| ecosystem(kind)) else {
                continue;
            };
            for package in pairs(bucket) {
                let name = package.get("bucket").and_then(Value::as_str).unwrap_or_default();
                for advisory in pairs(package) {
                    let id = advisory.get("key").and_then(Value::as_str).unwrap_or_default();
                    let ranges = ranges(advisory.get("value").unwrap_or(&Value::Null));
                    affected.entry(id.to_owned()).or_default().push(json!({
                        "package": {"ecosystem": ecosystem, "name": name},
                        "ranges": ranges,
                    }));
                }
            }
        }
    }
    let mut builder = Builder::new();
    for (id, affected) in affected {
        let record =
            json!({"id": id, "modified": "2024-01-01T00:00:00Z", "summary": id, "affected": affected});
        builder.add(advisory::read(&format!("{id}.json"), record.to_string().as_bytes()));
    }
    let built = builder.finish().map_err(|e| anyhow!("{e}"))?;
    Database::open(Arc::new(built.bytes)).map_err(|e| anyhow!("{e}"))
}

fn pairs(bucket: &Value) -> impl Iterator<Item = &Value> {
    bucket.get("pairs").and_then(Value::as_array).into_iter().flatten()
}

/// The OSV ecosystem of a bucket's source; `None` for distributions and data that is not about packages.
fn ecosystem(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "npm" => "npm",
        "pip" => "PyPI",
        "rubygems" => "RubyGems",
        "composer" => "Packagist",
        "nuget" => "NuGet",
        "maven" => "Maven",
        "go" => "Go",
        "cargo" => "crates.io",
        "erlang" => "Hex",
        "pub" => "Pub",
        "swift" => "SwiftURL",
        "conan" => "ConanCenter",
        "cocoapods" => "CocoaPods",
        _ => return None,
    })
}

/// The ranges of one advisory: what is vulnerable, or everything that is not patched.
fn ranges(value: &Value) -> Vec<Value> {
    let texts = |key: &str| -> Vec<String> {
        let list = value.get(key).and_then(Value::as_array).into_iter().flatten();
        list.filter_map(Value::as_str).flat_map(|t| t.split("||")).map(|t| t.trim().to_owned()).collect()
    };
    let vulnerable = texts("VulnerableVersions");
    if !vulnerable.is_empty() {
        return vulnerable.iter().map(|constraint| range(&events(constraint))).collect();
    }
    // Everything but the patched intervals: each begins where the one before it is fixed.
    let patched: Vec<String> =
        texts("PatchedVersions").into_iter().chain(texts("UnaffectedVersions")).collect();
    let mut all = vec![("introduced", "0".to_owned())];
    for (kind, version) in patched.iter().flat_map(|p| events(p)) {
        match kind {
            "introduced" => all.push(("fixed", version)),
            "fixed" => all.push(("introduced", version)),
            _ => {}
        }
    }
    vec![range(&all)]
}

fn range(events: &[(&'static str, String)]) -> Value {
    let events: Vec<Value> = events
        .iter()
        .map(|(kind, version)| Value::Object(Map::from_iter([((*kind).to_owned(), json!(version))])))
        .collect();
    json!({"type": "ECOSYSTEM", "events": events})
}

/// The events of `>= 1.0, < 2.0`, `<1`, `= 1.5`, `[1.0,2.0)`, `(,1.0]`.
fn events(constraint: &str) -> Vec<(&'static str, String)> {
    if constraint.starts_with(['[', '(']) {
        let (low, high) = constraint.split_once(',').unwrap_or((constraint, constraint));
        let bare = |t: &str| t.trim_matches(['[', ']', '(', ')', ' ']).to_owned();
        let mut out =
            vec![("introduced", Some(bare(low)).filter(|v| !v.is_empty()).unwrap_or("0".to_owned()))];
        if !bare(high).is_empty() {
            out.push((if high.ends_with(']') { "last_affected" } else { "fixed" }, bare(high)));
        }
        return out;
    }
    let mut introduced = "0".to_owned();
    let mut end = None;
    for clause in constraint.split(',').map(str::trim) {
        let digits =
            clause.find(|c: char| !matches!(c, '<' | '>' | '=' | '~' | '^' | ' ')).unwrap_or(clause.len());
        let (operator, version) = clause.split_at(digits);
        match operator.trim() {
            ">=" | ">" => version.clone_into(&mut introduced),
            "<" => end = Some(("fixed", version.to_owned())),
            "<=" => end = Some(("last_affected", version.to_owned())),
            _ => {
                version.clone_into(&mut introduced);
                end = Some(("last_affected", version.to_owned()));
            }
        }
    }
    std::iter::once(("introduced", introduced)).chain(end).collect()
}

/// A value of plain YAML, every scalar as text; the files are part of a trusted suite.
fn yaml(text: &str) -> Result<Value> {
    let mut open: Vec<(Value, Option<String>)> = Vec::new();
    for next in Parser::new_from_str(text) {
        let (event, _) = next.map_err(|e| anyhow!("{e}"))?;
        let done = match event {
            Event::SequenceStart(..) => {
                open.push((json!([]), None));
                continue;
            }
            Event::MappingStart(..) => {
                open.push((json!({}), None));
                continue;
            }
            Event::Scalar(text, ..) => Value::String(text.into_owned()),
            Event::SequenceEnd | Event::MappingEnd => open.pop().context("an end without a beginning")?.0,
            _ => continue,
        };
        match open.last_mut() {
            None => return Ok(done),
            Some((Value::Array(items), _)) => items.push(done),
            Some((Value::Object(table), key)) => match key.take() {
                Some(key) => {
                    table.insert(key, done);
                }
                None => *key = Some(done.as_str().context("a key that is no text")?.to_owned()),
            },
            Some(_) => {}
        }
    }
    Ok(Value::Null)
}
