//! Runs the test suites that others wrote and counts what passes.
//!
//! `yardsticks [SUITE…] [--json] [--verbose] [--check FILE]`: each suite walks its own folder under
//! `$PLIMSOLL_SHARED/suites`, whatever cases lie there.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail};
use serde::Serialize;

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

impl SuiteResult {
    /// An empty count.
    #[must_use]
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

/// Runs one suite on the tree under `shared`.
type Suite = fn(shared: &Path) -> Result<SuiteResult>;

/// Every suite, in the order of printing.
const SUITES: &[(&str, Suite)] = &[
    ("versions", suites::versions::run),
    ("purl", suites::purl::run),
    ("cyclonedx", suites::cyclonedx::run),
];

fn main() -> Result<ExitCode> {
    let shared =
        std::env::var_os("PLIMSOLL_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let mut names: Vec<String> = Vec::new();
    let (mut json, mut verbose) = (false, false);
    for arg in std::env::args().skip(1) {
        match arg.as_str() {
            "--json" => json = true,
            "--verbose" => verbose = true,
            other if other.starts_with('-') => bail!("unknown option `{other}`"),
            other => names.push(other.to_owned()),
        }
    }
    let mut results = Vec::new();
    for (name, run) in SUITES.iter().filter(|(n, _)| names.is_empty() || names.iter().any(|x| x == n)) {
        let result = run(&shared)?;
        if !json {
            println!("{name} {}/{}", result.passed, result.total);
            for line in result.failed.iter().filter(|_| verbose) {
                println!("  {line}");
            }
        }
        results.push(result);
    }
    if json {
        println!("{}", serde_json::to_string_pretty(&results)?);
    }
    Ok(ExitCode::SUCCESS)
}
