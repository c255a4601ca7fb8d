//! `plimsoll sbom TARGET`

use std::collections::BTreeSet;

use config::{Layer, Settings};
use flows::{Bill, CycloneDxVersion, SbomFormat};
use model::DoubtKind;

use crate::args::{IntoLayer, Sbom};
use crate::commands::Command;
use crate::failure::Failure;
use crate::layers::{self, origin};
use crate::output;
use crate::outside::Outside;

/// Doubts shown on standard error.
const DOUBTS_MAX: usize = 20;

/// Writes one bill of materials a target.
pub(super) fn run(command: &Command<'_>, args: Sbom, outside: &mut Outside<'_>) -> Result<u8, Failure> {
    let mut flags = Layer::default();
    args.add(&mut flags);
    let settings = command.settings(flags, outside)?;
    let (format, file) = format(&settings)?;
    let place = settings.text("sbom.output").map(str::to_owned).or(file);
    let directory = place.as_ref().is_some_and(|p| p.ends_with('/') || outside.resolve(p).is_dir());
    if let (Some(place), false) = (&place, directory) {
        output::writable(&outside.resolve(place), place)?;
    }
    let as_of = layers::as_of(&settings, command.door)?;
    let reading = layers::reading(&settings);
    let bills =
        command.with_world(&settings, outside, |w| flows::sbom(w, &args.target, &reading, format, as_of))?;
    match (&place, directory) {
        (Some(place), true) => many(command, &bills, place, format, outside)?,
        (place, _) => one(command, &bills, place.as_deref(), outside)?,
    }
    Ok(doubts(&bills, outside))
}

/// `cyclonedx-json` or `cyclonedx-json=FILE`.
fn format(settings: &Settings) -> Result<(SbomFormat, Option<String>), Failure> {
    let text = settings.text("sbom.format").unwrap_or("cyclonedx-json");
    let (word, file) = match text.split_once('=') {
        Some((word, file)) => (word, Some(file.to_owned()).filter(|f| f != "-")),
        None => (text, None),
    };
    let place = origin(settings, "sbom.format");
    let version = version(settings)?;
    let chosen = version.unwrap_or_default();
    let format = match word {
        "cyclonedx-json" | "cyclonedx" => SbomFormat::CycloneDxJson(chosen),
        "cyclonedx-xml" => SbomFormat::CycloneDxXml(chosen),
        "spdx-json" | "spdx" => SbomFormat::SpdxJson,
        "spdx-tag" | "spdx-tag-value" => SbomFormat::SpdxTag,
        _ => {
            return Err(Failure::usage(format!(
                "{place}: `{word}` is none of cyclonedx-json, cyclonedx-xml, spdx-json, spdx-tag"
            )));
        }
    };
    if version.is_some() && matches!(format, SbomFormat::SpdxJson | SbomFormat::SpdxTag) {
        let place = origin(settings, "sbom.spec-version");
        return Err(Failure::usage(format!("{place}: SPDX is written in version 2.3 alone")));
    }
    Ok((format, file))
}

/// `--spec-version`.
fn version(settings: &Settings) -> Result<Option<CycloneDxVersion>, Failure> {
    let Some(text) = settings.text("sbom.spec-version") else { return Ok(None) };
    CycloneDxVersion::parse(text).map(Some).ok_or_else(|| {
        let place = origin(settings, "sbom.spec-version");
        let known: Vec<&str> = CycloneDxVersion::ALL.iter().map(|v| v.as_str()).collect();
        Failure::usage(format!(
            "{place}: `{text}` is none of the versions that are written: {}",
            known.join(", ")
        ))
    })
}

fn one(
    command: &Command<'_>,
    bills: &[Bill],
    place: Option<&str>,
    outside: &mut Outside<'_>,
) -> Result<(), Failure> {
    let [bill] = bills else {
        let names: Vec<&str> = bills.iter().map(|b| b.target.as_str()).collect();
        return Err(Failure::usage(format!(
            "the target holds {} targets, and one document describes one: name one of them, or give a directory with \
             `--output DIR/`\n  {}",
            bills.len(),
            names.join("\n  ")
        )));
    };
    match place {
        Some(file) => output::write(command.door, &outside.resolve(file), file, bill.text.as_bytes()),
        None => outside.print(bill.text.as_bytes()),
    }
}

fn many(
    command: &Command<'_>,
    bills: &[Bill],
    directory: &str,
    format: SbomFormat,
    outside: &mut Outside<'_>,
) -> Result<(), Failure> {
    let path = outside.resolve(directory);
    std::fs::create_dir_all(&path)
        .map_err(|e| Failure::usage(format!("`{directory}` cannot be made: {e}")))?;
    let ending = match format {
        SbomFormat::CycloneDxJson(_) => "cdx.json",
        SbomFormat::CycloneDxXml(_) => "cdx.xml",
        SbomFormat::SpdxJson => "spdx.json",
        SbomFormat::SpdxTag => "spdx",
    };
    let mut taken = BTreeSet::new();
    for bill in bills {
        let stem: String = bill
            .target
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '_' })
            .collect();
        let stem: String = stem.trim_start_matches('.').chars().take(120).collect();
        let mut name = format!("{stem}.{ending}");
        for number in 2.. {
            if taken.insert(name.clone()) {
                break;
            }
            name = format!("{stem}-{number}.{ending}");
        }
        output::write(command.door, &path.join(&name), &name, bill.text.as_bytes())?;
        outside.print(
            format!(
                "{}/{name}
",
                directory.trim_end_matches('/')
            )
            .as_bytes(),
        )?;
    }
    Ok(())
}

/// Says what the bills cannot vouch for; 3 if a target was not read whole.
fn doubts(bills: &[Bill], outside: &mut Outside<'_>) -> u8 {
    let all: Vec<_> = bills.iter().flat_map(|b| &b.doubts).collect();
    for doubt in all.iter().take(DOUBTS_MAX) {
        let text = format!("not known: {}: {}; {}", doubt.r#where, doubt.reason, doubt.remedy);
        outside.say(&report::clean(&text));
    }
    if DOUBTS_MAX < all.len() {
        outside.say(&format!("… {} more", all.len() - DOUBTS_MAX));
    }
    if all.iter().any(|d| d.kind == DoubtKind::Target) { Failure::INCOMPLETE } else { 0 }
}
