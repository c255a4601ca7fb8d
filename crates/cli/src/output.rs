//! Where reports go: `--format table,json=report.json`; files are written whole or not at all.

use std::io::{self, Write};
use std::path::Path;

use config::Settings;
use report::Format;

use crate::door::Door;
use crate::failure::Failure;
use crate::layers::origin;
use crate::outside::{Outside, reason};

/// One report to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Output {
    /// Its format.
    pub format: Format,
    /// Its file; `None` for standard output.
    pub file: Option<String>,
}

/// Reads `--format`, checks that no two reports go to one place and that each place can be written.
pub(crate) fn plan(settings: &Settings, outside: &Outside<'_>) -> Result<Vec<Output>, Failure> {
    let place = origin(settings, "format");
    let mut out: Vec<Output> = Vec::new();
    for word in settings.list("format") {
        let (format, file) = match word.split_once('=') {
            Some((format, "-")) => (format, None),
            Some((_, "")) => {
                return Err(Failure::usage(format!("{place}: `{word}` names no file after `=`")));
            }
            Some((format, file)) => (format, Some(file.to_owned())),
            None => (word.as_str(), None),
        };
        let format = format.parse().map_err(|e| Failure::usage(format!("{place}: {e}")))?;
        let output = Output { format, file };
        if let Some(other) = out.iter().find(|o| o.file == output.file) {
            let target = output.file.as_deref().unwrap_or("standard output");
            let text = format!("{place}: {} and {format} would both go to {target}; ", other.format);
            return Err(Failure::usage(text + &format!("give one a file, `{format}=report.{format}`")));
        }
        if let Some(file) = &output.file {
            writable(&outside.resolve(file), file)?;
        }
        out.push(output);
    }
    if out.is_empty() {
        out.push(Output { format: Format::Table, file: None });
    }
    // Files first: they are complete even if the reader of standard output goes away.
    out.sort_by_key(|o| o.file.is_none());
    Ok(out)
}

/// Finds out before the work, not after it, that a file has nowhere to go.
pub(crate) fn writable(path: &Path, named: &str) -> Result<(), Failure> {
    if path.is_dir() {
        return Err(Failure::usage(format!("`{named}` is a directory; name a file in it")));
    }
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty());
    if parent.is_some_and(|p| !p.is_dir()) {
        return Err(Failure::usage(format!("`{named}` cannot be written: its directory does not exist")));
    }
    Ok(())
}

/// Writes a file whole or not at all. What is no regular file (a pipe, `/dev/null`) is written in place.
pub(crate) fn write(door: &dyn Door, path: &Path, named: &str, bytes: &[u8]) -> Result<(), Failure> {
    let written = match path.metadata() {
        Ok(data) if !data.is_file() => in_place(path, bytes),
        // Through a link to the file that is meant, so that the link stays one.
        Ok(_) => path.canonicalize().and_then(|path| door.write(&path, bytes)),
        Err(_) => door.write(path, bytes),
    };
    written.map_err(|e| Failure::usage(format!("`{named}` cannot be written: {}", reason(&e))))
}

fn in_place(path: &Path, bytes: &[u8]) -> io::Result<()> {
    std::fs::OpenOptions::new().write(true).open(path)?.write_all(bytes)
}
