//! Where a registry is asked: itself, or a mirror of it.

/// A host that speaks the distribution API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// Host and port on the wire.
    pub(crate) host: String,
    /// In front of every repository, with its slash; empty for none.
    pub(crate) prefix: String,
    /// The name credentials are kept under.
    pub(crate) registry: String,
    pub(crate) is_mirror: bool,
}

impl Endpoint {
    /// The registry itself.
    pub(crate) fn own(registry: &str) -> Self {
        // Docker Hub answers under another name than its images carry.
        let host = if registry == "docker.io" { "registry-1.docker.io" } else { registry };
        Self { host: host.to_owned(), prefix: String::new(), registry: registry.to_owned(), is_mirror: false }
    }

    /// A mirror, `HOST` or `HOST/PREFIX`.
    pub(crate) fn mirror(written: &str) -> Self {
        let bare = written.trim_start_matches("https://").trim_start_matches("http://").trim_end_matches('/');
        let (host, prefix) = bare.split_once('/').unwrap_or((bare, ""));
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        let host = host.to_ascii_lowercase();
        Self { registry: host.clone(), host, prefix, is_mirror: true }
    }

    /// The host without its port.
    pub(crate) fn name(&self) -> &str {
        host_of(&self.host)
    }

    /// True for this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        let bare = self.name().trim_start_matches('[').trim_end_matches(']');
        bare == "localhost"
            || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
    }
}

/// `host:port` without its port.
pub(crate) fn host_of(authority: &str) -> &str {
    let end = authority.rfind(']').map_or(0, |i| i + 1);
    match authority.get(end..).and_then(|tail| tail.rfind(':')) {
        Some(colon) => authority.get(..end + colon).unwrap_or(authority),
        None => authority,
    }
}

/// Scheme and `host:port` of an absolute address; `None` for what is none or names a user.
pub(crate) fn origin(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    (!authority.is_empty() && !authority.contains('@')).then_some((scheme, authority))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_taken_apart() {
        assert_eq!(Endpoint::own("docker.io").host, "registry-1.docker.io");
        let mirror = Endpoint::mirror("https://Mirror.example:8443/hub/");
        assert_eq!((mirror.host.as_str(), mirror.prefix.as_str()), ("mirror.example:8443", "hub/"));
        assert_eq!(mirror.name(), "mirror.example");
        assert!(Endpoint::own("[::1]:5000").is_loopback() && Endpoint::own("localhost:5000").is_loopback());
        assert!(!Endpoint::own("localhost.example").is_loopback());
        assert_eq!(origin("https://a:1/b?c"), Some(("https", "a:1")));
        assert_eq!(origin("https://user@a/b"), None);
    }
}
