//! Package URLs, exactly as the specification (ECMA-427) has them.
//!
//! A [`Purl`] is always in normal form: whoever holds one holds the canonical identity of a package. Both ways to get
//! one, [`Purl::parse`] and [`Purl::builder`], end in the same rules of the type (`purl/rules.rs`).

mod encode;
mod parse;
mod rules;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// Bytes of the longest package URL that is read.
pub const PURL_BYTES_MAX: usize = 16 << 10;

/// Qualifiers of one package URL.
pub const PURL_QUALIFIERS_MAX: usize = 256;

/// A package URL in its normal form: the type's own rules for case, namespaces and qualifiers are already applied.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Purl {
    /// Type, lower case.
    pub kind: String,
    /// Namespace, `/`-separated, decoded.
    pub namespace: Option<String>,
    /// Name, decoded.
    pub name: String,
    /// Version, decoded.
    pub version: Option<String>,
    /// Qualifiers, decoded; never an empty value.
    pub qualifiers: BTreeMap<String, String>,
    /// Subpath, `/`-separated, decoded.
    pub subpath: Option<String>,
}

/// Why a text or a set of parts is no package URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PurlError {
    /// Longer than [`PURL_BYTES_MAX`].
    TooLong(usize),
    /// Does not begin with `pkg:`.
    Scheme,
    /// The type is missing or has a character that a type cannot have.
    Type(String),
    /// The name is missing.
    Name,
    /// A `%` that two hexadecimal digits do not follow, or bytes that are no UTF-8.
    Encoding(String),
    /// A qualifier without `=`, with a key that no key may have, twice, or too many.
    Qualifier(String),
    /// The type's definition refuses a component.
    Rule {
        /// The type.
        kind: String,
        /// What it asks.
        asks: &'static str,
    },
}

impl fmt::Display for PurlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong(n) => write!(f, "package URL of {n} bytes is longer than {PURL_BYTES_MAX}"),
            Self::Scheme => f.write_str("package URL does not begin with `pkg:`"),
            Self::Type(t) => write!(f, "`{t}` is no package URL type"),
            Self::Name => f.write_str("package URL has no name"),
            Self::Encoding(s) => write!(f, "`{s}` is not percent-encoded UTF-8"),
            Self::Qualifier(q) => write!(f, "`{q}` is no qualifier"),
            Self::Rule { kind, asks } => write!(f, "a package URL of type `{kind}` {asks}"),
        }
    }
}

impl std::error::Error for PurlError {}

/// The parts of a package URL before the type's rules are applied.
#[derive(Debug, Clone)]
pub struct PurlBuilder {
    parts: Purl,
}

impl Purl {
    /// Reads a package URL, canonical or not.
    ///
    /// # Errors
    /// Where the specification or the type's definition refuses it.
    pub fn parse(text: &str) -> Result<Self, PurlError> {
        parse::parse(text)
    }

    /// Begins a package URL of a type and a name.
    #[must_use]
    pub fn builder(kind: &str, name: &str) -> PurlBuilder {
        PurlBuilder {
            parts: Self {
                kind: kind.to_owned(),
                namespace: None,
                name: name.to_owned(),
                version: None,
                qualifiers: BTreeMap::new(),
                subpath: None,
            },
        }
    }
}

impl PurlBuilder {
    /// Sets the namespace; empty is none.
    #[must_use]
    pub fn namespace(mut self, namespace: &str) -> Self {
        self.parts.namespace = Some(namespace.to_owned());
        self
    }

    /// Sets the version; empty is none.
    #[must_use]
    pub fn version(mut self, version: &str) -> Self {
        self.parts.version = Some(version.to_owned());
        self
    }

    /// Sets a qualifier; an empty value is none.
    #[must_use]
    pub fn qualifier(mut self, key: &str, value: &str) -> Self {
        self.parts.qualifiers.insert(key.to_owned(), value.to_owned());
        self
    }

    /// Sets the subpath; empty is none.
    #[must_use]
    pub fn subpath(mut self, subpath: &str) -> Self {
        self.parts.subpath = Some(subpath.to_owned());
        self
    }

    /// Applies the rules of the specification and of the type.
    ///
    /// # Errors
    /// Where the specification or the type's definition refuses the parts.
    pub fn build(self) -> Result<Purl, PurlError> {
        rules::normalise(self.parts)
    }
}

impl FromStr for Purl {
    type Err = PurlError;

    fn from_str(s: &str) -> Result<Self, PurlError> {
        Self::parse(s)
    }
}

impl fmt::Display for Purl {
    /// Writes the canonical form.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        encode::write(self, f)
    }
}
