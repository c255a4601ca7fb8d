//! Addresses (RFC 3986), as far as requests and redirects need them.

/// Bytes of the longest address that is asked.
pub(crate) const URL_BYTES_MAX: usize = 16 << 10;

/// An address in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Url {
    pub(crate) https: bool,
    /// In lower case; IPv6 in brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// Path and query, beginning with `/`.
    pub(crate) target: String,
}

impl Url {
    /// Reads an absolute address with http or https.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        if URL_BYTES_MAX < text.len() {
            return Err("it is too long");
        }
        if text.bytes().any(|b| b <= b' ' || b == 0x7f || !b.is_ascii()) {
            return Err("it holds a character that must be escaped");
        }
        let (scheme, rest) = text.split_once("://").ok_or("it has no `https://` in front")?;
        let https = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return Err("it is neither https nor http"),
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err("it holds a user name or password");
        }
        let (host, port) = split_port(authority)?;
        if host.is_empty() {
            return Err("it names no host");
        }
        let port = port.unwrap_or(if https { 443 } else { 80 });
        let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
        Ok(Self { https, host: host.to_ascii_lowercase(), port, target })
    }

    /// The address that a redirect from here to `location` means (RFC 3986, 5.2, without dot segments).
    pub(crate) fn join(&self, location: &str) -> Result<Self, &'static str> {
        let location = location.trim();
        if location.is_empty() {
            return Err("the redirect names no address");
        }
        if let Some(rest) = location.strip_prefix("//") {
            return Self::parse(&format!("{}://{rest}", self.scheme()));
        }
        let path_end = location.find(['/', '?', '#']).unwrap_or(location.len());
        if location.get(..path_end).is_some_and(|head| head.contains(':')) {
            return Self::parse(location);
        }
        let target = match location.as_bytes().first() {
            Some(b'/') => location.to_owned(),
            _ => {
                let path = self.target.split('?').next().unwrap_or_default();
                let keep =
                    if location.starts_with('?') { path.len() } else { path.rfind('/').map_or(0, |i| i + 1) };
                format!("{}{location}", path.get(..keep).unwrap_or("/"))
            }
        };
        Self::parse(&format!("{}{target}", self.origin()))
    }

    pub(crate) fn scheme(&self) -> &'static str {
        if self.https { "https" } else { "http" }
    }

    /// Scheme, host and port: what credentials are for.
    pub(crate) fn origin(&self) -> String {
        format!("{}://{}:{}", self.scheme(), self.host, self.port)
    }

    /// As a request writes it; the scheme's own port is left out.
    pub(crate) fn text(&self) -> String {
        let own = if self.https { 443 } else { 80 };
        match self.port == own {
            true => format!("{}://{}{}", self.scheme(), self.host, self.target),
            false => format!("{}{}", self.origin(), self.target),
        }
    }

    /// True for this machine: `localhost` and the loopback addresses.
    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }
}

/// True for `localhost`, names under it, and loopback addresses.
pub(crate) fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), &'static str> {
    let end = authority.rfind(']').map_or(0, |i| i + 1);
    let (head, tail) = authority.split_at(end);
    let Some(colon) = tail.find(':') else {
        return Ok((authority, None));
    };
    let host = authority.get(..head.len() + colon).unwrap_or_default();
    let port = tail.get(colon + 1..).unwrap_or_default();
    if port.is_empty() {
        return Ok((host, None));
    }
    match port.bytes().all(|b| b.is_ascii_digit()).then(|| port.parse()) {
        Some(Ok(port)) => Ok((host, Some(port))),
        _ => Err("its port is no number up to 65535"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn join(base: &str, location: &str) -> String {
        Url::parse(base).unwrap().join(location).map_or_else(str::to_owned, |u| u.text())
    }

    #[test]
    fn addresses_are_taken_apart() {
        let url = Url::parse("https://Registry.Example:5000/v2/?n=1#x").unwrap();
        assert_eq!(
            (url.host.as_str(), url.port, url.target.as_str()),
            ("registry.example", 5000, "/v2/?n=1")
        );
        assert_eq!(Url::parse("http://[::1]:80/").unwrap().text(), "http://[::1]/");
        for bad in [
            "ftp://a/",
            "https://",
            "https://u:p@a/",
            "https://a:99999/",
            "https://a/ b",
            "a/b",
            "https://a:x/",
        ] {
            assert!(Url::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn redirects_may_be_relative() {
        assert_eq!(join("https://a/v2/x/blob", "/b"), "https://a/b");
        assert_eq!(join("https://a/v2/x/blob?q=1", "c"), "https://a/v2/x/c");
        assert_eq!(join("https://a/v2", "?q=2"), "https://a/v2?q=2");
        assert_eq!(join("https://a/v2", "//b/c"), "https://b/c");
        assert_eq!(join("https://a/v2", "http://b:8080/c"), "http://b:8080/c");
        assert_eq!(join("https://a/v2", "file:///etc/passwd"), "it is neither https nor http");
    }

    #[test]
    fn this_machine_has_several_names() {
        for here in
            ["localhost", "127.0.0.1", "127.9.9.9", "[::1]", "registry.localhost", "[::ffff:127.0.0.1]"]
        {
            assert!(is_loopback(here), "{here}");
        }
        for there in ["localhost.example", "10.0.0.1", "0.0.0.0", "127.0.0.1.example"] {
            assert!(!is_loopback(there), "{there}");
        }
    }
}
