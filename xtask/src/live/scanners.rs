//! The table of identifiers against the scanners themselves: the lists of their checks are as in `frameworks/scanners.toml`,
//! and each check that a rule is mapped to fails one of the rule's bad cases and passes its good one. Where it does not, the file
//! `xtask/scanners.toml` says why; an entry that is not needed any more is a failure, so that the file only shrinks.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;
use testkit::cases::Case;

use super::tools::{self, Tool};
use crate::official;
use crate::suite::Tally;
use crate::workspace;

/// Version of the package whose checks the table lists.
const CHECKOV: &str = "checkov==3.3.30";

/// What checks of Checkov begin with that look at several objects.
const OF_SEVERAL: &str = "CKV2_";

/// The version of Kubernetes that is asked about.
const KUBERNETES: &str = "v1.36";

/// Checks that are off unless asked for.
const OPTIONAL: [&str; 6] = [
    "container-cpu-requests-equal-limits",
    "container-ephemeral-storage-request-equals-limit",
    "container-memory-requests-equal-limits",
    "container-ports-check",
    "container-resource-requests-equal-limits",
    "container-seccomp-profile",
];

#[derive(Debug, Deserialize)]
struct Table {
    scanner: Vec<Scanner>,
}

#[derive(Debug, Deserialize)]
struct Scanner {
    name: String,
    ids: BTreeSet<String>,
    rules: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exceptions {
    #[serde(default)]
    except: Vec<Except>,
}

/// A check that does not answer a case as the rule does.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Except {
    scanner: String,
    rule: String,
    check: String,
    /// `bad` or `good`.
    case: String,
    reason: String,
}

/// What a scanner says of files: checks that fail, by file.
type Failing = BTreeMap<String, BTreeSet<String>>;

/// Compares every scanner that can be had.
pub(super) fn compare(root: &Path, shared: &Path, scratch: &Path) -> Result<Tally> {
    let read = |path: &str| {
        std::fs::read_to_string(root.join(path)).with_context(|| format!("`{path}` cannot be read"))
    };
    let table: Table = toml::from_str(&read("frameworks/scanners.toml")?)?;
    let exceptions: Exceptions = toml::from_str(&read("xtask/scanners.toml")?)?;
    let folder = scratch.join("scanners");
    std::fs::create_dir_all(&folder)?;
    write_cases(root, &table, &folder)?;
    let mut tally = Tally::default();
    for scanner in &table.scanner {
        let (ids, failing) = match run(root, scanner, &folder)? {
            Ok(answer) => answer,
            Err(why) => {
                tally.skipped.push(format!("scanners: {why}"));
                if scanner.name == "polaris" {
                    polaris(scanner, shared, &mut tally);
                }
                continue;
            }
        };
        let name = &scanner.name;
        let fault = (ids != scanner.ids).then(|| {
            let (more, less) = (ids.difference(&scanner.ids), scanner.ids.difference(&ids));
            format!(
                "only there: {:?}; only in the table: {:?}",
                more.collect::<Vec<_>>(),
                less.collect::<Vec<_>>()
            )
        });
        tally.count(name, "its checks are those of the table", fault);
        pairs(scanner, &failing, &exceptions.except, &mut tally);
    }
    Ok(tally)
}

/// Polaris's own cases lie in a folder a check; whether our rules answer them as it does is the yardstick `polaris`.
fn polaris(scanner: &Scanner, shared: &Path, tally: &mut Tally) {
    let Ok(folders) = std::fs::read_dir(shared.join("suites/polaris/checks")) else { return };
    // A folder with a check of its own shows how one is configured.
    let folders = folders.flatten().filter(|f| !f.path().join("check.yaml").is_file());
    let names = folders.map(|f| f.file_name().to_string_lossy().into_owned());
    let unknown: Vec<String> = names.filter(|n| !scanner.ids.contains(n)).collect();
    let fault = (!unknown.is_empty()).then(|| format!("not in the table: {}", unknown.join(", ")));
    tally.count("polaris", "the checks that its own cases name are in the table", fault);
}

