//! Requirement files: pins, hashes, includes, constraints, and the `# via` comments of pip-compile and uv.

use std::collections::{BTreeMap, BTreeSet};

use inventory::{Harvest, Problem};
use model::PackageType;

use super::requirement::{self, Requirement};
use crate::lang::document::Document;
use crate::lang::files::{Files, parent, resolve, split, unread};
use crate::lang::locked::{CONTROL, Locked};
use crate::lang::text::{Broken, lenient};

/// Files that one requirement file includes, itself counted.
const INCLUDES_MAX: usize = 64;

/// Lines of one requirement file.
const LINES_MAX: usize = 200_000;

const REMEDY: &str = "pin an exact version with `==`, or commit a lockfile";

/// Reads a requirement file and the files it includes that are no requirement files by their own name.
pub(in crate::lang) fn read(files: Files<'_>, path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let mut reading = Reading { files, seen: BTreeSet::from([path.to_owned()]), ..Reading::of(files) };
    let own = lines(&lenient(bytes))?;
    let mut harvest = Harvest { documents: 1, ..Harvest::default() };
    let mut open = vec![(path.to_owned(), own)];
    while let Some((file, lines)) = open.pop() {
        open.extend(reading.include(&file, &lines));
        harvest.add(reading.packages(&file, &lines));
    }
    harvest.documents = 1;
    harvest.problems.extend(reading.problems);
    Ok(harvest)
}

/// A logical line: continuations joined, comments apart.
struct Line {
    number: usize,
    text: String,
    comment: String,
}

struct Reading<'t> {
    files: Files<'t>,
    seen: BTreeSet<String>,
    constraints: BTreeMap<String, String>,
    problems: Vec<Problem>,
}

impl<'t> Reading<'t> {
    fn of(files: Files<'t>) -> Self {
        Self { files, seen: BTreeSet::new(), constraints: BTreeMap::new(), problems: Vec::new() }
    }

    /// The included files that have to be read here; constraints are remembered.
    fn include(&mut self, file: &str, lines: &[Line]) -> Vec<(String, Vec<Line>)> {
        let mut included = Vec::new();
        for line in lines {
            let Some((kind, target)) = include_of(&line.text) else { continue };
            let place = format!("{file}:{}", line.number);
            if target.contains("://") {
                self.problems.push(Problem::unknown(
                    CONTROL,
                    place,
                    format!("`{target}` is not part of the target"),
                    REMEDY,
                ));
                continue;
            }
            let Some(path) = resolve(parent(file), target) else {
                self.problems.push(Problem::unknown(
                    CONTROL,
                    place,
                    format!("`{target}` lies outside the target"),
                    REMEDY,
                ));
                continue;
            };
            if kind == Include::Requirements
                && Document::of(&path) == Some(Document::Requirements)
                && self.files.has(&path)
                || INCLUDES_MAX <= self.seen.len()
                || !self.seen.insert(path.clone())
            {
                continue;
            }
            match self.lines_of(&path) {
                Err(reason) => self.problems.push(unread(&place, format!("`{target}`: {reason}"))),
                Ok(lines) if kind == Include::Requirements => included.push((path, lines)),
                Ok(lines) => {
                    let pins = lines.iter().filter_map(|l| requirement::parse(specification(&l.text)));
                    self.constraints.extend(pins.filter_map(|r| Some((r.name.clone(), r.pin()?))));
                }
            }
        }
        included
    }

    fn lines_of(&self, path: &str) -> Result<Vec<Line>, String> {
        let bytes = self.files.read(path).map_err(|e| e.to_string())?;
        lines(&lenient(&bytes)).map_err(|e| e.reason)
    }

    fn packages(&self, file: &str, lines: &[Line]) -> Harvest {
        let mut locked = Locked::new(PackageType::Pypi, "requirements", file);
        let dev = is_development(file);
        let mut via: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut last: Option<String> = None;
        for line in lines {
            if line.text.is_empty() {
                if let Some(name) = &last {
                    note_via(&line.comment, via.entry(name.clone()).or_default());
                }
                continue;
            }
            last = None;
            match parse_line(&line.text) {
                Parsed::Nothing => {}
                Parsed::Unknown(what) => locked.problem(Problem::unknown(
                    CONTROL,
                    format!("{file}:{}", line.number),
                    format!("`{what}` names no package and version"),
                    REMEDY,
                )),
                Parsed::Package(requirement) => {
                    let pin = requirement.pin().or_else(|| self.constraints.get(&requirement.name).cloned());
                    let Some(version) = pin else {
                        locked.problem(Problem::unknown(
                            CONTROL,
                            format!("{file}:{}", line.number),
                            format!("no version of `{}` is named", requirement.name),
                            REMEDY,
                        ));
                        continue;
                    };
                    let id = locked.add(&requirement.name, &version);
                    locked.dev(id, dev);
                    note_via(&line.comment, via.entry(requirement.name.clone()).or_default());
                    last = Some(requirement.name);
                }
            }
        }
        link(&mut locked, &via);
        locked.finish()
    }
}

/// Turns `# via` comments into edges: `b  # via a` says that `a` depends on `b`, `# via -r file` that the project does.
fn link(locked: &mut Locked<'_>, via: &BTreeMap<String, BTreeSet<String>>) {
    if via.values().all(BTreeSet::is_empty) {
        return;
    }
    for (name, because) in via {
        for &id in locked.named(name).to_vec().iter() {
            let mut direct = because.is_empty();
            for reason in because {
                match requirement::parse(reason.split(' ').next().unwrap_or_default()) {
                    Some(parent) if !reason.starts_with('-') && !locked.named(&parent.name).is_empty() => {
                        for &from in locked.named(&parent.name).to_vec().iter() {
                            locked.edge(from, id);
                        }
                    }
                    _ => direct = true,
                }
            }
            locked.direct(id, direct);
        }
    }
}

