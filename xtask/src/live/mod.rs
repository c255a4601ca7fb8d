//! `cargo xtask test --live`: what needs other programs, or the material that others share.
//!
//! Every image under `$PLIMSOLL_SHARED/images` is scanned, and its package list is held against the image's own package
//! manager's, read by other code than ours: `dpkg-query`, a plain reading of apk's file, an rpm library in Go. Syft's
//! and Trivy's lists are compared as well: both are built from their Go modules once and kept in the cache's `peers`
//! folder. What is not at hand is counted as skipped, loudly.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::suite::Tally;
use crate::workspace;

mod cluster;
pub(crate) mod debian;
pub(crate) mod docker;
mod engines;
mod exchange;
mod hostile;
mod kustomize;
mod managers;
mod peers;
mod pod_security;
mod registry;
mod render;
mod scanners;
pub(crate) mod tools;
mod trouble;
mod unpack;
mod update;

/// A package as two programs must agree on it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    /// `deb`, `apk`, `rpm`, `npm` …
    pub(crate) kind: String,
    /// Name.
    pub(crate) name: String,
    /// Whole version.
    pub(crate) version: String,
    /// Architecture; empty where the kind has none.
    pub(crate) architecture: String,
}

/// An image of the shared material.
pub(crate) struct Image {
    /// Layout's directory.
    pub(crate) layout: PathBuf,
    /// `apps:python-old`.
    pub(crate) name: String,
    /// Tag in the layout.
    pub(crate) tag: String,
    /// Manifest digest, `sha256:…`.
    pub(crate) digest: String,
}

/// Runs every live check.
pub(crate) fn run(root: &Path) -> Result<Tally> {
    let mut tally = Tally::default();
    let Some(shared) = workspace::shared(root) else {
        tally.skipped.push("live checks: no shared material (set `PLIMSOLL_SHARED`)".to_owned());
        return Ok(tally);
    };
    println!("live: cargo build --release of plimsoll");
    let mut cargo = workspace::cargo(root);
    workspace::run(cargo.args(["build", "--quiet", "--release", "--package", "plimsoll"]), "cargo build")?;
    let program = workspace::target_dir(root).join("release/plimsoll");
    let images = images(&shared)?;
    println!("live: {} images under the shared material", images.len());
    let scratch = std::env::temp_dir().join(format!("plimsoll-live-{}", std::process::id()));
    std::fs::create_dir_all(&scratch).with_context(|| format!("`{}` cannot be made", scratch.display()))?;
    for image in &images {
        tally.add(one_image(root, &program, image, &scratch)?);
    }
    tally.add(engines::compare(&program, &images, &scratch)?);
    tally.add(registry::run(&program, &shared, &scratch)?);
    tally.add(peers::compare(root, &program, &images, &scratch)?);
    tally.add(pod_security::compare(root, &shared)?);
    tally.add(cluster::check(root, &program, &shared, &scratch)?);
    tally.add(cluster::node(root, &program, &scratch)?);
    tally.add(kustomize::check(root, &program, &shared, &scratch)?);
    tally.add(render::check(root, &program, &scratch)?);
    tally.add(scanners::compare(root, &shared, &scratch)?);
    tally.add(exchange::check(root, &program, &images, &scratch)?);
    tally.add(update::check(&program, &shared, &scratch)?);
    std::fs::remove_dir_all(&scratch)
        .with_context(|| format!("`{}` cannot be removed", scratch.display()))?;
    Ok(tally)
}

/// The checks of one kind alone, with the program as it is built for development.
pub(crate) fn only(root: &Path, what: &str) -> Result<Tally> {
    let mut tally = Tally::default();
    let Some(shared) = workspace::shared(root) else {
        tally.skipped.push(format!("{what}: no shared material (set `PLIMSOLL_SHARED`)"));
        return Ok(tally);
    };
    let mut cargo = workspace::cargo(root);
    workspace::run(cargo.args(["build", "--quiet", "--package", "plimsoll"]), "cargo build")?;
    let program = std::path::absolute(workspace::target_dir(root).join("debug/plimsoll"))?;
    let scratch = std::env::temp_dir().join(format!("plimsoll-live-{}", std::process::id()));
    std::fs::create_dir_all(&scratch)?;
    if what == "cluster" {
        tally.add(kustomize::check(root, &program, &shared, &scratch)?);
        tally.add(cluster::check(root, &program, &shared, &scratch)?);
        tally.add(cluster::node(root, &program, &scratch)?);
    } else if what == "node" {
        tally.add(cluster::node(root, &program, &scratch)?);
    } else if what == "render" {
        tally.add(render::check(root, &program, &scratch)?);
    } else if what == "scanners" {
        tally.add(scanners::compare(root, &shared, &scratch)?);
    } else if what == "exchange" {
        tally.add(exchange::check(root, &program, &images(&shared)?, &scratch)?);
    } else {
        tally.add(registry::run(&program, &shared, &scratch)?);
        tally.add(update::check(&program, &shared, &scratch)?);
    }
    std::fs::remove_dir_all(&scratch)?;
    Ok(tally)
}

