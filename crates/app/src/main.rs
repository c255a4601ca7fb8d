//! The door: the only crate that names an adapter.

mod world;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main(&world::Here)
}
