//! Version order of every ecosystem, exact.
//!
//! A version that its scheme cannot order is an error, never "equal" and never "older": a rule that asks turns it into
//! a doubt. Adding a scheme is one file and one arm in [`Scheme::parse`] and [`Version::compare`].

mod apk;
mod composer;
mod conan;
mod conda;
mod deb;
mod gem;
mod maven;
mod nuget;
mod numbers;
mod pep440;
pub mod range;
mod rpm;
mod semver;
#[cfg(test)]
mod tests;
mod text;

use std::cmp::Ordering;
use std::fmt;

/// How an ecosystem orders its versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// Debian Policy 5.6.12, `dpkg --compare-versions`.
    Deb,
    /// `apk version -t`.
    Apk,
    /// `rpmvercmp` over `epoch:version-release`.
    Rpm,
    /// pacman's `vercmp`.
    Alpm,
    /// PEP 440 with the legacy versions of setuptools below every valid one.
    Pep440,
    /// Semantic versioning 2.0.0 as npm, Cargo, Go, Hex, Swift and GitHub Actions use it, any count of leading numbers,
    /// `v` in front allowed.
    Semver,
    /// Dart's pub: as [`Scheme::Semver`], but build metadata counts.
    Pub,
    /// Maven's `ComparableVersion`.
    Maven,
    /// `Gem::Version`.
    Gem,
    /// Composer, PHP's `version_compare`.
    Composer,
    /// NuGet: four numbers, labels without regard to case.
    Nuget,
    /// Hackage: lists of numbers.
    Hackage,
    /// R's `package_version`.
    Cran,
    /// Conda's `VersionOrder`.
    Conda,
    /// Conan's, where letters are part of a number (`1.1.1k`).
    Conan,
}

/// A version that cannot be ordered. It is never "not affected".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionError {
    /// The text is no version of the scheme.
    Malformed {
        /// The scheme that was asked.
        scheme: Scheme,
        /// The text, cut to [`VERSION_ERROR_CHARS_MAX`].
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Versions of two schemes have no order.
    Schemes(Scheme, Scheme),
}

/// Bytes of the longest version that is read.
pub const VERSION_BYTES_MAX: usize = 4096;

/// Characters of a version that an error repeats.
pub const VERSION_ERROR_CHARS_MAX: usize = 80;

impl fmt::Display for VersionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { scheme, text, why } => {
                write!(f, "`{text}` is no {} version: {why}", scheme.as_str())
            }
            Self::Schemes(a, b) => write!(f, "{} and {} versions have no order", a.as_str(), b.as_str()),
        }
    }
}

impl std::error::Error for VersionError {}

impl Scheme {
    /// The word for messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deb => "deb",
            Self::Apk => "apk",
            Self::Rpm => "rpm",
            Self::Alpm => "alpm",
            Self::Pep440 => "pep440",
            Self::Semver => "semver",
            Self::Pub => "pub",
            Self::Maven => "maven",
            Self::Gem => "gem",
            Self::Composer => "composer",
            Self::Nuget => "nuget",
            Self::Hackage => "hackage",
            Self::Cran => "cran",
            Self::Conda => "conda",
            Self::Conan => "conan",
        }
    }

    /// The scheme of an OSV ecosystem, with or without its `:release` suffix (`Debian:12`, `Alpine:v3.18`).
    #[must_use]
    pub fn from_ecosystem(ecosystem: &str) -> Option<Self> {
        Some(match ecosystem.split(':').next().unwrap_or(ecosystem) {
            "Debian" | "Ubuntu" | "Echo" => Self::Deb,
            "Alpine" | "Wolfi" | "Chainguard" | "MinimOS" | "Alpaquita" | "BellSoft Hardened Containers" => {
                Self::Apk
            }
            "Red Hat" | "AlmaLinux" | "Rocky Linux" | "SUSE" | "openSUSE" | "Mageia" | "openEuler"
            | "Photon OS" | "Azure Linux" | "Amazon Linux" => Self::Rpm,
            "Arch Linux" => Self::Alpm,
            "PyPI" => Self::Pep440,
            "npm" | "crates.io" | "Go" | "Hex" | "SwiftURL" | "CocoaPods" | "GitHub Actions" | "Bitnami"
            | "Julia" | "VSCode" | "Kubernetes" | "Linux" => Self::Semver,
            "ConanCenter" => Self::Conan,
            "Pub" => Self::Pub,
            "Maven" => Self::Maven,
            "RubyGems" => Self::Gem,
            "Packagist" => Self::Composer,
            "NuGet" => Self::Nuget,
            "Hackage" | "GHC" => Self::Hackage,
            "CRAN" | "Bioconductor" => Self::Cran,
            _ => return None,
        })
    }

    /// The scheme of a package URL type (`deb`, `golang`, `pypi` …).
    #[must_use]
    pub fn from_purl_type(kind: &str) -> Option<Self> {
        Some(match kind {
            "deb" => Self::Deb,
            "apk" => Self::Apk,
            "rpm" => Self::Rpm,
            "alpm" => Self::Alpm,
            "pypi" => Self::Pep440,
            "npm" | "cargo" | "golang" | "hex" | "swift" | "github" | "bitnami" | "cocoapods" | "julia" => {
                Self::Semver
            }
            "pub" => Self::Pub,
            "maven" => Self::Maven,
            "gem" => Self::Gem,
            "composer" => Self::Composer,
            "nuget" => Self::Nuget,
            "hackage" => Self::Hackage,
            "cran" => Self::Cran,
            "conda" => Self::Conda,
            "conan" => Self::Conan,
            _ => return None,
        })
    }

    /// Reads a version, to be compared many times.
    ///
    /// # Errors
    /// [`VersionError::Malformed`] if the scheme cannot order the text.
    pub fn parse(self, text: &str) -> Result<Version, VersionError> {
        let key = self.parse_key(text).map_err(|why| VersionError::Malformed {
            scheme: self,
            text: text.chars().take(VERSION_ERROR_CHARS_MAX).collect(),
            why,
        })?;
        Ok(Version { scheme: self, text: text.to_owned(), key })
    }

    fn parse_key(self, text: &str) -> Result<Key, &'static str> {
        if VERSION_BYTES_MAX < text.len() {
            return Err("it is too long");
        }
        Ok(match self {
            Self::Deb => Key::Deb(deb::parse(text)?),
            Self::Apk => Key::Apk(apk::parse(text)?),
            Self::Rpm | Self::Alpm => Key::Rpm(rpm::parse(text)?),
            Self::Pep440 => Key::Pep440(pep440::parse(text)?),
            Self::Semver | Self::Pub => Key::Semver(semver::parse(text)?),
            Self::Maven => Key::Maven(maven::parse(text)?),
            Self::Gem => Key::Gem(gem::parse(text)?),
            Self::Composer => Key::Composer(composer::parse(text)?),
            Self::Nuget => Key::Nuget(nuget::parse(text)?),
            Self::Hackage => Key::Numbers(numbers::parse_hackage(text)?),
            Self::Cran => Key::Numbers(numbers::parse_cran(text)?),
            Self::Conda => Key::Conda(conda::parse(text)?),
            Self::Conan => Key::Conan(conan::parse(text)?),
        })
    }
}

