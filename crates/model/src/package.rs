//! A package: the fact that most of the image and dependency controls look at.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Digest, Timestamp};

/// The package type, in the words of the package URL specification's type registry, and the key that decides
/// version scheme and advisory ecosystem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PackageType {
    /// Debian and its children.
    Deb,
    /// Alpine, Wolfi, Chainguard.
    Apk,
    /// Red Hat's family, SUSE, Amazon.
    Rpm,
    /// Arch Linux.
    Alpm,
    /// Python.
    Pypi,
    /// JavaScript.
    Npm,
    /// Go modules, the standard library (`stdlib`) included.
    Golang,
    /// Rust crates.
    Cargo,
    /// Java: `namespace/name` is `groupId/artifactId`.
    Maven,
    /// Ruby.
    Gem,
    /// PHP.
    Composer,
    /// .NET.
    Nuget,
    /// Erlang and Elixir.
    Hex,
    /// Dart.
    Pub,
    /// Swift.
    Swift,
    /// CocoaPods.
    Cocoapods,
    /// Conan.
    Conan,
    /// Conda.
    Conda,
    /// Haskell.
    Hackage,
    /// R.
    Cran,
    /// GitHub Actions and repositories.
    Github,
    /// Julia.
    Julia,
    /// Bitnami.
    Bitnami,
    /// Software recognised from its bytes, without package metadata.
    Generic,
}

impl PackageType {
    /// Every type, in the order of the enum.
    pub const ALL: [PackageType; 24] = [
        Self::Deb,
        Self::Apk,
        Self::Rpm,
        Self::Alpm,
        Self::Pypi,
        Self::Npm,
        Self::Golang,
        Self::Cargo,
        Self::Maven,
        Self::Gem,
        Self::Composer,
        Self::Nuget,
        Self::Hex,
        Self::Pub,
        Self::Swift,
        Self::Cocoapods,
        Self::Conan,
        Self::Conda,
        Self::Hackage,
        Self::Cran,
        Self::Github,
        Self::Julia,
        Self::Bitnami,
        Self::Generic,
    ];

    /// The purl type, also the word in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deb => "deb",
            Self::Apk => "apk",
            Self::Rpm => "rpm",
            Self::Alpm => "alpm",
            Self::Pypi => "pypi",
            Self::Npm => "npm",
            Self::Golang => "golang",
            Self::Cargo => "cargo",
            Self::Maven => "maven",
            Self::Gem => "gem",
            Self::Composer => "composer",
            Self::Nuget => "nuget",
            Self::Hex => "hex",
            Self::Pub => "pub",
            Self::Swift => "swift",
            Self::Cocoapods => "cocoapods",
            Self::Conan => "conan",
            Self::Conda => "conda",
            Self::Hackage => "hackage",
            Self::Cran => "cran",
            Self::Github => "github",
            Self::Julia => "julia",
            Self::Bitnami => "bitnami",
            Self::Generic => "generic",
        }
    }

    /// The type of a purl, if it is one that Plimsoll catalogues.
    #[must_use]
    pub fn from_purl_type(s: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.as_str() == s)
    }

    /// True for the types that a distribution's package manager owns (control `image-scanning`); the others are
    /// dependencies of an application.
    #[must_use]
    pub fn is_distribution(self) -> bool {
        matches!(self, Self::Deb | Self::Apk | Self::Rpm | Self::Alpm)
    }
}

impl fmt::Display for PackageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The distribution a root file system is, from `os-release` and its kin.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Distribution {
    /// `ID` of os-release: `debian`, `alpine`, `almalinux`, `rhel` …
    pub id: String,
    /// `VERSION_ID`: `12`, `3.18.9`, `9.4`; empty for rolling releases.
    pub version: String,
    /// `VERSION_CODENAME`: `bookworm`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codename: Option<String>,
    /// `PRETTY_NAME`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pretty_name: Option<String>,
    /// `ID_LIKE`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub id_like: Vec<String>,
    /// Last day of support without extra payment, `2026-06-10`, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_of_life: Option<String>,
}

/// The source package that a binary package was built from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SourcePackage {
    /// Name.
    pub name: String,
    /// Version in the scheme of the binary package's type (rpm: `epoch:version-release`).
    pub version: String,
}

/// A layer, by what its bytes are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LayerRef {
    /// 0 is the base.
    pub index: u32,
    /// Digest of the uncompressed layer.
    pub diff_id: Digest,
}

/// Id of a package within a target: its purl, with `#N` appended where the same purl occurs at several paths that
/// must be told apart.
pub type PackageId = String;

/// A package as found.
///
/// `name` is the name as the ecosystem's own tools print it (maven `group:artifact`, golang the module path, npm
/// `@scope/name`, pypi normalised by PEP 503). `version` is the whole version in the ecosystem's own notation (deb
/// `epoch:upstream-revision`, rpm `epoch:version-release` with the epoch only where it is not 0).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// Name.
    pub name: String,
    /// Version; empty when the file names none, which is a doubt, never a match.
    pub version: String,
    /// Type.
    pub kind: PackageType,
    /// Package URL, canonical.
    pub purl: String,
    /// Source package, where the ecosystem has one.
    pub source: Option<SourcePackage>,
    /// Architecture in the ecosystem's own words.
    pub architecture: Option<String>,
    /// SPDX expressions, or the text of the metadata where it is none.
    pub licenses: Vec<String>,
    /// Files that say so, relative to the root; the first is the place of a finding.
    pub paths: Vec<String>,
    /// Files the package owns, relative to the root; not part of the report.
    pub owned_files: Vec<String>,
    /// Layer that brought this version.
    pub layer: Option<LayerRef>,
    /// History line of that layer.
    pub instruction: Option<String>,
    /// Asked for by the project itself (`true`) or by another package (`false`), if the file tells.
    pub direct: Option<bool>,
    /// Development or test dependency, if the file tells.
    pub dev: bool,
    /// Names (as in `name`), or `name@version` where needed, of packages of the same file that it depends on.
    pub depends_on: Vec<String>,
    /// Module stream of modular rpm packages, `nodejs:18`.
    pub module: Option<String>,
    /// Distribution the package belongs to, for distribution packages.
    pub distribution: Option<Distribution>,
    /// Who says it: `dpkg`, `apk`, `rpm`, `npm package-lock`, `go build information`, `elf strings` …
    pub found_by: String,
    /// Owned by a package of the distribution (`deb:python3-requests`), so that one is fixed by the other.
    pub owner: Option<String>,
    /// When this version was published, where a file records it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Timestamp>,
}

impl Package {
    /// A package with name, version and type, all else empty; the purl must be set by the caller.
    #[must_use]
    pub fn new(kind: PackageType, name: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            version: version.into(),
            kind,
            purl: String::new(),
            source: None,
            architecture: None,
            licenses: Vec::new(),
            paths: Vec::new(),
            owned_files: Vec::new(),
            layer: None,
            instruction: None,
            direct: None,
            dev: false,
            depends_on: Vec::new(),
            module: None,
            distribution: None,
            found_by: String::new(),
            owner: None,
            published: None,
        }
    }
}
