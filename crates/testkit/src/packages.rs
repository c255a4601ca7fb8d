//! Package databases, as the package managers write them.

use std::fmt::Write;

use crate::image::ImageBuilder;
use crate::tar::Entry;

/// A package that is installed.
#[derive(Debug, Clone)]
pub(crate) struct Installed {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) source: Option<(String, String)>,
}

impl ImageBuilder {
    /// Installs a Debian package of the architecture `amd64` in the layer at hand.
    #[must_use]
    pub fn dpkg(self, name: &str, version: &str) -> Self {
        self.with_layer(|l| l.dpkg.push(installed(name, version, None)))
    }

    /// Installs a Debian package that is built from a source package of another name or version.
    #[must_use]
    pub fn dpkg_from(self, name: &str, version: &str, source: &str, source_version: &str) -> Self {
        self.with_layer(|l| l.dpkg.push(installed(name, version, Some((source, source_version)))))
    }

    /// Installs an Alpine package of the architecture `x86_64` in the layer at hand.
    #[must_use]
    pub fn apk(self, name: &str, version: &str) -> Self {
        self.with_layer(|l| l.apk.push(installed(name, version, None)))
    }

    /// Installs an Alpine package that is built from an aport of another name.
    #[must_use]
    pub fn apk_from(self, name: &str, version: &str, origin: &str) -> Self {
        self.with_layer(|l| l.apk.push(installed(name, version, Some((origin, version)))))
    }

    /// Writes `etc/os-release`.
    #[must_use]
    pub fn os_release(self, id: &str, version: &str) -> Self {
        let text = format!("ID={id}\nVERSION_ID=\"{version}\"\nPRETTY_NAME=\"{id} {version}\"\n");
        self.dir("etc").file("etc/os-release", text)
    }
}

fn installed(name: &str, version: &str, source: Option<(&str, &str)>) -> Installed {
    let source = source.map(|(n, v)| (n.to_owned(), v.to_owned()));
    Installed { name: name.to_owned(), version: version.to_owned(), source }
}

/// The files that dpkg writes when `new` join `all` (which holds them already).
pub(crate) fn dpkg_files(all: &[Installed], new: &[Installed]) -> Vec<Entry> {
    let mut out = Vec::new();
    for dir in ["var", "var/lib", "var/lib/dpkg", "var/lib/dpkg/info"] {
        out.push(Entry::dir(dir, 0o755));
    }
    out.push(Entry::file("var/lib/dpkg/status", 0o644, dpkg_status(all).as_bytes()));
    for package in new {
        let list = format!(
            "/.\n/usr\n/usr/share\n/usr/share/doc\n/usr/share/doc/{0}\n/usr/share/doc/{0}/copyright\n",
            package.name
        );
        out.push(Entry::file(&format!("var/lib/dpkg/info/{}.list", package.name), 0o644, list.as_bytes()));
    }
    out
}

/// A `status` file.
fn dpkg_status(packages: &[Installed]) -> String {
    let mut out = String::new();
    for p in newest(packages) {
        let _ = writeln!(out, "Package: {}\nStatus: install ok installed\nPriority: optional", p.name);
        let _ = writeln!(out, "Section: misc\nInstalled-Size: 1\nMaintainer: Shop <shop@example.org>");
        let _ = writeln!(out, "Architecture: amd64");
        match &p.source {
            Some((name, version)) if *version == p.version => {
                let _ = writeln!(out, "Source: {name}");
            }
            Some((name, version)) => {
                let _ = writeln!(out, "Source: {name} ({version})");
            }
            None => {}
        }
        let _ = writeln!(out, "Version: {}\nDescription: {} for a test\n", p.version, p.name);
    }
    out
}

/// The files that apk writes.
pub(crate) fn apk_files(all: &[Installed]) -> Vec<Entry> {
    let mut out = Vec::new();
    for dir in ["lib", "lib/apk", "lib/apk/db"] {
        out.push(Entry::dir(dir, 0o755));
    }
    let mut text = String::new();
    for p in newest(all) {
        let origin = p.source.as_ref().map_or(p.name.as_str(), |s| s.0.as_str());
        let _ = writeln!(text, "C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=\nP:{}\nV:{}\nA:x86_64", p.name, p.version);
        let _ =
            writeln!(text, "S:1\nI:1\nT:{} for a test\nU:https://example.org\nL:MIT\no:{origin}\n", p.name);
    }
    out.push(Entry::file("lib/apk/db/installed", 0o644, text.as_bytes()));
    out
}

/// Of several installations of a package the last.
fn newest(packages: &[Installed]) -> Vec<&Installed> {
    let last = |p: &Installed| packages.iter().rposition(|q| q.name == p.name);
    packages.iter().enumerate().filter(|(i, p)| last(p) == Some(*i)).map(|(_, p)| p).collect()
}
