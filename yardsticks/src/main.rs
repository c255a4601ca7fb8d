//! Runs the test suites that others wrote and counts what passes.
//!
//! `yardsticks [SUITE…] [--json] [--verbose] [--check FILE]`: each suite walks its own folder under
//! `$PLIMSOLL_SHARED/suites`, whatever cases lie there. A suite whose folder is absent is skipped loudly.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use serde::Serialize;

mod floors;
mod suites;
mod walk;

/// What a suite counted.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct SuiteResult {
    /// Name of the suite, that of its folder.
    pub(crate) suite: String,
    /// Cases passed.
    pub(crate) passed: u64,
    /// Cases run.
    pub(crate) total: u64,
    /// Cases not passed: a name that is stable over runs, then `: ` and what happened.
    pub(crate) failed: Vec<String>,
}

/// Runs one suite on the tree under `shared`.
type Suite = fn(shared: &Path) -> Result<SuiteResult>;

/// Every suite, in the order of printing.
const SUITES: &[(&str, Suite)] = &[
    ("versions", suites::versions::run),
    ("purl", suites::purl::run),
    ("cyclonedx", suites::cyclonedx::run),
    ("lockfiles", suites::lockfiles::run),
    ("vulnerability-matching", suites::vulnerability_matching::run),
    ("pod-security", suites::pod_security::run),
    ("polaris", suites::polaris::run),
];

/// What the command line asks.
#[derive(Default)]
struct Arguments {
    suites: Vec<String>,
    json: bool,
    verbose: bool,
    check: Option<PathBuf>,
}

fn main() -> Result<ExitCode> {
    let arguments = parse(std::env::args().skip(1))?;
    let shared = shared_folder();
    let wanted = |name: &str| arguments.suites.is_empty() || arguments.suites.iter().any(|s| s == name);
    let mut results = Vec::new();
    for (name, run) in SUITES.iter().filter(|(name, _)| wanted(name)) {
        if !shared.join("suites").join(name).is_dir() {
            eprintln!("SKIPPED: {name}: `{}` has no folder `suites/{name}`", shared.display());
            continue;
        }
        let result = run(&shared).with_context(|| format!("suite `{name}`"))?;
        if !arguments.json {
            print(&result, arguments.verbose);
        }
        results.push(result);
    }
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&results)?);
    }
    let Some(file) = &arguments.check else { return Ok(ExitCode::SUCCESS) };
    let complaints =
        floors::check(&walk::read(file)?, &results).with_context(|| file.display().to_string())?;
    for complaint in &complaints {
        eprintln!("{complaint}");
    }
    Ok(if complaints.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn parse(given: impl Iterator<Item = String>) -> Result<Arguments> {
    let mut arguments = Arguments::default();
    let mut given = given;
    while let Some(argument) = given.next() {
        match argument.as_str() {
            "--json" => arguments.json = true,
            "--verbose" => arguments.verbose = true,
            "--check" => arguments.check = Some(given.next().context("`--check` wants a file")?.into()),
            option if option.starts_with('-') => bail!("unknown option `{option}`"),
            name if SUITES.iter().any(|(known, _)| *known == name) => arguments.suites.push(name.to_owned()),
            name => {
                let known: Vec<&str> = SUITES.iter().map(|(known, _)| *known).collect();
                bail!("no suite `{name}`; there are {}", known.join(", "));
            }
        }
    }
    Ok(arguments)
}

/// `$PLIMSOLL_SHARED`, or `shared` beside the workspace.
fn shared_folder() -> PathBuf {
    std::env::var_os("PLIMSOLL_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"), PathBuf::from)
}

fn print(result: &SuiteResult, verbose: bool) {
    println!("{} {}/{}", result.suite, result.passed, result.total);
    for case in result.failed.iter().filter(|_| verbose) {
        println!("  {case}");
    }
}

impl SuiteResult {
    /// An empty count.
    pub(crate) fn new(suite: &str) -> Self {
        Self { suite: suite.to_owned(), ..Self::default() }
    }

    /// Counts one case.
    pub(crate) fn case(&mut self, name: &str, outcome: Result<(), String>) {
        self.total += 1;
        match outcome {
            Ok(()) => self.passed += 1,
            Err(why) => self.failed.push(format!("{name}: {why}")),
        }
    }
}
