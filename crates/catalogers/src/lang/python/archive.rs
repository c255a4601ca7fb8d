//! Wheels and eggs that lie in a project: their file names carry name and version (PEP 427).

use inventory::Harvest;
use model::PackageType;

use super::normalize;
use crate::lang::files::split;
use crate::lang::locked::Locked;

/// The package that an archive holds, by its file name.
pub(in crate::lang) fn read(path: &str) -> Harvest {
    let mut locked = Locked::new(PackageType::Pypi, "python archive", path);
    match name_and_version(split(path).1) {
        Some((name, version)) => {
            locked.add(&name, &version);
        }
        None => locked.unknown(
            "the file name carries no package name and version",
            "rename the archive as PEP 427 says",
        ),
    }
    locked.finish()
}

/// Normalised name and version of `name-1.0-py3-none-any.whl` and `name-1.0-py3.8.egg`.
pub(super) fn name_and_version(file: &str) -> Option<(String, String)> {
    let (stem, parts) = match file.strip_suffix(".whl") {
        Some(stem) => (stem, 5..=6),
        None => (file.strip_suffix(".egg")?, 2..=4),
    };
    if !parts.contains(&stem.split('-').count()) {
        return None;
    }
    let mut words = stem.split('-');
    let (name, version) = (words.next()?, words.next()?);
    let plausible = !name.is_empty() && version.starts_with(|c: char| c.is_ascii_digit());
    plausible.then(|| (normalize(name), version.replace('_', "-")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_carry_the_version() {
        let found = |f: &str| name_and_version(f).map(|(n, v)| format!("{n} {v}"));
        assert_eq!(found("Foo_bar-1.0-py3-none-any.whl").as_deref(), Some("foo-bar 1.0"));
        assert_eq!(found("a-1.0-2-cp311-cp311-manylinux_2_17_x86_64.whl").as_deref(), Some("a 1.0"));
        assert_eq!(found("a-1.0-py3.8.egg").as_deref(), Some("a 1.0"));
        assert_eq!(found("a.whl"), None);
        assert_eq!(found("a-x-py3-none-any.whl"), None);
        assert_eq!(read("dist/a.egg").problems.len(), 1);
    }
}
