//! The command that raises a package to the version that fixes it.

use api::{Fix, FixKind};
use model::PackageType;

use crate::subject::Subject;

/// The fix, if a fixed version is known.
#[must_use]
pub fn fix(subject: &Subject, version: Option<&str>) -> Option<Fix> {
    let version = version?;
    Some(Fix {
        kind: FixKind::Upgrade,
        command: command(subject, version),
        patch: None,
        version: Some(version.to_owned()),
    })
}

/// The fix of a package that was published to do harm: it goes, whatever version there is.
pub(crate) fn removal(subject: &Subject) -> Fix {
    let name = quoted(&subject.name);
    let path = subject.place.path.as_str();
    let file = path.rsplit('/').next().unwrap_or("");
    let command = match subject.kind {
        // What another package asks for goes with that one; the first step is to find it.
        PackageType::Npm if subject.direct == Some(false) => match file {
            "yarn.lock" => format!("yarn why {name}"),
            "pnpm-lock.yaml" => format!("pnpm why {name}"),
            _ => format!("npm explain {name}"),
        },
        PackageType::Npm => match file {
            "yarn.lock" => format!("yarn remove {name}"),
            "pnpm-lock.yaml" => format!("pnpm remove {name}"),
            _ => format!("npm uninstall {name}"),
        },
        PackageType::Pypi => match file {
            "poetry.lock" => format!("poetry remove {name}"),
            "uv.lock" => format!("uv remove {name}"),
            "Pipfile.lock" => format!("pipenv uninstall {name}"),
            _ => format!("pip uninstall --yes {name}"),
        },
        PackageType::Golang => format!("go get {}", quoted(&format!("{}@none", subject.name))),
        PackageType::Cargo => format!("cargo remove {name}"),
        PackageType::Gem => format!("bundle remove {name}"),
        PackageType::Composer => format!("composer remove {name}"),
        PackageType::Nuget => format!("dotnet remove package {name}"),
        PackageType::Pub => format!("dart pub remove {name}"),
        PackageType::Deb => format!("apt-get purge --yes {name}"),
        PackageType::Apk => format!("apk del {name}"),
        PackageType::Rpm => format!("dnf remove --assumeyes {name}"),
        _ if path.is_empty() => format!("# remove {}", subject.name),
        _ => format!("# remove {} from {path}", subject.name),
    };
    Fix { kind: FixKind::Command, command: Some(command), patch: None, version: None }
}

fn command(subject: &Subject, version: &str) -> Option<String> {
    let name = quoted(&subject.name);
    let file = subject.place.path.rsplit('/').next().unwrap_or("");
    let pinned = |sign: &str| quoted(&format!("{}{sign}{version}", subject.name));
    Some(match subject.kind {
        PackageType::Deb => format!("apt-get update && apt-get install --only-upgrade {name}"),
        PackageType::Apk => format!("apk add --upgrade {}", pinned(">=")),
        PackageType::Rpm => format!("dnf upgrade {name}"),
        PackageType::Pypi => match file {
            "poetry.lock" => format!("poetry add {}", pinned("@^")),
            "uv.lock" => format!("uv lock --upgrade-package {}", pinned("==")),
            "Pipfile.lock" => format!("pipenv install {}", pinned(">=")),
            _ => format!("pip install --upgrade {}", pinned(">=")),
        },
        PackageType::Npm => match (file, subject.direct) {
            ("yarn.lock", _) => format!("yarn upgrade {}", pinned("@^")),
            ("pnpm-lock.yaml", Some(true)) => format!("pnpm update {}", pinned("@")),
            ("pnpm-lock.yaml", _) => format!("pnpm update {name}"),
            (_, Some(false)) => format!("npm update {name}"),
            _ => format!("npm install {}", pinned("@")),
        },
        PackageType::Golang if matches!(subject.name.as_str(), "stdlib" | "toolchain") => return None,
        PackageType::Golang => {
            let prefix = if version.starts_with('v') { "@" } else { "@v" };
            format!("go get {}", pinned(prefix))
        }
        PackageType::Cargo => format!("cargo update -p {name} --precise {}", quoted(version)),
        PackageType::Gem => format!("bundle update --conservative {name}"),
        PackageType::Composer => format!("composer require --update-with-dependencies {}", pinned(":^")),
        PackageType::Nuget => format!("dotnet add package {name} --version {}", quoted(version)),
        PackageType::Hex => format!("mix deps.update {name}"),
        PackageType::Pub => format!("dart pub upgrade {name}"),
        // Maven, Gradle, Conan and others name versions in a file of the project; there is no command that edits it.
        _ => return None,
    })
}

/// A word of a shell command. Names and versions come from files that others wrote.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@+=^~%,".contains(c);
    if !word.is_empty() && word.chars().all(plain) && !word.starts_with('-') && !word.starts_with('~') {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
