//! Whether a name that is no path means an image in a registry.

use std::path::Path;

use oci::reference::{Reference, names_registry};
use ports::source::SourceError;

/// Endings of files that are scanned: who writes one means a file.
const FILE_ENDINGS: [&str; 12] =
    [".tar", ".tgz", ".gz", ".zst", ".zip", ".json", ".xml", ".spdx", ".yaml", ".yml", ".toml", ".lock"];

/// Answers nothing if `raw`, which is no path, can only be an image's name.
///
/// # Errors
/// [`SourceError::Usage`] for what looks like a path with a slip in it: it is never sent to a registry.
pub(crate) fn image(raw: &str) -> Result<(), SourceError> {
    let missing = |hint: &str| Err(SourceError::Usage(format!("`{raw}`: no such file or directory{hint}")));
    let (first, rest) = raw.split_once('/').unwrap_or((raw, ""));
    let is_path = raw.starts_with(['.', '/', '~', '-']) || raw.ends_with('/') || raw.contains(['\\', '*']);
    let lower = raw.to_ascii_lowercase();
    if is_path || FILE_ENDINGS.iter().any(|ending| lower.ends_with(ending)) {
        return missing("");
    }
    if let Err(e) = Reference::parse(raw) {
        return missing(&format!(", and no image's name: {e}"));
    }
    let has_host = !rest.is_empty() && names_registry(first);
    if has_host {
        return Ok(());
    }
    let last = raw.rsplit('/').next().unwrap_or_default();
    if rest.is_empty() && !last.contains([':', '@']) {
        return missing(&format!("; an image in a registry is written `{raw}:TAG` or `registry:{raw}`"));
    }
    // `images/shop:1.4` beside a directory `images` is a path with a slip.
    if !rest.is_empty() && Path::new(first).symlink_metadata().is_ok() {
        return missing(&format!("; an image in a registry is written `registry:{raw}`"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_path_is_never_sent_to_a_registry() {
        for path in [
            "./nginx:1.25",
            "/nginx:1.25",
            "../a",
            "~/a",
            "images/",
            "shop",
            "shop.tar",
            "out/app.tar",
            "bom.json",
            "Shop:1",
            "src/x:1",
            "a b:1",
            "team/*",
            "C:\\a",
            "",
            "-x:1",
            "nginx:",
            ".",
            "..",
        ] {
            assert!(image(path).is_err(), "{path}");
        }
        for name in [
            "nginx:1.25",
            "bitnami/redis:7",
            "bitnami/redis",
            "quay.io/a/b",
            "localhost:5000/a",
            "ghcr.io/a/b:1.2.3",
            "localhost/a",
        ] {
            assert!(image(name).is_ok(), "{name}");
        }
        assert!(image("shop").unwrap_err().to_string().contains("registry:shop"));
    }
}
