//! `cargo xtask test`: every test of the workspace, its totals, and loudly what was skipped.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::{howto, live, official, workspace};

/// What ran and how it ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Ended well.
    pub(crate) passed: u64,
    /// Ended badly.
    pub(crate) failed: u64,
    /// Why each one that did not run did not.
    pub(crate) skipped: Vec<String>,
}

impl Tally {
    /// Adds another tally.
    pub(crate) fn add(&mut self, other: Tally) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped.extend(other.skipped);
    }

    /// The line that `.ci/run` adds up.
    pub(crate) fn line(&self) -> String {
        format!("{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped.len())
    }
}

/// `cargo xtask test [--live]`.
pub(crate) fn command(args: &[&str]) -> Result<()> {
    let live_only = match args {
        [] => false,
        ["--live"] | ["--live", "registry" | "cluster" | "node" | "scanners" | "render" | "exchange"] => true,
        _ => bail!(
            "`test` knows only `--live`, and that with `registry`, `cluster`, `node`, `scanners`, `render` or `exchange`"
        ),
    };
    let root = workspace::root()?;
    require_tools()?;
    let begun = Instant::now();
    let mut tally = Tally::default();
    if live_only {
        tally.add(match args.get(1) {
            Some(what) => live::only(&root, what)?,
            None => live::run(&root)?,
        });
    } else {
        tally.add(cargo_test(&root)?);
        tally.add(howto::run(&root)?);
    }
    tally.skipped.sort();
    for reason in &tally.skipped {
        println!("SKIPPED: {reason}");
    }
    let seconds = begun.elapsed().as_secs();
    println!("test: {} ({}:{:02} minutes)", tally.line(), seconds / 60, seconds % 60);
    if 0 < tally.failed {
        bail!("{} tests failed", tally.failed);
    }
    Ok(())
}

fn require_tools() -> Result<()> {
    if !["cc", "gcc", "clang"].iter().any(|p| workspace::installed(p)) {
        bail!("a C compiler is missing: install `gcc` (Debian: `apt-get install gcc libc6-dev`)");
    }
    if !workspace::installed("git") {
        bail!("git is missing: install `git`");
    }
    Ok(())
}

fn cargo_test(root: &Path) -> Result<Tally> {
    let mut cargo = workspace::cargo(root);
    cargo.args(["test", "--workspace", "--no-fail-fast", "--", "--show-output"]).stdout(Stdio::piped());
    official::offer(&mut cargo)?;
    let mut child = cargo.spawn().context("cargo test could not be started")?;
    let stdout = child.stdout.take().context("cargo test has no standard output")?;
    let mut tally = Tally::default();
    let mut held: Vec<String> = Vec::new();
    for line in BufReader::new(stdout).lines() {
        let line = line.context("the output of cargo test cannot be read")?;
        if let Some(reason) = line.strip_prefix("SKIPPED: ") {
            tally.skipped.push(reason.to_owned());
        }
        let Some((passed, failed, ignored)) = result_line(&line) else {
            held.push(line);
            continue;
        };
        tally.passed += passed;
        tally.failed += failed;
        tally.skipped.extend((0..ignored).map(|_| "a test marked #[ignore]".to_owned()));
        if 0 < failed {
            held.iter().for_each(|l| println!("{l}"));
        }
        held.clear();
        println!("{line}");
    }
    let status = child.wait().context("cargo test was lost")?;
    if !status.success() && tally.failed == 0 {
        held.iter().for_each(|l| println!("{l}"));
        bail!("cargo test ended with {status} before its tests did");
    }
    tally.skipped.sort();
    tally.skipped.dedup();
    Ok(tally)
}

/// `test result: ok. 3 passed; 0 failed; 1 ignored; …` in numbers.
fn result_line(line: &str) -> Option<(u64, u64, u64)> {
    let rest = line.strip_prefix("test result: ")?;
    let rest = rest.strip_prefix("ok. ").or_else(|| rest.strip_prefix("FAILED. "))?;
    let mut numbers = rest.split("; ").map(|part| part.split(' ').next().and_then(|n| n.parse().ok()));
    Some((numbers.next()??, numbers.next()??, numbers.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_harness_own_line_is_read() {
        let line =
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        assert_eq!(result_line(line), Some((3, 0, 1)));
        assert_eq!(
            result_line("test result: FAILED. 2 passed; 5 failed; 0 ignored; 0 measured"),
            Some((2, 5, 0))
        );
        assert_eq!(result_line("running 3 tests"), None);
    }
}
