//! What a database says about itself.

use model::Timestamp;

use crate::record::Coverage;

/// What a database says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    /// Hash of the content.
    pub id: String,
    /// The newest snapshot in it.
    pub built: Timestamp,
    /// Sources, by name.
    pub sources: Vec<Source>,
    /// Every ecosystem with its release (`Debian:12`) and the number of advisories that name it, by name.
    pub ecosystems: Vec<(String, u64)>,
    /// Format of the file, major and minor.
    pub format: (u16, u16),
    /// Vulnerabilities, each counted once whatever its names.
    pub vulnerabilities: u64,
    /// Advisories.
    pub advisories: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

/// A source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// `Debian`, `PyPI`, `kev` …
    pub name: String,
    /// Newest record in it.
    pub snapshot: Timestamp,
    /// Number of records.
    pub records: u64,
    /// Complete or partial.
    pub coverage: Coverage,
}

impl Info {
    /// How much of `ecosystem` (`Debian:12`) is covered; `None` if nothing is.
    #[must_use]
    pub fn coverage(&self, ecosystem: &str) -> Option<Coverage> {
        self.ecosystems.iter().find(|(e, _)| e == ecosystem)?;
        let base = ecosystem.split(':').next().unwrap_or(ecosystem);
        self.sources.iter().find(|s| s.name == base).map(|s| s.coverage)
    }
}
