//! Package lists as the managers themselves, or code that shares nothing with ours, read them.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::Row;
use super::tools::{self, Tool};
use crate::workspace;

/// What one manager says.
pub(crate) enum List {
    /// Its rows.
    Read {
        /// Package type.
        kind: &'static str,
        /// Rows.
        rows: BTreeSet<Row>,
    },
    /// The database is there, the program that reads it is not.
    Missing(String),
}

/// The lists of every database under `dir`.
pub(crate) fn lists(root: &Path, dir: &Path) -> Result<Vec<List>> {
    let mut lists = Vec::new();
    if dir.join("var/lib/dpkg/status").is_file() {
        lists.push(dpkg(dir)?);
    }
    for file in ["lib/apk/db/installed", "usr/lib/apk/db/installed"] {
        if dir.join(file).is_file() {
            let text = std::fs::read(dir.join(file)).with_context(|| format!("`{file}` cannot be read"))?;
            lists.push(List::Read { kind: "apk", rows: apk(&String::from_utf8_lossy(&text)) });
        }
    }
    for folder in ["var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm"] {
        let databases = ["rpmdb.sqlite", "Packages.db", "Packages"];
        if let Some(file) = databases.iter().map(|f| dir.join(folder).join(f)).find(|f| f.is_file()) {
            lists.push(rpm(root, &file)?);
        }
    }
    Ok(lists)
}

fn dpkg(dir: &Path) -> Result<List> {
    if !workspace::installed("dpkg-query") {
        return Ok(List::Missing("its dpkg list is not compared: `dpkg-query` is not installed".to_owned()));
    }
    let mut query = Command::new("dpkg-query");
    query.arg(format!("--admindir={}", dir.join("var/lib/dpkg").display()));
    query.args(["--show", "--showformat=${db:Status-Status}\\t${Package}\\t${Version}\\t${Architecture}\\n"]);
    let text = workspace::output(&mut query, "dpkg-query")?;
    let rows =
        text.lines().filter_map(|l| l.strip_prefix("installed\t")).filter_map(|l| tabbed("deb", l)).collect();
    Ok(List::Read { kind: "deb", rows })
}

/// The records of apk's `installed` file: `P:` name, `V:` version, `A:` architecture, an empty line between.
fn apk(text: &str) -> BTreeSet<Row> {
    let field = |record: &str, key: &str| {
        record.lines().find_map(|l| l.strip_prefix(key)).unwrap_or_default().to_owned()
    };
    text.split("\n\n")
        .filter(|r| r.lines().any(|l| l.starts_with("P:")))
        .map(|r| Row {
            kind: "apk".to_owned(),
            name: field(r, "P:"),
            version: field(r, "V:"),
            architecture: field(r, "A:"),
        })
        .collect()
}

fn rpm(root: &Path, file: &Path) -> Result<List> {
    let reader = match tools::tool(root, "rpmlist")? {
        Tool::At(program) => program,
        Tool::Missing(why) => return Ok(List::Missing(format!("its rpm list is not compared: {why}"))),
    };
    let text = workspace::output(Command::new(reader).arg(file), "rpmlist")?;
    let rows = text.lines().filter_map(|l| tabbed("rpm", l)).collect();
    Ok(List::Read { kind: "rpm", rows })
}

fn tabbed(kind: &str, line: &str) -> Option<Row> {
    let mut parts = line.split('\t').map(str::to_owned);
    let (name, version, architecture) = (parts.next()?, parts.next()?, parts.next()?);
    Some(Row { kind: kind.to_owned(), name, version, architecture })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_apk_are_read_plainly() {
        let rows = apk("C:Q1\nP:musl\nV:1.2.5-r0\nA:x86_64\n\nP:zlib\nV:1.3-r1\nA:x86_64\n\n");
        assert_eq!(rows.len(), 2);
        assert!(
            rows.iter().any(|r| r.name == "musl" && r.version == "1.2.5-r0" && r.architecture == "x86_64")
        );
    }
}
