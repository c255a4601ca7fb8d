//! Which distribution a root file system is: `os-release` and what came before it.

use model::Distribution;
use oci::{Interest, Tree};

use super::end_of_life::end_of_life;

/// Largest release file read, in bytes.
const RELEASE_BYTES_MAX: u64 = 64 << 10;

/// Files that name the distribution, best first (os-release(5)).
const OS_RELEASE: [&str; 2] = ["etc/os-release", "usr/lib/os-release"];
/// What those hold that have no os-release, or an incomplete one.
const OTHERS: [&str; 9] = [
    "etc/alpine-release",
    "etc/debian_version",
    "etc/redhat-release",
    "etc/centos-release",
    "etc/system-release",
    "etc/lsb-release",
    "usr/lib/initrd-release",
    "etc/photon-release",
    "etc/arch-release",
];

pub(super) fn interest(path: &str, size: u64) -> Option<Interest> {
    let known = OS_RELEASE.contains(&path) || OTHERS.contains(&path);
    (known && size <= RELEASE_BYTES_MAX).then_some(Interest::Keep)
}

/// The distribution that `tree` is, if it is one.
#[must_use]
pub fn distribution(tree: &Tree) -> Option<Distribution> {
    let text = |path: &str| {
        let bytes = tree.open(path, RELEASE_BYTES_MAX).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    };
    let named = OS_RELEASE.iter().find_map(|path| os_release(&text(path)?));
    let mut found = named.or_else(|| older(&text))?;
    refine(&mut found, &text);
    found.end_of_life = end_of_life(&found);
    Some(found)
}

/// Reads the `KEY=value` lines of os-release; `None` without an id.
fn os_release(text: &str) -> Option<Distribution> {
    let mut d = Distribution::default();
    let some = |value: String| (!value.is_empty()).then_some(value);
    for line in text.lines() {
        let Some((key, value)) = line.trim().split_once('=') else { continue };
        let value = unquote(value);
        match key {
            "ID" => d.id = value.to_ascii_lowercase(),
            "VERSION_ID" => d.version = value,
            "VERSION_CODENAME" => d.codename = some(value),
            "PRETTY_NAME" => d.pretty_name = some(value),
            "ID_LIKE" => d.id_like = value.split_ascii_whitespace().map(str::to_ascii_lowercase).collect(),
            _ => {}
        }
    }
    (!d.id.is_empty()).then_some(d)
}

/// Undoes the shell's quotes and backslashes (os-release(5): "shell-compatible variable assignments").
fn unquote(value: &str) -> String {
    let value = value.trim();
    let inner = ['"', '\''].iter().find_map(|q| value.strip_prefix(*q)?.strip_suffix(*q));
    let mut out = String::new();
    let mut escaped = false;
    for c in inner.unwrap_or(value).chars() {
        if c == '\\' && !escaped {
            escaped = true;
            continue;
        }
        escaped = false;
        out.push(c);
    }
    out
}

/// The distribution of a root file system from before os-release (2012), or stripped of it.
fn older(text: &dyn Fn(&str) -> Option<String>) -> Option<Distribution> {
    let new = |id: &str, version: &str| Distribution {
        id: id.to_owned(),
        version: version.to_owned(),
        ..Distribution::default()
    };
    if let Some(version) = text("etc/alpine-release") {
        return Some(new("alpine", version.trim()));
    }
    for path in ["etc/centos-release", "etc/redhat-release", "etc/system-release", "etc/photon-release"] {
        let Some(line) = text(path).and_then(|t| t.lines().next().map(str::to_owned)) else { continue };
        let ids = [
            ("CentOS", "centos"),
            ("Red Hat", "rhel"),
            ("AlmaLinux", "almalinux"),
            ("Rocky", "rocky"),
            ("Fedora", "fedora"),
            ("Oracle", "ol"),
            ("Amazon", "amzn"),
            ("Photon", "photon"),
        ];
        let Some((_, id)) = ids.iter().find(|(name, _)| line.contains(name)) else { continue };
        let version = line.split_ascii_whitespace().find(|w| w.starts_with(|c: char| c.is_ascii_digit()));
        return Some(Distribution {
            pretty_name: Some(line.clone()),
            ..new(id, version.unwrap_or_default())
        });
    }
    if let Some(lsb) = text("etc/lsb-release") {
        let value =
            |key: &str| lsb.lines().find_map(|l| Some(unquote(l.strip_prefix(key)?.strip_prefix('=')?)));
        if let Some(id) = value("DISTRIB_ID") {
            let mut d = new(&id.to_ascii_lowercase(), &value("DISTRIB_RELEASE").unwrap_or_default());
            d.codename = value("DISTRIB_CODENAME");
            d.pretty_name = value("DISTRIB_DESCRIPTION");
            return Some(d);
        }
    }
    if let Some(version) = text("etc/debian_version") {
        return Some(new("debian", version.trim()));
    }
    text("etc/arch-release").map(|_| new("arch", ""))
}

/// Debian's codenames, for testing releases, whose os-release has no number (`debian_version`: `trixie/sid`).
const DEBIAN: &[(&str, &str)] = &[
    ("jessie", "8"),
    ("stretch", "9"),
    ("buster", "10"),
    ("bullseye", "11"),
    ("bookworm", "12"),
    ("trixie", "13"),
    ("forky", "14"),
    ("duke", "15"),
];

/// Fills what os-release leaves open and another file tells.
fn refine(d: &mut Distribution, text: &dyn Fn(&str) -> Option<String>) {
    match d.id.as_str() {
        "debian" => {
            // A point release matters to nobody's advisories; the number before the dot names the release.
            d.version = d.version.split('.').next().unwrap_or_default().to_owned();
            let marked = text("etc/debian_version").unwrap_or_default();
            let word = d
                .codename
                .clone()
                .unwrap_or_else(|| marked.split('/').next().unwrap_or_default().trim().to_owned());
            if d.version.is_empty() || !d.version.starts_with(|c: char| c.is_ascii_digit()) {
                let known = DEBIAN.iter().find(|(name, _)| *name == word);
                d.version = known.map(|(_, number)| (*number).to_owned()).unwrap_or_default();
            }
            if d.codename.is_none() {
                d.codename = DEBIAN.iter().find(|(_, n)| *n == d.version).map(|(name, _)| (*name).to_owned());
            }
        }
        "centos" if d.version.matches('.').count() == 0 => {
            // os-release says `7` where centos-release says `7.9.2009`; CentOS Stream has no minor release at all.
            let stream = d.pretty_name.as_deref().is_some_and(|n| n.contains("Stream"));
            let line = text("etc/centos-release").unwrap_or_default();
            let full = line
                .split_ascii_whitespace()
                .find(|w| w.contains('.') && w.starts_with(|c: char| c.is_ascii_digit()));
            if let (false, Some(full)) = (stream, full) {
                full.clone_into(&mut d.version);
            }
        }
        "alpine" => {
            if let Some(exact) =
                text("etc/alpine-release").map(|t| t.trim().to_owned()).filter(|t| !t.is_empty())
            {
                d.version = exact;
            }
        }
        _ => {}
    }
}
