//! Terraform and OpenTofu: `.terraform.lock.hcl`, the providers of a project.

use inventory::Harvest;
use model::PackageType;

use crate::lang::locked::Locked;
use crate::lang::text::{self, Broken};

/// Reads `.terraform.lock.hcl`: blocks `provider "host/namespace/type" { version = "1.2.3" … }`, as the tool writes them.
pub(super) fn read(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let text = text::decode(bytes)?;
    let mut locked = Locked::new(PackageType::Generic, ".terraform.lock.hcl", path);
    let mut open: Option<(&str, &str)> = None;
    for (n, line) in text.lines().map(str::trim).enumerate() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match (words.as_slice(), &mut open) {
            ([] | ["#" | "//", ..], _) => {}
            (["provider", name, "{"], None) => open = Some((name.trim_matches('"'), "")),
            (["}"], Some((name, version))) => {
                locked.add(name, version);
                open = None;
            }
            (["version", "=", value], Some((_, version))) => *version = value.trim_matches('"'),
            (_, Some(_)) => {}
            (_, None) if line.starts_with(['#', '/']) => {}
            (_, None) => return Err(Broken::new(format!("line {} begins no provider", n + 1))),
        }
    }
    match open {
        Some((name, _)) => Err(Broken::new(format!("the provider `{name}` does not end"))),
        None => Ok(locked.finish()),
    }
}
