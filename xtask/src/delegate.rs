//! Commands that live in packages of their own, because they depend on half the workspace.

use anyhow::Result;

use crate::workspace;

/// `cargo xtask yardsticks …`.
pub(crate) fn yardsticks(args: &[&str]) -> Result<()> {
    package("yardsticks", args)
}

/// `cargo xtask bench …`.
pub(crate) fn bench(args: &[&str]) -> Result<()> {
    package("bench", args)
}

fn package(name: &str, args: &[&str]) -> Result<()> {
    let root = workspace::root()?;
    let mut cargo = workspace::cargo(&root);
    cargo.args(["run", "--quiet", "--release", "--package", name, "--"]).args(args);
    workspace::run(&mut cargo, name)
}
