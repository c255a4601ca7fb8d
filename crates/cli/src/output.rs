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
    let kinds = Kinds {
        key: "format",
        default: Format::Table,
        parse: &|word| word.parse::<Format>().map_err(|e| e.to_string()),
        clash: &|other, format, target| {
            let text = format!("{other} and {format} would both go to {target}; ");
            text + &format!("give one a file, `{format}=report.{format}`")
        },
    };
    let planned = kinds.plan(settings, outside)?;
    Ok(planned.into_iter().map(|(format, file)| Output { format, file }).collect())
}

/// The formats that a command writes, and how its user names them: `FORMAT` or `FORMAT=FILE`.
pub(crate) struct Kinds<'k, F> {
    /// Key of the setting.
    pub key: &'k str,
    /// What goes to standard output where nothing is said.
    pub default: F,
    /// Reads a format's name; the error names those there are.
    pub parse: &'k dyn Fn(&str) -> Result<F, String>,
    /// What is said of two formats for one place.
    pub clash: &'k dyn Fn(&F, &F, &str) -> String,
}

impl<F> Kinds<'_, F> {
    /// Each format and its file, `None` for standard output. No two go to one place, and each place can be written.
    pub(crate) fn plan(
        self,
        settings: &Settings,
        outside: &Outside<'_>,
    ) -> Result<Vec<(F, Option<String>)>, Failure> {
        let place = origin(settings, self.key);
        let mut out: Vec<(F, Option<String>)> = Vec::new();
        for word in settings.list(self.key) {
            let (format, file) = match word.split_once('=') {
                Some((format, "-")) => (format, None),
                Some((_, "")) => {
                    return Err(Failure::usage(format!("{place}: `{word}` names no file after `=`")));
                }
                Some((format, file)) => (format, Some(file.to_owned())),
                None => (word.as_str(), None),
            };
            let format = (self.parse)(format).map_err(|e| Failure::usage(format!("{place}: {e}")))?;
            if let Some((other, _)) = out.iter().find(|(_, other)| *other == file) {
                let target = file.as_deref().unwrap_or("standard output");
                let text = (self.clash)(other, &format, target);
                return Err(Failure::usage(format!("{place}: {text}")));
            }
            if let Some(file) = &file {
                writable(&outside.resolve(file), file)?;
            }
            out.push((format, file));
        }
        if out.is_empty() {
            out.push((self.default, None));
        }
        // Files first: they are complete even if the reader of standard output goes away.
        out.sort_by_key(|(_, file)| file.is_none());
        Ok(out)
    }
}

/// What is said of any two formats for one place.
pub(crate) fn clash<F>(_: &F, _: &F, target: &str) -> String {
    format!("two formats would both go to {target}")
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
