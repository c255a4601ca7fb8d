//! Every valid document of the CycloneDX project's own suite: read, written, read again, the same facts.

use std::path::{Path, PathBuf};

use model::{Package, Timestamp};

use super::schema::schema_folder;
use crate::cyclonedx::reference_names;
use crate::{
    CycloneDxVersion, Document, Input, SubjectKind, read, write_cyclonedx, write_cyclonedx_xml, write_spdx,
    write_spdx_tag,
};

fn documents(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() && name != "schema" {
            out.extend(documents(&path));
        } else if name.starts_with("valid") {
            out.push(path);
        }
    }
    out.sort();
    out
}

/// Hands the document as an input to `with`; ids are those of a report.
fn with_document<T>(document: &Document, with: impl FnOnce(&Input<'_>) -> T) -> T {
    let mut seen = std::collections::BTreeMap::<String, u32>::new();
    let id = |p: &Package| {
        let name = if p.purl.is_empty() { format!("{}@{}", p.name, p.version) } else { p.purl.clone() };
        let count = seen.entry(name.clone()).or_default();
        *count += 1;
        if *count == 1 { name } else { format!("{name}#{count}") }
    };
    let ids: Vec<String> = document.packages.iter().map(id).collect();
    let names = reference_names(&document.packages);
    let mut edges = Vec::new();
    for (from, package) in ids.iter().zip(&document.packages) {
        for wanted in &package.depends_on {
            let to = names.iter().position(|n| n == wanted).and_then(|n| ids.get(n));
            edges.extend(to.map(|to| (from.clone(), to.clone())));
        }
    }
    let packages: Vec<(String, &Package)> = ids.into_iter().zip(&document.packages).collect();
    with(&Input {
        name: document.subject.as_ref().map_or("", |s| &s.name),
        kind: SubjectKind::Application,
        digest: document.subject.as_ref().and_then(|s| s.digest),
        distribution: document.distribution.as_ref(),
        packages: &packages,
        dependencies: &edges,
        as_of: Timestamp(0),
        tool_version: "0.1.0",
    })
}

/// What differs after writing and reading; empty for nothing.
fn lost(document: &Document, text: &str) -> Option<String> {
    let again = match read(text.as_bytes()) {
        Ok((again, _)) => again,
        Err(e) => return Some(e.to_string()),
    };
    if again.distribution != document.distribution {
        return Some(format!("{:?} became {:?}", document.distribution, again.distribution));
    }
    if again.packages.len() != document.packages.len() {
        return Some(format!("{} packages became {}", document.packages.len(), again.packages.len()));
    }
    let pairs = document.packages.iter().zip(&again.packages);
    pairs.filter(|(a, b)| a != b).map(|(a, b)| format!("{a:?}\n   became {b:?}")).next()
}

#[test]
fn every_valid_document_keeps_its_facts() {
    let Some(schema) = schema_folder() else {
        println!("SKIPPED: no `suites/cyclonedx` in the shared folder, nothing was read and written");
        return;
    };
    let folder = schema.parent().unwrap();
    let (mut total, mut failed) = (0, Vec::new());
    for path in documents(folder) {
        let name = path.strip_prefix(folder).unwrap().display().to_string();
        total += 1;
        let document = match read(&std::fs::read(&path).unwrap()) {
            Ok((document, _)) => document,
            Err(e) => {
                failed.push(format!("{name}: {e}"));
                continue;
            }
        };
        let mut texts = Vec::new();
        with_document(&document, |input| {
            for version in CycloneDxVersion::ALL {
                texts.push((version.as_str(), write_cyclonedx(input, version)));
                texts.push((version.as_str(), write_cyclonedx_xml(input, version)));
            }
            texts.push(("SPDX", write_spdx(input)));
            texts.push(("SPDX tag-value", write_spdx_tag(input)));
        });
        if let Some((form, why)) = texts.iter().find_map(|(f, text)| Some((f, lost(&document, text)?))) {
            failed.push(format!("{name} as {form}: {why}"));
        }
    }
    println!("cyclonedx round trip {}/{total}", total - failed.len());
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
