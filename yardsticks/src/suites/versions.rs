//! Suite `versions`: lines `a < b`, `a = b`, `a > b`, one file or more an ecosystem. A line holds only if it holds read
//! from the right as well.

use std::cmp::Ordering;
use std::path::Path;

use anyhow::Result;
use version::{Scheme, compare};

use crate::{SuiteResult, walk};

/// Runs every case under `suites/versions`.
pub(crate) fn run(shared: &Path) -> Result<SuiteResult> {
    let mut result = SuiteResult::new("versions");
    let root = shared.join("suites/versions");
    for file in walk::files(&root)?.iter().filter(|f| f.extension().is_some_and(|e| e == "txt")) {
        let name = walk::name(&root, file);
        let scheme = scheme_of(&name);
        for (n, line) in walk::read(file)?.lines().enumerate() {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with("//") {
                result.case(&format!("{name}:{} {line}", n + 1), judge(scheme, line));
            }
        }
    }
    Ok(result)
}

/// The scheme by the file's name, `ECOSYSTEM-versions[-generated].txt`.
fn scheme_of(name: &str) -> Option<Scheme> {
    let base = name.rsplit('/').next().unwrap_or(name);
    let ecosystem = base.split("-versions").next().unwrap_or(base).split('.').next()?;
    Some(match ecosystem {
        "alpine" | "wolfi" | "chainguard" | "minimos" => Scheme::Apk,
        "cran" | "bioconductor" => Scheme::Cran,
        "debian" | "ubuntu" | "echo" => Scheme::Deb,
        "hackage" | "ghc" => Scheme::Hackage,
        "maven" => Scheme::Maven,
        "nuget" => Scheme::Nuget,
        "packagist" => Scheme::Composer,
        "pub" => Scheme::Pub,
        "pypi" => Scheme::Pep440,
        "redhat" | "almalinux" | "rocky" | "rocky-linux" | "suse" | "opensuse" | "mageia" | "openeuler"
        | "rpm" => Scheme::Rpm,
        "arch" | "alpm" => Scheme::Alpm,
        "rubygems" => Scheme::Gem,
        "conda" => Scheme::Conda,
        "semver" | "npm" | "go" | "crates" | "crates-io" | "hex" | "swift" | "swifturl" | "julia"
        | "bitnami" | "conan" => Scheme::Semver,
        _ => return None,
    })
}

fn judge(scheme: Option<Scheme>, line: &str) -> Result<(), String> {
    let scheme = scheme.ok_or("no scheme is known for this file")?;
    let signs = [(" < ", Ordering::Less), (" = ", Ordering::Equal), (" > ", Ordering::Greater)];
    let cut = signs
        .iter()
        .find_map(|(sign, order)| line.split_once(sign).map(|(a, b)| (a.trim(), b.trim(), *order)));
    let (a, b, expected) = cut.ok_or("the line has no `<`, `=` or `>`")?;
    let forth = compare(scheme, a, b).map_err(|e| e.to_string())?;
    let back = compare(scheme, b, a).map_err(|e| e.to_string())?;
    if forth == expected && back == expected.reverse() {
        Ok(())
    } else {
        Err(format!("got {forth:?}, from the right {back:?}"))
    }
}
