//! Installed distributions: `dist-info` (PEP 376, PEP 427) and `egg-info`, as directory or single file.

use std::collections::{BTreeMap, BTreeSet};

use inventory::Harvest;
use model::{Package, PackageType};

use super::{normalize, requirement};
use crate::lang::files::{Files, join, parent, resolve, split};
use crate::lang::license;
use crate::lang::locked::{self, Locked};
use crate::lang::text::Broken;

/// Bytes of the header of a metadata file; the description below it may be long.
const HEADER_BYTES_MAX: usize = 256 * 1024;

/// Files that one distribution owns.
const OWNED_FILES_MAX: usize = 100_000;

/// Reads `METADATA`, `PKG-INFO` or an `egg-info` file.
pub(in crate::lang) fn read(files: Files<'_>, path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let mut harvest = alone(path, bytes)?;
    for package in harvest.packages.iter_mut().filter(|p| !p.version.is_empty()) {
        package.owned_files = owned(files, path);
        if files.has(&join(parent(path), "REQUESTED")) {
            package.direct = Some(true);
        }
    }
    Ok(harvest)
}

/// The same of a file that stands alone, as those in an archive do.
pub(in crate::lang) fn alone(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let head = bytes.get(..HEADER_BYTES_MAX).unwrap_or(bytes);
    let text = String::from_utf8_lossy(head);
    let header = Header::parse(&text);
    let folder = folder_name(path);
    let name = header.first("name").map(str::to_owned).or_else(|| folder.map(|(n, _)| n.to_owned()));
    let version = header.first("version").map(str::to_owned).or_else(|| folder.map(|(_, v)| v.to_owned()));
    let Some(name) = name.filter(|n| !n.is_empty()) else {
        return Err(Broken::new("the metadata names no package"));
    };
    let mut locked = Locked::new(PackageType::Pypi, "python dist-info", path);
    let Some(version) = version.filter(|v| !v.is_empty()) else {
        locked.add(&normalize(&name), "");
        return Ok(locked.finish());
    };
    let mut package =
        locked::package(PackageType::Pypi, &normalize(&name), &version, &[]).map_err(Broken::new)?;
    package.paths = vec![path.to_owned()];
    "python dist-info".clone_into(&mut package.found_by);
    package.licenses = licenses(&header);
    let required = header.all("requires-dist").filter_map(requirement::parse).filter(|r| !r.is_extra());
    package.depends_on = required.map(|r| r.name).collect::<BTreeSet<_>>().into_iter().collect();
    Ok(Harvest { packages: vec![package], problems: Vec::new(), documents: 1 })
}

/// Keeps only edges to packages of the same environment, and says what was not asked for where pip says what was.
pub(in crate::lang) fn link(files: Files<'_>, packages: &mut [Package]) {
    let mut sites: BTreeMap<String, (BTreeSet<String>, bool)> = BTreeMap::new();
    for package in packages.iter().filter(|p| p.kind == PackageType::Pypi) {
        let Some(site) = site(package) else { continue };
        let (names, requested) = sites.entry(site.to_owned()).or_default();
        names.insert(package.name.clone());
        *requested |= package.direct == Some(true);
    }
    for package in packages.iter_mut().filter(|p| p.kind == PackageType::Pypi) {
        let Some((names, requested)) = site(package).and_then(|s| sites.get(s)) else { continue };
        package.depends_on.retain(|name| names.contains(name));
        let by_pip = package.paths.first().is_some_and(|p| files.has(&join(parent(p), "RECORD")));
        if *requested && package.direct.is_none() && by_pip {
            package.direct = Some(false);
        }
    }
}

/// The directory that the distribution is installed in.
fn site(package: &Package) -> Option<&str> {
    let path = package.paths.first()?;
    let (dir, name) = split(path);
    match name {
        "METADATA" | "PKG-INFO" => Some(parent(dir)),
        _ if name.ends_with(".egg-info") => Some(dir),
        _ => None,
    }
}

