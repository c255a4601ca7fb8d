//! Swift: `Package.resolved` of versions 1, 2 and 3. A package is named by where its repository lies.

use inventory::Harvest;
use model::PackageType;
use serde_json::Value;

use crate::lang::locked::Locked;
use crate::lang::text::{self, Broken};

/// Reads `Package.resolved`.
pub(super) fn read(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let resolved = text::json_table(bytes)?;
    text::has_one_of(&resolved, &["pins", "object"])?;
    text::major_version(&resolved, "version", 1..=3)?;
    let mut locked = Locked::new(PackageType::Swift, "Package.resolved", path);
    let pins = resolved.get("object").unwrap_or(&resolved);
    for pin in text::list(pins, "pins") {
        if matches!(text::text(pin, "kind"), Some("fileSystem" | "localSourceControl")) {
            continue;
        }
        let address =
            text::text(pin, "location").or_else(|| text::text(pin, "repositoryURL")).unwrap_or_default();
        let name = match repository(address) {
            name if name.is_empty() => {
                text::text(pin, "identity").or_else(|| text::text(pin, "package")).map(str::to_owned)
            }
            name => Some(name),
        };
        let state = pin.get("state").unwrap_or(&Value::Null);
        if let Some(name) = name {
            locked.add(&name, text::text(state, "version").unwrap_or_default());
        }
    }
    Ok(locked.finish())
}

/// `github.com/apple/swift-nio` of `https://github.com/apple/swift-nio.git` or `git@github.com:apple/swift-nio.git`.
fn repository(address: &str) -> String {
    let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
    let rest = rest.split_once('@').map_or(rest, |(user, host)| if user.contains('/') { rest } else { host });
    let rest = rest.trim_end_matches('/').trim_end_matches(".git");
    match rest.split_once(':') {
        Some((host, path)) if scheme.is_empty() => format!("{host}/{path}"),
        _ => rest.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::repository;

    #[test]
    fn a_repository_is_named_by_host_and_path() {
        for address in [
            "https://github.com/a/b.git",
            "https://github.com/a/b/",
            "git@github.com:a/b.git",
            "ssh://git@github.com/a/b",
        ] {
            assert_eq!(repository(address), "github.com/a/b", "{address}");
        }
    }
}
