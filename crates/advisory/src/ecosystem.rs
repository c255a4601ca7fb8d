//! Ecosystems: how they write names, and which ids are a distribution's word on other people's vulnerabilities.

use std::borrow::Cow;

/// Ids by which distributions announce fixes of vulnerabilities that have an id of their own elsewhere.
const DISTRIBUTION_PREFIXES: &[&str] = &[
    "ALBA",
    "ALEA",
    "ALPINE-CVE",
    "ALSA",
    "ASA",
    "AZL",
    "BELL",
    "CESA",
    "CGA",
    "DEBIAN-CVE",
    "DLA",
    "DSA",
    "DTSA",
    "ECHO",
    "ELSA",
    "FEDORA",
    "GLSA",
    "MGASA",
    "MINI",
    "OESA",
    "openSUSE",
    "PHSA",
    "RHBA",
    "REDHAT-CVE",
    "RHEA",
    "RHSA",
    "RLSA",
    "RXSA",
    "SUSE",
    "UBUNTU-CVE",
    "USN",
    "LSN",
];

/// Ids of errata that fix bugs or add features; without a vulnerability named they are not about security.
const ERRATA_PREFIXES: &[&str] = &["ALBA", "ALEA", "RHBA", "RHEA", "SUSE-RU", "SUSE-FU", "SUSE-OU"];

/// True if `id` stands for what it names under `related`, `upstream` or `aliases`, and not for a vulnerability of its
/// own.
#[must_use]
pub fn is_distribution_advisory(id: &str) -> bool {
    // Amazon's repositories have prefixes of their own: `ALAS2NGINX1-2023-001`.
    has_prefix(id, DISTRIBUTION_PREFIXES) || id.starts_with("ALAS")
}

/// True for errata that need not be about security.
#[must_use]
pub fn is_erratum(id: &str) -> bool {
    has_prefix(id, ERRATA_PREFIXES)
}

fn has_prefix(id: &str, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|p| id.strip_prefix(p).is_some_and(|rest| rest.starts_with('-')))
}

/// The CVE id that a distribution's own id contains: `DEBIAN-CVE-2024-1234`.
#[must_use]
pub fn embedded_cve(id: &str) -> Option<&str> {
    let rest = ["ALPINE-", "DEBIAN-", "UBUNTU-", "REDHAT-", "SUSE-", "ECHO-", "AZL-", "CURL-"]
        .iter()
        .find_map(|p| id.strip_prefix(p))?;
    rest.starts_with("CVE-").then_some(rest)
}

/// The ecosystem without its release: `Debian` of `Debian:12`.
#[must_use]
pub fn base(ecosystem: &str) -> &str {
    ecosystem.split(':').next().unwrap_or(ecosystem)
}

/// Debian's releases by codename: `12` of `bookworm`; a codename that is not known stands for itself.
#[must_use]
pub fn debian_release(codename: &str) -> &str {
    match codename.trim() {
        "squeeze" => "6.0",
        "wheezy" => "7",
        "jessie" => "8",
        "stretch" => "9",
        "buster" => "10",
        "bullseye" => "11",
        "bookworm" => "12",
        "trixie" => "13",
        "forky" => "14",
        "duke" => "15",
        "sid" => "unstable",
        other => other,
    }
}

/// Ubuntu's releases by codename, and whether they are supported for long.
const UBUNTU: &[(&str, &str, bool)] = &[
    ("trusty", "14.04", true),
    ("xenial", "16.04", true),
    ("bionic", "18.04", true),
    ("focal", "20.04", true),
    ("impish", "21.10", false),
    ("jammy", "22.04", true),
    ("kinetic", "22.10", false),
    ("lunar", "23.04", false),
    ("mantic", "23.10", false),
    ("noble", "24.04", true),
    ("oracular", "24.10", false),
    ("plucky", "25.04", false),
    ("questing", "25.10", false),
    ("resolute", "26.04", true),
];

/// The ecosystem of a release of Ubuntu as OSV names it: `Ubuntu:22.04:LTS` of `jammy`, `Ubuntu:Pro:20.04:LTS` of
/// `esm-infra/focal` and `focal/esm`; other services have packages of their own, `Ubuntu:Pro:fips:20.04:LTS`.
#[must_use]
pub fn ubuntu_release(distro: &str) -> Option<String> {
    let (service, codename) = match distro.split_once('/') {
        Some((codename, "esm")) => ("esm", codename),
        Some((service, codename)) => (service, codename),
        None => ("", distro),
    };
    let (_, version, long) =
        UBUNTU.iter().find(|(name, ..)| *name == codename.trim_end_matches("-security"))?;
    let service = match service {
        "" | "ubuntu" => String::new(),
        "esm" | "esm-infra" | "esm-apps" | "esm-infra-legacy" => "Pro:".to_owned(),
        other => format!("Pro:{other}:"),
    };
    Some(format!("Ubuntu:{service}{version}{}", if *long { ":LTS" } else { "" }))
}

/// A package's name as the database files it: in the one form that an ecosystem treats all spellings as.
#[must_use]
pub fn key_name(ecosystem: &str, name: &str) -> String {
    match base(ecosystem) {
        "PyPI" => pep503(name),
        "NuGet" | "Packagist" | "GitHub Actions" | "Hex" | "Pub" | "Bitnami" => name.to_ascii_lowercase(),
        "SwiftURL" => {
            let name = name.strip_prefix("https://").unwrap_or(name);
            name.strip_suffix(".git").unwrap_or(name).to_ascii_lowercase()
        }
        _ => name.to_owned(),
    }
}

/// PEP 503: lower case, every run of `-`, `_`, `.` one `-`.
fn pep503(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '-' | '_' | '.' if out.ends_with('-') => {}
            '-' | '_' | '.' => out.push('-'),
            c => out.extend(c.to_lowercase()),
        }
    }
    out
}

/// The module streams that a summary names: `python39:3.9` and `python39-devel:3.9` of
/// `Moderate: python39:3.9 and python39-devel:3.9 security update`. AlmaLinux says it nowhere else.
#[must_use]
pub(crate) fn module_streams(summary: &str) -> Vec<String> {
    let plain = |s: &str| !s.is_empty() && s.chars().all(|c| c.is_ascii_alphanumeric() || "-_.+".contains(c));
    let stream =
        |word: &&str| word.split_once(':').is_some_and(|(name, stream)| plain(name) && plain(stream));
    let mut out: Vec<String> = summary.split([' ', ',']).filter(stream).map(str::to_owned).collect();
    out.sort_unstable();
    out.dedup();
    out
}

/// Reads the ecosystem that a file of the upstream's export belongs to from its name: `PyPI/all.zip`,
/// `RubyGems-all.zip`. Such a file holds every record of the ecosystem.
#[must_use]
pub fn of_whole_export(path: &str) -> Option<Cow<'_, str>> {
    let path = path.strip_suffix("all.zip")?;
    let name = path.trim_end_matches(['/', '-', '_', '.']).rsplit('/').next()?;
    (!name.is_empty() && name.len() < path.len()).then_some(Cow::Borrowed(name))
}
