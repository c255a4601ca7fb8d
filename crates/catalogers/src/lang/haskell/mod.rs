//! Haskell: `stack.yaml.lock` and `cabal.project.freeze`.

use inventory::Harvest;
use model::PackageType;

use crate::lang::locked::Locked;
use crate::lang::text::{self, Broken};

/// Reads `stack.yaml.lock`: the packages that the project names beside a snapshot, which itself is not in it.
pub(super) fn read_stack(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let lock = text::yaml(bytes)?;
    text::has_one_of(&lock, &["packages", "snapshots"])?;
    let mut locked = Locked::new(PackageType::Hackage, "stack.yaml.lock", path);
    for entry in text::list(&lock, "packages") {
        let Some(completed) = entry.get("completed") else {
            locked.nameless();
            continue;
        };
        // Hackage, or an archive or repository of which Stack looked the name up.
        let found = match text::text(completed, "hackage") {
            Some(hackage) => identifier(hackage.split('@').next().unwrap_or_default()),
            None => text::text(completed, "name")
                .map(|name| (name, text::text(completed, "version").unwrap_or_default())),
        };
        match found {
            Some((name, version)) => drop(locked.add(name, version)),
            None => locked.nameless(),
        }
    }
    for snapshot in text::list(&lock, "snapshots") {
        let original = snapshot.get("original");
        let name =
            original.and_then(|o| o.as_str().or_else(|| text::text(o, "url"))).unwrap_or("the snapshot");
        locked.unknown(
            format!("the packages of the snapshot `{name}` are not listed"),
            "scan the bill of materials of the build, or `cabal freeze`",
        );
    }
    Ok(locked.finish())
}

/// `name-1.2.3`: the version follows the last hyphen.
fn identifier(text: &str) -> Option<(&str, &str)> {
    text.rsplit_once('-')
        .filter(|(name, version)| !name.is_empty() && version.starts_with(|c: char| c.is_ascii_digit()))
}

/// Reads `cabal.project.freeze`: `constraints: any.aeson ==2.1.2.1, aeson +ordered-keymap, …`.
pub(super) fn read_freeze(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let text = text::decode(bytes)?;
    let mut locked = Locked::new(PackageType::Hackage, "cabal.project.freeze", path);
    let mut within = false;
    let mut fields = 0;
    for line in text.lines() {
        let (plain, indented) = (line.trim(), line.starts_with([' ', '\t']));
        if plain.is_empty() || plain.starts_with("--") {
            continue;
        }
        let value = match plain.split_once(':') {
            Some((field, value)) if !indented => {
                within = field.trim().eq_ignore_ascii_case("constraints");
                fields += 1;
                value
            }
            _ if indented => plain,
            _ => return Err(Broken::new("of another shape than its name says: a line that is no field")),
        };
        for constraint in value.split(',').map(str::trim).filter(|c| within && !c.is_empty()) {
            add_constraint(&mut locked, constraint);
        }
    }
    match fields {
        0 => Err(Broken::new("of another shape than its name says: it has no field")),
        _ => Ok(locked.finish()),
    }
}

/// A version, or flags of the build, which say nothing of one.
fn add_constraint(locked: &mut Locked<'_>, constraint: &str) {
    let (name, rest) = constraint.split_once(char::is_whitespace).unwrap_or((constraint, ""));
    let name = name.rsplit(['.', ':']).next().unwrap_or(name);
    let rest = rest.trim();
    if rest.starts_with(['+', '-']) {
        return;
    }
    let exact = rest.strip_prefix("==").map(str::trim).filter(|v| !v.contains(['*', '|', '&', ' ']));
    if rest.starts_with("==") || rest.starts_with(['<', '>', '^']) || rest == "installed" {
        locked.add(name, exact.unwrap_or_default());
    }
}
