//! Bills of materials as others read them: every format written is held against its schema and given to a consumer.
//!
//! CycloneDX by the schemas that PyPI's `cyclonedx-python-lib` carries, SPDX by `pyspdxtools` of PyPI's `spdx-tools`, and
//! Syft, which converts each and must see as many packages as we do. What is not at hand is skipped, loudly.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::Image;
use super::tools::{self, Tool};
use crate::official;
use crate::suite::Tally;

/// Formats, their flags and the ending of their files.
const FORMATS: [(&str, &[&str], &str); 9] = [
    ("CycloneDX 1.6 JSON", &["--format", "cyclonedx-json"], "cdx.json"),
    ("CycloneDX 1.7 JSON", &["--format", "cyclonedx-json", "--spec-version", "1.7"], "cdx.json"),
    ("CycloneDX 1.3 XML", &["--format", "cyclonedx-xml", "--spec-version", "1.3"], "cdx.xml"),
    ("CycloneDX 1.4 XML", &["--format", "cyclonedx-xml", "--spec-version", "1.4"], "cdx.xml"),
    ("CycloneDX 1.5 XML", &["--format", "cyclonedx-xml", "--spec-version", "1.5"], "cdx.xml"),
    ("CycloneDX 1.6 XML", &["--format", "cyclonedx-xml"], "cdx.xml"),
    ("CycloneDX 1.7 XML", &["--format", "cyclonedx-xml", "--spec-version", "1.7"], "cdx.xml"),
    ("SPDX 2.3 JSON", &["--format", "spdx-json"], "spdx.json"),
    ("SPDX 2.3 tag-value", &["--format", "spdx-tag"], "spdx"),
];

/// PyPI's library of CycloneDX, with what it validates by.
const CYCLONEDX: &str = "cyclonedx-python-lib[validation]==11.12.0";

/// Validates a document: version, form and file are its arguments.
const VALIDATE: &str = "\
import sys
from cyclonedx.output import OutputFormat
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation import make_schemabased_validator
version, form, file = sys.argv[1:]
version = SchemaVersion.from_version(version)
if form == 'JSON':
    from cyclonedx.validation.json import JsonStrictValidator
    validator = JsonStrictValidator(version)
else:
    validator = make_schemabased_validator(OutputFormat.XML, version)
with open(file, encoding='utf-8') as document:
    wrong = validator.validate_str(document.read())
sys.exit(str(wrong) if wrong else 0)
";

/// Syft of the version at hand reads CycloneDX up to this.
const SYFT_CYCLONEDX_MAX: &str = "1.6";

/// Writes a bill of the first image in every format and lets others read it.
pub(crate) fn check(root: &Path, program: &Path, images: &[Image], scratch: &Path) -> Result<Tally> {
    let mut tally = Tally::default();
    let Some(image) = images.first() else {
        tally.skipped.push("exchange: no image to write a bill of".to_owned());
        return Ok(tally);
    };
    let cyclonedx_programs = official::python("cyclonedx", CYCLONEDX);
    let syft = tools::tool(root, "syft")?;
    for (name, flags, ending) in FORMATS {
        let file = scratch.join(format!("{}.{ending}", name.replace([' ', '.'], "-")));
        write(program, image, flags, &file)?;
        let ours = packages(program, &file)?;
        if ending.starts_with("cdx") {
            cyclonedx(name, &file, &cyclonedx_programs, &mut tally);
        }
        if ending.starts_with("spdx") {
            let mut validator = Command::new("pyspdxtools");
            validator.arg("--infile").arg(&file);
            official::offer(&mut validator)?;
            judge(name, "its consortium's validator", &mut validator, &mut tally);
        }
        match &syft {
            Tool::Missing(why) => tally.skipped.push(format!("{name}: {why}")),
            Tool::At(_) if name.contains("1.7") => {
                tally.skipped.push(format!("{name}: Syft reads CycloneDX to {SYFT_CYCLONEDX_MAX} alone"))
            }
            Tool::At(syft) => {
                let theirs = converted(syft, &file)?;
                let fault = (theirs < ours).then(|| format!("Syft reads {theirs} packages of {ours}"));
                tally.count(name, "Syft reads every package", fault);
            }
        }
    }
    Ok(tally)
}

fn write(program: &Path, image: &Image, flags: &[&str], file: &Path) -> Result<()> {
    let target = format!("oci:{}:{}", image.layout.display(), image.tag);
    let mut command = Command::new(program);
    command.args(["sbom", &target, "--quiet", "--as-of", "2026-11-25", "--no-cache", "--output"]);
    let done = command.arg(file).args(flags).output().context("plimsoll sbom")?;
    if !done.status.success() {
        bail!("plimsoll sbom {target}: {}", String::from_utf8_lossy(&done.stderr));
    }
    Ok(())
}

/// How many packages our own reader finds in what was written.
fn packages(program: &Path, file: &Path) -> Result<usize> {
    let mut command = Command::new(program);
    command.args(["scan", "--quiet", "--as-of", "2026-11-25", "--format", "json"]);
    let done = command.arg(file).output().context("plimsoll scan")?;
    let report: Value = serde_json::from_slice(&done.stdout).with_context(|| {
        format!("plimsoll scan {}: {}", file.display(), String::from_utf8_lossy(&done.stderr))
    })?;
    let packages = report["packages"].as_array().context("a report without packages")?;
    // Syft merges what has one package URL.
    let distinct: std::collections::BTreeSet<_> =
        packages.iter().filter_map(|p| p["purl"].as_str()).collect();
    Ok(distinct.len())
}

fn converted(syft: &Path, file: &Path) -> Result<usize> {
    let done = Command::new(syft)
        .args(["-q", "convert"])
        .arg(file)
        .args(["-o", "json"])
        .env("SYFT_CHECK_FOR_APP_UPDATE", "false")
        .output()
        .context("syft convert")?;
    if !done.status.success() {
        bail!("syft convert {}: {}", file.display(), String::from_utf8_lossy(&done.stderr));
    }
    let document: Value = serde_json::from_slice(&done.stdout).context("syft's JSON")?;
    Ok(document["artifacts"].as_array().map_or(0, Vec::len))
}

/// Holds a document against CycloneDX' own schema of its version, JSON strictly.
fn cyclonedx(name: &str, file: &Path, programs: &Result<PathBuf>, tally: &mut Tally) {
    let programs = match programs {
        Ok(programs) => programs,
        Err(e) => return tally.skipped.push(format!("{name}: `{CYCLONEDX}` is not at hand: {e:#}")),
    };
    let mut words = name.split(' ').skip(1);
    let mut validator = Command::new(programs.join("python"));
    validator.args(["-c", VALIDATE]).args([words.next(), words.next()].into_iter().flatten()).arg(file);
    judge(name, "the official schema", &mut validator, tally);
}

fn judge(name: &str, what: &str, validator: &mut Command, tally: &mut Tally) {
    match validator.output() {
        Err(_) => {
            let program = validator.get_program().to_string_lossy().into_owned();
            tally.skipped.push(format!("{name}: `{program}` is not installed"));
        }
        Ok(done) if done.status.success() => tally.count(name, &format!("valid before {what}"), None),
        Ok(done) => {
            let said = String::from_utf8_lossy(&done.stderr) + String::from_utf8_lossy(&done.stdout);
            let first: String = said.lines().take(3).collect::<Vec<_>>().join("; ");
            tally.count(name, &format!("valid before {what}"), Some(first));
        }
    }
}
