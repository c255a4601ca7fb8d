//! Benchmarks: what the built program costs, beside what the work costs at least, measured in the same run.
//!
//! `bench [NAME…] [--check]` prints a table; `--check` fails when a target is not met. Hidden words serve it:
//! `measure` runs one command and says what it cost, `floor` does the least work a verifying scan must do, `bills-floor`
//! that of a rematch, and `shop-image` writes the image of `examples/shop`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

mod bills;
mod cases;
mod floor;
mod image;
mod measure;
mod registry;
mod shop;
mod table;
mod tar;
mod update;
mod workloads;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["measure", command @ ..] => measure::inside(command).map(|()| true),
        ["floor", layout, tag] => floor::run(Path::new(layout), tag).map(|()| true),
        ["bills-floor", documents] => bills::floor(Path::new(documents)).map(|()| true),
        ["shop-image", out] => shop::write(Path::new(out)).map(|()| true),
        names => bench(names),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(e) => {
            eprintln!("bench: {e:#}");
            ExitCode::FAILURE
        }
    }
}

/// What every case is given.
pub(crate) struct Bench {
    /// The program that is measured.
    pub(crate) program: PathBuf,
    /// Material of other projects, if it is there.
    pub(crate) shared: Option<PathBuf>,
    /// A directory for what the cases make; it outlives the run where making is slow.
    pub(crate) made: PathBuf,
}

/// Runs the named cases, all without a name; false if `--check` and a target is not met.
fn bench(words: &[&str]) -> Result<bool> {
    let check = words.contains(&"--check");
    let names: Vec<&str> = words.iter().copied().filter(|w| *w != "--check").collect();
    if let Some(unknown) = names.iter().find(|n| !cases::CASES.iter().any(|c| c.0 == **n)) {
        let all: Vec<&str> = cases::CASES.iter().map(|c| c.0).collect();
        bail!("`{unknown}` is no benchmark; there are {}", all.join(", "));
    }
    let bench = Bench { program: program()?, shared: shared(), made: made()? };
    let mut rows = Vec::new();
    for (name, case) in cases::CASES.iter().filter(|c| names.is_empty() || names.contains(&c.0)) {
        eprintln!("bench: {name}");
        rows.extend(case(&bench).with_context(|| format!("benchmark `{name}`"))?);
    }
    print!("{}", table::text(&rows));
    let missed = rows.iter().filter(|r| r.met == Some(false)).count();
    println!("bench: {} figures, {missed} targets not met", rows.len());
    Ok(!check || missed == 0)
}

/// The program beside us: `cargo run --release` put both into one directory. It is built first.
fn program() -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = std::process::Command::new(cargo)
        .args(["build", "--quiet", "--release", "--package", "plimsoll"])
        .status()
        .context("cargo could not be started")?;
    if !built.success() {
        bail!("the release build of plimsoll failed");
    }
    let me = std::env::current_exe().context("where this program lies is not known")?;
    let program = me.with_file_name("plimsoll");
    if !program.is_file() {
        bail!("`{}` is not there: run `cargo xtask bench`", program.display());
    }
    Ok(program)
}

fn shared() -> Option<PathBuf> {
    let dir = std::env::var_os("PLIMSOLL_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    dir.is_dir().then_some(dir)
}

fn made() -> Result<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").filter(|d| !d.is_empty()).map(PathBuf::from);
    let cache = match cache {
        Some(dir) => dir,
        None => PathBuf::from(std::env::var_os("HOME").context("`HOME` is not set")?).join(".cache"),
    };
    let made = cache.join("plimsoll/bench");
    std::fs::create_dir_all(&made).with_context(|| format!("`{}` cannot be made", made.display()))?;
    Ok(made)
}
