//! Chores of the workspace, one file each: `cargo xtask NAME`.
//!
//! The tool is built before anything else runs, so it depends on little and starts the heavy things as processes.

use std::process::ExitCode;

use anyhow::{Result, bail};

mod delegate;
mod fuzz;
mod generate;
mod howto;
mod layers;
mod live;
mod official;
mod source;
mod suite;
mod tidy;
mod workspace;

const USAGE: &str = "cargo xtask COMMAND

  test [--live [KIND]]              every test; --live: what needs other programs or the shared material (KIND: registry,
                                    cluster, node, scanners)
  layers                            arrows between crates, and what the pure wing may not touch
  gen [--check]                     lists of rules and docs/rules from the rules themselves
  tidy                              sizes, words and links that no compiler checks
  yardsticks [SUITE…] [--json] [--verbose] [--check]
                                    other projects' cases, read from $PLIMSOLL_SHARED/suites
  bench [NAME…] [--check]           figures beside a reference measured in the same run
  fuzz [--minutes N] [TARGET…]      every parser of foreign bytes, the time shared among them
  howto                             runs the commands of docs/how";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match dispatch(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("xtask: {e:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(words: &[&str]) -> Result<()> {
    let Some((command, rest)) = words.split_first() else { bail!("name a command\n\n{USAGE}") };
    match *command {
        "test" => suite::command(rest),
        "layers" => layers::command(rest),
        "gen" => generate::command(rest),
        "tidy" => tidy::command(rest),
        "yardsticks" => delegate::yardsticks(rest),
        "bench" => delegate::bench(rest),
        "fuzz" => fuzz::command(rest),
        "howto" => howto::command(rest),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(())
        }
        other => bail!("`{other}` is no command\n\n{USAGE}"),
    }
}
