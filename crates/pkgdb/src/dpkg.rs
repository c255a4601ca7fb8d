//! dpkg: `status`, `status.d/*`, `info/*.list`, `*.md5sums`, `diversions` and `copyright` files (Debian policy 4, 5 and 12.5).

use std::collections::BTreeSet;

use crate::deb822::{self, Field};
use crate::{Found, text};

/// A package of a dpkg database, installed or not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Package {
    /// `Package`.
    pub name: String,
    /// `Version`, whole.
    pub version: String,
    /// `Architecture`.
    pub architecture: String,
    /// Name of the source package.
    pub source: String,
    /// Version of the source package.
    pub source_version: String,
    /// What dpkg did to it.
    pub state: State,
    /// `Depends` and `Pre-Depends`: each entry its alternatives, names only.
    pub depends: Vec<Vec<String>>,
    /// `Provides`, names only.
    pub provides: Vec<String>,
}

/// The third word of `Status` (dpkg(1), "Package states").
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum State {
    /// Its files are on disk, whole or in part: `installed`, `unpacked`, `half-configured`, `half-installed`,
    /// `triggers-awaited`, `triggers-pending`, or no status at all (distroless).
    #[default]
    Present,
    /// Removed: `not-installed`, `config-files`.
    Absent,
}

/// Reads a `status` file or one file of `status.d`.
#[must_use]
pub fn status(bytes: &[u8]) -> Found<Package> {
    let mut reading = Reading::default();
    deb822::walk(bytes, &mut reading, take_field, |r, _| close(r));
    reading.found
}

#[derive(Default)]
struct Reading {
    found: Found<Package>,
    package: Package,
    line: u32,
}

/// The fields that are read.
const FIELDS: [&[u8]; 8] =
    [b"Package", b"Version", b"Architecture", b"Source", b"Status", b"Depends", b"Pre-Depends", b"Provides"];

fn take_field(r: &mut Reading, field: Field<'_>) {
    if r.line == 0 {
        r.line = field.line;
    }
    let p = &mut r.package;
    // Policy 5.1: the names of fields are the same in any case.
    match FIELDS.iter().find(|f| f.eq_ignore_ascii_case(field.name)).copied().unwrap_or(field.name) {
        b"" => r.found.problem(format!("line {}", field.line), "neither a field nor its continuation"),
        b"Package" => p.name = text(field.value),
        b"Version" => p.version = text(field.value),
        b"Architecture" => p.architecture = text(field.value),
        b"Source" => (p.source, p.source_version) = source(&text(field.value)),
        b"Status" => p.state = state(field.value),
        b"Depends" | b"Pre-Depends" => p.depends.extend(relations(&field.joined())),
        b"Provides" => p.provides = relations(&field.joined()).into_iter().flatten().collect(),
        _ => {}
    }
}

fn close(r: &mut Reading) {
    let mut p = std::mem::take(&mut r.package);
    let line = std::mem::take(&mut r.line);
    if p.name.is_empty() {
        return r.found.problem(format!("line {line}"), "a stanza without `Package`");
    }
    if p.state == State::Present && p.version.is_empty() {
        r.found.problem(format!("line {line}"), format!("package `{}` has no `Version`", p.name));
    }
    if p.source.is_empty() {
        p.source.clone_from(&p.name);
    }
    if p.source_version.is_empty() {
        p.source_version.clone_from(&p.version);
    }
    r.found.packages.push(p);
}

fn state(value: &[u8]) -> State {
    match value.split(u8::is_ascii_whitespace).filter(|w| !w.is_empty()).nth(2) {
        Some(b"not-installed" | b"config-files") => State::Absent,
        _ => State::Present,
    }
}

/// `openssl (3.0.11-1)` → name and version; the version may be missing.
fn source(value: &str) -> (String, String) {
    match value.split_once('(') {
        Some((name, version)) => {
            (name.trim().to_owned(), version.trim_end().trim_end_matches(')').trim().to_owned())
        }
        None => (value.trim().to_owned(), String::new()),
    }
}

