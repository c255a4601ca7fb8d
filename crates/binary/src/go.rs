//! Go build information (`debug/buildinfo`): the module list that the linker writes into every Go binary.

use serde::{Deserialize, Serialize};

use crate::Executable;

/// What a Go binary says of its build.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    /// The toolchain as it names itself, `go1.21.5`.
    pub toolchain: String,
    /// Path of the main package.
    pub path: String,
    /// Main module; absent for binaries built without modules.
    pub main: Option<Module>,
    /// Modules linked in, replacements applied.
    pub dependencies: Vec<Module>,
    /// `build` lines: `-tags`, `GOOS`, `vcs.revision` …
    pub settings: Vec<(String, String)>,
}

/// A module.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Module {
    /// Path.
    pub path: String,
    /// Version, `v1.2.3`, `(devel)`, or empty where a directory replaced it.
    pub version: String,
    /// `h1:` checksum, or empty.
    pub sum: String,
    /// Path and version that `go.mod` asked for, where this one replaces it.
    pub replaces: Option<(String, String)>,
}

/// How far the data segment is searched for the mark, in bytes (as `debug/buildinfo` does).
const SEARCH_BYTES_MAX: usize = 1 << 20;
/// Largest module text, in bytes.
pub const MODULE_TEXT_BYTES_MAX: usize = 16 << 20;
/// Most modules of one binary.
pub const MODULES_MAX: usize = 20_000;

/// Longest name of a toolchain looked for outside of the build information, in bytes.
const TOOLCHAIN_BYTES_MAX: usize = 24;

/// The marks around the module list (`cmd/go/internal/modload`, `infoStart` and `infoEnd`).
const TEXT_BEGIN: &[u8] = b"\x30\x77\xaf\x0c\x92\x74\x08\x02\x41\xe1\xc1\x07\xe6\xd6\x18\xe6";
const TEXT_END: &[u8] = b"\xf9\x32\x43\x31\x86\x18\x20\x72\x00\x82\x42\x10\x41\x16\xd8\xf2";

const MAGIC: &[u8] = b"\xff Go buildinf:";
const ALIGN: usize = 16;
const HEADER_BYTES: usize = 32;
const FLAG_BIG: u8 = 1;
const FLAG_INLINE: u8 = 2;

/// The build information of a binary; `None` if it is no Go binary.
///
/// # Errors
/// When the binary carries the mark and what follows cannot be read.
pub fn build(file: &Executable<'_>) -> Option<Result<Build, String>> {
    let Some(blob) = locate(file) else { return stripped(file) };
    let strings = match blob.get(15) {
        Some(flags) if flags & FLAG_INLINE != 0 => inline(blob),
        Some(_) => pointers(file, blob),
        None => None,
    };
    Some(match strings {
        Some(([], _)) => Err("Go build information without a version".to_owned()),
        Some((toolchain, text)) => modules(toolchain, text),
        None => Err("Go build information that points outside of the file".to_owned()),
    })
}

fn locate<'b>(file: &Executable<'b>) -> Option<&'b [u8]> {
    if let Some(found) = file.section(&[".go.buildinfo", "__go_buildinfo"]).and_then(search) {
        return Some(found);
    }
    file.segments.iter().filter(|s| s.writable).find_map(|s| search(s.data))
}

fn search(data: &[u8]) -> Option<&[u8]> {
    let window = data.get(..data.len().min(SEARCH_BYTES_MAX))?;
    let at = memchr::memmem::find_iter(window, MAGIC).find(|at| at % ALIGN == 0)?;
    data.get(at..)
}

