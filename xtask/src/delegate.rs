//! Commands that live in packages of their own, because they depend on half the workspace.

use std::process::Command;

use anyhow::Result;

use crate::live::docker;
use crate::live::tools::{self, Tool};
use crate::workspace;

/// `cargo xtask yardsticks …`.
pub(crate) fn yardsticks(args: &[&str]) -> Result<()> {
    workspace::run(&mut package("yardsticks", args)?, "yardsticks")
}

/// `cargo xtask bench …`, told where the programs of others are that it measures beside.
pub(crate) fn bench(args: &[&str]) -> Result<()> {
    let mut cargo = package("bench", args)?;
    if args.is_empty() || args.contains(&"registry") {
        if let Ok(registry) = docker::program()? {
            cargo.env("PLIMSOLL_BENCH_REGISTRY", registry);
        }
        if let Tool::At(syft) = tools::tool(&workspace::root()?, "syft")? {
            cargo.env("PLIMSOLL_BENCH_SYFT", syft);
        }
    }
    if (args.is_empty() || args.contains(&"workloads"))
        && let Tool::At(kube_score) = tools::tool(&workspace::root()?, "kube-score")?
    {
        cargo.env("PLIMSOLL_BENCH_KUBE_SCORE", kube_score);
    }
    workspace::run(&mut cargo, "bench")
}

fn package(name: &str, args: &[&str]) -> Result<Command> {
    let root = workspace::root()?;
    let mut cargo = workspace::cargo(&root);
    cargo.args(["run", "--quiet", "--release", "--package", name, "--"]).args(args);
    Ok(cargo)
}
