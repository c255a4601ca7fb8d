//! `Gemfile.lock`: gems of servers and repositories, their dependencies, and what the `Gemfile` asks for.

use std::collections::{BTreeMap, BTreeSet};

use inventory::Harvest;
use model::PackageType;
use version::range::Dialect;

use crate::lang::drift::Want;
use crate::lang::locked::{Locked, NodeId};
use crate::lang::python::pyproject::no_versions;
use crate::lang::text::{Broken, decode};

/// Reads `Gemfile.lock`. Gems of `PATH` are the project itself; what they ask for is direct.
pub(in crate::lang) fn read(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let text = decode(bytes)?;
    let mut locked = Locked::new(PackageType::Gem, "Gemfile.lock", path);
    let mut edges: Vec<(Option<NodeId>, String)> = Vec::new();
    let mut direct: BTreeSet<String> = BTreeSet::new();
    let mut section = "";
    let mut open: Option<NodeId> = None;
    for (index, line) in text.lines().enumerate() {
        if line.starts_with("<<<<<<<") || line.starts_with(">>>>>>>") {
            return Err(Broken::new(format!("line {}: a merge conflict is not resolved", index + 1)));
        }
        let content = line.trim();
        let indent = line.len() - line.trim_start().len();
        match (section, indent) {
            _ if content.is_empty() => {}
            (_, 0) => section = content,
            ("GEM" | "GIT" | "PLUGIN SOURCE", 4) => {
                let Some((name, version)) = name_and_version(content) else { continue };
                open = Some(locked.add(name, version));
            }
            ("PATH", 4) => open = None,
            ("GEM" | "GIT" | "PLUGIN SOURCE" | "PATH", 6) => edges.push((open, gem_name(content).to_owned())),
            ("DEPENDENCIES", 2) => {
                direct.insert(gem_name(content).to_owned());
            }
            _ => {}
        }
    }
    if section.is_empty() || section.chars().any(|c| !(c.is_ascii_uppercase() || c == ' ')) {
        return Err(Broken::new("it does not end in a section of Bundler's, `GEM` or `BUNDLED WITH`"));
    }
    for (from, name) in edges {
        match from {
            Some(from) => locked.edge_by_name(from, &name),
            None => {
                direct.insert(name);
            }
        }
    }
    for id in 0..locked.len() {
        locked.direct(id, false);
    }
    for name in &direct {
        for id in locked.named(name).to_vec() {
            locked.direct(id, true);
        }
    }
    Ok(locked.finish())
}

/// Name and version of `name (1.2.3-x86_64-linux)`: what follows the first hyphen is the platform.
fn name_and_version(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once(" (")?;
    let version = rest.strip_suffix(')').unwrap_or(rest);
    Some((name, version.split('-').next().unwrap_or(version)))
}

/// The name of `name (>= 1.0)`, `name!`.
fn gem_name(text: &str) -> &str {
    text.split([' ', '!']).next().unwrap_or(text)
}

/// What the lockfile says was asked for: `name (~> 1.0, >= 1.0.2)`, with `!` behind it where a repository gives it.
pub(in crate::lang) fn asked_by_lock(bytes: &[u8]) -> BTreeSet<Want> {
    let Ok(text) = decode(bytes) else { return BTreeSet::new() };
    let asked = text.lines().skip_while(|line| line.trim_end() != "DEPENDENCIES").skip(1);
    let asked = asked.take_while(|line| line.starts_with("  ")).filter_map(|line| {
        let (name, range) = line.trim().trim_end_matches('!').split_once(" (")?;
        Some(Want::perhaps(name, Dialect::Gem, range.strip_suffix(')')?))
    });
    asked.collect()
}

/// What a `Gemfile` asks for, as far as it stands there as text: names that are asked for once, under no condition.
pub(in crate::lang) fn asked_by_gemfile(bytes: &[u8]) -> BTreeSet<Want> {
    let Ok(text) = decode(bytes) else { return BTreeSet::new() };
    let mut found: BTreeMap<&str, Option<String>> = BTreeMap::new();
    let mut conditions = Vec::new();
    for line in text.lines().map(str::trim) {
        let first = line.split([' ', '(']).next().unwrap_or_default();
        let is_block = line.ends_with(" do") || line.contains(" do |");
        match first {
            "if" | "unless" | "case" | "while" | "def" | "begin" => conditions.push(true),
            "end" => {
                conditions.pop();
            }
            _ if is_block => conditions.push(false),
            _ => {}
        }
        let Some((name, ranges)) = gem_line(line) else { continue };
        let is_sure =
            !conditions.contains(&true) && ![" if ", " unless "].iter().any(|word| line.contains(word));
        found.entry(name).and_modify(|known| *known = None).or_insert(is_sure.then_some(ranges));
    }
    let sure = found.into_iter().filter_map(|(name, range)| Some((name, range?)));
    sure.map(|(name, range)| Want::perhaps(name, Dialect::Gem, &range)).collect()
}

/// The name and the requirements of `gem "name", "~> 1.0", ">= 1.0.2", group: :test`.
fn gem_line(line: &str) -> Option<(&str, String)> {
    let rest = line.strip_prefix("gem").filter(|rest| rest.starts_with([' ', '(']))?;
    let (name, mut rest) = quoted(rest.trim_start_matches([' ', '(']))?;
    let mut ranges = Vec::new();
    while let Some((range, behind)) = rest.trim_start().strip_prefix(',').and_then(|r| quoted(r.trim_start()))
    {
        // `"key" => value` is an option.
        if behind.trim_start().starts_with("=>") || behind.starts_with(':') {
            break;
        }
        ranges.push(range);
        rest = behind;
    }
    Some((name, ranges.join(", ")))
}

/// The text between quotes that a line begins with, and what stands behind it.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    text.get(1..)?.split_once(quote)
}

/// Reads a `Gemfile` that no lock stands beside. It is a program: only the names it asks for can be seen.
pub(in crate::lang) fn read_manifest(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let text = decode(bytes)?;
    let mut locked = Locked::new(PackageType::Gem, "Gemfile", path);
    let names = text.lines().filter_map(|line| {
        let rest = line.trim().strip_prefix("gem")?.trim_start_matches([' ', '(']);
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        rest.get(1..)?.split(quote).next()
    });
    no_versions(&mut locked, names, "commit Gemfile.lock");
    Ok(locked.finish())
}
