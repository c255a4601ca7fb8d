//! What surrounds a command: arguments, environment, directory, streams.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use report::TableStyle;

use crate::failure::Failure;

/// Columns where no terminal says otherwise.
const COLUMNS: usize = 100;

/// The surroundings of one command.
pub struct Outside<'o> {
    /// Arguments, the program's own name first.
    pub arguments: Vec<OsString>,
    /// Environment; variables that are no text are left out, but for ours: what is no text of those is replaced, so that
    /// the value is refused and not dropped.
    pub environment: Vec<(String, String)>,
    /// Working directory.
    pub directory: PathBuf,
    /// Standard output.
    pub stdout: &'o mut dyn Write,
    /// Standard error.
    pub stderr: &'o mut dyn Write,
    /// Standard output is a terminal.
    pub stdout_terminal: bool,
    /// Standard error is a terminal.
    pub stderr_terminal: bool,
    /// Columns of the terminal, if there is one.
    pub columns: Option<usize>,
}

impl Outside<'_> {
    /// The surroundings of this process.
    pub(crate) fn with_process(act: impl FnOnce(&mut Outside<'_>) -> u8) -> u8 {
        let environment = std::env::vars_os().filter_map(|(k, v)| variable(k, v));
        let columns = rustix::termios::tcgetwinsize(rustix::stdio::stdout()).ok();
        act(&mut Outside {
            arguments: std::env::args_os().collect(),
            environment: environment.collect(),
            directory: std::env::current_dir().unwrap_or_default(),
            stdout: &mut io::stdout(),
            stderr: &mut io::stderr(),
            stdout_terminal: io::stdout().is_terminal(),
            stderr_terminal: io::stderr().is_terminal(),
            columns: columns.map(|c| usize::from(c.ws_col)).filter(|c| *c != 0),
        })
    }

    /// A variable that is set and not empty.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        let found = self.environment.iter().find(|(n, _)| n == name);
        found.map(|(_, v)| v.as_str()).filter(|v| !v.is_empty())
    }

    /// Whether the user's environment lets programs use colour (no-color.org).
    pub(crate) fn may_colour(&self) -> bool {
        self.variable("NO_COLOR").is_none() && self.variable("TERM") != Some("dumb")
    }

    /// One line, or several, for standard error.
    pub(crate) fn say(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        // Nobody is left to be told that standard error is closed.
        let _ = writeln!(self.stderr, "{text}");
    }

    /// Bytes for standard output.
    pub(crate) fn print(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        written(self.stdout.write_all(bytes).and_then(|()| self.stdout.flush()))
    }

    /// Hands standard output to `write`, for what is too long to be held.
    pub(crate) fn print_with(
        &mut self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        written(write(self.stdout).and_then(|()| self.stdout.flush()))
    }

    /// `path` seen from the working directory.
    pub(crate) fn resolve(&self, path: &str) -> PathBuf {
        self.directory.join(path)
    }

    /// How a table on standard output looks; `color` is the effective `--color`.
    pub(crate) fn style(&self, color: &str) -> TableStyle {
        let colour = match color {
            "always" => true,
            "never" => false,
            _ => self.stdout_terminal && self.may_colour(),
        };
        let said = self.variable("COLUMNS").and_then(|c| c.parse().ok()).filter(|c| *c != 0);
        if !self.stdout_terminal {
            return TableStyle { width: said.unwrap_or(COLUMNS), colour, unicode: true };
        }
        let width = said.or(self.columns).unwrap_or(COLUMNS);
        TableStyle { width, colour, unicode: self.terminal_speaks_utf8() }
    }

    /// What the locale says (POSIX.1-2024, 8.2); an unset locale says nothing, and terminals of today read UTF-8.
    fn terminal_speaks_utf8(&self) -> bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|n| self.variable(n));
        locale.is_none_or(|l| {
            let l = l.to_ascii_lowercase();
            l.contains("utf-8") || l.contains("utf8")
        })
    }
}

/// A variable of the environment.
fn variable(name: OsString, value: OsString) -> Option<(String, String)> {
    let name = name.into_string().ok()?;
    match value.into_string() {
        Ok(value) => Some((name, value)),
        Err(value) if name.starts_with(config::ENVIRONMENT_PREFIX) => {
            Some((name, value.to_string_lossy().into_owned()))
        }
        Err(_) => None,
    }
}

/// How a table in a file looks.
pub(crate) fn file_style(color: &str) -> TableStyle {
    TableStyle { width: COLUMNS, colour: color == "always", unicode: true }
}

/// A reader who went away is no error, and the exit code is still that of what was asked; anything else is said.
pub(crate) fn written(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::usage(format!("standard output cannot be written: {error}"))),
        Ok(()) => Ok(()),
    }
}

/// Reads a file of at most `bytes_max` bytes.
pub(crate) fn read(path: &Path, named: &str, bytes_max: u64) -> Result<Vec<u8>, Failure> {
    disk::read_named(path, bytes_max).map_err(|e| match e.kind() {
        io::ErrorKind::FileTooLarge => Failure::usage(format!("`{named}`: {e}")),
        _ => Failure::usage(format!("`{named}` cannot be read: {}", reason(&e))),
    })
}

/// The common reasons in words.
pub(crate) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use super::*;

    #[test]
    fn a_setting_of_ours_that_is_no_text_is_not_dropped() {
        let broken = || OsString::from_vec(b"kev\xff".to_vec());
        let kept = variable("PLIMSOLL_FAIL_ON".into(), broken());
        assert_eq!(kept, Some(("PLIMSOLL_FAIL_ON".to_owned(), "kev\u{fffd}".to_owned())));
        assert_eq!(variable("OTHERS".into(), broken()), None);
    }
}
