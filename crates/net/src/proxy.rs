//! Proxies as the environment names them. There is no standard; this is what curl and Go agree on.

use crate::settings::NetSettings;
use crate::url::Url;

/// The proxy for `url`, if one is named and the host is not among those that are reached directly.
pub(crate) fn proxy_for(settings: &NetSettings, url: &Url) -> Option<String> {
    if url.is_loopback() {
        return None;
    }
    if let Some(direct) = variable(settings, "no_proxy")
        && direct.split([',', ' ']).any(|entry| is_direct(entry.trim(), url))
    {
        return None;
    }
    let own = if url.https { "https_proxy" } else { "http_proxy" };
    variable(settings, own).or_else(|| variable(settings, "all_proxy")).map(str::to_owned)
}

/// `name` in lower case, else in upper case; empty means unset.
fn variable<'s>(settings: &'s NetSettings, name: &str) -> Option<&'s str> {
    let find = |name: &str| settings.environment.iter().find(|(n, _)| n == name).map(|(_, v)| v.trim());
    find(name).or_else(|| find(&name.to_ascii_uppercase())).filter(|v| !v.is_empty())
}

/// `*`, a host with everything under it (`example.com`, `.example.com`, `*.example.com`), either with a port, an
/// address, or a block of addresses (`10.0.0.0/8`).
fn is_direct(entry: &str, url: &Url) -> bool {
    if entry == "*" {
        return true;
    }
    if entry.is_empty() {
        return false;
    }
    let host = url.host.trim_start_matches('[').trim_end_matches(']');
    if let Some((block, bits)) = entry.split_once('/') {
        return in_block(host, block, bits);
    }
    let entry = entry.to_ascii_lowercase();
    let is_address = entry.parse::<std::net::IpAddr>().is_ok();
    let (name, port) = match entry.rsplit_once(':') {
        Some((name, port)) if !is_address && port.parse::<u16>().is_ok() => (name, port.parse::<u16>().ok()),
        _ => (entry.as_str(), None),
    };
    if port.is_some_and(|p| p != url.port) {
        return false;
    }
    let name = name.trim_start_matches('[').trim_end_matches(']');
    let name = name.strip_prefix('*').unwrap_or(name);
    let name = name.strip_prefix('.').unwrap_or(name);
    host == name || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'))
}

fn in_block(host: &str, block: &str, bits: &str) -> bool {
    use std::net::IpAddr::{V4, V6};
    let (Ok(host), Ok(block), Ok(bits)) = (host.parse(), block.parse(), bits.parse::<u32>()) else {
        return false;
    };
    let same = |a: u128, b: u128, width: u32| {
        bits <= width && (bits == 0 || a.checked_shr(width - bits) == b.checked_shr(width - bits))
    };
    match (host, block) {
        (V4(a), V4(b)) => same(u128::from(a.to_bits()), u128::from(b.to_bits()), 32),
        (V6(a), V6(b)) => same(a.to_bits(), b.to_bits(), 128),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(environment: &[(&str, &str)], url: &str) -> Option<String> {
        let environment = environment.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        proxy_for(&NetSettings { environment, ..NetSettings::default() }, &Url::parse(url).unwrap())
    }

    #[test]
    fn each_scheme_has_its_proxy_and_this_machine_none() {
        let all =
            [("HTTPS_PROXY", "http://s:1"), ("http_proxy", "http://p:2"), ("ALL_PROXY", "socks5://a:3")];
        assert_eq!(proxy(&all, "https://x/").as_deref(), Some("http://s:1"));
        assert_eq!(proxy(&all, "http://x/").as_deref(), Some("http://p:2"));
        assert_eq!(proxy(&all, "https://localhost:5000/"), None);
        assert_eq!(proxy(&[("ALL_PROXY", "socks5://a:3")], "https://x/").as_deref(), Some("socks5://a:3"));
        assert_eq!(proxy(&[("https_proxy", ""), ("HTTPS_PROXY", "http://s:1")], "https://x/"), None);
    }

    #[test]
    fn hosts_reached_directly_have_many_spellings() {
        let direct = |entry: &str, url: &str| {
            proxy(&[("https_proxy", "http://p"), ("NO_PROXY", entry)], url).is_none()
        };
        for entry in
            ["*", "example.com", ".example.com", "*.example.com", "a, reg.example.com:5000", "Example.COM"]
        {
            assert!(direct(entry, "https://reg.example.com:5000/"), "{entry}");
        }
        for entry in ["ample.com", "reg.example.com:443", "example.org", "10.0.0.0/8"] {
            assert!(!direct(entry, "https://reg.example.com:5000/"), "{entry}");
        }
        assert!(direct("10.0.0.0/8", "https://10.9.8.7/"));
        assert!(!direct("10.0.0.0/8", "https://11.9.8.7/"));
        assert!(direct("fd00::/8", "https://[fd12::1]/"));
    }
}