/// A version that its scheme can order.
#[derive(Debug, Clone)]
pub struct Version {
    scheme: Scheme,
    text: String,
    key: Key,
}

#[derive(Debug, Clone)]
enum Key {
    Deb(deb::Key),
    Apk(apk::Key),
    Rpm(rpm::Key),
    Pep440(pep440::Key),
    Semver(semver::Key),
    Maven(maven::Key),
    Gem(gem::Key),
    Composer(composer::Key),
    Nuget(nuget::Key),
    Numbers(numbers::Key),
    Conda(conda::Key),
    Conan(conan::Key),
}

impl Version {
    /// The scheme.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The text as it was read.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The order of two versions of one scheme.
    ///
    /// # Errors
    /// [`VersionError::Schemes`] if the schemes differ.
    pub fn compare(&self, other: &Version) -> Result<Ordering, VersionError> {
        if self.scheme != other.scheme {
            return Err(VersionError::Schemes(self.scheme, other.scheme));
        }
        Ok(match (&self.key, &other.key) {
            (Key::Deb(a), Key::Deb(b)) => deb::compare(a, b),
            (Key::Apk(a), Key::Apk(b)) => apk::compare(a, b),
            (Key::Rpm(a), Key::Rpm(b)) if self.scheme == Scheme::Alpm => rpm::compare_alpm(a, b),
            (Key::Rpm(a), Key::Rpm(b)) => rpm::compare(a, b),
            (Key::Pep440(a), Key::Pep440(b)) => pep440::compare(a, b),
            (Key::Semver(a), Key::Semver(b)) if self.scheme == Scheme::Pub => semver::compare_pub(a, b),
            (Key::Semver(a), Key::Semver(b)) => semver::compare(a, b),
            (Key::Maven(a), Key::Maven(b)) => maven::compare(a, b),
            (Key::Gem(a), Key::Gem(b)) => gem::compare(a, b),
            (Key::Composer(a), Key::Composer(b)) => composer::compare(a, b),
            (Key::Nuget(a), Key::Nuget(b)) => nuget::compare(a, b),
            (Key::Numbers(a), Key::Numbers(b)) => numbers::compare(a, b),
            (Key::Conda(a), Key::Conda(b)) => conda::compare(a, b),
            (Key::Conan(a), Key::Conan(b)) => conan::compare(a, b),
            // One scheme has one kind of key.
            _ => return Err(VersionError::Schemes(self.scheme, other.scheme)),
        })
    }
}

/// Orders `a` and `b`.
///
/// # Errors
/// [`VersionError::Malformed`] if the scheme cannot order one of them.
pub fn compare(scheme: Scheme, a: &str, b: &str) -> Result<Ordering, VersionError> {
    scheme.parse(a)?.compare(&scheme.parse(b)?)
}
