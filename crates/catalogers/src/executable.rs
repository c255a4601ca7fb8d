//! What the pass notes of one executable or archive, small enough to keep with the layer.

use binary::software::{self, Software};
use binary::{Executable, Format, dotnet, go, java, rust, zipapp};
use memchr::memmem;
use serde::{Deserialize, Serialize};

use crate::license_text;

/// Smallest executable that can carry anything of what is looked for, in bytes.
const EXECUTABLE_BYTES_MIN: u64 = 4096;

/// What a file says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Note {
    /// Go build information.
    pub(crate) go: Option<go::Build>,
    /// Crates of a Rust binary.
    pub(crate) rust: Vec<rust::Crate>,
    /// Products.
    pub(crate) software: Vec<Software>,
    /// Java libraries.
    pub(crate) java: java::Archive,
    /// The `*.deps.json` of a .NET program in one file.
    pub(crate) dotnet: String,
    /// Path inside a Python zipapp and header of the metadata of each distribution.
    pub(crate) python: Vec<(String, String)>,
    /// The licences whose text it is.
    pub(crate) license: String,
    /// What could not be read.
    pub(crate) problems: Vec<String>,
}

/// Smallest archive of Python behind a first line: `#!/usr/bin/python`, an entry `__main__.py` with its line of the
/// directory, and the directory's end, in bytes.
const ZIPAPP_BYTES_MIN: u64 = 128;

/// True if the pass shall hand the file to [`note`] whatever it begins with.
pub(crate) fn is_named(path: &str, size: u64) -> bool {
    is_release(path) && size <= RELEASE_BYTES_MAX
}

/// True if it depends on how the file begins whether the pass shall hand it to [`note`]; otherwise it shall not, unless
/// it is [`is_named`].
pub(crate) fn may_be(path: &str, size: u64, mode: u32) -> bool {
    if is_release(path) {
        return false;
    }
    let runs = mode & 0o111 != 0;
    is_java_name(path)
        || is_zipapp_name(path)
        || java::is_archive_name(path)
        || (EXECUTABLE_BYTES_MIN <= size && may_tell(path) && (runs || !is_data_name(path)))
        || (ZIPAPP_BYTES_MIN <= size && may_be_script(path, runs))
}

/// True if the pass shall hand the file to [`note`], of which [`may_be`] holds. A file of any size is wanted: the pass
/// has a bound, and names what crosses it.
pub(crate) fn wanted(path: &str, size: u64, mode: u32, head: &[u8]) -> bool {
    let runs = mode & 0o111 != 0;
    match binary::format(head) {
        Some(Format::Elf | Format::Pe | Format::MachO) => {
            EXECUTABLE_BYTES_MIN <= size && may_tell(path) && (runs || !is_data_name(path))
        }
        Some(Format::Zip | Format::Jmod) => java::is_archive_name(path) || is_zipapp_name(path),
        None => {
            is_java_name(path) || is_zipapp_name(path) || (may_be_script(path, runs) && starts_python(head))
        }
    }
}

/// Only what may be run is started by its first line.
fn may_be_script(path: &str, runs: bool) -> bool {
    runs && !path.ends_with(".py") && !is_shared(path)
}

/// Names of sources, texts, pictures and the like. Without the right to be run, such a file is no program, and a layer
/// that lies elsewhere is read without it.
fn is_data_name(path: &str) -> bool {
    const DATA: &[&str] = &[
        "a",
        "bz2",
        "c",
        "cc",
        "cfg",
        "cjs",
        "cmake",
        "conf",
        "conffiles",
        "cpp",
        "crt",
        "css",
        "csv",
        "el",
        "elc",
        "gif",
        "gz",
        "h",
        "hpp",
        "htm",
        "html",
        "ini",
        "jpeg",
        "jpg",
        "js",
        "json",
        "list",
        "map",
        "md",
        "md5sums",
        "mjs",
        "mo",
        "otf",
        "pc",
        "pem",
        "pl",
        "pm",
        "png",
        "po",
        "pod",
        "pxd",
        "py",
        "pyc",
        "pyi",
        "pyo",
        "pyx",
        "rb",
        "rst",
        "scss",
        "shlibs",
        "sql",
        "svg",
        "symbols",
        "tcl",
        "toml",
        "ts",
        "ttf",
        "txt",
        "woff",
        "woff2",
        "xml",
        "xz",
        "yaml",
        "yml",
        "zst",
    ];
    let extension = path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map(|(_, e)| e);
    extension.is_some_and(|e| DATA.binary_search(&e).is_ok())
}

/// `libz.so`, `libz.so.1.3`.
fn is_shared(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.ends_with(".so") || name.contains(".so.")
}

/// Names that only Java archives have: they are read whatever they begin with, since a launch script may stand before
/// the archive, and one that is no archive is to be named.
fn is_java_name(path: &str) -> bool {
    let extension = path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map(|(_, e)| e);
    extension.is_some_and(|e| ["jar", "war", "ear"].iter().any(|k| e.eq_ignore_ascii_case(k)))
}

