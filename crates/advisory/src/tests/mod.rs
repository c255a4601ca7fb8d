//! Tests.

mod archives;
mod damage;
mod feeds;
mod identities;
mod statements;

use std::sync::Arc;

use crate::db::{Builder, Built, Database};
use crate::{Parsed, read};

/// Reads a document that must be sound.
fn sound(name: &str, text: &str) -> Parsed {
    let parsed = read(name, text.as_bytes());
    assert!(parsed.problems.is_empty(), "{name}: {:?}", parsed.problems);
    parsed
}

/// Builds from JSON and YAML documents.
fn built(documents: &[&str]) -> Built {
    let mut builder = Builder::new();
    for text in documents {
        let name = if text.starts_with(['{', '[']) { "a.json" } else { "a.yaml" };
        builder.add(sound(name, text));
    }
    builder.finish().unwrap()
}

fn database(documents: &[&str]) -> Database {
    Database::open(Arc::new(built(documents).bytes)).unwrap()
}

/// Canonical ids of what is said of a package, sorted.
fn about(database: &Database, ecosystem: &str, name: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for entry in database.lookup(ecosystem, name).unwrap() {
        for v in database.advisory(entry.advisory).unwrap().vulnerabilities {
            out.push(database.canonical(v).unwrap().to_owned());
        }
    }
    out.sort();
    out.dedup();
    out
}

/// A record that affects `package` of npm below 1.2.0.
fn npm(id: &str, aliases: &str, package: &str) -> String {
    format!(
        r#"{{"id":"{id}","aliases":[{aliases}],"affected":[{{"package":{{"ecosystem":"npm","name":"{package}"}},
        "ranges":[{{"type":"SEMVER","events":[{{"introduced":"0"}},{{"fixed":"1.2.0"}}]}}]}}]}}"#
    )
}
