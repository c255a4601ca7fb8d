//! `go.mod`: requirements, replacements, exclusions, and the Go release that it names.

use std::collections::{BTreeMap, BTreeSet};

use inventory::Harvest;
use model::PackageType;
use version::Scheme;

use super::STDLIB;
use crate::lang::files::{Files, join, parent};
use crate::lang::locked::Locked;
use crate::lang::text::{Broken, decode, first_line};

/// Lines of one file.
const LINES_MAX: usize = 100_000;

/// Reads `go.mod`.
pub(in crate::lang) fn read(files: Files<'_>, path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let module = parse(&decode(bytes)?)?;
    let mut locked = Locked::new(PackageType::Golang, "go.mod", path);
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for (name, version, direct) in &module.requires {
        known.insert(name);
        if module.excludes.contains(&(name.clone(), version.clone())) {
            continue;
        }
        if let Some((name, version)) = module.replaced(name, version) {
            let id = locked.add(name, version);
            locked.direct(id, *direct);
        }
    }
    let mut problems = Vec::new();
    if module.lists_direct_only() {
        match sums(files, path) {
            Ok(sums) => {
                for (name, version) in sums.iter().filter(|(name, _)| !known.contains(name.as_str())) {
                    if let Some((name, version)) = module.replaced(name, version) {
                        let id = locked.add(name, version);
                        locked.direct(id, false);
                    }
                }
            }
            Err(problem) => problems.extend(problem),
        }
    }
    standard_library(&module, &mut locked);
    let mut harvest = locked.finish();
    harvest.problems.extend(problems);
    Ok(harvest)
}

/// The release of `toolchain`, or of a `go` line that names one (since Go 1.21 with its last number), is the least
/// that builds the module.
fn standard_library(module: &Module, locked: &mut Locked<'_>) {
    let toolchain = module.toolchain.strip_prefix("go").unwrap_or_default();
    let toolchain = toolchain.split(['-', ' ']).next().unwrap_or_default();
    let release = match (toolchain.is_empty(), minor(&module.go)) {
        (false, _) => toolchain,
        (true, Some(21..)) if module.go.matches('.').count() == 2 => module.go.as_str(),
        _ if module.go.is_empty() => return,
        _ => {
            let reason = format!(
                "`go {}` names no release of Go, so nothing is known of its standard library",
                module.go
            );
            locked.unknown(reason, "scan the program that is built, or name the release with `toolchain`");
            return;
        }
    };
    let id = locked.add(STDLIB, release);
    locked.direct(id, true);
}

/// `21` of `1.21.3`.
fn minor(go: &str) -> Option<u32> {
    let rest = go.strip_prefix("1.")?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// The highest version of each module whose code (not only its `go.mod`) `go.sum` beside `path` vouches for.
fn sums(files: Files<'_>, path: &str) -> Result<BTreeMap<String, String>, Option<inventory::Problem>> {
    let place = join(parent(path), "go.sum");
    if !files.has(&place) {
        return Err(None);
    }
    let unread = |reason: String| Some(crate::lang::files::unread(&place, reason));
    let bytes = files.read(&place).map_err(|e| unread(e.to_string()))?;
    let text = decode(&bytes).map_err(|e| unread(e.reason))?;
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        let (Some(name), Some(version)) = (words.next(), words.next()) else { continue };
        if version.ends_with("/go.mod") {
            continue;
        }
        let higher = found.get(name).is_none_or(|old| newer(version, old));
        if higher {
            found.insert(name.to_owned(), version.to_owned());
        }
    }
    Ok(found)
}

fn newer(version: &str, old: &str) -> bool {
    match (Scheme::Semver.parse(version), Scheme::Semver.parse(old)) {
        (Ok(a), Ok(b)) => a.compare(&b).is_ok_and(std::cmp::Ordering::is_gt),
        _ => false,
    }
}

/// What `go.mod` says.
#[derive(Debug, Default)]
struct Module {
    named: bool,
    go: String,
    toolchain: String,
    requires: Vec<(String, String, bool)>,
    excludes: BTreeSet<(String, String)>,
    replaces: BTreeMap<(String, String), (String, String)>,
}

impl Module {
    /// Before Go 1.17 only direct requirements were listed.
    fn lists_direct_only(&self) -> bool {
        self.go.is_empty() || minor(&self.go).is_some_and(|m| m < 17)
    }

    /// The module that is used in place of another; nothing for a directory.
    fn replaced<'m>(&'m self, name: &'m str, version: &'m str) -> Option<(&'m str, &'m str)> {
        let exact = self.replaces.get(&(name.to_owned(), version.to_owned()));
        match exact.or_else(|| self.replaces.get(&(name.to_owned(), String::new()))) {
            None => Some((name, version)),
            Some((_, version)) if version.is_empty() => None,
            Some((name, version)) => Some((name, version)),
        }
    }
}

fn parse(text: &str) -> Result<Module, Broken> {
    let mut module = Module::default();
    let mut block: Option<String> = None;
    for (index, raw) in text.lines().enumerate() {
        if LINES_MAX <= index {
            return Err(Broken::new(format!("more than {LINES_MAX} lines")));
        }
        if ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|mark| raw.starts_with(mark)) {
            return Err(Broken::new(format!("line {}: a merge conflict is not resolved", index + 1)));
        }
        let (code, comment) = raw.split_once("//").unwrap_or((raw, ""));
        let words: Vec<String> = code.split_whitespace().map(unquote).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match (&block, words.as_slice()) {
            (_, []) => {}
            (Some(_), [")"]) => block = None,
            (Some(verb), rest) => module.line(verb, rest, comment),
            (None, [verb, "("]) => block = Some((*verb).to_owned()),
            (None, [verb]) if verb.ends_with('(') => block = Some(verb.trim_end_matches('(').to_owned()),
            (None, [verb, rest @ ..]) => module.line(verb, rest, comment),
        }
    }
    match block {
        Some(verb) => Err(Broken::new(format!("the block `{}` is not closed", first_line(&verb)))),
        None if module.named => Ok(module),
        None => Err(Broken::new("no line names the `module`")),
    }
}

impl Module {
    fn line(&mut self, verb: &str, words: &[&str], comment: &str) {
        match (verb, words) {
            ("module", [_]) => self.named = true,
            ("go", [release]) => (*release).clone_into(&mut self.go),
            ("toolchain", [name]) => (*name).clone_into(&mut self.toolchain),
            ("require", [name, version]) => {
                self.requires.push(((*name).to_owned(), (*version).to_owned(), !is_indirect(comment)));
            }
            ("exclude", [name, version]) => {
                self.excludes.insert(((*name).to_owned(), (*version).to_owned()));
            }
            ("replace", words) => {
                let Some(arrow) = words.iter().position(|w| *w == "=>") else { return };
                let (old, new) =
                    (words.get(..arrow).unwrap_or_default(), words.get(arrow + 1..).unwrap_or_default());
                let part =
                    |words: &[&str], at: usize| words.get(at).map(|w| (*w).to_owned()).unwrap_or_default();
                self.replaces.insert((part(old, 0), part(old, 1)), (part(new, 0), part(new, 1)));
            }
            _ => {}
        }
    }
}

/// `// indirect` alone, or `// indirect; why`, as Go's own reader has it.
fn is_indirect(comment: &str) -> bool {
    let words: Vec<&str> = comment.split_whitespace().collect();
    matches!(words.as_slice(), ["indirect"] | ["indirect;", _, ..])
}

/// Words may be quoted with `"` or a backquote.
fn unquote(word: &str) -> String {
    word.trim_matches(['"', '`']).to_owned()
}
