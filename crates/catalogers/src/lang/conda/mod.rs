//! Conda: `conda-lock.yml`, `pixi.lock`, explicit lists, `conda-meta/*.json` of an installed environment, `environment.yml`. Packages that pip
//! brings into an environment are Python's.

pub(super) mod pixi;

use inventory::Harvest;
use model::PackageType;
use serde_json::Value;

use crate::lang::locked::{Locked, NodeId};
use crate::lang::python::requirement;
use crate::lang::text::{self, Broken};

/// The packages of one document, of both managers.
struct Both<'p> {
    conda: Locked<'p>,
    pip: Locked<'p>,
}

impl<'p> Both<'p> {
    fn new(found_by: &'static str, path: &'p str) -> Self {
        Self {
            conda: Locked::new(PackageType::Conda, found_by, path),
            pip: Locked::new(PackageType::Pypi, found_by, path),
        }
    }

    fn finish(self) -> Harvest {
        let mut harvest = self.conda.finish();
        let pip = self.pip.finish();
        harvest.packages.extend(pip.packages);
        harvest.problems.extend(pip.problems);
        harvest
    }

    /// Adds the package of a file `NAME-VERSION-BUILD.conda` at an address.
    fn conda_file(&mut self, address: &str) -> Option<NodeId> {
        let file = address.rsplit('/').next()?;
        let stem = file.strip_suffix(".conda").or_else(|| file.strip_suffix(".tar.bz2"))?;
        let (rest, _) = stem.rsplit_once('-')?;
        let (name, version) = rest.rsplit_once('-')?;
        let id = self.conda.add(name, version);
        if let Some(channel) = channel(address) {
            self.conda.qualifier(id, "channel", channel);
        }
        Some(id)
    }

    fn requirement(&mut self, text: &str) {
        match requirement::parse(text) {
            Some(asked) => drop(self.pip.add(&asked.name, &asked.pin().unwrap_or_default())),
            // An option such as `-r requirements.txt`: that file speaks for itself.
            None if text.trim_start().starts_with('-') => {}
            None => self.pip.nameless(),
        }
    }
}

/// Reads `conda-lock.yml`. A package stands there once a platform; each of its versions is one package.
pub(super) fn read_lock(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let lock = text::yaml(bytes)?;
    text::has_one_of(&lock, &["package"])?;
    text::major_version(&lock, "version", 1..=1)?;
    let mut both = Both::new("conda-lock.yml", path);
    let mut added: Vec<(NodeId, &Value)> = Vec::new();
    for package in text::list(&lock, "package") {
        let (name, version) = (text::text(package, "name"), text::text(package, "version"));
        let (Some(name), Some(version)) = (name, version) else {
            both.conda.nameless();
            continue;
        };
        let is_dev = !matches!(text::text(package, "category"), None | Some("main"));
        match text::text(package, "manager") {
            Some("pip") => {
                let id = both.pip.add(&crate::lang::python::normalize(name), version);
                both.pip.dev(id, is_dev);
            }
            _ => {
                let id = both.conda.add(name, version);
                both.conda.dev(id, is_dev);
                if let Some(channel) = text::text(package, "url").and_then(channel) {
                    both.conda.qualifier(id, "channel", channel);
                }
                added.push((id, package));
            }
        }
    }
    for (from, package) in added {
        for (name, _) in text::table(package, "dependencies") {
            both.conda.edge_by_name(from, name);
        }
    }
    Ok(both.finish())
}

/// The channel of `https://conda.anaconda.org/conda-forge/linux-64/a-1-0.conda`: two above the file.
fn channel(url: &str) -> Option<&str> {
    let path = url.split_once("://")?.1;
    path.rsplit('/').nth(2).filter(|c| !c.is_empty() && path.matches('/').count() >= 3)
}

/// Reads `conda-meta/NAME-VERSION-BUILD.json`, which an installation writes of each package.
pub(super) fn read_installed(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let record = text::json_table(bytes)?;
    text::has_one_of(&record, &["name"])?;
    let mut both = Both::new("conda", path);
    let locked = &mut both.conda;
    let id = locked.add(
        text::text(&record, "name").unwrap_or_default(),
        text::text(&record, "version").unwrap_or_default(),
    );
    if let Some(license) = text::text(&record, "license") {
        locked.license(id, license);
    }
    let build = text::text(&record, "build").or_else(|| text::text(&record, "build_string"));
    let source = text::text(&record, "url").and_then(channel).or_else(|| {
        // An address, or the name alone.
        text::text(&record, "channel").and_then(|c| c.trim_end_matches('/').split('/').next_back())
    });
    for (key, value) in [("build", build), ("channel", source), ("subdir", text::text(&record, "subdir"))] {
        if let Some(value) = value {
            locked.qualifier(id, key, value);
        }
    }
    Ok(both.finish())
}

/// Reads `environment.yml`: an export pins versions (`numpy=1.24.3=py311h64a7726_0`), what people write often does not.
/// Other programs use the name too: what lists no dependencies is not Conda's.
pub(super) fn read_environment(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let environment = match text::yaml(bytes) {
        Ok(environment) if environment.get("dependencies").is_some_and(Value::is_array) => environment,
        _ => return Ok(Harvest::default()),
    };
    let mut both = Both::new("conda environment", path);
    for entry in text::list(&environment, "dependencies") {
        if let Some(asked) = entry.as_str() {
            match_specification(&mut both.conda, asked);
        }
        for asked in text::texts(entry, "pip") {
            both.requirement(asked);
        }
    }
    Ok(both.finish())
}

/// `channel::name=version=build`, `name==version`; anything looser names no version.
fn match_specification(locked: &mut Locked<'_>, text: &str) {
    let (source, rest) = text.split_once("::").map_or((None, text), |(c, rest)| (Some(c), rest));
    let end = rest.find(['=', '<', '>', '!', '~', ' ', '[']).unwrap_or(rest.len());
    let (name, asked) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let (version, build) = match asked.trim().strip_prefix("==") {
        Some(version) => (version, None),
        // `name=1.2` is any 1.2.x; with a build it is one package.
        None => match asked.trim().strip_prefix('=').and_then(|a| a.split_once('=')) {
            Some((version, build)) => (version, Some(build)),
            None => ("", None),
        },
    };
    let is_loose = version.contains(['*', ',', '|', '<', '>', ' ']);
    let id = locked.add(name, if is_loose { "" } else { version });
    for (key, value) in [("build", build), ("channel", source)] {
        if let Some(value) = value.filter(|v| !v.contains('*')) {
            locked.qualifier(id, key, value);
        }
    }
}
