//! `cargo xtask tidy`: sizes, words and links that no compiler checks.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::workspace;

mod pages;
mod rust;
mod words;

/// `xtask/tidy.toml`: what may be larger than the rule, a list that only shrinks.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exceptions {
    /// Files longer than 600 lines.
    #[serde(default)]
    pub(crate) long_files: Vec<LongFile>,
}

/// A file that is longer than the rule allows.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LongFile {
    /// Path.
    pub(crate) path: String,
    /// Its lines, exactly: it may not grow, and when it shrinks so does this number.
    pub(crate) lines: usize,
    /// Why.
    pub(crate) reason: String,
}

/// A committed text file.
pub(crate) struct Text {
    /// Path relative to the root.
    pub(crate) path: String,
    /// Content.
    pub(crate) text: String,
}

/// `cargo xtask tidy`.
pub(crate) fn command(args: &[&str]) -> Result<()> {
    if !args.is_empty() {
        bail!("`tidy` takes no argument");
    }
    let root = workspace::root()?;
    let exceptions = read_exceptions(&root)?;
    let files = workspace::files(&root)?;
    let texts = read_texts(&root, &files)?;
    let mut faults = rust::faults(&texts, &exceptions);
    faults.extend(words::faults(&texts));
    faults.extend(pages::faults(&root, &texts, &files));
    faults.sort();
    for fault in &faults {
        println!("{fault}");
    }
    println!("tidy: {} files, {} faults", texts.len(), faults.len());
    if !faults.is_empty() {
        bail!("{} faults of tidiness", faults.len());
    }
    Ok(())
}

fn read_exceptions(root: &Path) -> Result<Exceptions> {
    let path = root.join("xtask/tidy.toml");
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    toml::from_str(&text).with_context(|| format!("`{}` is no list of exceptions", path.display()))
}

/// Every file that is text; what is not UTF-8 is a fixture, not something people wrote.
fn read_texts(root: &Path, files: &[String]) -> Result<Vec<Text>> {
    let mut texts = Vec::new();
    for path in files {
        let bytes = std::fs::read(root.join(path)).with_context(|| format!("`{path}` cannot be read"))?;
        if let Ok(text) = String::from_utf8(bytes) {
            texts.push(Text { path: path.clone(), text });
        }
    }
    Ok(texts)
}
