//! `cargo xtask fuzz`: builds `fuzz/` with coverage counters on stable Rust, seeds each target, shares the time.
//!
//! The compiler flags are those of cargo-fuzz without the sanitizer, which needs a nightly compiler: panics, hangs,
//! overflow (checked here) and memory above the limit are found; a wild read in C code would not be.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::workspace;

const RUSTFLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1";

/// Targets that run at the same time.
const JOBS: usize = 2;
/// Seconds one input may take before it counts as a hang.
const INPUT_SECONDS_MAX: u32 = 20;
/// MiB a target may hold.
const MEMORY_MIB_MAX: u32 = 2048;
/// Bytes of the longest input libFuzzer makes.
const INPUT_BYTES_MAX: u32 = 65_536;
/// Fewest seconds a target gets, however many share the time.
const TARGET_SECONDS_MIN: u64 = 3;

/// How one target went.
struct Run {
    target: String,
    executions: u64,
    edges: u64,
    corpus: u64,
    fault: Option<String>,
}

/// `cargo xtask fuzz [--minutes N] [TARGET…]`.
pub(crate) fn command(args: &[&str]) -> Result<()> {
    let (minutes, wanted) = read_args(args)?;
    let root = workspace::root()?;
    if !["c++", "g++", "clang++"].iter().any(|p| workspace::installed(p)) {
        bail!("a C++ compiler is missing, libFuzzer needs it: install `g++`");
    }
    let program = build(&root)?;
    let corpus = root.join("fuzz/corpus");
    let mut seed = Command::new(&program);
    workspace::output(seed.env("PLIMSOLL_FUZZ_SEEDS", &corpus), "seeding")?;
    let targets = targets(&corpus, &wanted)?;
    let seconds = (minutes * 60.0) as u64 * JOBS as u64 / targets.len().max(1) as u64;
    let seconds = seconds.max(TARGET_SECONDS_MIN);
    println!("fuzz: {} targets, {seconds} seconds each, {JOBS} at a time", targets.len());
    let begun = Instant::now();
    let runs = run_all(&root, &program, targets, seconds)?;
    report(&runs, begun.elapsed().as_secs())
}

fn read_args<'a>(args: &[&'a str]) -> Result<(f64, Vec<&'a str>)> {
    let mut minutes = 5.0;
    let mut wanted = Vec::new();
    let mut words = args.iter();
    while let Some(word) = words.next() {
        match *word {
            "--minutes" => {
                let n = words.next().context("`--minutes` needs a number")?;
                minutes = n
                    .parse()
                    .ok()
                    .filter(|m| 0.0 < *m && *m < 10_000.0)
                    .with_context(|| format!("`{n}` minutes"))?;
            }
            w if w.starts_with('-') => bail!("`fuzz` knows only `--minutes`, not `{w}`"),
            w => wanted.push(w),
        }
    }
    Ok((minutes, wanted))
}

fn build(root: &Path) -> Result<PathBuf> {
    let target_dir = workspace::target_dir(root).join("fuzz");
    // A target of its own name keeps the counters out of build scripts, which have nothing to count with.
    let host = host()?;
    let mut cargo = workspace::cargo(root);
    cargo.current_dir(root.join("fuzz")).args(["build", "--release", "--quiet", "--target", &host]);
    cargo
        .env("CARGO_TARGET_DIR", &target_dir)
        .env("RUSTFLAGS", RUSTFLAGS)
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    workspace::run(&mut cargo, "cargo build of fuzz/")?;
    Ok(target_dir.join(host).join("release/plimsoll-fuzz"))
}

fn host() -> Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let said = workspace::output(Command::new(rustc).arg("-vV"), "rustc -vV")?;
    let host = said.lines().find_map(|l| l.strip_prefix("host: "));
    Ok(host.context("rustc names no host")?.to_owned())
}

/// The targets are the folders that seeding made.
fn targets(corpus: &Path, wanted: &[&str]) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for entry in
        std::fs::read_dir(corpus).with_context(|| format!("`{}` cannot be read", corpus.display()))?
    {
        all.push(entry?.file_name().to_string_lossy().into_owned());
    }
    all.sort();
    if let Some(unknown) = wanted.iter().find(|w| !all.iter().any(|t| t == *w)) {
        bail!("`{unknown}` is no target; there are {}", all.join(", "));
    }
    all.retain(|t| wanted.is_empty() || wanted.iter().any(|w| w == t));
    Ok(all)
}

