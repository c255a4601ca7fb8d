//! `plimsoll diff OLD NEW`

use std::path::Path;

use api::{Diff, Report};
use config::{Layer, Settings};
use flows::NamedReport;
use report::DiffFormat;

use crate::args::{self, IntoLayer};
use crate::commands::{Command, explain, judge};
use crate::failure::Failure;
use crate::layers;
use crate::output::{self, Kinds};
use crate::outside::{Outside, file_style};

/// Bytes in which a report names its schema.
const HEAD_BYTES_MAX: usize = 256;

/// Compares and reports.
pub(super) fn run(command: &Command<'_>, args: args::Diff, outside: &mut Outside<'_>) -> Result<u8, Failure> {
    let mut flags = Layer::default();
    args.add(&mut flags);
    let settings = command.settings(flags, outside)?;
    let outputs = plan(&settings, outside)?;
    // The gates are those of the comparison; a scan underneath has none.
    let gates = settings.list("fail-on").to_vec();
    let old = side(command, &settings, outside, &args.old)?;
    let new = side(command, &settings, outside, &args.new)?;
    let diff = flows::diff(&old, &new, &gates, command.door.version())?;
    let color = layers::color(&settings)?;
    for (format, file) in &outputs {
        match file {
            Some(file) => {
                let text = report::render_diff(*format, &diff, &file_style(color));
                output::write(command.door, &outside.resolve(file), file, text.as_bytes())?;
            }
            None => {
                let text = report::render_diff(*format, &diff, &outside.style(color));
                outside.print(text.as_bytes())?;
            }
        }
    }
    if !settings.is_on("quiet") && outputs.iter().all(|(_, file)| file.is_some()) {
        outside.say(&summary(&diff));
    }
    Ok(diff.verdict.exit)
}

/// A report as it was written, or one made now.
pub(super) fn side(
    command: &Command<'_>,
    settings: &Settings,
    outside: &mut Outside<'_>,
    written: &str,
) -> Result<NamedReport, Failure> {
    let report: Report = if is_report(&outside.resolve(written)) {
        explain::load(written, outside)?
    } else {
        let mut request = judge::request(command, settings, outside, vec![written.to_owned()])?;
        request.gates.clear();
        request.baseline = None;
        command.with_world(settings, outside, |world| flows::scan(world, &request))?
    };
    Ok(NamedReport { name: written.to_owned(), report })
}

/// True for a file that begins as `--format json` does.
fn is_report(path: &Path) -> bool {
    use std::io::Read;
    let mut head = Vec::new();
    let read = disk::open(path).ok().and_then(|f| f.take(HEAD_BYTES_MAX as u64).read_to_end(&mut head).ok());
    read.is_some() && String::from_utf8_lossy(&head).contains("plimsoll.report/")
}

/// The formats and where each goes.
fn plan(settings: &Settings, outside: &Outside<'_>) -> Result<Vec<(DiffFormat, Option<String>)>, Failure> {
    let parse = |word: &str| {
        DiffFormat::parse(word).ok_or_else(|| format!("`{word}` is none of table, json, markdown"))
    };
    Kinds { key: "diff.format", default: DiffFormat::Table, parse: &parse, clash: &output::clash }
        .plan(settings, outside)
}

/// What a person must know when every format went to a file.
fn summary(diff: &Diff) -> String {
    let counts = &diff.counts.findings;
    format!(
        "{} findings added, {} changed, {} removed (exit {})",
        counts.added, counts.changed, counts.removed, diff.verdict.exit
    )
}
