//! The parts of an image's name.

/// Tag and digest of an image's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parts<'i> {
    /// Tag.
    pub(crate) tag: Option<&'i str>,
    /// Digest, `sha256:…`.
    pub(crate) digest: Option<&'i str>,
}

/// Takes a name apart. The colon of a tag stands behind the last slash; one before it is that of a port.
pub(crate) fn parts(image: &str) -> Parts<'_> {
    let (name, digest) = match image.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (image, None),
    };
    let last = name.rsplit('/').next().unwrap_or(name);
    Parts { tag: last.split_once(':').map(|(_, tag)| tag), digest }
}

/// The last part of an image's name, without tag and digest: `fluent-bit`.
pub(crate) fn last_name(image: &str) -> &str {
    let name = image.split_once('@').map_or(image, |(name, _)| name);
    let last = name.rsplit('/').next().unwrap_or(name);
    last.split_once(':').map_or(last, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_no_tag() {
        for (image, tag, digest) in [
            ("shop", None, None),
            ("shop:1", Some("1"), None),
            ("images.example:5000/shop", None, None),
            ("images.example:5000/shop:1", Some("1"), None),
            ("images.example/shop:1@sha256:00", Some("1"), Some("sha256:00")),
            ("images.example/shop@sha256:00", None, Some("sha256:00")),
        ] {
            assert_eq!(parts(image), Parts { tag, digest }, "{image}");
        }
    }
}
