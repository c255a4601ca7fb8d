//! Alpine's security database and those in its form (Wolfi, Chainguard): package → version → what it fixes.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use version::Scheme;

use crate::ecosystem;
use crate::feed::lenient::{Text, Word, nullable};
use crate::feed::{Parsed, Problem};
use crate::record::{Affected, Record};

/// The smallest file of a main repository that Alpine ever published (v3.2) has some sixty packages; fewer are an
/// excerpt.
const PACKAGES_COMPLETE_MIN: usize = 50;

#[derive(Deserialize)]
struct Secdb<'a> {
    #[serde(borrow, default)]
    apkurl: Word<'a>,
    #[serde(borrow, default)]
    urlprefix: Word<'a>,
    #[serde(borrow, default)]
    reponame: Word<'a>,
    #[serde(borrow, default)]
    distroversion: Word<'a>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    packages: Vec<Item<'a>>,
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow)]
    pkg: Pkg<'a>,
}

#[derive(Deserialize)]
struct Pkg<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    secfixes: BTreeMap<String, Option<Vec<Text<'a>>>>,
}

pub(crate) fn read(name: &str, text: &[u8], parsed: &mut Parsed) {
    let secdb: Secdb<'_> = match serde_json::from_slice(text) {
        Ok(s) => s,
        Err(e) => {
            return parsed.problems.push(Problem::new(name, format!("no security database of Alpine: {e}")));
        }
    };
    let Some(ecosystem) = ecosystem_of(&secdb) else {
        return parsed
            .problems
            .push(Problem::new(name, "a security database that names no distribution version"));
    };
    let repository = secdb.reponame.0.as_deref().unwrap_or("");
    if repository == "community" || PACKAGES_COMPLETE_MIN <= secdb.packages.len() {
        parsed.repositories.push((ecosystem.clone(), repository.to_owned()));
    }
    // One id may stand under several packages and versions; it becomes one record a file.
    let mut records: BTreeMap<String, (BTreeMap<String, String>, BTreeSet<String>)> = BTreeMap::new();
    for item in &secdb.packages {
        let package = ecosystem::key_name(&ecosystem, item.pkg.name.0.trim());
        for (fixed, ids) in &item.pkg.secfixes {
            let fixed = fixed.trim();
            if fixed.is_empty() {
                continue;
            }
            for (id, aliases) in ids.iter().flatten().flat_map(|line| ids_of(&line.0)) {
                let (packages, known) = records.entry(id).or_default();
                known.extend(aliases);
                note(packages, &package, fixed, name, &mut parsed.problems);
            }
        }
    }
    parsed.records.extend(records.into_iter().map(|(id, (packages, aliases))| {
        let affected =
            packages.into_iter().map(|(name, fixed)| affected(&ecosystem, &name, &fixed)).collect();
        Record { id, aliases: aliases.into_iter().collect(), affected, primary: true, ..Record::default() }
    }));
}

/// Keeps the highest of the versions that claim to fix the same thing: an earlier fix was not whole.
fn note(
    packages: &mut BTreeMap<String, String>,
    package: &str,
    fixed: &str,
    file: &str,
    problems: &mut Vec<Problem>,
) {
    let Some(known) = packages.get_mut(package) else {
        packages.insert(package.to_owned(), fixed.to_owned());
        return;
    };
    // Version 0 says that no version of the package was ever affected; a version that fixes it says more.
    if fixed == "0" || known == "0" {
        if known == "0" {
            fixed.clone_into(known);
        }
        return;
    }
    match version::compare(Scheme::Apk, known, fixed) {
        Ok(std::cmp::Ordering::Less) => fixed.clone_into(known),
        Ok(_) => {}
        Err(e) => problems.push(Problem::new(file, format!("package {package}: {e}"))),
    }
}

fn affected(ecosystem: &str, name: &str, fixed: &str) -> Affected {
    let said = match fixed {
        "0" => Affected::never(ecosystem, name, ""),
        _ => Affected::until(ecosystem, name, Some(fixed)),
    };
    Affected { primary: true, ..said }
}

/// The ids of a line, each with its other names: `CVE-2017-2616 (+ regression fix)`, `CVE-2021-28689 XSA-370`,
/// `XSA-207`. What stands beside one CVE id is a name of the same thing.
fn ids_of(line: &str) -> Vec<(String, Vec<String>)> {
    let words = line.split([' ', ',', ';', '\t', '(', ')', '/']).filter(|w| is_id(w));
    let (cves, others): (Vec<&str>, Vec<&str>) =
        words.partition(|w| w.get(..4).is_some_and(|p| p.eq_ignore_ascii_case("CVE-")));
    let owned = |list: &[&str]| -> Vec<String> { list.iter().map(|s| (*s).to_owned()).collect() };
    match cves.as_slice() {
        [] => others.iter().map(|id| ((*id).to_owned(), Vec::new())).collect(),
        [one] => vec![(one.to_ascii_uppercase(), owned(&others))],
        many => many.iter().map(|id| (id.to_ascii_uppercase(), Vec::new())).collect(),
    }
}

fn is_id(word: &str) -> bool {
    let Some((prefix, rest)) = word.split_once('-') else { return false };
    2 <= prefix.len()
        && prefix.chars().all(|c| c.is_ascii_alphabetic())
        && rest.chars().any(|c| c.is_ascii_digit())
}

fn ecosystem_of(secdb: &Secdb<'_>) -> Option<String> {
    let place = [&secdb.urlprefix, &secdb.apkurl].map(|w| w.0.as_deref().unwrap_or("")).join(" ");
    if place.contains("wolfi") {
        return Some("Wolfi".to_owned());
    }
    if place.contains("cgr.dev") || place.contains("chainguard") {
        return Some("Chainguard".to_owned());
    }
    let version = secdb.distroversion.0.as_deref()?.trim();
    (!version.is_empty()).then(|| format!("Alpine:{version}"))
}