/// Names of Python programs in one archive (PEP 441; PEX).
fn is_zipapp_name(path: &str) -> bool {
    let extension = path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map(|(_, e)| e);
    extension.is_some_and(|e| ["pyz", "pyzw", "pex"].iter().any(|k| e.eq_ignore_ascii_case(k)))
}

/// A script of Python may have an archive behind its first line, whatever its name.
fn starts_python(head: &[u8]) -> bool {
    let line = head.split(|b| *b == b'\n').next().unwrap_or_default();
    line.starts_with(b"#!") && line.windows(6).any(|w| w == b"python")
}

/// Shared objects are only looked into where one of the products, or a binary of Go or Rust, may hide in them: the
/// distribution's hundreds of others would cost a third of the pass and never answer.
fn may_tell(path: &str) -> bool {
    !is_shared(path)
        || ["/site-packages/", "/dist-packages/", "/node_modules/"].iter().any(|d| path.contains(d))
        || software::is_candidate(path)
}

/// Largest `release` file of a Java runtime, in bytes.
const RELEASE_BYTES_MAX: u64 = 64 << 10;

/// Files that name a product in plain text: Java's `release`, Erlang's `OTP_VERSION`, R's own description, Go's
/// `VERSION`.
fn is_release(path: &str) -> bool {
    path.ends_with("/release")
        || path.ends_with("/OTP_VERSION")
        || path.ends_with("/library/base/DESCRIPTION")
        || path.ends_with("/go/VERSION")
}

/// Reads one file; an empty answer says nothing was found.
pub(crate) fn note(path: &str, bytes: &[u8]) -> Vec<u8> {
    let mut note = Note::default();
    match binary::format(bytes) {
        _ if license_text::wanted(path, bytes.len() as u64) => note.license = license_text::of_text(bytes),
        _ if is_release(path) => note.software.extend(release(path, &String::from_utf8_lossy(bytes))),
        _ if is_zipapp_name(path) => python(bytes, &mut note),
        Some(Format::Zip | Format::Jmod) => note.java = java::archive(path, bytes),
        None if is_java_name(path) => note.java = java::archive(path, bytes),
        // The end of an archive's directory (PKWARE, APPNOTE.TXT 4.3.16).
        None if starts_python(bytes) && memmem::find(bytes, b"PK\x05\x06").is_some() => {
            python(bytes, &mut note);
        }
        Some(_) => executable(path, bytes, &mut note),
        None => {}
    }
    if note == Note::default() { Vec::new() } else { postcard::to_stdvec(&note).unwrap_or_default() }
}

fn python(bytes: &[u8], note: &mut Note) {
    let found = zipapp::read(bytes);
    note.python = found.metadata;
    note.problems = found.problems.into_iter().map(|(inside, reason)| named(&inside, &reason)).collect();
}

fn named(inside: &str, reason: &str) -> String {
    if inside.is_empty() { reason.to_owned() } else { format!("`{inside}` in it: {reason}") }
}

fn executable(path: &str, bytes: &[u8], note: &mut Note) {
    let file = match Executable::parse(bytes) {
        Ok(file) => file,
        // Windows' mark is two letters that many a data file begins with; ELF's is no accident.
        Err(reason) if binary::format(bytes) == Some(Format::Elf) => return note.problems.push(reason),
        Err(_) => return,
    };
    match go::build(&file) {
        Some(Ok(build)) => note.go = Some(build),
        Some(Err(reason)) => note.problems.push(reason),
        None => {}
    }
    match rust::crates(&file) {
        Some(Ok(crates)) => note.rust = crates,
        Some(Err(reason)) => note.problems.push(reason),
        None => {}
    }
    match dotnet::deps(bytes) {
        Some(Ok(deps)) => note.dotnet = String::from_utf8_lossy(deps).into_owned(),
        Some(Err(reason)) => note.problems.push(reason),
        None => {}
    }
    if software::is_candidate(path) {
        note.software = software::recognise(path, &file);
    }
}

fn release(path: &str, text: &str) -> Option<Software> {
    let first = text.lines().next().unwrap_or_default().trim();
    let product = |product: &str, version: &str| {
        let is_version = version.starts_with(|c: char| c.is_ascii_digit()) && version.len() < 32;
        is_version.then(|| Software { product: product.to_owned(), version: version.to_owned() })
    };
    if path.ends_with("/OTP_VERSION") {
        return product("erlang-otp", first);
    }
    if path.ends_with("/go/VERSION") {
        return product("go", first.strip_prefix("go")?);
    }
    if path.ends_with("/DESCRIPTION") {
        text.lines().find(|l| l.trim() == "Package: base")?;
        return product("r", text.lines().find_map(|l| l.strip_prefix("Version:"))?.trim());
    }
    software::java_release(text)
}
