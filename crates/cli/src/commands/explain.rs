//! `plimsoll explain FINDING-ID`

use std::io::Read;

use api::{Finding, Report};
use config::Layer;

use crate::args::{Explain, IntoLayer};
use crate::commands::{Command, judge};
use crate::failure::Failure;
use crate::layers;
use crate::outside::{Outside, read};

/// Bytes of the largest report that is read.
const REPORT_BYTES_MAX: u64 = 1 << 30;
/// Digits that the beginning of an id must have to stand for it.
const PREFIX_MIN: usize = 4;
/// Findings explained for one vulnerability.
const FINDINGS_MAX: usize = 20;

/// Explains every finding that the id names.
pub(super) fn run(command: &Command<'_>, args: Explain, outside: &mut Outside<'_>) -> Result<u8, Failure> {
    let mut flags = Layer::default();
    args.add(&mut flags);
    let settings = command.settings(flags, outside)?;
    let report = match (args.targets.is_empty(), settings.text("explain.report")) {
        (false, _) if args.report.is_some() => {
            return Err(Failure::usage("give either targets or `--report`, not both"));
        }
        (false, _) => {
            let mut request = judge::request(command, &settings, outside, args.targets.clone())?;
            request.gates.clear();
            request.controls.clear();
            request.baseline = None;
            command.with_world(&settings, outside, |world| flows::scan(world, &request))?
        }
        (true, Some(path)) => load(path, outside)?,
        (true, None) => {
            return Err(Failure::usage(
                "no report was given: `plimsoll explain FINDING-ID --report report.json`, or name the targets to scan again",
            ));
        }
    };
    let found = find(&report, &args.id);
    let denied = denied(&report, &args.id);
    if found.is_empty() && !denied.is_empty() {
        outside.print((denied.join("\n") + "\n").as_bytes())?;
        return Ok(0);
    }
    if found.is_empty() {
        let hint = "a finding's id stands in `--format json`; the id of a vulnerability will do as well";
        return Err(Failure::usage(format!(
            "no finding of this report is called `{}`; {hint}",
            report::clean(&args.id)
        )));
    }
    let style = outside.style(layers::color(&settings)?);
    let help = judge::help();
    let texts: Vec<String> = found
        .iter()
        .take(FINDINGS_MAX)
        .map(|f| report::explain(&report, f, help.iter().find(|h| h.id == f.rule), &style))
        .collect();
    outside.print(texts.join("\n").as_bytes())?;
    if let Some(more) = found.len().checked_sub(FINDINGS_MAX).filter(|n| *n != 0) {
        outside.say(&format!("… {more} more findings of `{}`", report::clean(&args.id)));
    }
    Ok(0)
}

/// Reads a report that `--format json` wrote.
pub(super) fn load(path: &str, outside: &Outside<'_>) -> Result<Report, Failure> {
    let bytes = if path == "-" {
        let mut bytes = Vec::new();
        std::io::stdin()
            .take(REPORT_BYTES_MAX)
            .read_to_end(&mut bytes)
            .map_err(|e| Failure::usage(format!("standard input cannot be read: {e}")))?;
        bytes
    } else {
        read(&outside.resolve(path), path, REPORT_BYTES_MAX)?
    };
    let report: Report = serde_json::from_slice(&bytes)
        .map_err(|e| Failure::usage(format!("`{path}` is no report of `--format json`: {e}")))?;
    if report.schema != api::SCHEMA {
        let schema = report::clean(&report.schema);
        return Err(Failure::usage(format!(
            "`{path}` is a `{schema}`; this version reads `{}`",
            api::SCHEMA
        )));
    }
    Ok(report)
}

/// What is no finding though some source names the vulnerability, because the distribution denies it.
fn denied(report: &Report, id: &str) -> Vec<String> {
    let about = |n: &&api::Note| {
        n.kind == api::NoteKind::Overruled
            && n.message.split(' ').next().is_some_and(|first| first.eq_ignore_ascii_case(id))
    };
    report
        .notes
        .iter()
        .filter(about)
        .map(|n| report::clean(&format!("{}: {}", n.r#where, n.message)).into_owned())
        .collect()
}

/// By whole id, else by the id or alias of a vulnerability, else by the beginning of an id.
fn find<'r>(report: &'r Report, id: &str) -> Vec<&'r Finding> {
    let all = || report.findings.iter();
    let named: Vec<&Finding> = all().filter(|f| f.id == id).collect();
    if !named.is_empty() {
        return named;
    }
    let is_named = |text: &String| text.eq_ignore_ascii_case(id);
    let vulnerable: Vec<&Finding> = all()
        .filter(|f| {
            f.vulnerability.as_ref().is_some_and(|v| is_named(&v.id) || v.aliases.iter().any(is_named))
        })
        .collect();
    if !vulnerable.is_empty() || id.len() < PREFIX_MIN {
        return vulnerable;
    }
    all().filter(|f| f.id.starts_with(id)).collect()
}
