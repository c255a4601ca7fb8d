//! Bills of materials: CycloneDX and SPDX, read, checked and written; and what other scanners found ([`results`]).
//!
//! Reading loses no package: what a document says without a package URL is kept as generic software, and said so in a
//! [`Flaw`]. Writing depends on its input alone, so that equal scans give equal bytes.

mod carry;
mod check;
mod cyclonedx;
mod encoding;
mod identity;
mod json;
mod license;
pub mod results;
mod spdx2;
mod spdx3;
#[cfg(test)]
mod tests;
mod uuid;
pub mod xml;
mod yaml;

use std::fmt;

use model::{Digest, Distribution, DoubtKind, Package, PackageId, Timestamp};
use serde_json::Value;

pub use check::{VIOLATIONS_MAX, Violation};
pub use cyclonedx::{Memory, Noted};

/// Bytes of the largest document that is read.
pub const DOCUMENT_BYTES_MAX: usize = 256 << 20;

/// Packages of one document.
pub const PACKAGES_MAX: usize = 1 << 20;

/// What an XML document may come to.
const XML_BOUNDS: xml::Bounds = xml::Bounds { depth: XML_DEPTH_MAX, elements: XML_ELEMENTS_MAX };

/// Nesting of the deepest element of an XML document.
const XML_DEPTH_MAX: usize = 256;

/// Elements of an XML document.
const XML_ELEMENTS_MAX: usize = 16 << 20;

/// The formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// CycloneDX JSON, 1.2 to 1.7.
    CycloneDxJson,
    /// CycloneDX XML, 1.2 to 1.7.
    CycloneDxXml,
    /// SPDX 2.2 and 2.3 JSON.
    SpdxJson,
    /// SPDX 2.2 and 2.3 tag-value.
    SpdxTag,
    /// SPDX 2.2 and 2.3 YAML.
    SpdxYaml,
    /// SPDX 3.0 JSON-LD.
    Spdx3Json,
    /// What Syft writes of its own.
    SyftJson,
}

/// The versions of CycloneDX that are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum CycloneDxVersion {
    /// 1.3, the first with properties.
    V1_3,
    /// 1.4.
    V1_4,
    /// 1.5.
    V1_5,
    /// 1.6.
    #[default]
    V1_6,
    /// 1.7.
    V1_7,
}

impl CycloneDxVersion {
    /// Every version that is written, oldest first.
    pub const ALL: [Self; 5] = [Self::V1_3, Self::V1_4, Self::V1_5, Self::V1_6, Self::V1_7];

    /// As in a document, `1.6`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1_3 => "1.3",
            Self::V1_4 => "1.4",
            Self::V1_5 => "1.5",
            Self::V1_6 => "1.6",
            Self::V1_7 => "1.7",
        }
    }

    /// The version written `text`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|v| v.as_str() == text)
    }
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
    /// Vulnerabilities that its writer lists in it (CycloneDX 1.4 and later).
    pub claims: Vec<results::Claim>,
    /// Name and version of the tool that wrote it, where it says so.
    pub tool: Option<(String, Option<String>)>,
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
    /// JSON pointer, or the line of tag-value.
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
    /// In an encoding that is not read, or broken in it.
    Encoding(String),
    /// Not JSON.
    Json(String),
    /// Not XML.
    Xml(String),
    /// Not YAML.
    Yaml(String),
    /// Of no format that is read.
    Format,
    /// Of a format that is known and not read.
    Unread(&'static str),
    /// A version of the format that is not read.
    Version(String),
}

impl fmt::Display for SbomError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(n) => write!(f, "{n} bytes are more than the {DOCUMENT_BYTES_MAX} that are read"),
            Self::Encoding(why) => f.write_str(why),
            Self::Json(why) => write!(f, "not JSON: {why}"),
            Self::Xml(why) => write!(f, "not XML: {why}"),
            Self::Yaml(why) => write!(f, "not YAML: {why}"),
            Self::Format => f.write_str(
                "neither CycloneDX (JSON, XML), SPDX (JSON, tag-value, YAML, 3.0 JSON-LD), nor results of Trivy, Grype, \
                 Syft, OSV-Scanner or SARIF",
            ),
            Self::Unread(what) => write!(f, "{what} is not read; convert it to JSON"),
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
    read_text(&decode(bytes)?)
}

