//! Names of images as people type them (distribution, `reference` package): `nginx:1.25`,
//! `registry.example:5000/team/shop@sha256:…`.

use std::fmt;

use model::Digest;

/// Bytes of the longest name that is read, tag and digest included.
pub const REFERENCE_BYTES_MAX: usize = 512;

/// Bytes of the longest repository with its registry (distribution, `NameTotalLengthMax`).
pub const REPOSITORY_BYTES_MAX: usize = 255;

/// Bytes of the longest tag.
pub const TAG_BYTES_MAX: usize = 128;

/// The registry of names without one.
pub const DEFAULT_REGISTRY: &str = "docker.io";

/// An image in a registry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// `docker.io`, `registry.example:5000`, in lower case; `Registry` as written, since in lower case it would be
    /// part of a repository.
    pub registry: String,
    /// `library/nginx`.
    pub repository: String,
    /// `1.25`; `None` if only a digest is named.
    pub tag: Option<String>,
    /// The content asked for; it wins over the tag.
    pub digest: Option<Digest>,
}

impl Reference {
    /// Reads a name. Without a registry it is Docker Hub's, without tag and digest `latest`.
    ///
    /// # Errors
    /// In words, what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if REFERENCE_BYTES_MAX < text.len() {
            return Err(format!("it is longer than {REFERENCE_BYTES_MAX} bytes"));
        }
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest.parse::<Digest>().map_err(|e| e.to_string())?)),
            None => (text, None),
        };
        // A colon behind the last slash is a tag's, any other a port's.
        let path_at = rest.rfind('/').map_or(0, |i| i + 1);
        let last = rest.get(path_at..).unwrap_or_default();
        let (name, tag) = match last.find(':') {
            Some(at) => (rest.get(..path_at + at).unwrap_or_default(), last.get(at + 1..)),
            None => (rest, None),
        };
        if let Some(tag) = tag {
            check_tag(tag)?;
        }
        let (registry, repository) = split_registry(name);
        check_registry(registry)?;
        check_repository(repository)?;
        let registry = match registry.to_ascii_lowercase() {
            r if r == "index.docker.io" || r == "registry-1.docker.io" => DEFAULT_REGISTRY.to_owned(),
            r if names_registry(&r) => r,
            // Its upper case letters alone say that it is a registry.
            _ => registry.to_owned(),
        };
        let repository = match registry == DEFAULT_REGISTRY && !repository.contains('/') {
            true => format!("library/{repository}"),
            false => repository.to_owned(),
        };
        if REPOSITORY_BYTES_MAX < registry.len() + 1 + repository.len() {
            return Err(format!("registry and repository are longer than {REPOSITORY_BYTES_MAX} bytes"));
        }
        let tag = match (tag, digest) {
            (Some(tag), _) => Some(tag.to_owned()),
            (None, Some(_)) => None,
            (None, None) => Some("latest".to_owned()),
        };
        Ok(Self { registry, repository, tag, digest })
    }

    /// Registry and repository, `docker.io/library/nginx`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}", self.registry, self.repository)
    }

    /// What manifests are asked by: the digest, else the tag.
    #[must_use]
    pub fn wanted(&self) -> String {
        match (&self.digest, &self.tag) {
            (Some(digest), _) => digest.to_string(),
            (None, tag) => tag.clone().unwrap_or_else(|| "latest".to_owned()),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        match &self.digest {
            Some(digest) => write!(f, "@{digest}"),
            None => Ok(()),
        }
    }
}

/// Splits a registry off: the first component with a dot, a port or an upper case letter, or `localhost`.
#[must_use]
pub fn split_registry(name: &str) -> (&str, &str) {
    match name.split_once('/') {
        Some((first, rest)) if names_registry(first) => (first, rest),
        _ => (DEFAULT_REGISTRY, name),
    }
}

/// True if `first`, the part before the first slash, can only be a registry.
#[must_use]
pub fn names_registry(first: &str) -> bool {
    first == "localhost" || first.contains(['.', ':']) || first.bytes().any(|b| b.is_ascii_uppercase())
}

/// Refuses what is no host with an optional port.
///
/// # Errors
/// In words.
pub fn check_registry(registry: &str) -> Result<(), String> {
    let wrong = || Err(format!("`{registry}` is no registry's host"));
    let (host, port) = match registry.strip_prefix('[').and_then(|r| r.split_once(']')) {
        Some((address, rest)) => {
            if address.parse::<core::net::Ipv6Addr>().is_err() {
                return wrong();
            }
            ("", rest.strip_prefix(':'))
        }
        None => match registry.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (registry, None),
        },
    };
    if port.is_some_and(|p| p.parse::<u16>().is_err() || !p.bytes().all(|b| b.is_ascii_digit())) {
        return wrong();
    }
    let label = |l: &str| {
        !l.is_empty()
            && !l.starts_with('-')
            && !l.ends_with('-')
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    if registry.starts_with('[') || host.split('.').all(label) { Ok(()) } else { wrong() }
}

