//! The terminal: commands, flags, progress, exit codes.
//!
//! Arguments are read before anything else happens; only then is the [`Door`] asked for the adapters that a verb
//! needs. Everything a verb says goes through [`Outside`], so that tests run whole commands without a process.

mod args;
mod commands;
mod db_args;
mod door;
mod failure;
mod layers;
mod network;
mod output;
mod outside;
mod progress;
#[cfg(test)]
mod tests;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

pub use crate::door::{AdapterSettings, Adapters, Door, Login, NetworkSettings};
pub use crate::outside::Outside;

use crate::args::Cli;
use crate::failure::Failure;

/// Runs the program as the shell started it.
#[must_use]
pub fn main(door: &dyn Door) -> ExitCode {
    let mut arguments = std::env::args_os();
    if let (Some(only), None) = (arguments.nth(1), arguments.next())
        && (only == "--version" || only == "-V")
    {
        return version(door);
    }
    ExitCode::from(Outside::with_process(|outside| run(door, outside)))
}

/// The most frequent question is answered without building the grammar of every verb.
fn version(door: &dyn Door) -> ExitCode {
    use std::io::Write;
    match writeln!(std::io::stdout(), "plimsoll {}", door.version()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(2),
    }
}

/// Runs one command line and answers its exit code.
pub fn run(door: &dyn Door, outside: &mut Outside<'_>) -> u8 {
    let parsed = Cli::command()
        .version(door.version())
        .try_get_matches_from(&outside.arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(e) => return grammar(&e, outside),
    };
    match commands::run(door, cli, outside) {
        Ok(exit) => exit,
        Err(failure) => {
            outside.say(&failure.to_string());
            failure.exit()
        }
    }
}

/// Help and version go to standard output, slips to standard error.
fn grammar(error: &clap::Error, outside: &mut Outside<'_>) -> u8 {
    if error.kind() == clap::error::ErrorKind::InvalidUtf8 {
        outside.say(
            "error: an argument is not UTF-8: change into the folder whose name is not, and give a path below it \
             (`.` for all of it)",
        );
        return Failure::USAGE;
    }
    let text = error.render();
    let text = |colour: bool| if colour { text.ansi().to_string() } else { text.to_string() };
    if error.use_stderr() {
        let text = text(outside.stderr_terminal && outside.may_colour());
        outside.say(text.trim_end());
        return Failure::USAGE;
    }
    let text = text(outside.stdout_terminal && outside.may_colour());
    match outside.print(text.as_bytes()) {
        Ok(()) => 0,
        Err(failure) => failure.exit(),
    }
}
