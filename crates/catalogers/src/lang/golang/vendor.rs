//! `vendor/modules.txt`: the modules whose code is copied into the project.

use inventory::Harvest;
use model::PackageType;

use crate::lang::locked::Locked;
use crate::lang::text::{Broken, decode};

/// Reads `vendor/modules.txt`. Modules without a package line below are not copied, and not used.
pub(in crate::lang) fn read(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let text = decode(bytes)?;
    let mut locked = Locked::new(PackageType::Golang, "vendor/modules.txt", path);
    let mut open: Option<(String, String, bool)> = None;
    for line in text.lines().map(str::trim).filter(|l| !l.is_empty()) {
        if let Some(marks) = line.strip_prefix("## ") {
            if let Some((_, _, direct)) = &mut open {
                *direct = marks.split(';').any(|mark| mark.trim() == "explicit");
            }
        } else if let Some(module) = line.strip_prefix("# ") {
            open = module_of(module);
        } else if let Some((name, version, direct)) = open.take() {
            let id = locked.add(&name, &version);
            locked.direct(id, direct);
        }
    }
    Ok(locked.finish())
}

/// `path v1.0.0`, `path v1.0.0 => other v1.1.0`; nothing for a directory.
fn module_of(text: &str) -> Option<(String, String, bool)> {
    let (old, new) = text.split_once("=>").map_or((text, None), |(old, new)| (old, Some(new)));
    let mut words = new.unwrap_or(old).split_whitespace();
    let (name, version) = (words.next()?, words.next()?);
    Some((name.to_owned(), version.to_owned(), false))
}
