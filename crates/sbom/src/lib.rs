//! Bills of materials: CycloneDX and SPDX, read, checked and written.
//!
//! Reading loses no package: what a document says without a package URL is kept as generic software, and said so in a
//! [`Flaw`]. Writing depends on its input alone, so that equal scans give equal bytes.

mod carry;
mod check;
mod cyclonedx;
mod identity;
mod json;
mod license;
mod spdx2;
#[cfg(test)]
mod tests;
mod uuid;

use std::fmt;

use model::{Digest, Distribution, DoubtKind, Package, PackageId, Timestamp};
use serde_json::Value;

pub use check::{VIOLATIONS_MAX, Violation};

/// Bytes of the largest document that is read.
pub const DOCUMENT_BYTES_MAX: usize = 256 << 20;

/// Packages of one document.
pub const PACKAGES_MAX: usize = 1 << 20;

/// The formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// CycloneDX JSON, 1.2 to 1.7.
    CycloneDxJson,
    /// SPDX 2.2 and 2.3 JSON.
    SpdxJson,
}

/// A document as read.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Format.
    pub format: Format,
    /// `1.6`, `SPDX-2.3`.
    pub spec_version: String,
    /// What the document describes.
    pub subject: Option<Subject>,
    /// Packages, in the order of the document.
    pub packages: Vec<Package>,
    /// Distribution, where the document names one.
    pub distribution: Option<Distribution>,
}

/// The thing a document describes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// Name.
    pub name: String,
    /// Version, often a digest.
    pub version: Option<String>,
    /// Package URL.
    pub purl: Option<String>,
    /// Manifest digest.
    pub digest: Option<Digest>,
}

/// Something in a document that could not be read or is not known; it becomes a problem of the harvest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flaw {
    /// JSON pointer.
    pub pointer: String,
    /// What happened.
    pub reason: String,
    /// Target or knowledge.
    pub kind: DoubtKind,
}

/// Why a document could not be read at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SbomError {
    /// Larger than [`DOCUMENT_BYTES_MAX`].
    TooLarge(usize),
    /// Not JSON.
    Json(String),
    /// JSON, but of no format that is read.
    Format,
    /// A version of the format that is not read.
    Version(String),
}

impl fmt::Display for SbomError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(n) => write!(f, "{n} bytes are more than the {DOCUMENT_BYTES_MAX} that are read"),
            Self::Json(why) => write!(f, "not JSON: {why}"),
            Self::Format => write!(f, "neither CycloneDX nor SPDX 2 JSON"),
            Self::Version(v) => write!(f, "version `{v}` of the format is not supported"),
        }
    }
}

impl std::error::Error for SbomError {}

/// What a document is written from.
#[derive(Debug, Clone, PartialEq)]
pub struct Input<'a> {
    /// Name of the target.
    pub name: &'a str,
    /// What the target is.
    pub kind: SubjectKind,
    /// Manifest digest.
    pub digest: Option<Digest>,
    /// Distribution.
    pub distribution: Option<&'a Distribution>,
    /// Packages with their ids, in report order.
    pub packages: &'a [(PackageId, &'a Package)],
    /// Edges between package ids: from, to.
    pub dependencies: &'a [(PackageId, PackageId)],
    /// The moment written into the document.
    pub as_of: Timestamp,
    /// Version of Plimsoll.
    pub tool_version: &'a str,
}

/// What kind of thing a document describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubjectKind {
    /// A container image.
    Container,
    /// A root file system.
    OperatingSystem,
    /// A project.
    Application,
}

/// Tells the format by content, without reading it whole.
#[must_use]
pub fn detect(bytes: &[u8]) -> Option<Format> {
    json::detect(bytes)
}

/// Reads a document.
///
/// # Errors
/// If nothing can be read of it.
pub fn read(bytes: &[u8]) -> Result<(Document, Vec<Flaw>), SbomError> {
    let document = parse(bytes)?;
    let text = |key: &str| document.get(key).and_then(Value::as_str);
    if text("bomFormat") == Some("CycloneDX") {
        cyclonedx::read(&document)
    } else if text("spdxVersion").is_some() {
        spdx2::read(&document)
    } else {
        Err(SbomError::Format)
    }
}

/// Checks a CycloneDX JSON document of 1.2 to 1.7 against its specification; empty means valid.
#[must_use]
pub fn check(bytes: &[u8]) -> Vec<Violation> {
    match parse(bytes) {
        Ok(document) => check::check(&document),
        Err(e) => vec![Violation { pointer: String::new(), reason: e.to_string() }],
    }
}

/// Writes CycloneDX 1.6 JSON.
#[must_use]
pub fn write_cyclonedx(input: &Input<'_>) -> String {
    cyclonedx::write(input)
}

/// Writes SPDX 2.3 JSON.
#[must_use]
pub fn write_spdx(input: &Input<'_>) -> String {
    spdx2::write(input)
}

fn parse(bytes: &[u8]) -> Result<Value, SbomError> {
    if DOCUMENT_BYTES_MAX < bytes.len() {
        return Err(SbomError::TooLarge(bytes.len()));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    serde_json::from_slice(bytes).map_err(|e| SbomError::Json(e.to_string()))
}
