//! What `scan` and `assess` share: the request from the settings, the reports to their places.

use api::Report;
use config::{Layer, Settings};
use flows::{FlowError, NamedBytes, NamedReport, ScanRequest, World};
use report::{Format, Options, RuleHelp};

use crate::args::{IntoLayer, Judge};
use crate::commands::Command;
use crate::failure::Failure;
use crate::layers;
use crate::output::{self, Output};
use crate::outside::{Outside, file_style, read};

/// Bytes of the largest ignore file or VEX document that is read.
const SUPPRESSION_BYTES_MAX: u64 = 64 << 20;

/// What a verb does with a request.
type Flow = fn(&World<'_>, &ScanRequest) -> Result<Report, FlowError>;

/// Runs the flow of the verb and writes its report.
pub(super) fn run(
    command: &Command<'_>,
    args: Judge,
    outside: &mut Outside<'_>,
    flow: Flow,
) -> Result<u8, Failure> {
    run_with(command, Layer::default(), args, outside, flow)
}

/// As [`run`], with the flags that the verb has beside the common ones.
pub(super) fn run_with(
    command: &Command<'_>,
    mut flags: Layer,
    args: Judge,
    outside: &mut Outside<'_>,
    flow: Flow,
) -> Result<u8, Failure> {
    if let Some(flag) = args.sweep.given() {
        return Err(Failure::usage(format!(
            "`{flag}` is about the images of a whole registry, `registry:HOST/**`, and no target is one"
        )));
    }
    if let Some(target) = args.targets.iter().find(|t| ports::remote::pattern(t).is_some()) {
        return Err(Failure::usage(format!(
            "`{target}` is a whole registry, which only `plimsoll scan` sweeps"
        )));
    }
    args.add(&mut flags);
    let settings = command.settings(flags, outside)?;
    let outputs = output::plan(&settings, outside)?;
    let request = request(command, &settings, outside, args.targets)?;
    let report = command.with_world(&settings, outside, |world| flow(world, &request))?;
    write(command, &report, &outputs, layers::color(&settings)?, outside)?;
    if !settings.is_on("quiet") && outputs.iter().all(|o| o.file.is_some()) {
        outside.say(&verdict(&report, &outputs));
    }
    Ok(report.verdict.exit)
}

/// The request that the settings make.
pub(super) fn request(
    command: &Command<'_>,
    settings: &Settings,
    outside: &Outside<'_>,
    targets: Vec<String>,
) -> Result<ScanRequest, Failure> {
    let named = |path: &str| {
        let bytes = read(&outside.resolve(path), path, SUPPRESSION_BYTES_MAX)?;
        Ok::<_, Failure>(NamedBytes { name: path.to_owned(), bytes })
    };
    Ok(ScanRequest {
        targets,
        controls: settings.list("control").to_vec(),
        framework: settings
            .text("framework")
            .map(|name| super::frameworks::named(name, outside).map(std::sync::Arc::new))
            .transpose()?,
        gates: settings.list("fail-on").to_vec(),
        as_of: layers::as_of(settings, command.door)?,
        database: settings.text("database").map(str::to_owned),
        max_age: layers::max_age(settings)?,
        min_package_age: layers::min_package_age(settings)?,
        ignore: settings.text("ignore-file").map(named).transpose()?,
        baseline: settings
            .text("baseline")
            .map(|p| {
                super::explain::load(p, outside)
                    .map(|report| std::sync::Arc::new(NamedReport { name: p.to_owned(), report }))
            })
            .transpose()?,
        vex: settings.list("vex").iter().map(|p| named(p)).collect::<Result<_, _>>()?,
        images: super::images::request(settings, outside)?,
        read: flows::ReadRequest { render: layers::render(settings)?, ..layers::reading(settings) },
    })
}

/// Writes every report. A reader of standard output who went away does not change the verdict.
fn write(
    command: &Command<'_>,
    report: &Report,
    outputs: &[Output],
    color: &str,
    outside: &mut Outside<'_>,
) -> Result<(), Failure> {
    // Their pages and names elsewhere are read for SARIF, which alone shows them: a scan of what is known is over sooner.
    let shown = outputs.iter().any(|o| o.format == Format::Sarif);
    let rules = if shown { help() } else { Vec::new() };
    for output in outputs {
        match &output.file {
            Some(file) => {
                let options = Options { style: file_style(color), rules: &rules };
                let mut bytes = Vec::new();
                // A vector takes every byte.
                report::write(output.format, report, &options, &mut bytes).map_err(Failure::usage)?;
                output::write(command.door, &outside.resolve(file), file, &bytes)?;
            }
            None => {
                let options = Options { style: outside.style(color), rules: &rules };
                outside.print_with(|to| report::write(output.format, report, &options, to))?;
            }
        }
    }
    Ok(())
}

/// What a person must know when every report went to a file.
fn verdict(report: &Report, outputs: &[Output]) -> String {
    let word = match report.verdict.outcome {
        api::VerdictOutcome::Pass => "pass",
        api::VerdictOutcome::Fail => "fail",
        api::VerdictOutcome::Incomplete => "incomplete",
        api::VerdictOutcome::Ungated => "ungated",
    };
    let files: Vec<&str> = outputs.iter().filter_map(|o| o.file.as_deref()).collect();
    format!("{word} (exit {}), written to {}", report.verdict.exit, files.join(", "))
}

/// The pages of every rule.
pub(super) fn help() -> Vec<RuleHelp> {
    let page = |r: &flows::RuleInfo| super::rules::page(r.doc);
    // A test rules out that the tables cannot be read; a report is worth more than its tags.
    let others = flows::identifiers().unwrap_or_default();
    let tags = |rule: &str| -> Vec<String> {
        let named = others.get(rule).into_iter().flatten();
        named.flat_map(|i| i.ids.iter().map(|id| format!("{}:{id}", i.of))).collect()
    };
    flows::rules()
        .iter()
        .map(|r| RuleHelp { id: r.id.into(), title: r.title.into(), page: page(r), tags: tags(r.id) })
        .collect()
}
