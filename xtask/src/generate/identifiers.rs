//! What others call our rules, from `frameworks/*.toml`: a line on each rule's page, and the table `identifiers.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// The file of other scanners; every other file beside it is a framework.
const SCANNERS: &str = "scanners.toml";

/// Plimsoll's own framework, whose ids are on the pages already.
const OWN: &str = "plimsoll.toml";

#[derive(Deserialize)]
struct Scanners {
    scanner: Vec<Scanner>,
}

#[derive(Deserialize)]
struct Scanner {
    title: String,
    source: String,
    ids: BTreeSet<String>,
    rules: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct Framework {
    title: String,
    source: String,
    domains: Vec<Domain>,
}

#[derive(Deserialize)]
struct Domain {
    controls: Vec<Control>,
}

#[derive(Deserialize)]
struct Control {
    id: String,
    see: Vec<Question>,
}

#[derive(Deserialize)]
struct Question {
    #[serde(default)]
    rules: Vec<String>,
}

/// Somebody who has names for what rules ask.
struct Namer {
    title: String,
    source: String,
    is_scanner: bool,
    rules: BTreeMap<String, Vec<String>>,
    /// Ids that no rule asks.
    rest: Vec<String>,
}

/// Everybody's names for every rule.
pub(super) struct Identifiers(Vec<Namer>);

/// Reads every file.
pub(super) fn read(root: &Path) -> Result<Identifiers> {
    let text = |name: &str| {
        let path = root.join("frameworks").join(name);
        std::fs::read_to_string(&path).with_context(|| format!("`{}` cannot be read", path.display()))
    };
    let scanners: Scanners = toml::from_str(&text(SCANNERS)?).context(SCANNERS)?;
    let mut namers: Vec<Namer> = scanners.scanner.into_iter().map(scanner).collect();
    let mut files: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(root.join("frameworks")).context("`frameworks` cannot be read")? {
        files.push(entry?.file_name().to_string_lossy().into_owned());
    }
    files.sort();
    for file in files.iter().filter(|f| f.ends_with(".toml") && ![SCANNERS, OWN].contains(&f.as_str())) {
        namers.push(framework(toml::from_str(&text(file)?).with_context(|| file.clone())?));
    }
    Ok(Identifiers(namers))
}

fn scanner(Scanner { title, source, ids, rules }: Scanner) -> Namer {
    let used: BTreeSet<&String> = rules.values().flatten().collect();
    let rest = ids.iter().filter(|id| !used.contains(id)).cloned().collect();
    Namer { title, source, is_scanner: true, rules, rest }
}

fn framework(Framework { title, source, domains }: Framework) -> Namer {
    let mut rules: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for control in domains.into_iter().flat_map(|d| d.controls) {
        let own: BTreeSet<String> = control.see.into_iter().flat_map(|q| q.rules).collect();
        own.into_iter().for_each(|rule| rules.entry(rule).or_default().push(control.id.clone()));
    }
    Namer { title, source, is_scanner: false, rules, rest: Vec::new() }
}

impl Identifiers {
    /// The line of a rule's page; empty if nobody has a name for it.
    pub(super) fn line(&self, rule: &str) -> String {
        let of = |n: &Namer| n.rules.get(rule).map(|ids| format!("{} {}", n.title, codes(ids)));
        let all: Vec<String> = self.0.iter().filter_map(of).collect();
        if all.is_empty() { String::new() } else { format!("\n**Elsewhere.** {}.\n", all.join("; ")) }
    }

    /// The table of every rule that somebody has a name for.
    pub(super) fn page(&self, rules: &BTreeSet<&str>) -> Result<String> {
        if let Some(rule) = self.0.iter().flat_map(|n| n.rules.keys()).find(|r| !rules.contains(r.as_str())) {
            bail!("`frameworks` names the rule `{rule}`, which does not exist");
        }
        let mut out = String::from(
            "# What others call it\n\nChecks of other scanners that ask what a rule asks or a part of it, and the controls of documents \
             that name it. Written by `cargo xtask gen` from `frameworks/*.toml`; `plimsoll rules show RULE` prints the same.\n",
        );
        for (heading, is_scanner) in [("Other scanners", true), ("Documents", false)] {
            let namers: Vec<&Namer> = self.0.iter().filter(|n| n.is_scanner == is_scanner).collect();
            out.push_str(&format!("\n## {heading}\n\n"));
            namers.iter().for_each(|n| out.push_str(&format!("* **{}**: {}.\n", n.title, n.source)));
            let titles: Vec<&str> = namers.iter().map(|n| n.title.as_str()).collect();
            out.push_str(&format!(
                "\n| rule | {} |\n|---|{}\n",
                titles.join(" | "),
                "---|".repeat(titles.len())
            ));
            for rule in rules.iter().filter(|r| namers.iter().any(|n| n.rules.contains_key(**r))) {
                let cell = |n: &&Namer| n.rules.get(*rule).map_or_else(String::new, |ids| codes(ids));
                let cells: Vec<String> = namers.iter().map(cell).collect();
                out.push_str(&format!("| [`{rule}`]({rule}.md) | {} |\n", cells.join(" | ")));
            }
        }
        out.push_str("\n## Checks that no rule asks\n\n");
        for namer in self.0.iter().filter(|n| !n.rest.is_empty()) {
            out.push_str(&format!("* **{}**: {}.\n", namer.title, codes(&namer.rest)));
        }
        Ok(out)
    }
}

fn codes(ids: &[String]) -> String {
    ids.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")
}
