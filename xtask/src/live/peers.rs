//! Syft's and Trivy's lists of the two application images, held against ours.
//!
//! A package that a peer lists and we do not is a failure unless `xtask/peers.toml` says why. Fewer rows than
//! `floor` of that file is a failure whether or not a peer is at hand.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;

use super::tools::{self, Tool};
use super::{Image, Row, rows_of, scan};
use crate::suite::Tally;
use crate::workspace;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expectations {
    /// Least number of packages by image.
    floor: Vec<Floor>,
    /// Packages that only a peer lists.
    #[serde(default)]
    explained: Vec<Explained>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Floor {
    image: String,
    packages: usize,
    said_by: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Explained {
    image: String,
    /// `name version`, or a name with `*` for every version.
    package: String,
    reason: String,
}

/// Compares every image that the expectations name.
pub(crate) fn compare(root: &Path, program: &Path, images: &[Image], scratch: &Path) -> Result<Tally> {
    let path = root.join("xtask/peers.toml");
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    let expectations: Expectations =
        toml::from_str(&text).with_context(|| format!("`{}`", path.display()))?;
    let mut tally = Tally::default();
    for floor in &expectations.floor {
        let Some(image) = images.iter().find(|i| i.name == floor.image) else {
            tally.skipped.push(format!("{}: the image is not in the shared material", floor.image));
            continue;
        };
        let report = scan(program, image, scratch)?;
        let rows = rows_of(&report)?;
        // A peer counts a package once for each place it lies in, and so does the report's list.
        let counted = package_count(&report)?;
        let ours: BTreeSet<(String, String)> = rows.into_iter().flat_map(names).collect();
        let fault = (counted < floor.packages).then(|| format!("{counted} packages"));
        tally.count(
            &image.name,
            &format!("at least the {} packages of {}", floor.packages, floor.said_by),
            fault,
        );
        for peer in ["syft", "trivy"] {
            match tools::tool(root, peer)? {
                Tool::Missing(why) => tally.skipped.push(format!("{}: {why}", image.name)),
                Tool::At(program) => {
                    let theirs = list(peer, &program, image)?;
                    let fault = unexplained(&expectations, &image.name, &ours, &theirs);
                    tally.count(&image.name, &format!("what {peer} lists ({})", theirs.len()), fault);
                }
            }
        }
    }
    Ok(tally)
}

fn package_count(report: &str) -> Result<usize> {
    let report: Value = serde_json::from_str(report).context("the report is no JSON")?;
    Ok(report["packages"].as_array().context("the report lists no packages")?.len())
}

/// The names a row may have in a peer's list: of Java, peers name the artifact without its group.
fn names(row: Row) -> Vec<(String, String)> {
    let artifact = row.name.rsplit_once(':').map(|(_, artifact)| (artifact.to_owned(), row.version.clone()));
    artifact.into_iter().chain([(row.name, row.version)]).collect()
}

fn unexplained(
    expectations: &Expectations,
    image: &str,
    ours: &BTreeSet<(String, String)>,
    theirs: &BTreeSet<(String, String)>,
) -> Option<String> {
    let explained = |(name, version): &(String, String)| {
        expectations.explained.iter().any(|e| {
            let same = e.package == format!("{name} {version}") || e.package == format!("{name} *");
            e.image == image && same && !e.reason.is_empty()
        })
    };
    // PyPI's names are the same in any case, and each scanner writes them as it likes.
    let known: BTreeSet<(String, &str)> = ours.iter().map(|(n, v)| (n.to_lowercase(), v.as_str())).collect();
    let missing: Vec<String> = theirs
        .iter()
        .filter(|(n, v)| !known.contains(&(n.to_lowercase(), v.as_str())))
        .filter(|p| !explained(p))
        .map(|(n, v)| format!("{n} {v}"))
        .collect();
    (!missing.is_empty()).then(|| format!("{} unexplained: {}", missing.len(), missing.join(", ")))
}

/// Name and version of everything a peer finds.
fn list(peer: &str, program: &Path, image: &Image) -> Result<BTreeSet<(String, String)>> {
    println!("live: {peer} on {}", image.name);
    let mut command = Command::new(program);
    match peer {
        "syft" => command.args(["scan", "--quiet", "--output", "json"]).arg(one_image_layout(image)?),
        // Without its own databases, which cannot be had offline, Trivy lists packages only as a bill of materials, and
        // nothing at all where it meets a Java archive.
        _ => command
            .args(["image", "--quiet", "--offline-scan", "--skip-files", "**/*.jar", "--format", "cyclonedx"])
            .arg("--input")
            .arg(one_image_layout(image)?),
    };
    let json: Value = serde_json::from_str(&workspace::output(&mut command, peer)?)?;
    Ok(if peer == "syft" { syft_rows(&json) } else { trivy_rows(&json) })
}

/// A peer takes a layout with one image: the same blobs under an index of one line.
fn one_image_layout(image: &Image) -> Result<std::path::PathBuf> {
    let dir = std::env::temp_dir().join(format!("plimsoll-peer-{}", image.name.replace(':', "-")));
    std::fs::create_dir_all(&dir)?;
    let index: Value = serde_json::from_str(&std::fs::read_to_string(image.layout.join("index.json"))?)?;
    let one =
        index["manifests"].as_array().into_iter().flatten().find(|m| m["digest"] == image.digest.as_str());
    let index = serde_json::json!({"schemaVersion": 2, "manifests": [one]});
    std::fs::write(dir.join("index.json"), serde_json::to_vec(&index)?)?;
    std::fs::write(dir.join("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}")?;
    let blobs = dir.join("blobs");
    if !blobs.exists() {
        std::os::unix::fs::symlink(image.layout.canonicalize()?.join("blobs"), blobs)?;
    }
    Ok(dir)
}

fn syft_rows(json: &Value) -> BTreeSet<(String, String)> {
    pairs(json["artifacts"].as_array().into_iter().flatten(), "name", "version")
}

/// Components of a bill of materials; of npm, the scope is part of the name.
fn trivy_rows(json: &Value) -> BTreeSet<(String, String)> {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let libraries = json["components"].as_array().into_iter().flatten().filter(|c| c["type"] == "library");
    libraries
        .map(|c| {
            let group = c["group"].as_str().filter(|_| text(&c["purl"]).starts_with("pkg:npm/"));
            let name = group.map_or_else(|| text(&c["name"]), |g| format!("{g}/{}", text(&c["name"])));
            (name, text(&c["version"]))
        })
        .collect()
}

fn pairs<'a>(rows: impl Iterator<Item = &'a Value>, name: &str, version: &str) -> BTreeSet<(String, String)> {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    rows.map(|r| (text(&r[name]), text(&r[version]))).filter(|(n, _)| !n.is_empty()).collect()
}
