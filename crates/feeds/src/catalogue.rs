//! The feeds that are known, with the addresses of their upstreams.

use ports::feeds::{Feed, FeedFile, Via};
use ports::knowledge::KnowledgeError;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

/// Bytes of an ecosystem's whole export of OSV; Ubuntu's had 700 MB in 2026.
const EXPORT_BYTES_MAX: u64 = 4096 * MIB;
/// Bytes of a security database of Alpine; the largest has 2 MB.
const SECDB_BYTES_MAX: u64 = 128 * MIB;
/// Bytes of Debian's tracker; it had 75 MB in 2026.
const TRACKER_BYTES_MAX: u64 = 250 * MIB;
/// Bytes of CISA's catalogue; it had 1.6 MB in 2026.
const KEV_BYTES_MAX: u64 = 64 * MIB;
/// Bytes of EPSS; it had 2.7 MB in 2026.
const EPSS_BYTES_MAX: u64 = 128 * MIB;
/// Bytes of an updateinfo file.
const UPDATEINFO_BYTES_MAX: u64 = 250 * MIB;
/// Bytes of a vendor's archive of CSAF or VEX documents.
const ARCHIVE_BYTES_MAX: u64 = 4096 * MIB;

const OSV: &str = "https://storage.googleapis.com/osv-vulnerabilities";

/// Ecosystems of OSV that are fetched unless the user asks for others, and the words that ask for them.
const OSV_USUAL: &[(&str, &[&str])] = &[
    ("AlmaLinux", &["alma"]),
    ("Alpine", &[]),
    ("Debian", &[]),
    ("Rocky Linux", &["rocky"]),
    ("Ubuntu", &[]),
    ("Red Hat", &["redhat", "rhel"]),
    ("SUSE", &["sles"]),
    ("openSUSE", &["leap"]),
    ("Mageia", &[]),
    ("Azure Linux", &["azure", "mariner"]),
    ("openEuler", &[]),
    ("MinimOS", &[]),
    ("Echo", &[]),
    ("crates.io", &["cargo", "rust"]),
    ("Go", &["golang"]),
    ("npm", &[]),
    ("PyPI", &["python", "pip"]),
    ("Maven", &["java"]),
    ("NuGet", &["dotnet"]),
    ("Packagist", &["composer", "php"]),
    ("RubyGems", &["ruby", "gem"]),
    ("Hex", &["elixir", "erlang"]),
    ("Pub", &["dart"]),
    ("SwiftURL", &["swift"]),
    ("Hackage", &["haskell"]),
    ("CRAN", &["r"]),
    ("GitHub Actions", &["actions"]),
    ("Bitnami", &[]),
    ("Julia", &[]),
];

/// Ecosystems that OSV has a name for and, in August 2026, no advisory of: fetched only where they are asked for.
const OSV_EMPTY: &[(&str, &[&str])] = &[("Bioconductor", &[]), ("ConanCenter", &["conan"])];

/// Releases of Photon OS that have a file; it is said of each whether it may be missing, which the next one may.
const PHOTON_RELEASES: [(&str, bool); 4] = [("3.0", false), ("4.0", false), ("5.0", false), ("6.0", true)];

/// Bytes of a feed of Photon OS; that of 5.0 had some 17 MB in 2026.
const PHOTON_BYTES_MAX: u64 = 250 * MIB;

/// Bytes of Arch's tracker; it had 1 MB in 2024.
const ARCH_BYTES_MAX: u64 = 64 * MIB;

/// Branches of Alpine's security database: `v3.2`, the first, to this one, which may not be there yet, and `edge`.
const ALPINE_MINOR_MAX: u32 = 30;