/// Every tagged image of every layout.
fn images(shared: &Path) -> Result<Vec<Image>> {
    let dir = shared.join("images");
    let mut images = Vec::new();
    for entry in std::fs::read_dir(&dir).with_context(|| format!("`{}` cannot be read", dir.display()))? {
        let layout = entry?.path();
        let Ok(text) = std::fs::read_to_string(layout.join("index.json")) else { continue };
        let index: Value =
            serde_json::from_str(&text).with_context(|| format!("{}: index.json", layout.display()))?;
        let folder = layout.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        for manifest in index["manifests"].as_array().into_iter().flatten() {
            let tag = manifest["annotations"]["org.opencontainers.image.ref.name"].as_str();
            let (Some(tag), Some(digest)) = (tag, manifest["digest"].as_str()) else { continue };
            let (name, tag, digest) = (format!("{folder}:{tag}"), tag.to_owned(), digest.to_owned());
            images.push(Image { layout: layout.clone(), name, tag, digest });
        }
    }
    images.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(images)
}

/// Three checks an image: the scan ends, ends the same twice, and lists what the package manager lists.
fn one_image(root: &Path, program: &Path, image: &Image, scratch: &Path) -> Result<Tally> {
    let mut tally = Tally::default();
    let first = scan(program, image, scratch)?;
    let second = scan(program, image, scratch)?;
    tally.count(
        &image.name,
        "the same bytes twice",
        (first != second).then(|| "two scans differ".to_owned()),
    );
    let rows = rows_of(&first)?;
    let dir = scratch.join(image.name.replace(':', "-"));
    unpack::databases(image, &dir)?;
    for list in managers::lists(root, &dir)? {
        match list {
            managers::List::Missing(why) => tally.skipped.push(format!("{}: {why}", image.name)),
            managers::List::Read { kind, rows: theirs } => {
                let ours: BTreeSet<Row> = rows.iter().filter(|r| r.kind == kind).cloned().collect();
                let what = format!("{} {kind} packages as the package manager lists them", theirs.len());
                tally.count(&image.name, &what, difference(&ours, &theirs));
            }
        }
    }
    Ok(tally)
}

/// The JSON report of one image, in a cache of its own.
pub(crate) fn scan(program: &Path, image: &Image, scratch: &Path) -> Result<String> {
    let report = scratch.join("report.json");
    let target = format!("oci:{}:{}", image.layout.display(), image.tag);
    let output = Command::new(program)
        .args(["scan", &target, "--as-of", "2026-11-25", "--format"])
        .arg(format!("json={}", report.display()))
        .env("XDG_CACHE_HOME", scratch.join("cache"))
        .output()
        .context("plimsoll could not be started")?;
    if !matches!(output.status.code(), Some(0 | 3)) {
        bail!("plimsoll scan {target}: {}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    std::fs::read_to_string(&report).with_context(|| format!("{target}: no report was written"))
}

/// The packages of a report.
pub(crate) fn rows_of(report: &str) -> Result<BTreeSet<Row>> {
    let report: Value = serde_json::from_str(report).context("the report is no JSON")?;
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let rows = report["packages"].as_array().context("the report lists no packages")?;
    Ok(rows
        .iter()
        .map(|p| Row {
            kind: text(&p["type"]),
            name: text(&p["name"]),
            version: text(&p["version"]),
            architecture: text(&p["architecture"]),
        })
        .collect())
}

/// What one list has and the other has not, in one line.
fn difference(ours: &BTreeSet<Row>, theirs: &BTreeSet<Row>) -> Option<String> {
    if ours == theirs {
        return None;
    }
    let show = |a: &BTreeSet<Row>, b: &BTreeSet<Row>| -> String {
        let rows: Vec<String> =
            a.difference(b).take(5).map(|r| format!("{} {} {}", r.name, r.version, r.architecture)).collect();
        format!("{} [{}]", a.difference(b).count(), rows.join(", "))
    };
    Some(format!("only theirs {}; only ours {}", show(theirs, ours), show(ours, theirs)))
}

impl Tally {
    /// Counts one check and says how it went.
    pub(crate) fn count(&mut self, subject: &str, what: &str, fault: Option<String>) {
        match fault {
            None => {
                self.passed += 1;
                println!("live: {subject}: {what}");
            }
            Some(fault) => {
                self.failed += 1;
                println!("FAILED: {subject}: {what}: {fault}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_both_sides() {
        let report = |v: &str| {
            format!("{{\"packages\":[{{\"type\":\"deb\",\"name\":\"bash\",\"version\":\"{v}\"}}]}}")
        };
        let (a, b) = (rows_of(&report("1")).unwrap(), rows_of(&report("2")).unwrap());
        assert_eq!(difference(&a, &a), None);
        assert_eq!(difference(&a, &b).unwrap(), "only theirs 1 [bash 2 ]; only ours 1 [bash 1 ]");
    }
}
