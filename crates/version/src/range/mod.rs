//! Which versions a manifest allows: the ranges of every ecosystem, in its own grammar.
//!
//! A range that cannot be read (an address, a tag, an alias) is an error: nobody can say what it allows. Each grammar is a
//! file that turns a text into alternatives of [`Bound`]s; what makes a grammar differ beyond that is in [`Bound`].

mod composer;
mod gem;
mod hex;
mod nuget;
#[cfg(test)]
mod peers;
mod pep440;
mod pubspec;
mod semver;
#[cfg(test)]
mod tests;
mod words;

use std::cmp::Ordering;
use std::fmt;

use crate::{Key, Scheme, VERSION_BYTES_MAX, VERSION_ERROR_CHARS_MAX, Version, VersionError};

/// Bounds and alternatives of one range.
const BOUNDS_MAX: usize = 256;

/// Whose grammar a range is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// npm's `node-semver`, as yarn, pnpm and bun use it: `^1.2.3`, `1.x || >=2.5.0`, `1.2 - 2.3`.
    Npm,
    /// Cargo: `1.2` is `^1.2`; clauses between commas.
    Cargo,
    /// Composer's `VersionParser::parseConstraints`.
    Composer,
    /// Version specifiers of Python packages (PEP 440): `~=1.2, !=1.2.5`.
    Pep440,
    /// Poetry's own table: as Python's, and `^1.2`, `~1.2`, `1.2 || 2.0`; `1.2` alone is exact.
    Poetry,
    /// NuGet: `1.0` is *1.0 or later*, `[1.0,2.0)`, `1.*`.
    Nuget,
    /// Dart's `pub_semver`.
    Pub,
    /// `Gem::Requirement`: `~> 1.2, >= 1.2.3`.
    Gem,
    /// Elixir's `Version` and Hex: `~> 1.2 or >= 2.1.0 and < 3.0.0`.
    Hex,
}

impl Dialect {
    /// Every grammar.
    pub const ALL: [Self; 9] = [
        Self::Npm,
        Self::Cargo,
        Self::Composer,
        Self::Pep440,
        Self::Poetry,
        Self::Nuget,
        Self::Pub,
        Self::Gem,
        Self::Hex,
    ];

    /// The order of the versions that a range speaks of.
    #[must_use]
    pub fn scheme(self) -> Scheme {
        match self {
            Self::Npm | Self::Cargo | Self::Hex => Scheme::Semver,
            Self::Composer => Scheme::Composer,
            Self::Pep440 | Self::Poetry => Scheme::Pep440,
            Self::Nuget => Scheme::Nuget,
            Self::Pub => Scheme::Pub,
            Self::Gem => Scheme::Gem,
        }
    }

    /// The word for messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Cargo => "Cargo",
            Self::Composer => "Composer",
            Self::Pep440 => "PEP 440",
            Self::Poetry => "Poetry",
            Self::Nuget => "NuGet",
            Self::Pub => "Pub",
            Self::Gem => "RubyGems",
            Self::Hex => "Hex",
        }
    }
}

/// A range that cannot be read. It allows nothing and forbids nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangeError {
    /// The grammar that was asked.
    pub dialect: Dialect,
    /// The text, cut to [`VERSION_ERROR_CHARS_MAX`].
    pub text: String,
    /// What is wrong with it.
    pub why: &'static str,
}

impl fmt::Display for RangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no {} range: {}", self.text, self.dialect.as_str(), self.why)
    }
}

impl std::error::Error for RangeError {}

/// A range of versions.
#[derive(Debug, Clone)]
pub struct Range {
    dialect: Dialect,
    /// A version is allowed if every bound of one alternative allows it.
    alternatives: Vec<Vec<Bound>>,
}