/// Name and version of `name-1.0.dist-info`, `name-1.0-py3.9.egg-info`.
fn folder_name(path: &str) -> Option<(&str, &str)> {
    let (dir, name) = split(path);
    let folder = if name.ends_with(".egg-info") { name } else { split(dir).1 };
    let stem = folder.strip_suffix(".dist-info").or_else(|| folder.strip_suffix(".egg-info"))?;
    let mut words = stem.split('-');
    Some((words.next()?, words.next()?))
}

fn licenses(header: &Header<'_>) -> Vec<String> {
    if let Some(expression) = header.first("license-expression") {
        return license::licenses(expression);
    }
    let classified: BTreeSet<String> = header.all("classifier").filter_map(license::classifier).collect();
    let field = header.first("license").map(license::licenses).unwrap_or_default();
    // The field is free text and often a sentence; classifiers are a fixed list.
    match field.first() {
        Some(text) if classified.is_empty() || (text.len() <= 40 && spdx_like(text)) => field,
        _ => classified.into_iter().collect(),
    }
}

fn spdx_like(text: &str) -> bool {
    spdx::Expression::parse(text).is_ok()
}

/// Paths of the files that `RECORD`, `installed-files.txt` or `top_level.txt` name.
fn owned(files: Files<'_>, path: &str) -> Vec<String> {
    let info = parent(path);
    let site = parent(info);
    let lines = |name: &str| -> Option<Vec<String>> {
        let bytes = files.read(&join(info, name)).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        Some(text.lines().take(OWNED_FILES_MAX).map(str::to_owned).collect())
    };
    if let Some(record) = lines("RECORD") {
        return record.iter().filter_map(|line| resolve(site, &csv_field(line))).collect();
    }
    if let Some(installed) = lines("installed-files.txt") {
        return installed.iter().filter_map(|line| resolve(info, line.trim())).collect();
    }
    let mut owned = Vec::new();
    for module in lines("top_level.txt").unwrap_or_default() {
        let module = module.trim();
        let plain = !module.is_empty() && module.chars().all(|c| c.is_alphanumeric() || c == '_');
        if plain {
            let base = join(site, module);
            owned.extend(files.below(&base).take(OWNED_FILES_MAX).map(str::to_owned));
            owned.extend(Some(format!("{base}.py")).filter(|p| files.has(p)));
        }
    }
    owned
}

/// The first field of a line of comma-separated values.
fn csv_field(line: &str) -> String {
    match line.strip_prefix('"') {
        None => line.split(',').next().unwrap_or_default().to_owned(),
        Some(quoted) => {
            let mut out = String::new();
            let mut chars = quoted.chars().peekable();
            while let Some(c) = chars.next() {
                match c {
                    '"' if chars.next_if_eq(&'"').is_some() => out.push('"'),
                    '"' => break,
                    c => out.push(c),
                }
            }
            out
        }
    }
}

/// Fields of the header, RFC 822 style, keys in lower case.
struct Header<'h> {
    fields: Vec<(String, &'h str)>,
}

impl<'h> Header<'h> {
    fn parse(text: &'h str) -> Self {
        let mut fields = Vec::new();
        for line in text.trim_start_matches('\u{feff}').lines() {
            if line.trim().is_empty() {
                break;
            }
            if line.starts_with([' ', '\t']) {
                continue;
            }
            if let Some((key, value)) = line.split_once(':') {
                fields.push((key.trim().to_ascii_lowercase(), value.trim()));
            }
        }
        Self { fields }
    }

    fn all<'s>(&'s self, key: &'s str) -> impl Iterator<Item = &'h str> + 's {
        self.fields.iter().filter(move |(k, _)| k == key).map(|(_, v)| *v)
    }

    fn first(&self, key: &str) -> Option<&'h str> {
        self.all(key).next()
    }
}