/// Some distributors cut the section out; the module list and the version that the program prints of itself remain.
fn stripped(file: &Executable<'_>) -> Option<Result<Build, String>> {
    file.section(&[".gopclntab", "__gopclntab", ".go.module"])?;
    let constants = file.constants();
    let text = constants.iter().find_map(|c| {
        let begin = memchr::memmem::find(c, TEXT_BEGIN)?;
        let rest = c.get(begin..c.len().min(begin + MODULE_TEXT_BYTES_MAX))?;
        rest.get(..memchr::memmem::find(rest, TEXT_END)? + TEXT_END.len())
    })?;
    let versions = constants.iter().flat_map(|c| {
        memchr::memmem::find_iter(c, b"\0go1.").filter_map(|at| {
            let name = c.get(at + 1..)?.split(|b| *b == 0).next()?;
            (name.len() <= TOOLCHAIN_BYTES_MAX).then(|| String::from_utf8_lossy(name).into_owned())
        })
    });
    let versions: std::collections::BTreeSet<String> = versions.collect();
    match versions.len() {
        1 => Some(modules(versions.first()?.as_bytes(), text)),
        _ => Some(modules(b"", text)),
    }
}

/// Since Go 1.18: two strings with variable-length lengths after the header.
fn inline(blob: &[u8]) -> Option<(&[u8], &[u8])> {
    let (version, rest) = counted(blob.get(HEADER_BYTES..)?)?;
    let (text, _) = counted(rest)?;
    Some((version, text))
}

fn counted(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut length = 0_u64;
    for (i, b) in bytes.iter().take(10).enumerate() {
        length |= u64::from(b & 0x7f).checked_shl(u32::try_from(i * 7).ok()?)?;
        if b & 0x80 == 0 {
            return bytes.get(i + 1..)?.split_at_checked(usize::try_from(length).ok()?);
        }
    }
    None
}

/// Before Go 1.18: pointers to two string headers, each a pointer and a length.
fn pointers<'b>(file: &Executable<'b>, blob: &[u8]) -> Option<(&'b [u8], &'b [u8])> {
    let width = usize::from(*blob.get(14)?);
    let big = blob.get(15)? & FLAG_BIG != 0;
    let number = |bytes: &[u8]| match (width, big) {
        (4, false) => Some(u64::from(u32::from_le_bytes(bytes.try_into().ok()?))),
        (4, true) => Some(u64::from(u32::from_be_bytes(bytes.try_into().ok()?))),
        (8, false) => Some(u64::from_le_bytes(bytes.try_into().ok()?)),
        (8, true) => Some(u64::from_be_bytes(bytes.try_into().ok()?)),
        _ => None,
    };
    let string = |at: usize| {
        let header = number(blob.get(at..at.checked_add(width)?)?)?;
        if header == 0 {
            return Some(&[][..]);
        }
        let header = file.at(header, width.checked_mul(2)?)?;
        let (address, length) = header.split_at_checked(width)?;
        let length = usize::try_from(number(length)?).ok()?;
        if length == 0 { Some(&[][..]) } else { file.at(number(address)?, length) }
    };
    Some((string(16)?, string(16 + width)?))
}

fn modules(toolchain: &[u8], text: &[u8]) -> Result<Build, String> {
    if MODULE_TEXT_BYTES_MAX < text.len() {
        return Err(format!("a module list of {} bytes, more than {MODULE_TEXT_BYTES_MAX}", text.len()));
    }
    let mut build = Build { toolchain: String::from_utf8_lossy(toolchain).into_owned(), ..Build::default() };
    // The text stands between two marks of sixteen bytes, the second one behind a line feed.
    let text = match text.len().checked_sub(17).and_then(|at| text.get(at)) {
        Some(b'\n') if 33 <= text.len() => text.get(16..text.len() - 16).unwrap_or_default(),
        _ => &[],
    };
    let mut last_is_main = false;
    for line in String::from_utf8_lossy(text).lines() {
        let mut words = line.split('\t');
        match words.next().unwrap_or_default() {
            "path" => build.path = words.next().unwrap_or_default().to_owned(),
            "mod" => {
                build.main = Some(module(words));
                last_is_main = true;
            }
            "dep" => {
                if MODULES_MAX <= build.dependencies.len() {
                    return Err(format!("more than {MODULES_MAX} modules"));
                }
                build.dependencies.push(module(words));
                last_is_main = false;
            }
            "=>" => {
                let target = if last_is_main { build.main.as_mut() } else { build.dependencies.last_mut() };
                if let Some(target) = target {
                    replace(target, module(words));
                }
            }
            "build" => {
                let setting = words.next().unwrap_or_default();
                let (key, value) = setting.split_once('=').unwrap_or((setting, ""));
                build.settings.push((unquote(key), unquote(value)));
            }
            _ => {}
        }
    }
    Ok(build)
}