/// Every feed, sorted by name; `own` are the user's `NAME=ADDRESS`, which replace a feed of that name or add one.
pub(crate) fn feeds(mirror: Option<&str>, own: &[String]) -> Result<Vec<Feed>, KnowledgeError> {
    let mut out: Vec<Feed> = OSV_USUAL.iter().map(|(ecosystem, words)| osv(ecosystem, words)).collect();
    out.extend(OSV_EMPTY.iter().map(|(ecosystem, words)| Feed { usual: false, ..osv(ecosystem, words) }));
    out.extend(distributions());
    out.extend(about_ids());
    for written in own {
        let feed = own_feed(written)?;
        match out.iter_mut().find(|f| f.name == feed.name) {
            // An address of one's own for a feed that is known leaves what is known of it.
            Some(known) if known.files.len() == 1 => {
                let bytes_max = known.files.iter().map(|f| f.bytes_max).max().unwrap_or(EXPORT_BYTES_MAX);
                known.files = feed.files.into_iter().map(|f| FeedFile { bytes_max, ..f }).collect();
                known.usual = true;
            }
            Some(known) => known.files = feed.files,
            None => out.push(feed),
        }
    }
    if let Some(mirror) = mirror {
        let mirror = mirror.trim_end_matches('/');
        if !mirror.contains("://") {
            let text = format!("`{mirror}` is no address of a mirror: write `https://HOST/PATH`");
            return Err(KnowledgeError::Usage(text));
        }
        for file in out.iter_mut().flat_map(|f| &mut f.files) {
            file.url = mirrored(mirror, &file.url);
        }
    }
    out.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(out)
}

/// `https://HOST/PATH` below a mirror: `MIRROR/HOST/PATH`.
pub(crate) fn mirrored(mirror: &str, url: &str) -> String {
    match url.split_once("://") {
        Some((_, rest)) if !url.starts_with(mirror) => format!("{}/{rest}", mirror.trim_end_matches('/')),
        _ => url.to_owned(),
    }
}

fn osv(ecosystem: &str, words: &[&str]) -> Feed {
    let slug = ecosystem.to_ascii_lowercase().replace([' ', '.'], "-");
    let mut all: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
    all.extend([slug.clone(), ecosystem.to_ascii_lowercase(), "osv".to_owned()]);
    all.dedup();
    let file = FeedFile {
        name: "all.zip".to_owned(),
        url: format!("{OSV}/{}/all.zip", ecosystem.replace(' ', "%20")),
        bytes_max: EXPORT_BYTES_MAX,
        ..FeedFile::default()
    };
    Feed {
        name: format!("osv-{slug}"),
        words: all,
        ecosystem: Some(ecosystem.to_owned()),
        whole: true,
        files: vec![file],
        usual: true,
    }
}

const SUSE_VEX: &str = "https://ftp.suse.com/pub/projects/security/csaf-vex.tar.bz2";
const UBUNTU_VEX: &str = "https://security-metadata.canonical.com/vex/vex-all.tar.xz";

/// What distributions publish themselves.
fn distributions() -> Vec<Feed> {
    let one = |name: &str, ecosystem: &str, words: &[&str], file: FeedFile, usual: bool| Feed {
        name: name.to_owned(),
        words: words.iter().map(|w| (*w).to_owned()).collect(),
        ecosystem: Some(ecosystem.to_owned()),
        // The documents themselves tell whether they are whole.
        whole: false,
        files: vec![file],
        usual,
    };
    let tracker = "https://security-tracker.debian.org/tracker/data/json";
    let mut out = vec![
        one("debian-tracker", "Debian", &["debian"], file("tracker.json", tracker, TRACKER_BYTES_MAX), true),
        one(
            "wolfi-secdb",
            "Wolfi",
            &["wolfi"],
            file("security.json", "https://packages.wolfi.dev/os/security.json", SECDB_BYTES_MAX),
            true,
        ),
        one(
            "chainguard-secdb",
            "Chainguard",
            &["chainguard"],
            file("security.json", "https://packages.cgr.dev/chainguard/security.json", SECDB_BYTES_MAX),
            true,
        ),
        one(
            "redhat-vex",
            "Red Hat",
            &["vex"],
            FeedFile {
                via: Via::Pointer,
                ..file(
                    "vex.tar.zst",
                    "https://security.access.redhat.com/data/csaf/v2/vex/archive_latest.txt",
                    ARCHIVE_BYTES_MAX,
                )
            },
            false,
        ),
    ];
    for (name, ecosystem, words, packed, url) in [
        ("suse-vex", "SUSE", &["vex", "suse"][..], "vex.tar.bz2", SUSE_VEX),
        ("ubuntu-vex", "Ubuntu", &["vex"], "vex.tar.xz", UBUNTU_VEX),
    ] {
        out.push(one(name, ecosystem, words, file(packed, url, ARCHIVE_BYTES_MAX), false));
    }
    // Each is of one release, and the older may stand still without making the other old.
    for (name, ecosystem, url) in [
        ("amazon-2", "Amazon Linux:2", "https://cdn.amazonlinux.com/2/core/latest/x86_64/mirror.list"),
        (
            "amazon-2023",
            "Amazon Linux:2023",
            "https://cdn.amazonlinux.com/al2023/core/mirrors/latest/x86_64/mirror.list",
        ),
    ] {
        let file = file("updateinfo.xml.gz", url, UPDATEINFO_BYTES_MAX);
        let words = ["amazon", "amazon linux", "amzn"];
        out.push(one(name, ecosystem, &words, FeedFile { via: Via::MirrorList, ..file }, true));
    }
    let arch = file("all.json", "https://security.archlinux.org/all.json", ARCH_BYTES_MAX);
    out.push(one("arch-tracker", "Arch Linux", &["arch"], arch, true));
    out.push(alpine());
    out.push(photon());
    out
}

