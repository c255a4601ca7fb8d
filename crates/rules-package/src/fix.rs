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