fn run_all(root: &Path, program: &Path, targets: Vec<String>, seconds: u64) -> Result<Vec<Run>> {
    let queue = Mutex::new(VecDeque::from(targets));
    let next = || queue.lock().map_or(None, |mut q| q.pop_front());
    let work = || -> Result<Vec<Run>> {
        let mut runs = Vec::new();
        while let Some(target) = next() {
            let run = run_one(root, program, target, seconds)?;
            println!("{}", row(&run));
            runs.push(run);
        }
        Ok(runs)
    };
    let mut runs = Vec::new();
    std::thread::scope(|scope| -> Result<()> {
        let workers: Vec<_> = (0..JOBS).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            match worker.join() {
                Ok(done) => runs.extend(done?),
                Err(_) => bail!("a worker of `fuzz` ended early"),
            }
        }
        Ok(())
    })?;
    runs.sort_by(|a, b| a.target.cmp(&b.target));
    Ok(runs)
}

fn run_one(root: &Path, program: &Path, target: String, seconds: u64) -> Result<Run> {
    let artifacts = root.join("fuzz/artifacts").join(&target);
    std::fs::create_dir_all(&artifacts)
        .with_context(|| format!("`{}` cannot be made", artifacts.display()))?;
    let output = Command::new(program)
        .arg(root.join("fuzz/corpus").join(&target))
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-timeout={INPUT_SECONDS_MAX}"))
        .arg(format!("-rss_limit_mb={MEMORY_MIB_MAX}"))
        .arg(format!("-max_len={INPUT_BYTES_MAX}"))
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .args(["-print_final_stats=1", "-use_value_profile=0", "-detect_leaks=0"])
        .env("PLIMSOLL_FUZZ_TARGET", &target)
        .current_dir(root.join("fuzz"))
        .output()
        .context("the fuzzer could not be started")?;
    let said = String::from_utf8_lossy(&output.stderr);
    let last = |key: &str| said.lines().rev().find_map(|l| number_after(l, key)).unwrap_or(0);
    let executions = last("stat::number_of_executed_units: ").max(last("#"));
    let fault = (!output.status.success()).then(|| fault_text(&said));
    Ok(Run { target, executions, edges: last("cov: "), corpus: last("corp: "), fault })
}

fn fault_text(said: &str) -> String {
    let line = |key: &str| said.lines().find(|l| l.contains(key)).map(str::trim);
    let lines = said.lines();
    let panic = lines
        .clone()
        .position(|l| l.contains("panicked at"))
        .map(|n| lines.skip(n).take(2).collect::<Vec<_>>().join(" "));
    let what = panic
        .or_else(|| line("ERROR: libFuzzer").map(str::to_owned))
        .unwrap_or_else(|| "it ended early".to_owned());
    match line("Test unit written to ") {
        Some(kept) => format!("{what} ({})", kept.trim_start_matches("artifact_prefix=").trim()),
        None => what,
    }
}

fn number_after(line: &str, key: &str) -> Option<u64> {
    let rest = line.split_once(key)?.1.trim_start();
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

fn row(run: &Run) -> String {
    let fault = run.fault.as_deref().map_or_else(String::new, |f| format!("  CRASH: {f}"));
    format!(
        "{:<22} {:>10} executions {:>7} edges {:>6} inputs{fault}",
        run.target, run.executions, run.edges, run.corpus
    )
}

fn report(runs: &[Run], seconds: u64) -> Result<()> {
    let executions: u64 = runs.iter().map(|r| r.executions).sum();
    let failed = runs.iter().filter(|r| r.fault.is_some()).count();
    println!("fuzz: {} targets, {executions} executions in {seconds} seconds, {failed} crashed", runs.len());
    if let Some(idle) = runs.iter().find(|r| r.executions == 0 && r.fault.is_none()) {
        bail!("`{}` executed nothing", idle.target);
    }
    if 0 < failed {
        bail!("{failed} targets crashed; their inputs lie under `fuzz/artifacts`, each becomes a test");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fuzzers_own_lines_are_read() {
        let line = "#2097152\tpulse  cov: 312 ft: 1034 corp: 101/5Kb lim: 4096 exec/s: 699050 rss: 40Mb";
        assert_eq!(number_after(line, "cov: "), Some(312));
        assert_eq!(number_after(line, "corp: "), Some(101));
        assert_eq!(
            number_after("stat::number_of_executed_units: 77", "stat::number_of_executed_units: "),
            Some(77)
        );
    }

    #[test]
    fn the_time_and_the_targets_are_read() {
        assert_eq!(read_args(&["--minutes", "0.5", "tar"]).unwrap(), (0.5, vec!["tar"]));
        assert!(read_args(&["--minutes", "soon"]).is_err());
        assert!(read_args(&["--hours"]).is_err());
    }
}
