//! R: `renv.lock`, and packages that are installed.

pub(super) mod installed;

use inventory::Harvest;
use model::PackageType;
use serde_json::Value;

use crate::lang::locked::Locked;
use crate::lang::text::{self, Broken};

/// True for a folder `library/NAME` of R, where `library` may be `site-library` or `x86_64-pc-linux-gnu-library/4.3`.
pub(super) fn is_library(dir: &str) -> bool {
    let is = |part: &str| matches!(part, "library" | "site-library") || part.ends_with("-library");
    dir.rsplit('/').skip(1).any(is)
}

/// Reads `renv.lock`. Packages of Bioconductor are told apart from those of CRAN: each has advisories of its own.
pub(super) fn read(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let lock = text::json_table(bytes)?;
    text::has_one_of(&lock, &["Packages"])?;
    let mut locked = Locked::new(PackageType::Cran, "renv.lock", path);
    let mut added = Vec::new();
    for (key, package) in text::table(&lock, "Packages") {
        let name = text::text(package, "Package").unwrap_or(key);
        let id = locked.add(name, text::text(package, "Version").unwrap_or_default());
        let is = |key| text::text(package, key).is_some_and(|v| v.starts_with("Bioc"));
        if is("Source") || is("Repository") {
            locked.qualifier(id, "repository_url", "https://bioconductor.org");
        }
        if let Some(license) = text::text(package, "License") {
            locked.license(id, license);
        }
        added.push((id, package));
    }
    for (from, package) in added {
        for name in ["Requirements", "Depends", "Imports", "LinkingTo"].iter().flat_map(|k| names(package, k))
        {
            locked.edge_by_name(from, name);
        }
    }
    Ok(locked.finish())
}

/// The names of a list such as `["R (>= 3.5)", "utils"]`; one name stands without a list.
fn names<'v>(package: &'v Value, key: &str) -> impl Iterator<Item = &'v str> + use<'v> {
    let one = text::text(package, key);
    text::texts(package, key).chain(one).filter_map(|s| s.split([' ', '(']).next())
}
