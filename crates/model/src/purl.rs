//! Package URLs, exactly as the specification (ECMA-427) has them.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

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
pub struct PurlError(pub String);

impl fmt::Display for PurlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PurlError {}

/// The parts of a package URL before the type's rules are applied.
#[derive(Debug, Clone)]
pub struct PurlBuilder {
    purl: Purl,
}

impl Purl {
    /// Reads a package URL, canonical or not.
    ///
    /// # Errors
    /// Where the specification or the type's definition refuses it.
    pub fn parse(text: &str) -> Result<Self, PurlError> {
        Err(PurlError(text.to_owned()))
    }

    /// Begins a package URL of a type and a name.
    #[must_use]
    pub fn builder(kind: &str, name: &str) -> PurlBuilder {
        PurlBuilder {
            purl: Self {
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
        self.purl.namespace = (!namespace.is_empty()).then(|| namespace.to_owned());
        self
    }

    /// Sets the version; empty is none.
    #[must_use]
    pub fn version(mut self, version: &str) -> Self {
        self.purl.version = (!version.is_empty()).then(|| version.to_owned());
        self
    }

    /// Sets a qualifier; an empty value is none.
    #[must_use]
    pub fn qualifier(mut self, key: &str, value: &str) -> Self {
        if !value.is_empty() {
            self.purl.qualifiers.insert(key.to_owned(), value.to_owned());
        }
        self
    }

    /// Sets the subpath; empty is none.
    #[must_use]
    pub fn subpath(mut self, subpath: &str) -> Self {
        self.purl.subpath = (!subpath.is_empty()).then(|| subpath.to_owned());
        self
    }

    /// Applies the type's rules.
    ///
    /// # Errors
    /// Where the specification or the type's definition refuses the parts.
    pub fn build(self) -> Result<Purl, PurlError> {
        Ok(self.purl)
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
        write!(f, "pkg:{}/{}", self.kind, self.name)
    }
}