fn module<'l>(mut words: impl Iterator<Item = &'l str>) -> Module {
    let mut word = || words.next().unwrap_or_default().to_owned();
    Module { path: word(), version: word(), sum: word(), replaces: None }
}

/// What is linked in is the replacement; one that is a directory has a path of the builder's machine and no version.
fn replace(target: &mut Module, by: Module) {
    let asked = (target.path.clone(), target.version.clone());
    let local = by.version.is_empty() || by.path.starts_with(['.', '/']);
    *target = if local {
        Module { path: asked.0.clone(), replaces: Some(asked), ..Module::default() }
    } else {
        Module { replaces: Some(asked), ..by }
    };
}

/// Values with blanks or quotes are written as Go string literals.
fn unquote(value: &str) -> String {
    match value.strip_prefix('"').and_then(|v| v.strip_suffix('"')) {
        Some(inner) => inner.replace("\\\"", "\"").replace("\\\\", "\\"),
        None => value.trim_matches('`').to_owned(),
    }
}

impl Build {
    /// The release of the standard library, `1.21.5` or `1.22.0-rc.1`; `None` for a development toolchain.
    #[must_use]
    pub fn standard_library(&self) -> Option<String> {
        let name = self.toolchain.split([' ', '-', '+']).next()?.strip_prefix("go")?;
        let end = name.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(name.len());
        let (numbers, rest) = name.split_at_checked(end)?;
        if !numbers.starts_with(|c: char| c.is_ascii_digit()) || numbers.ends_with('.') {
            return None;
        }
        // `go1.22rc1` is what semantic versioning writes 1.22.0-rc.1.
        for (mark, name) in [("rc", "rc"), ("beta", "beta"), ("alpha", "alpha")] {
            if let Some(number) = rest.strip_prefix(mark) {
                let zero = if numbers.matches('.').count() == 1 { ".0" } else { "" };
                return Some(format!("{numbers}{zero}-{name}.{number}"));
            }
        }
        Some(numbers.to_owned())
    }

    /// The path of the main module. A binary built without modules names its package alone; the sites on which every
    /// repository has three parts still tell the module.
    #[must_use]
    pub fn main_module(&self) -> Option<String> {
        if let Some(main) = &self.main {
            return Some(main.path.clone());
        }
        let hosts = ["github.com", "gitlab.com", "bitbucket.org"];
        let parts: Vec<&str> = self.path.split('/').take(3).collect();
        let known = parts.len() == 3 && parts.first().is_some_and(|host| hosts.contains(host));
        known.then(|| parts.join("/"))
    }

    /// The version of the main module: what the module says, or what the linker was told (`-X …version=v1.2.3`).
    #[must_use]
    pub fn main_version(&self) -> Option<String> {
        let said =
            self.main.as_ref().map(|m| m.version.as_str()).filter(|v| !v.is_empty() && *v != "(devel)");
        if let Some(version) = said {
            return Some(version.to_owned());
        }
        let flags = &self.settings.iter().find(|(k, _)| k == "-ldflags")?.1;
        flags.split_ascii_whitespace().find_map(|flag| {
            let (name, value) = flag.trim_matches(['"', '\'']).rsplit_once('=')?;
            let name = name.rsplit('.').next()?.to_ascii_lowercase();
            let bare = value.strip_prefix('v').unwrap_or(value);
            let dotted = bare.split('.').count() >= 2 && bare.starts_with(|c: char| c.is_ascii_digit());
            (matches!(name.as_str(), "version" | "ver" | "buildversion" | "appversion" | "gitversion")
                && dotted)
                .then(|| format!("v{bare}"))
        })
    }
}
