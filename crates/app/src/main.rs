//! The door: the only crate that names an adapter.

mod world;

use std::process::ExitCode;

fn main() -> ExitCode {
    writes_fail_instead_of_ending();
    cli::main(&world::Here)
}

/// A file that grows beyond what the process may write (`ulimit -f`) is an error of that file, as a full disk is, and
/// not the end of the program without a word.
#[expect(unsafe_code, reason = "the standard library has no word for the disposition of a signal")]
fn writes_fail_instead_of_ending() {
    // SAFETY: ignoring a signal installs no handler, and nothing of this program waits for `SIGXFSZ`.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
}
