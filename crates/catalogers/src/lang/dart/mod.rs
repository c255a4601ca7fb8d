//! Dart: `pubspec.lock`.

use inventory::Harvest;
use model::PackageType;

use crate::lang::locked::Locked;
use crate::lang::text::{self, Broken};

/// Addresses of the public registry, today's and the one before it.
const PUBLIC: [&str; 2] = ["https://pub.dev", "https://pub.dartlang.org"];

/// Reads `pubspec.lock`. Packages of the SDK come with it, those of a path are the project itself.
pub(super) fn read(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let lock = text::yaml(bytes)?;
    text::has_one_of(&lock, &["packages", "sdks"])?;
    let mut locked = Locked::new(PackageType::Pub, "pubspec.lock", path);
    for (name, package) in text::table(&lock, "packages") {
        if matches!(text::text(package, "source"), Some("sdk" | "path")) {
            continue;
        }
        let id = locked.add(name, text::text(package, "version").unwrap_or_default());
        let url = package.get("description").and_then(|d| text::text(d, "url"));
        let hosted = text::text(package, "source") == Some("hosted");
        if let Some(url) = url.filter(|url| hosted && !PUBLIC.contains(&url.trim_end_matches('/'))) {
            locked.qualifier(id, "repository_url", url);
        }
        let asked = text::text(package, "dependency").unwrap_or_default();
        locked.direct(id, asked.starts_with("direct"));
        locked.dev(id, asked == "direct dev");
    }
    Ok(locked.finish())
}