/// Holds each pair of a rule and a check, and each exception.
fn pairs(scanner: &Scanner, failing: &Failing, exceptions: &[Except], tally: &mut Tally) {
    let (mut agree, mut excepted, mut wrong) = (0, 0, Vec::new());
    let mut needed = BTreeSet::new();
    for (rule, checks) in &scanner.rules {
        for check in checks {
            for (case, wanted) in [("bad", true), ("good", false)] {
                let of_case = |file: &str| {
                    file.strip_prefix(rule.as_str()).is_some_and(|f| f.starts_with(&format!(".{case}")))
                };
                let fails = failing.iter().any(|(file, checks)| of_case(file) && checks.contains(check));
                let is = |e: &&Except| e.rule == *rule && e.check == *check && e.case == case;
                let except = exceptions.iter().find(|e| e.scanner == scanner.name && is(e));
                match (fails == wanted, except) {
                    (true, _) => agree += 1,
                    (false, Some(except)) if !except.reason.is_empty() => {
                        excepted += 1;
                        needed.insert((rule.as_str(), check.as_str(), case));
                    }
                    (false, _) => wrong.push(format!("{rule} {check} {case}")),
                }
            }
        }
    }
    println!("scanners: {}: {agree} answers alike, {excepted} argued", scanner.name);
    let fault = (!wrong.is_empty()).then(|| format!("{}: {}", wrong.len(), wrong.join(", ")));
    tally.count(&scanner.name, "each check fails the bad case of its rule and passes the good one", fault);
    let idle = exceptions.iter().filter(|e| e.scanner == scanner.name);
    let idle = idle.filter(|e| !needed.contains(&(e.rule.as_str(), e.check.as_str(), e.case.as_str())));
    let idle: Vec<String> = idle.map(|e| format!("{} {} {}", e.rule, e.check, e.case)).collect();
    let fault = (!idle.is_empty()).then(|| format!("take out: {}", idle.join(", ")));
    tally.count(&scanner.name, "every exception is needed", fault);
}

/// The cases of each mapped rule that are bad, and the first that is good, as files.
fn write_cases(root: &Path, table: &Table, folder: &Path) -> Result<()> {
    let rules: BTreeSet<&String> = table.scanner.iter().flat_map(|s| s.rules.keys()).collect();
    for rule in rules {
        let page = root.join("crates/rules-cluster/src/rules").join(rule.replace('-', "_")).join("cases.md");
        let text =
            std::fs::read_to_string(&page).with_context(|| format!("`{}` cannot be read", page.display()))?;
        let cases = testkit::cases::cases(&text, &["yaml", "expect"])
            .map_err(|e| anyhow::anyhow!("{}: {e}", page.display()))?;
        let good = cases.iter().find(|c| passes(c)).with_context(|| format!("{rule}: no case passes"))?;
        let bad = cases.iter().filter(|c| fails(c)).enumerate().map(|(n, case)| (format!("bad{n}"), case));
        for (word, case) in bad.chain([("good".to_owned(), good)]) {
            std::fs::write(folder.join(format!("{rule}.{word}.yaml")), case.texts("yaml").concat())?;
        }
    }
    Ok(())
}

fn passes(case: &Case) -> bool {
    let lines = case.lines("expect");
    lines.iter().any(|l| l == "pass") && lines.iter().all(|l| matches!(l.as_str(), "pass" | "not applicable"))
}

/// True if something is wrong in the case, and nothing unknown.
fn fails(case: &Case) -> bool {
    let lines = case.lines("expect");
    let severities = ["critical ", "high ", "medium ", "low "];
    let is_fault = |l: &String| severities.iter().any(|s| l.starts_with(s));
    lines.iter().any(is_fault) && !lines.iter().any(|l| l.starts_with("unknown"))
}

/// The checks that a scanner has, and those that fail; or why it is not at hand.
fn run(root: &Path, scanner: &Scanner, folder: &Path) -> Result<Result<(BTreeSet<String>, Failing), String>> {
    let name = scanner.name.as_str();
    match name {
        "checkov" => match checkov_program()? {
            Ok(program) => Ok(Ok((checkov_ids(&program)?, checkov(&program, folder, scanner)?))),
            Err(why) => Ok(Err(why)),
        },
        "kube-score" => match tools::tool(root, name)? {
            Tool::At(program) => Ok(Ok((kube_score_ids(&program)?, kube_score(&program, folder)?))),
            Tool::Missing(why) => Ok(Err(why)),
        },
        _ => Ok(Err(format!("{name}: its module cannot be had; its own cases are a yardstick"))),
    }
}

