//! Layers with a table of contents, stored by the libraries of those who made the formats: read by the table they give
//! the same answers as read whole, and less is fetched.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::{Bench, told};
use crate::live::docker::{self, Push, Repacked};
use crate::live::tools::{self, Tool};
use crate::suite::Tally;
use crate::workspace;

/// Images: repository, folder of the layout, tag.
const IMAGES: [(&str, &str, &str); 2] = [("python", "apps", "python-old"), ("node", "apps", "node-old")];

pub(super) fn run(
    bench: &Bench<'_>,
    binary: &Path,
    data: &Path,
    shared: &Path,
    tally: &mut Tally,
) -> Result<()> {
    let tool = match tools::tool(&workspace::root()?, "lazylayer")? {
        Tool::At(tool) => tool,
        Tool::Missing(why) => {
            tally.skipped.push(format!("layers with a table of contents: {why}"));
            return Ok(());
        }
    };
    for (repository, folder, tag) in IMAGES {
        let layout = shared.join("images").join(folder);
        for format in ["estargz", "zstd-chunked"] {
            let name = format!("lazy/{repository}:{format}");
            let store = |tar: Vec<u8>| store(&tool, format, &tar, bench.scratch);
            {
                let plain = docker::start(binary, data, bench.scratch, None)?;
                let push = Push { port: plain.port() };
                push.image(&format!("lazy/{repository}"), format, &layout, tag, Some(&store))?;
            }
            compared(bench, &name, tally)?;
        }
    }
    Ok(())
}

/// Stores an archive with the tool.
fn store(tool: &Path, format: &str, tar: &[u8], scratch: &Path) -> Result<Repacked> {
    let (from, to) = (scratch.join("lazy.tar"), scratch.join("lazy.layer"));
    std::fs::write(&from, tar)?;
    workspace::run(Command::new(tool).arg(format).arg(&from).arg(&to), "lazylayer")?;
    let said: Value = serde_json::from_slice(&std::fs::read(scratch.join("lazy.layer.json"))?)?;
    Ok(Repacked {
        kind: if format == "estargz" { "gzip" } else { "zstd" },
        bytes: std::fs::read(&to)?,
        annotations: said["annotations"].clone(),
        diff_id: said["diffId"].as_str().filter(|id| !id.is_empty()).map(str::to_owned),
    })
}

/// The image read by its tables, and whole.
fn compared(bench: &Bench<'_>, name: &str, tally: &mut Tally) -> Result<()> {
    let image = bench.image(name);
    let cache = format!("lazy-{}", name.replace(['/', ':'], "-"));
    let by_table = bench.scan(&image, &cache, &["--format", "json"])?;
    let whole = bench.scan(&image, &format!("{cache}-whole"), &["--format", "json", "--verify"])?;
    let fault = match (by_table.status.code(), whole.status.code()) {
        (Some(0), Some(0)) => different(&by_table.stdout, &whole.stdout)?,
        (Some(0), _) => Some(told(&whole)),
        _ => Some(told(&by_table)),
    };
    tally.count(name, "read by its tables of contents as read whole", fault);
    let said = String::from_utf8_lossy(&by_table.stderr).into_owned();
    for line in said.lines().filter(|l| l.contains("table of contents") || l.contains("fetched whole")) {
        println!("live: {name}: {line}");
    }
    let fault = (!said.contains("is read by its table of contents")).then(|| told(&by_table));
    tally.count(name, "less than half of a layer is fetched", fault);
    Ok(())
}

/// What differs between the reports: nothing may but the ledger, which says what was not verified, and sizes of
/// archives.
fn different(by_table: &[u8], whole: &[u8]) -> Result<Option<String>> {
    let read = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).context("the report is no JSON");
    let (by_table, whole) = (read(by_table)?, read(whole)?);
    for part in ["targets", "packages", "findings", "doubts", "rules"] {
        if by_table[part] != whole[part] {
            return Ok(Some(format!("other {part}")));
        }
    }
    let told = |report: &Value| report["ledger"].to_string().contains("table of contents");
    if by_table["packages"].as_array().is_none_or(Vec::is_empty) || !told(&by_table) || told(&whole) {
        return Ok(Some("the ledger does not say what was not verified".to_owned()));
    }
    Ok(None)
}
