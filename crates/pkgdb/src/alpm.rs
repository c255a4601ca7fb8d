//! pacman: the local database of Arch Linux and its children, a folder a package with `desc` and `files` (libalpm,
//! `be_local.c`).

use crate::{Found, text};

/// An installed package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Package {
    /// `%NAME%`.
    pub name: String,
    /// `%VERSION%`, `epoch:version-release`.
    pub version: String,
    /// `%BASE%`, the package its recipe is named for; the name itself if absent.
    pub base: String,
    /// `%ARCH%`.
    pub architecture: String,
    /// `%LICENSE%`, one a line.
    pub licenses: Vec<String>,
    /// `%DEPENDS%`, names only.
    pub depends: Vec<String>,
    /// `%PROVIDES%`, names only.
    pub provides: Vec<String>,
}

/// Reads `desc`: sections `%KEY%` of a line a value, a blank line between them.
#[must_use]
pub fn desc(bytes: &[u8]) -> Found<Package> {
    let mut found = Found::default();
    let mut package = Package::default();
    let words = text(bytes);
    let mut key = "";
    for line in words.lines().map(str::trim_end) {
        match line.strip_prefix('%').and_then(|l| l.strip_suffix('%')) {
            Some(section) => key = section,
            None if line.is_empty() => key = "",
            None => take_value(&mut package, key, line),
        }
    }
    if package.name.is_empty() || package.version.is_empty() {
        found.problem("desc", "an entry without `%NAME%` or `%VERSION%`");
        return found;
    }
    if package.base.is_empty() {
        package.base.clone_from(&package.name);
    }
    found.packages.push(package);
    found
}

fn take_value(package: &mut Package, key: &str, value: &str) {
    match key {
        "NAME" => value.clone_into(&mut package.name),
        "VERSION" => value.clone_into(&mut package.version),
        "BASE" => value.clone_into(&mut package.base),
        "ARCH" => value.clone_into(&mut package.architecture),
        "LICENSE" => package.licenses.push(value.to_owned()),
        "DEPENDS" => package.depends.push(name(value)),
        "PROVIDES" => package.provides.push(name(value)),
        _ => {}
    }
}

/// `glibc` of `glibc>=2.33`.
fn name(relation: &str) -> String {
    relation.split(['<', '>', '=', ':']).next().unwrap_or_default().to_owned()
}

/// Reads `files`: what the package owns, relative to the root, directories left out.
#[must_use]
pub fn files(bytes: &[u8]) -> Vec<String> {
    let words = text(bytes);
    let listed = words.lines().skip_while(|l| l.trim_end() != "%FILES%").skip(1);
    listed.take_while(|l| !l.is_empty()).filter(|l| !l.ends_with('/')).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_read_section_by_section() {
        let found = desc(
            b"%NAME%\nbash\n\n%VERSION%\n1:5.2.026-2\n\n%ARCH%\nx86_64\n\n%LICENSE%\nGPL-3.0-or-later\n\n%DEPENDS%\nglibc>=2.33\nncurses\n\n%PROVIDES%\nsh\n\n%REASON%\n1\n",
        );
        assert_eq!(found.problems, []);
        let package = &found.packages[0];
        assert_eq!((package.name.as_str(), package.version.as_str()), ("bash", "1:5.2.026-2"));
        assert_eq!((package.base.as_str(), package.architecture.as_str()), ("bash", "x86_64"));
        assert_eq!(package.depends, ["glibc", "ncurses"]);
        assert_eq!(package.provides, ["sh"]);
    }

    #[test]
    fn an_entry_without_a_version_is_a_problem() {
        let found = desc(b"%NAME%\nbash\n\n%VERSION%\n");
        assert!(found.packages.is_empty());
        assert_eq!(found.problems[0].reason, "an entry without `%NAME%` or `%VERSION%`");
    }

    #[test]
    fn directories_are_nobodys() {
        assert_eq!(
            files(b"%FILES%\nusr/\nusr/bin/\nusr/bin/bash\n\n%BACKUP%\netc/bash.bashrc\tabc\n"),
            ["usr/bin/bash"]
        );
        assert!(files(b"usr/bin/bash\n").is_empty());
    }
}