/// Adds the names of a comment: `via a, b`, `via`, or a line of a list below it.
fn note_via(comment: &str, because: &mut BTreeSet<String>) {
    let comment = comment.trim_start_matches('#');
    let text = comment.trim();
    let names = match text.strip_prefix("via") {
        Some(rest) if rest.is_empty() || rest.starts_with(' ') => rest,
        _ if comment.starts_with("   ") => text,
        _ => return,
    };
    because.extend(names.split(", ").map(str::trim).filter(|n| !n.is_empty()).map(str::to_owned));
}

/// True if the file's name says that it is for development: `requirements-dev.txt`, `requirements/test.txt`.
fn is_development(file: &str) -> bool {
    let stem = split(file).1.trim_end_matches(".txt").to_ascii_lowercase();
    stem.split(['-', '_', '.']).any(|word| {
        matches!(word, "dev" | "develop" | "development" | "test" | "tests" | "testing" | "lint" | "docs")
    })
}

#[derive(PartialEq, Eq, Clone, Copy)]
enum Include {
    Requirements,
    Constraints,
}

fn include_of(text: &str) -> Option<(Include, &str)> {
    for (option, kind) in [
        ("--requirement", Include::Requirements),
        ("--constraint", Include::Constraints),
        ("-r", Include::Requirements),
        ("-c", Include::Constraints),
    ] {
        if let Some(rest) = text.strip_prefix(option)
            && (rest.starts_with([' ', '=', '\t']) || option.len() == 2)
        {
            return Some((kind, rest.trim_start_matches([' ', '=', '\t']).trim_matches(['"', '\''])));
        }
    }
    None
}

enum Parsed {
    Nothing,
    Unknown(String),
    Package(Requirement),
}

fn parse_line(text: &str) -> Parsed {
    let editable = ["--editable", "-e"]
        .iter()
        .find_map(|o| text.strip_prefix(o))
        .map(|t| t.trim_start_matches([' ', '=']));
    if text.starts_with('-') && editable.is_none() {
        return Parsed::Nothing;
    }
    let specification = specification(editable.unwrap_or(text));
    if let Some(requirement) = requirement::parse(specification) {
        return Parsed::Package(requirement);
    }
    if specification.contains("://") || specification.ends_with(".whl") {
        return reference(specification);
    }
    // A directory of the project itself: its code is not a dependency.
    match specification.starts_with(['.', '/']) || specification.contains('/') || specification.contains("${")
    {
        true => Parsed::Nothing,
        false => Parsed::Unknown(specification.chars().take(80).collect()),
    }
}

/// A bare address: its name stands in `#egg=` or in the file name.
fn reference(address: &str) -> Parsed {
    let file = address.split(['#', '?']).next().and_then(|a| a.rsplit('/').next()).unwrap_or_default();
    let egg = address.split(['#', '&']).find_map(|part| part.strip_prefix("egg="));
    let name =
        egg.map(str::to_owned).or_else(|| super::archive::name_and_version(file).map(|(name, _)| name));
    let source =
        || [".tar.gz", ".tar.bz2", ".zip"].iter().find_map(|end| file.strip_suffix(end)?.rsplit_once('-'));
    let repository = || file.split('@').next().map(|n| n.trim_end_matches(".git")).filter(|n| !n.is_empty());
    let name = name.or_else(|| source().map(|(name, _)| name).or_else(repository).map(str::to_owned));
    match name.and_then(|n| requirement::parse(&format!("{n} @ {address}"))) {
        Some(requirement) => Parsed::Package(requirement),
        None => Parsed::Unknown(address.chars().take(80).collect()),
    }
}

/// The line without its per-requirement options (`--hash=…`, `--config-settings …`).
fn specification(text: &str) -> &str {
    text.find(" --").and_then(|at| text.get(..at)).unwrap_or(text).trim()
}

fn lines(text: &str) -> Result<Vec<Line>, Broken> {
    let mut out = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, raw) in text.lines().enumerate() {
        if LINES_MAX <= index {
            return Err(Broken::new(format!("more than {LINES_MAX} lines")));
        }
        let (code, comment) = split_comment(raw);
        let (number, mut joined) = open.take().unwrap_or((index + 1, String::new()));
        match code.trim_end().strip_suffix('\\') {
            Some(part) if comment.is_empty() => {
                joined.push_str(part);
                open = Some((number, joined));
            }
            _ => {
                joined.push_str(code);
                out.push(Line { number, text: joined.trim().to_owned(), comment: comment.to_owned() });
            }
        }
    }
    if let Some((number, joined)) = open {
        out.push(Line { number, text: joined.trim().to_owned(), comment: String::new() });
    }
    Ok(out)
}

/// A comment begins at the start of the line or after white space.
fn split_comment(line: &str) -> (&str, &str) {
    let at = line
        .match_indices('#')
        .map(|(i, _)| i)
        .find(|&i| line.get(..i).is_none_or(|b| b.trim_end().len() < b.len() || b.is_empty()));
    at.and_then(|i| line.split_at_checked(i)).unwrap_or((line, ""))
}