/// `a (>= 1), b:any | c [amd64]` → `[[a], [b, c]]`.
fn relations(value: &str) -> Vec<Vec<String>> {
    let name = |s: &str| {
        let end = s.find([' ', '(', '[', '<', ':']).unwrap_or(s.len());
        s.get(..end).unwrap_or_default().to_owned()
    };
    value
        .split(',')
        .map(|entry| entry.split('|').map(|s| name(s.trim())).filter(|s| !s.is_empty()).collect::<Vec<_>>())
        .filter(|entry| !entry.is_empty())
        .collect()
}

/// Paths of an `info/NAME.list` file, relative to the root, directories included.
#[must_use]
pub fn list(bytes: &[u8]) -> Vec<String> {
    bytes.split(|b| *b == b'\n').filter_map(relative).collect()
}

/// Paths of a `NAME.md5sums` file, relative to the root.
#[must_use]
pub fn md5sums(bytes: &[u8]) -> Vec<String> {
    bytes
        .split(|b| *b == b'\n')
        .filter_map(|line| {
            let blank = line.iter().position(u8::is_ascii_whitespace)?;
            relative(line.get(blank..)?.trim_ascii_start())
        })
        .collect()
}

fn relative(path: &[u8]) -> Option<String> {
    let path = path.strip_suffix(b"\r").unwrap_or(path);
    let path = text(path);
    let path = path.strip_prefix("./").unwrap_or(&path).trim_matches('/');
    (!path.is_empty() && path != ".").then(|| path.to_owned())
}

/// A line triple of `diversions`: who diverts which path whereto (dpkg-divert(1)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diversion {
    /// Path, relative to the root.
    pub from: String,
    /// Where the file of every other package lies instead.
    pub to: String,
    /// The package whose file keeps the name; `:` for the local administrator.
    pub by: String,
}

/// Reads `diversions`; an incomplete triple at the end is dropped as dpkg does.
#[must_use]
pub fn diversions(bytes: &[u8]) -> Vec<Diversion> {
    let lines: Vec<&[u8]> = bytes.split(|b| *b == b'\n').collect();
    lines
        .as_chunks::<3>()
        .0
        .iter()
        .filter_map(|[from, to, by]| {
            Some(Diversion { from: relative(from)?, to: relative(to)?, by: text(by) })
        })
        .collect()
}

/// Longest licence name taken from a `copyright` file, in bytes.
pub const LICENSE_NAME_MAX: usize = 128;

/// Licence names of a `copyright` file: the short names of a machine-readable one (DEP-5), or those of
/// `/usr/share/common-licenses` that a free-form one refers to. Sorted, each once.
#[must_use]
pub fn licenses(bytes: &[u8]) -> Vec<String> {
    let mut names = BTreeSet::new();
    let machine_readable = bytes.starts_with(b"Format") || find(bytes, b"\nFormat").is_some();
    let key: &[u8] = if machine_readable { b"License:" } else { b"/common-licenses/" };
    let mut rest = bytes;
    let mut at_line_start = true;
    while let Some(at) = find(rest, key) {
        let before = if at == 0 { at_line_start } else { rest.get(at - 1) == Some(&b'\n') };
        rest = rest.get(at + key.len()..).unwrap_or_default();
        at_line_start = false;
        if !machine_readable {
            let end =
                rest.iter().position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'+')));
            let name = text(rest.get(..end.unwrap_or(rest.len())).unwrap_or_default());
            add(&mut names, name.trim_end_matches('.'));
        } else if before {
            let line = rest.split(|b| *b == b'\n').next().unwrap_or_default();
            add(&mut names, text(line).trim());
        }
    }
    names.into_iter().collect()
}

fn add(names: &mut BTreeSet<String>, name: &str) {
    if !name.is_empty() && name.len() <= LICENSE_NAME_MAX {
        names.insert(name.to_owned());
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(haystack, needle)
}
