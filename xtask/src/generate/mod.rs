//! `cargo xtask gen`: what is written from the source and committed; `--check` only compares.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace;

mod bounds;
mod identifiers;
mod rules;

/// `cargo xtask gen [--check]`.
pub(crate) fn command(args: &[&str]) -> Result<()> {
    let check = match args {
        [] => false,
        ["--check"] => true,
        _ => bail!("`gen` knows only `--check`"),
    };
    let root = workspace::root()?;
    let mut wanted = rules::files(&root)?;
    wanted.extend(bounds::files(&root)?);
    let mut changed = Vec::new();
    for (path, text) in &wanted {
        let old = std::fs::read_to_string(root.join(path)).unwrap_or_else(|_| String::new());
        if &old == text {
            continue;
        }
        changed.push(path.clone());
        if !check {
            let file = root.join(path);
            std::fs::create_dir_all(file.parent().unwrap_or(&root))?;
            std::fs::write(&file, text).with_context(|| format!("`{path}` cannot be written"))?;
        }
    }
    for path in stale_pages(&root, &wanted)? {
        if !check {
            std::fs::remove_file(root.join(&path)).with_context(|| format!("`{path}` cannot be removed"))?;
        }
        changed.push(path);
    }
    changed.extend(shop_image(&root, check)?);
    println!("gen: {} files, {} {}", wanted.len(), changed.len(), if check { "differ" } else { "written" });
    if check && !changed.is_empty() {
        bail!("run `cargo xtask gen`: {} differ", changed.join(", "));
    }
    Ok(())
}

/// Writes the image of the example shop; with `check` beside it, only to compare.
fn shop_image(root: &Path, check: bool) -> Result<Vec<String>> {
    let committed = root.join("examples/shop/images/storefront");
    let fresh = workspace::target_dir(root).join("shop-image");
    let mut cargo = workspace::cargo(root);
    cargo.args(["run", "--quiet", "--package", "bench", "--", "shop-image"]).arg(&fresh);
    workspace::run(&mut cargo, "the generator of the shop's image")?;
    if read_tree(&fresh)? == read_tree(&committed)? {
        return Ok(Vec::new());
    }
    if !check {
        if committed.exists() {
            std::fs::remove_dir_all(&committed).context("the shop's old image cannot be removed")?;
        }
        let parent = committed.parent().unwrap_or(root);
        std::fs::create_dir_all(parent)?;
        workspace::run(Command::new("cp").arg("-r").arg(&fresh).arg(&committed), "copy of the shop's image")?;
    }
    Ok(vec!["examples/shop/images/storefront".to_owned()])
}

/// Every file below a directory, empty if there is none.
fn read_tree(dir: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let mut open = vec![dir.to_path_buf()];
    while let Some(folder) = open.pop() {
        if !folder.is_dir() {
            continue;
        }
        for entry in
            std::fs::read_dir(&folder).with_context(|| format!("`{}` cannot be read", folder.display()))?
        {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                files.insert(path.strip_prefix(dir)?.to_path_buf(), std::fs::read(&path)?);
            }
        }
    }
    Ok(files)
}

fn stale_pages(root: &Path, wanted: &BTreeMap<String, String>) -> Result<Vec<String>> {
    let dir = root.join("docs/rules");
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    let mut stale = Vec::new();
    for entry in std::fs::read_dir(&dir).context("`docs/rules` cannot be read")? {
        let path = format!("docs/rules/{}", entry?.file_name().to_string_lossy());
        if !wanted.contains_key(&path) {
            stale.push(path);
        }
    }
    stale.sort();
    Ok(stale)
}
