//! `plimsoll vex --from IGNORE-FILE [TARGET…]`

use config::Layer;
use flows::{Accepted, NamedBytes};

use crate::args::{IntoLayer, Vex};
use crate::commands::{Command, diff};
use crate::failure::Failure;
use crate::layers;
use crate::output;
use crate::outside::{Outside, read};

/// Bytes of the largest ignore file that is read.
const IGNORE_BYTES_MAX: u64 = 4 << 20;

/// Writes what an ignore file says as OpenVEX.
pub(super) fn run(command: &Command<'_>, args: Vex, outside: &mut Outside<'_>) -> Result<u8, Failure> {
    let mut flags = Layer::default();
    args.add(&mut flags);
    let settings = command.settings(flags, outside)?;
    let Some(from) = settings.text("openvex.from").or(settings.text("ignore-file")).map(str::to_owned) else {
        return Err(Failure::usage("no ignore file was given: `plimsoll vex --from plimsoll-ignore.toml`"));
    };
    let place = settings.text("openvex.output").map(str::to_owned);
    if let Some(place) = &place {
        output::writable(&outside.resolve(place), place)?;
    }
    let accepted = match layers::choice(
        &settings,
        "openvex.accepted-as",
        &["affected", "not_affected", "under_investigation"],
    )? {
        "not_affected" => Accepted::NotAffected,
        "under_investigation" => Accepted::UnderInvestigation,
        _ => Accepted::Affected,
    };
    let as_of = layers::as_of(&settings, command.door)?;
    let bytes = read(&outside.resolve(&from), &from, IGNORE_BYTES_MAX)?;
    let ignore = NamedBytes { name: from.clone(), bytes };
    let mut reports = Vec::new();
    for target in &args.targets {
        reports.push(diff::side(command, &settings, outside, target)?.report);
    }
    let author = settings.text("openvex.author");
    let written = flows::vex(&ignore, &reports, author, accepted, as_of, command.door.version())?;
    for note in &written.notes {
        outside.say(&format!("note: {}", report::clean(note)));
    }
    if written.statements == 0 {
        // OpenVEX 0.2.0 wants at least one statement; an empty document would be refused by its readers.
        return Err(Failure::usage(format!("no entry of `{from}` can be written as a statement")));
    }
    match place {
        Some(file) => output::write(command.door, &outside.resolve(&file), &file, written.text.as_bytes())?,
        None => outside.print(written.text.as_bytes())?,
    }
    Ok(0)
}