/// Checkov in a Python environment of its own.
fn checkov_program() -> Result<Result<PathBuf, String>> {
    const HOME: &str = ".checkov";
    let at_hand = official::python_at_hand(HOME)?;
    if at_hand.is_none() && (!workspace::installed("python3") || std::env::var_os("CI").is_some()) {
        return Ok(Err("checkov is not at hand, and is not installed without Python or in CI".to_owned()));
    }
    Ok(Ok(official::python(HOME, CHECKOV)?.join("checkov")))
}

fn checkov_ids(program: &Path) -> Result<BTreeSet<String>> {
    let mut list = Command::new(program);
    let text = workspace::output(list.args(["--list", "--framework", "kubernetes"]), "checkov --list")?;
    let words = text.split(|c: char| c.is_whitespace() || c == '|');
    let is_id = |w: &&str| w.starts_with("CKV") && w.contains("_K8S_");
    Ok(words.filter(is_id).map(str::to_owned).collect())
}

/// Everything at once, and each file for itself whose rule is mapped to a check that looks at several objects: those
/// take all files of a run for one cluster.
fn checkov(program: &Path, folder: &Path, scanner: &Scanner) -> Result<Failing> {
    let folder_flag = OsStr::new("--directory");
    let mut failing = checkov_run(program, folder_flag, folder)?;
    failing.values_mut().for_each(|checks| checks.retain(|id| !id.starts_with(OF_SEVERAL)));
    let is_mapped = |name: &str| {
        let rule = name.split('.').next().and_then(|rule| scanner.rules.get(rule));
        rule.is_some_and(|checks| checks.iter().any(|id| id.starts_with(OF_SEVERAL)))
    };
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_mapped(&name) {
            let alone = checkov_run(program, OsStr::new("--file"), &entry.path())?;
            failing.entry(name).or_default().extend(alone.into_values().flatten());
        }
    }
    Ok(failing)
}

fn checkov_run(program: &Path, flag: &OsStr, path: &Path) -> Result<Failing> {
    let mut checkov = Command::new(program);
    checkov.args([
        "--framework",
        "kubernetes",
        "--skip-download",
        "--output",
        "json",
        "--quiet",
        "--soft-fail",
    ]);
    let text = workspace::output(checkov.arg(flag).arg(path), "checkov")?;
    let report: Value = serde_json::from_str(&text).context("checkov wrote no JSON")?;
    let mut failing = Failing::new();
    for check in report["results"]["failed_checks"].as_array().into_iter().flatten() {
        let (Some(path), Some(id)) = (check["file_path"].as_str(), check["check_id"].as_str()) else {
            continue;
        };
        let file = path.rsplit('/').next().unwrap_or(path).to_owned();
        failing.entry(file).or_default().insert(id.to_owned());
    }
    Ok(failing)
}

fn kube_score_ids(program: &Path) -> Result<BTreeSet<String>> {
    let text = workspace::output(Command::new(program).arg("list"), "kube-score list")?;
    let id = |line: &str| line.split(',').next().unwrap_or_default().to_owned();
    Ok(text.lines().map(id).filter(|i| !i.is_empty()).collect())
}

/// Each file for itself: what stands around an object is looked for in all that are named. A grade below the best fails.
fn kube_score(program: &Path, folder: &Path) -> Result<Failing> {
    let mut failing = Failing::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let mut score = Command::new(program);
        score.args(["score", "--output-format", "json", "--kubernetes-version", KUBERNETES]);
        score.args(OPTIONAL.iter().flat_map(|id| ["--enable-optional-test", id]));
        // Its exit code says that something is wrong with the objects.
        let output = score.arg(entry.path()).output().context("kube-score could not be started")?;
        let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let objects = report.as_array().into_iter().flatten();
        for check in objects.flat_map(|o| o["checks"].as_array().into_iter().flatten()) {
            let is_bad = check["skipped"] == false && check["grade"].as_i64().is_some_and(|g| g < BEST);
            if let Some(id) = check["check"]["id"].as_str().filter(|_| is_bad) {
                failing.entry(name.clone()).or_default().insert(id.to_owned());
            }
        }
    }
    Ok(failing)
}

/// The grade of what is all right; below it are warnings and worse (kube-score, `scorecard.Grade`).
const BEST: i64 = 10;