/// Refuses what is no repository: `[a-z0-9]+` with `.`, `_`, `__` or dashes between, slashes between those.
///
/// # Errors
/// In words.
pub fn check_repository(repository: &str) -> Result<(), String> {
    if repository.is_empty() {
        return Err("it names no repository".to_owned());
    }
    let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let component = |c: &str| {
        let separators = |s: &str| matches!(s, "." | "_" | "__") || s.bytes().all(|b| b == b'-');
        c.bytes().next().is_some_and(known)
            && c.bytes().last().is_some_and(known)
            && c.bytes().all(|b| known(b) || matches!(b, b'.' | b'_' | b'-'))
            && c.split(|c: char| c.is_ascii_alphanumeric()).all(separators)
    };
    match repository.split('/').find(|c| !component(c)) {
        None => Ok(()),
        Some(c) if c.bytes().any(|b| b.is_ascii_uppercase()) => {
            Err(format!("`{c}`: repositories are written in lower case"))
        }
        Some(c) => Err(format!("`{c}` is no part of a repository's name")),
    }
}

/// Refuses what is no tag: `[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}`.
///
/// # Errors
/// In words.
pub fn check_tag(tag: &str) -> Result<(), String> {
    let first = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let is_tag = tag.len() <= TAG_BYTES_MAX
        && tag.bytes().next().is_some_and(first)
        && tag.bytes().all(|b| first(b) || matches!(b, b'.' | b'-'));
    if is_tag { Ok(()) } else { Err(format!("`{tag}` is no tag")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        Reference::parse(text).map_or_else(|e| format!("error: {e}"), |r| r.to_string())
    }

    #[test]
    fn names_are_completed_as_docker_completes_them() {
        let digest = format!("sha256:{}", "a".repeat(64));
        for (written, meant) in [
            ("nginx", "docker.io/library/nginx:latest"),
            ("nginx:1.25", "docker.io/library/nginx:1.25"),
            ("bitnami/redis:7", "docker.io/bitnami/redis:7"),
            ("index.docker.io/nginx", "docker.io/library/nginx:latest"),
            ("docker.io/nginx", "docker.io/library/nginx:latest"),
            ("localhost/a", "localhost/a:latest"),
            ("localhost:5000/a/b:c", "localhost:5000/a/b:c"),
            ("quay.io/a/b__c/d-e.f:V1_x", "quay.io/a/b__c/d-e.f:V1_x"),
            ("127.0.0.1:5000/a", "127.0.0.1:5000/a:latest"),
            ("[::1]:5000/a", "[::1]:5000/a:latest"),
            ("Registry/a", "Registry/a:latest"),
            ("Registry.Example/a", "registry.example/a:latest"),
            ("LocalHost/a", "localhost/a:latest"),
            ("a---b", "docker.io/library/a---b:latest"),
        ] {
            assert_eq!(shown(written), meant);
            assert_eq!(shown(meant), meant, "the whole name names the same image");
        }
        assert_eq!(shown(&format!("nginx@{digest}")), format!("docker.io/library/nginx@{digest}"));
        assert_eq!(shown(&format!("g.io/a:b@{digest}")), format!("g.io/a:b@{digest}"));
        assert_eq!(Reference::parse(&format!("g.io/a:b@{digest}")).unwrap().wanted(), digest);
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for wrong in [
            "",
            ":1",
            "a:",
            "a b",
            "A",
            "quay.io/",
            "quay.io/A/b",
            "a@sha256:zz",
            "a@md5:00",
            "-a",
            "a-",
            "a..b",
            "a//b",
            "a/../b",
            "./a",
            "/a",
            "a:b:c",
            "host:99999/a",
            "host:x/a",
            "a:-b",
            "a___b",
            "ä",
            "quay.io/a?x",
            "quay.io/%2e",
        ] {
            assert!(Reference::parse(wrong).is_err(), "{wrong}");
        }
        assert!(Reference::parse(&"a".repeat(300)).is_err());
        assert!(Reference::parse(&format!("a:{}", "t".repeat(129))).is_err());
        assert!(shown("quay.io/Shop:1").contains("lower case"));
    }
}
