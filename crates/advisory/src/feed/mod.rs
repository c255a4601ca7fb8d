//! One document of any feed, brought to records.

mod arch;
mod csaf;
mod debian;
mod epss;
mod kev;
mod lenient;
mod openvex;
mod osv;
mod photon;
mod secdb;
mod updateinfo;
mod yaml;

use std::io::Read;

use model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::record::{Coverage, Record};

/// Bytes of the longest document read, after inflation. EPSS as a whole is 12 MB; the longest OSV record 1 MB.
pub const DOCUMENT_BYTES_MAX: u64 = 256 << 20;

/// What a document held.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Parsed {
    /// Advisories.
    pub records: Vec<Record>,
    /// Entries of CISA's catalogue.
    pub kev: Vec<KevEntry>,
    /// EPSS: CVE id, score and percentile in billionths.
    pub epss: Vec<(String, u32, u32)>,
    /// The day of a feed that has one as a whole: name of the source, time.
    pub snapshots: Vec<(String, Timestamp)>,
    /// What the document shows about how whole its source is: name of the source, coverage.
    pub coverage: Vec<(String, Coverage)>,
    /// Repositories of a distribution of which the document is the whole security database: ecosystem, repository.
    pub repositories: Vec<(String, String)>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

impl Parsed {
    /// Adds what another document held.
    pub fn append(&mut self, other: Parsed) {
        self.records.extend(other.records);
        self.kev.extend(other.kev);
        self.epss.extend(other.epss);
        self.snapshots.extend(other.snapshots);
        self.coverage.extend(other.coverage);
        self.repositories.extend(other.repositories);
        self.problems.extend(other.problems);
    }
}

/// An entry of CISA's catalogue of known exploited vulnerabilities.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KevEntry {
    /// CVE id.
    pub cve: String,
    /// Day it was added.
    pub added: String,
    /// Day by which US agencies must act.
    pub due: Option<String>,
    /// Used by ransomware, if known.
    pub ransomware: bool,
}

/// A document, or a part of it, that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Problem {
    /// File, inside an archive `ARCHIVE!FILE`.
    pub r#where: String,
    /// Why.
    pub reason: String,
}

impl Problem {
    /// A problem.
    #[must_use]
    pub fn new(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { r#where: place.into(), reason: reason.into() }
    }
}

/// True for names of files that a feed may be made of. Whatever else lies in a directory or an archive (read-me files,
/// licences) is not opened.
#[must_use]
pub fn is_document_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    [".json", ".jsonl", ".yaml", ".yml", ".csv", "updateinfo.xml"].iter().any(|suffix| name.ends_with(suffix))
}

/// Reads a document of any feed. What it is is seen from its content; the name tells YAML from nothing at all, and is
/// what problems are named by.
#[must_use]
pub fn read(name: &str, bytes: &[u8]) -> Parsed {
    let mut parsed = Parsed::default();
    let inflated;
    let bytes = if bytes.starts_with(&[0x1f, 0x8b]) {
        match inflate(bytes) {
            Ok(b) => inflated = b,
            Err(reason) => {
                parsed.problems.push(Problem::new(name, reason));
                return parsed;
            }
        }
        inflated.as_slice()
    } else {
        bytes
    };
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    match text.first() {
        None => parsed.problems.push(Problem::new(name, "the file is empty")),
        Some(b'{' | b'[') => read_json(name, text, &mut parsed),
        Some(_) if epss::is_epss(text) => epss::read(name, text, &mut parsed),
        Some(_) if is_yaml_name(name) => match yaml::to_json(text) {
            Ok(value) => osv::read_value(name, &value, &mut parsed),
            Err(reason) => parsed.problems.push(Problem::new(name, reason)),
        },
        Some(b'<') if updateinfo::is_updateinfo(head(text)) => updateinfo::read(name, text, &mut parsed),
        Some(_) => parsed.problems.push(Problem::new(
            name,
            "no feed that is read: neither OSV, a distribution's own, CISA KEV nor EPSS",
        )),
    }
    parsed
}

fn is_yaml_name(name: &str) -> bool {
    let name = name.strip_suffix(".gz").unwrap_or(name);
    name.ends_with(".yaml") || name.ends_with(".yml")
}

fn inflate(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let read = flate2::read::MultiGzDecoder::new(bytes).take(DOCUMENT_BYTES_MAX + 1).read_to_end(&mut out);
    read.map_err(|e| format!("the gzip stream is damaged: {e}"))?;
    if DOCUMENT_BYTES_MAX < out.len() as u64 {
        return Err(format!("larger than DOCUMENT_BYTES_MAX ({DOCUMENT_BYTES_MAX} bytes)"));
    }
    Ok(out)
}

/// Bytes at the beginning of a document by which its feed is told.
const HEAD_BYTES: usize = 4096;

/// True if the beginning of a document holds `key`.
fn holds(head: &[u8], key: &str) -> bool {
    head.windows(key.len()).any(|w| w == key.as_bytes())
}

fn head(text: &[u8]) -> &[u8] {
    text.get(..text.len().min(HEAD_BYTES)).unwrap_or(text)
}

/// An OSV record is by far the most frequent document and tried first, unless the document is one of the few of which
/// half would have to be read to see that it is none; the others are told by their own keys.
fn read_json(name: &str, text: &[u8], parsed: &mut Parsed) {
    let head = head(text);
    let has = |key: &str| holds(head, key);
    if openvex::is_openvex(head) {
        return openvex::read(name, text, parsed);
    }
    if arch::is_tracker(head) {
        return arch::read(name, text, parsed);
    }
    if photon::is_photon(head) {
        return photon::read(name, text, parsed);
    }
    let reason = match osv::read(name, text, parsed) {
        Ok(()) => return,
        Err(reason) => reason,
    };
    if has("\"catalogVersion\"") || has("\"cveID\"") {
        kev::read(name, text, parsed);
    } else if has("\"apkurl\"") || has("\"secfixes\"") || has("\"distroversion\"") {
        secdb::read(name, text, parsed);
    } else if csaf::is_csaf(head) {
        csaf::read(name, text, parsed);
    } else if debian::is_tracker(head) {
        debian::read(name, text, parsed);
    } else {
        parsed.problems.push(Problem::new(name, reason));
    }
}
