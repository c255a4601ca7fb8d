//! What a flow is given: the request. Everything it does to the world goes through `ports`.

use std::fmt;

use model::Timestamp;

/// A scan as asked for.
#[derive(Debug, Clone)]
pub struct ScanRequest {
    /// Targets as written.
    pub targets: Vec<String>,
    /// Restricts rules to these controls; empty for all.
    pub controls: Vec<String>,
    /// `--fail-on`, each one gate.
    pub gates: Vec<String>,
    /// The moment ages are counted from.
    pub as_of: Timestamp,
    /// Database file; `None` for the default one (the user's own, else the embedded demonstration one).
    pub database: Option<String>,
    /// Ignore file.
    pub ignore: Option<NamedBytes>,
    /// VEX documents.
    pub vex: Vec<NamedBytes>,
    /// `linux/arm64`.
    pub platform: Option<String>,
    /// Reads and verifies layers even on a cache hit.
    pub verify: bool,
    /// Worker threads; 0 for one a core.
    pub jobs: usize,
}

/// A small file that the face has read, with the name messages use for it.
#[derive(Debug, Clone)]
pub struct NamedBytes {
    /// As the user wrote it.
    pub name: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// Why a flow gave no report. Anything that could still be reported on is a doubt in the report instead.
#[derive(Debug)]
pub enum FlowError {
    /// The request makes no sense: exit code 2.
    Usage(String),
    /// Nothing could be read at all: exit code 3.
    Unreadable(String),
}

impl fmt::Display for FlowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(s) | Self::Unreadable(s) => f.write_str(s),
        }
    }
}

impl std::error::Error for FlowError {}