fn read_text(text: &str) -> Result<(Document, Vec<Flaw>), SbomError> {
    match text.trim_start().chars().next() {
        Some('<') => {
            let root = xml::read(text, XML_BOUNDS).map_err(SbomError::Xml)?;
            match cyclonedx::from_xml(&root) {
                Some(document) => cyclonedx::read(&document, Format::CycloneDxXml),
                None if root.name == "RDF" => Err(SbomError::Unread("SPDX RDF")),
                None => Err(SbomError::Format),
            }
        }
        _ if json::is_tag_value(text) => {
            let (document, mut flaws) = spdx2::from_tag(text);
            spdx2::check_version(&document)?;
            let (document, more) = spdx2::read(&document, Format::SpdxTag);
            flaws.extend(more);
            Ok((document, flaws))
        }
        _ if json::is_spdx_yaml(text) => {
            let document = yaml::to_json(text).map_err(SbomError::Yaml)?;
            spdx2::check_version(&document)?;
            Ok(spdx2::read(&document, Format::SpdxYaml))
        }
        _ => match cyclonedx::read_text(text) {
            Some(read) => Ok(read),
            None => from_json(&json_value(text)?),
        },
    }
}

/// True for what none of the other notations begins like.
fn is_json(text: &str) -> bool {
    text.trim_start().starts_with('{') && !json::is_spdx_yaml(text)
}

fn from_json(document: &Value) -> Result<(Document, Vec<Flaw>), SbomError> {
    let text = |key: &str| document.get(key).and_then(Value::as_str);
    if text("bomFormat") == Some("CycloneDX") {
        cyclonedx::read(document, Format::CycloneDxJson)
    } else if text("spdxVersion").is_some() {
        spdx2::check_version(document)?;
        Ok(spdx2::read(document, Format::SpdxJson))
    } else if spdx3::is(document) {
        Ok(spdx2::read(&spdx3::document(document)?, Format::Spdx3Json))
    } else {
        results::read_syft(document).ok_or(SbomError::Format)
    }
}

/// Reads a bill of materials or the results of another tool.
///
/// # Errors
/// If nothing can be read of it.
pub fn open(bytes: &[u8]) -> Result<(results::Opened, Vec<Flaw>), SbomError> {
    let text = decode(bytes)?;
    if text.trim_start().starts_with(['{', '[']) {
        if let Some((document, flaws)) = cyclonedx::read_text(&text) {
            return Ok((results::Opened::Bill(Box::new(document)), flaws));
        }
        let document = json_value(&text)?;
        if results::is(&document) {
            let (found, flaws) = results::read(&document)?;
            return Ok((results::Opened::Results(Box::new(found)), flaws));
        }
        return from_json(&document).map(|(d, flaws)| (results::Opened::Bill(Box::new(d)), flaws));
    }
    read_text(&text).map(|(d, flaws)| (results::Opened::Bill(Box::new(d)), flaws))
}

/// Checks a CycloneDX JSON document of 1.2 to 1.7 against its specification; empty means valid.
#[must_use]
pub fn check(bytes: &[u8]) -> Vec<Violation> {
    match decode(bytes).and_then(|text| json_value(&text)) {
        Ok(document) => check::check(&document),
        Err(e) => vec![Violation { pointer: String::new(), reason: e.to_string() }],
    }
}

/// Writes CycloneDX JSON.
#[must_use]
pub fn write_cyclonedx(input: &Input<'_>, version: CycloneDxVersion) -> String {
    cyclonedx::write(input, version)
}

/// Writes CycloneDX XML.
#[must_use]
pub fn write_cyclonedx_xml(input: &Input<'_>, version: CycloneDxVersion) -> String {
    cyclonedx::write_xml(input, version)
}

/// Writes SPDX 2.3 JSON.
#[must_use]
pub fn write_spdx(input: &Input<'_>) -> String {
    spdx2::write(input)
}

/// Writes SPDX 2.3 tag-value.
#[must_use]
pub fn write_spdx_tag(input: &Input<'_>) -> String {
    spdx2::write_tag(input)
}

fn decode(bytes: &[u8]) -> Result<std::borrow::Cow<'_, str>, SbomError> {
    if DOCUMENT_BYTES_MAX < bytes.len() {
        return Err(SbomError::TooLarge(bytes.len()));
    }
    encoding::utf8(bytes).map_err(SbomError::Encoding)
}

fn json_value(text: &str) -> Result<Value, SbomError> {
    serde_json::from_str(text).map_err(|e| SbomError::Json(e.to_string()))
}
