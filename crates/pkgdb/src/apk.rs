//! apk: the text database `installed` of Alpine, Wolfi and Chainguard (apk-tools 2 and 3).

use crate::{Found, text};

/// An installed package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Package {
    /// `P`.
    pub name: String,
    /// `V`, `1.2.3-r4`.
    pub version: String,
    /// `A`.
    pub architecture: String,
    /// `L`, an SPDX expression in newer branches.
    pub license: String,
    /// `o`, the package its recipe is named for; the name itself if absent.
    pub origin: String,
    /// `D`, names only (`so:libc.musl-x86_64.so.1`, `/bin/sh`, `openssl`), conflicts left out.
    pub depends: Vec<String>,
    /// `p`, names only.
    pub provides: Vec<String>,
    /// `F` and `R`: regular files and links, relative to the root.
    pub files: Vec<String>,
}

/// Reads `installed`.
#[must_use]
pub fn installed(bytes: &[u8]) -> Found<Package> {
    let mut found = Found::default();
    let mut package = Package::default();
    let mut directory = String::new();
    let mut first = 0_u32;
    let mut line = 0_u32;
    for raw in bytes.split(|b| *b == b'\n').chain([&b""[..]]) {
        line = line.saturating_add(1);
        let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
        if raw.is_empty() {
            close(&mut found, std::mem::take(&mut package), std::mem::take(&mut first));
            directory.clear();
            continue;
        }
        if first == 0 {
            first = line;
        }
        match raw {
            [key, b':', value @ ..] => take_field(&mut package, &mut directory, *key, value),
            _ => found.problem(format!("line {line}"), "no field: a letter and a colon were expected"),
        }
    }
    found
}

fn take_field(p: &mut Package, directory: &mut String, key: u8, value: &[u8]) {
    match key {
        b'P' => p.name = text(value),
        b'V' => p.version = text(value),
        b'A' => p.architecture = text(value),
        b'L' => p.license = text(value),
        b'o' => p.origin = text(value),
        b'D' => p.depends = names(&text(value)),
        b'p' => p.provides = names(&text(value)),
        b'F' => *directory = text(value).trim_matches('/').to_owned(),
        b'R' if directory.is_empty() => p.files.push(text(value)),
        b'R' => p.files.push(format!("{directory}/{}", text(value))),
        _ => {}
    }
}

fn close(found: &mut Found<Package>, mut p: Package, first: u32) {
    if first == 0 {
        return;
    }
    if p.name.is_empty() {
        return found.problem(format!("line {first}"), "an entry without a name (`P:`)");
    }
    if p.version.is_empty() {
        found.problem(format!("line {first}"), format!("package `{}` has no version (`V:`)", p.name));
    }
    if p.origin.is_empty() {
        p.origin.clone_from(&p.name);
    }
    found.packages.push(p);
}

/// `a>=1 so:b=2 !c d~1 e@edge` → `a so:b d e`.
fn names(value: &str) -> Vec<String> {
    value
        .split_ascii_whitespace()
        .filter(|s| !s.starts_with('!'))
        .map(|s| s.get(..s.find(['=', '<', '>', '~', '@']).unwrap_or(s.len())).unwrap_or_default().to_owned())
        .filter(|s| !s.is_empty())
        .collect()
}
