//! `plimsoll completions SHELL`

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Cli;
use crate::failure::Failure;
use crate::outside::Outside;

/// Writes the completions of a shell.
pub(super) fn run(shell: Shell, outside: &mut Outside<'_>) -> Result<u8, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "plimsoll", &mut text);
    outside.print(&text)?;
    Ok(0)
}
