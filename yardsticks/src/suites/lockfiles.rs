//! Suite `lockfiles`: what another scanner reports of a project directory, with a small advisory set of its own.
//!
//! A case is one report that holds a result of class `lang-pkgs`. It passes when, for every such result, the packages
//! are the same (if the report lists them) and so are the vulnerabilities. That scanner leaves development
//! dependencies out unless it was asked for them, and lists the project itself as its own root; both are put aside
//! before comparing. A report that lists a development dependency was asked for them.

mod advisories;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use advisory::db::Database;
use anyhow::{Context, Result, anyhow};
use catalogers::Catalogers;
use inventory::{Harvest, TargetKind};
use model::Timestamp;
use oci::{OpenError, Origin, Reopen, Tree, TreeBuilder};
use rules_package::{Knowledge, MaxAge};
use serde_json::Value;

use crate::{SuiteResult, walk};

/// Runs every case under `suites/lockfiles`.
pub(crate) fn run(shared: &Path) -> Result<SuiteResult> {
    let mut result = SuiteResult::new("lockfiles");
    let root = shared.join("suites/lockfiles");
    let database = advisories::database(&root.join("db"))?;
    for file in
        walk::files(&root.join("expected"))?.iter().filter(|f| f.extension().is_some_and(|e| e == "json"))
    {
        let name = walk::name(&root, file);
        let report: Value = serde_json::from_str(&walk::read(file)?).with_context(|| format!("`{name}`"))?;
        let results: Vec<&Value> =
            list(&report, "Results").iter().filter(|r| text(r, "Class") == "lang-pkgs").collect();
        if results.is_empty() {
            continue;
        }
        let project = text(&report, "ArtifactName").rsplit('/').next().unwrap_or_default().to_owned();
        let found = Found::of(&root.join("repo").join(&project), &database);
        let outcome = found.map_err(|e| e.to_string()).and_then(|found| {
            let wrong: Vec<String> = results.iter().filter_map(|r| found.compare(r).err()).collect();
            if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
        });
        result.case(&name, outcome);
    }
    Ok(result)
}

/// What Plimsoll finds in one project.
struct Found {
    harvest: Harvest,
    vulnerabilities: Vec<(String, usize)>,
}

impl Found {
    fn of(project: &Path, database: &Database) -> Result<Self> {
        let harvest = catalogers::catalog(&tree(project)?, TargetKind::Dir);
        let ids: Vec<String> = (0..harvest.packages.len()).map(|i| i.to_string()).collect();
        // The suite's own advisories have no date that matters: nothing is asked about their age.
        let knowledge =
            Knowledge { database, as_of: Timestamp(0), max_age: MaxAge::Any, min_package_age: None };
        let judged = rules_package::judge("dir:project", &harvest.packages, &ids, Some(&knowledge));
        let mut vulnerabilities = Vec::new();
        for finding in judged.outcome.findings {
            let Some(vulnerability) = &finding.vulnerability else { continue };
            for id in &finding.packages {
                vulnerabilities
                    .push((vulnerability.id.clone(), id.parse().context("a package id of this runner")?));
            }
        }
        Ok(Self { harvest, vulnerabilities })
    }

    /// Compares with one result of the report.
    fn compare(&self, expected: &Value) -> Result<(), String> {
        let target = text(expected, "Target");
        let python =
            matches!(text(expected, "Type"), "pip" | "pipenv" | "poetry" | "uv" | "python-pkg" | "pylock");
        let spelled = |name: &str| if python { pep503(name) } else { name.to_owned() };
        let asked_for_dev =
            list(expected, "Packages").iter().any(|p| p.get("Dev").and_then(Value::as_bool) == Some(true));
        let mine = |index: usize| -> bool {
            self.harvest.packages.get(index).is_some_and(|p| {
                p.paths.iter().any(|path| path == target) && (asked_for_dev || !p.dev) && p.name != "stdlib"
            })
        };
        let named = |index: usize| -> (String, String) {
            self.harvest.packages.get(index).map(|p| (p.name.clone(), p.version.clone())).unwrap_or_default()
        };
        let mut wrong = Vec::new();
        if expected.get("Packages").is_some() {
            let own = list(expected, "Packages").iter().filter(|p| {
                !matches!(text(p, "Relationship"), "root" | "workspace") && text(p, "Name") != "stdlib"
            });
            let theirs: BTreeSet<_> =
                own.map(|p| (spelled(text(p, "Name")), text(p, "Version").to_owned())).collect();
            let ours: BTreeSet<_> =
                (0..self.harvest.packages.len()).filter(|i| mine(*i)).map(named).collect();
            wrong.extend(difference("packages", &theirs, &ours));
        }
        let theirs: BTreeSet<_> = list(expected, "Vulnerabilities")
            .iter()
            .map(|v| (text(v, "VulnerabilityID").to_owned(), spelled(text(v, "PkgName"))))
            .collect();
        let ours: BTreeSet<_> = self
            .vulnerabilities
            .iter()
            .filter(|(_, index)| mine(*index))
            .map(|(id, index)| (id.clone(), named(*index).0))
            .collect();
        wrong.extend(difference("vulnerabilities", &theirs, &ours));
        if wrong.is_empty() { Ok(()) } else { Err(format!("{target}: {}", wrong.join(", "))) }
    }
}

/// Names as PEP 503 compares them: that scanner keeps the spelling of a requirements file, Plimsoll does not.
fn pep503(name: &str) -> String {
    let lower = name.to_lowercase();
    lower.split(['-', '_', '.']).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

fn difference(
    what: &str,
    theirs: &BTreeSet<(String, String)>,
    ours: &BTreeSet<(String, String)>,
) -> Option<String> {
    let show = |set: Vec<&(String, String)>| {
        set.iter().map(|(a, b)| format!("{a} {b}")).collect::<Vec<_>>().join(" ")
    };
    let missing: Vec<_> = theirs.difference(ours).collect();
    let extra: Vec<_> = ours.difference(theirs).collect();
    (!missing.is_empty() || !extra.is_empty())
        .then(|| format!("{what} missing [{}] extra [{}]", show(missing), show(extra)))
}

/// The directory as a tree; what no cataloger keeps is read again from disk when asked for.
fn tree(project: &Path) -> Result<Tree> {
    let mut builder = TreeBuilder::default();
    for file in walk::files(project)? {
        let bytes = fs::read(&file).map_err(|e| anyhow!("cannot read `{}`: {e}", file.display()))?;
        builder.file(&walk::name(project, &file), 0o644, &bytes, &Catalogers);
    }
    Ok(builder.build(Some(Box::new(Disk(project.to_owned())))))
}

struct Disk(PathBuf);

impl Reopen for Disk {
    fn reopen(&self, origin: Origin<'_>, _: u64) -> Result<Vec<u8>, OpenError> {
        fs::read(self.0.join(origin.path)).map_err(|e| OpenError::Source(e.to_string()))
    }
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