fn photon() -> Feed {
    let files = PHOTON_RELEASES.iter().map(|(release, optional)| {
        let name = format!("cve_data_photon{release}.json");
        let url = format!("https://packages.broadcom.com/photon/photon_cve_metadata/{name}");
        FeedFile { optional: *optional, ..file(&name, &url, PHOTON_BYTES_MAX) }
    });
    Feed {
        name: "photon-cve".to_owned(),
        words: vec!["photon".to_owned(), "photon os".to_owned()],
        ecosystem: Some("Photon OS".to_owned()),
        whole: false,
        files: files.collect(),
        usual: true,
    }
}

fn alpine() -> Feed {
    let mut files = Vec::new();
    let branches = (2..=ALPINE_MINOR_MAX).map(|minor| format!("v3.{minor}")).chain(["edge".to_owned()]);
    for branch in branches {
        for repository in ["main", "community"] {
            let url = format!("https://secdb.alpinelinux.org/{branch}/{repository}.json");
            let file = file(&format!("{branch}.{repository}.json"), &url, SECDB_BYTES_MAX);
            // A branch that is not there yet, or never had a community, is none that is missing; one that was there is.
            files.push(FeedFile { optional: true, ..file });
        }
    }
    Feed {
        name: "alpine-secdb".to_owned(),
        words: vec!["alpine".to_owned(), "secdb".to_owned()],
        ecosystem: Some("Alpine".to_owned()),
        whole: false,
        files,
        usual: true,
    }
}

/// What is known of ids alone.
fn about_ids() -> Vec<Feed> {
    let one = |name: &str, file: FeedFile| Feed {
        name: name.to_owned(),
        files: vec![file],
        usual: true,
        ..Feed::default()
    };
    let kev = "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json";
    let epss = "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz";
    vec![
        one("kev", file("kev.json", kev, KEV_BYTES_MAX)),
        one("epss", file("epss.csv.gz", epss, EPSS_BYTES_MAX)),
    ]
}

fn file(name: &str, url: &str, bytes_max: u64) -> FeedFile {
    FeedFile { name: name.to_owned(), url: url.to_owned(), bytes_max, ..FeedFile::default() }
}

fn own_feed(written: &str) -> Result<Feed, KnowledgeError> {
    let usage = || {
        let text = format!("`{written}` is no source: write `NAME=https://HOST/PATH`");
        KnowledgeError::Usage(text)
    };
    let (name, url) = written.split_once('=').map(|(n, u)| (n.trim(), u.trim())).ok_or_else(usage)?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > 64 || !name.chars().all(plain) || !url.contains("://") {
        return Err(usage());
    }
    let last = url.split(['?', '#']).next().unwrap_or(url).rsplit('/').next().unwrap_or("");
    let last = if last.is_empty() || (KIB as usize) < last.len() { "feed" } else { last };
    Ok(Feed {
        name: name.to_owned(),
        words: Vec::new(),
        ecosystem: None,
        whole: false,
        files: vec![file(last, url, EXPORT_BYTES_MAX)],
        usual: true,
    })
}
