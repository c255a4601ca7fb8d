//! `plimsoll policy convert TARGET…`

use config::Layer;
use report::PolicyFormat;

use crate::args::{IntoLayer, Policy};
use crate::commands::Command;
use crate::failure::Failure;
use crate::layers::{self, origin};
use crate::output;
use crate::outside::Outside;

/// Runs the verb of `policy`.
pub(super) fn run(command: &Command<'_>, verb: Policy, outside: &mut Outside<'_>) -> Result<u8, Failure> {
    let Policy::Convert(args) = verb;
    let mut flags = Layer::default();
    args.add(&mut flags);
    let settings = command.settings(flags, outside)?;
    let word = settings.text("policy.format").unwrap_or("table");
    let format = PolicyFormat::parse(word).ok_or_else(|| {
        let place = origin(&settings, "policy.format");
        Failure::usage(format!("{place}: `{word}` is none of table, json, yaml"))
    })?;
    let file = settings.text("policy.output").map(str::to_owned);
    if let Some(file) = &file {
        output::writable(&outside.resolve(file), file)?;
    }
    let reading = layers::reading(&settings);
    let found =
        command.with_world(&settings, outside, |world| flows::convert(world, &args.targets, &reading))?;
    let text = report::render_policies(format, &found);
    match file {
        Some(file) => output::write(command.door, &outside.resolve(&file), &file, text.as_bytes())?,
        None => outside.print(text.as_bytes())?,
    }
    // A program reads labels alone: what makes them uncertain is said to the person beside it.
    if format == PolicyFormat::Yaml && !settings.is_on("quiet") {
        for doubt in found.doubts.iter().take(DOUBTS_MAX) {
            outside.say(&report::clean(&format!(
                "not known: {}: {}; {}",
                doubt.r#where, doubt.reason, doubt.remedy
            )));
        }
    }
    Ok(found.exit)
}

/// Doubts that standard error names; every one stands in the JSON.
const DOUBTS_MAX: usize = 20;
