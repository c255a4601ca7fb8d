//! `pixi.lock` of format 4 to 6, and the explicit lists of `conda list --explicit` and conda-lock: packages by the
//! address of their file, `https://HOST/CHANNEL/PLATFORM/NAME-VERSION-BUILD.conda`.

use inventory::Harvest;

use super::{Both, channel};
use crate::lang::text::{self, Broken, decode};

/// Reads `pixi.lock`. What an environment names stands once more under `packages`, each with its address.
pub(in crate::lang) fn read(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let lock = text::yaml(bytes)?;
    text::has_one_of(&lock, &["packages", "environments"])?;
    text::major_version(&lock, "version", 4..=6)?;
    let mut both = Both::new("pixi.lock", path);
    for package in text::list(&lock, "packages") {
        let of_pip = text::text(package, "kind") == Some("pypi") || package.get("pypi").is_some();
        let address = ["conda", "url", "path"].iter().find_map(|key| text::text(package, key));
        let (name, version) = (text::text(package, "name"), text::text(package, "version"));
        match (of_pip, name, version) {
            // Without a version it is the project itself.
            (true, Some(_), None) => {}
            (true, Some(name), Some(version)) => {
                both.pip.add(&crate::lang::python::normalize(name), version);
            }
            (false, Some(name), Some(version)) => {
                let id = both.conda.add(name, version);
                if let Some(channel) = address.and_then(channel) {
                    both.conda.qualifier(id, "channel", channel);
                }
                if let Some(license) = text::text(package, "license") {
                    both.conda.license(id, license);
                }
            }
            _ => match address.and_then(|address| both.conda_file(address)) {
                Some(id) => {
                    if let Some(license) = text::text(package, "license") {
                        both.conda.license(id, license);
                    }
                }
                None => both.conda.nameless(),
            },
        }
    }
    Ok(both.finish())
}

/// Reads an explicit list: below a line `@EXPLICIT` one address a line, a digest behind `#`.
pub(in crate::lang) fn read_explicit(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let text = decode(bytes)?;
    let mut lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
    if lines.next() != Some("@EXPLICIT") {
        return Err(Broken::new("of another shape than its name says: no line `@EXPLICIT`"));
    }
    let mut both = Both::new("conda explicit list", path);
    for line in lines {
        let address = line.split(['#', ' ']).next().unwrap_or_default();
        if both.conda_file(address).is_none() {
            both.conda.nameless();
        }
    }
    Ok(both.finish())
}