/// One condition.
#[derive(Debug, Clone)]
struct Bound {
    op: Op,
    version: Version,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Op {
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
    /// The text itself, without regard to case (`===` of PEP 440).
    Text,
    /// Less, whatever is behind the release (`~>` of RubyGems: no pre-release of the upper end either).
    ReleaseLess,
}

impl Op {
    /// The comparison that most grammars write so; anything else, and nothing at all, is *equal*.
    fn of(written: &str) -> Self {
        match written {
            "<" => Self::Less,
            "<=" => Self::LessEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterEqual,
            "!=" | "!" | "<>" => Self::NotEqual,
            _ => Self::Equal,
        }
    }
}

impl Range {
    /// Reads a range.
    ///
    /// # Errors
    /// [`RangeError`] if `text` is not in the grammar of `dialect`, or too long.
    pub fn parse(dialect: Dialect, text: &str) -> Result<Self, RangeError> {
        let fail =
            |why| RangeError { dialect, text: text.chars().take(VERSION_ERROR_CHARS_MAX).collect(), why };
        if VERSION_BYTES_MAX < text.len() {
            return Err(fail("it is too long"));
        }
        let alternatives = match dialect {
            Dialect::Npm => semver::npm(text),
            Dialect::Cargo => semver::cargo(text),
            Dialect::Composer => composer::parse(text),
            Dialect::Pep440 => pep440::parse(text),
            Dialect::Poetry => pep440::parse_poetry(text),
            Dialect::Nuget => nuget::parse(text),
            Dialect::Pub => pubspec::parse(text),
            Dialect::Gem => gem::parse(text),
            Dialect::Hex => hex::parse(text),
        };
        let alternatives = alternatives.map_err(fail)?;
        if BOUNDS_MAX < alternatives.iter().map(|bounds| bounds.len().max(1)).sum() {
            return Err(fail("it has too many parts"));
        }
        Ok(Self { dialect, alternatives })
    }

    /// Whether the range allows `version`.
    ///
    /// # Errors
    /// [`VersionError::Schemes`] if the version is of another scheme than the range.
    pub fn allows(&self, version: &Version) -> Result<bool, VersionError> {
        for bounds in &self.alternatives {
            let mut all = true;
            for bound in bounds {
                all = all && bound.allows(version)?;
            }
            if all && self.admits_label(bounds, version) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// npm and Cargo take a pre-release only where the range names one of the same numbers, and npm takes it for a plain
    /// star, which is no range to it (`dep-valid.js` of its arborist).
    fn admits_label(&self, bounds: &[Bound], version: &Version) -> bool {
        if !matches!(self.dialect, Dialect::Npm | Dialect::Cargo) {
            return true;
        }
        let Key::Semver(key) = &version.key else { return true };
        let named = |bound: &Bound| matches!(&bound.version.key, Key::Semver(b) if b.is_label_of(key));
        !key.has_label() || bounds.iter().any(named) || (self.dialect == Dialect::Npm && bounds.is_empty())
    }
}

impl Bound {
    fn new(scheme: Scheme, op: Op, text: &str) -> Result<Self, &'static str> {
        let version = scheme.parse(text).map_err(|_| "a version in it cannot be read")?;
        Ok(Self { op, version })
    }

    fn allows(&self, version: &Version) -> Result<bool, VersionError> {
        let order = version.compare(&self.version)?;
        if let (Key::Pep440(a), Key::Pep440(b)) = (&version.key, &self.version.key) {
            return Ok(match self.op {
                Op::Text => version.text.trim().eq_ignore_ascii_case(self.version.text.trim()),
                op => pep440::allows(op, a, b, order),
            });
        }
        Ok(match self.op {
            Op::Less => order == Ordering::Less,
            Op::LessEqual => order != Ordering::Greater,
            Op::Greater => order == Ordering::Greater,
            Op::GreaterEqual => order != Ordering::Less,
            Op::Equal | Op::Text => order == Ordering::Equal,
            Op::NotEqual => order != Ordering::Equal,
            Op::ReleaseLess => match (&version.key, &self.version.key) {
                (Key::Gem(a), Key::Gem(b)) => crate::gem::compare_release(a, b) == Ordering::Less,
                _ => order == Ordering::Less,
            },
        })
    }
}

/// Whether `range` allows `version`.
///
/// # Errors
/// The first text that cannot be read, as one line.
pub fn allows(dialect: Dialect, range: &str, version: &str) -> Result<bool, String> {
    let range = Range::parse(dialect, range).map_err(|e| e.to_string())?;
    let version = dialect.scheme().parse(version).map_err(|e| e.to_string())?;
    range.allows(&version).map_err(|e| e.to_string())
}
