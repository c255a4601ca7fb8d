//! The laws of the house, held against cargo's metadata and the source: `cargo xtask layers`.
//!
//! 1. An arrow runs to a lower floor; only contracts lean on one another.
//! 2. Crates of one shelf are strangers.
//! 3. The pure and the effect wing never meet; only the door names an adapter.
//! 4. The pure wing touches no file, clock, environment, network, thread or chance, and no order of a hash map.
//! 5. What is fenced is named behind its fence only.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::workspace;

mod arrows;
mod plan;
mod purity;

pub(crate) use plan::Plan;

/// `cargo xtask layers`.
pub(crate) fn command(args: &[&str]) -> Result<()> {
    if let Some(word) = args.first() {
        bail!("`layers` takes no argument, not even `{word}`");
    }
    let root = workspace::root()?;
    let plan = Plan::read(&root)?;
    let crates = arrows::read(&root)?;
    let mut faults = arrows::faults(&plan, &crates);
    let files = purity::check(&root, &plan, &crates, &mut faults)?;
    faults.sort();
    for fault in &faults {
        println!("{fault}");
    }
    let arrows: usize = crates.iter().map(|c| c.arrows.len()).sum();
    println!(
        "layers: {} crates, {arrows} arrows, {files} files of the pure wing, {} broken laws",
        crates.len(),
        faults.len()
    );
    if !faults.is_empty() {
        bail!("{} broken laws: see `docs/style.md` and the table in `xtask/layers.toml`", faults.len());
    }
    Ok(())
}

fn read_text(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("`{}` cannot be read", path.display()))
}
