//! What a flow is given: the world it may touch, and the request.

use std::fmt;
use std::sync::Arc;

use eval::assess::Framework;
use model::Timestamp;
use ports::cache::Cache;
use ports::feeds::Feeds;
use ports::knowledge::{Knowledge, KnowledgeError};
use ports::source::{Progress, SourceError, Sources};
pub use rules_package::MaxAge;

use crate::diff::NamedReport;
use crate::images::ImagesRequest;

/// Every effect a flow can have. The door fills it with adapters, tests with fakes.
#[derive(Clone, Copy)]
pub struct World<'w> {
    /// Reads targets.
    pub sources: &'w dyn Sources,
    /// Opens and builds advisory databases.
    pub knowledge: &'w dyn Knowledge,
    /// Fetches what they are built from.
    pub feeds: &'w dyn Feeds,
    /// Keeps facts between runs.
    pub cache: &'w dyn Cache,
    /// Told how far the reading is.
    pub progress: &'w dyn Progress,
    /// Takes lines for standard error that are no part of any report.
    pub note: &'w (dyn Fn(&str) + Sync),
    /// Version of the program.
    pub version: &'static str,
}

/// A scan as asked for.
#[derive(Debug, Clone)]
pub struct ScanRequest {
    /// Targets as written.
    pub targets: Vec<String>,
    /// Restricts rules to these controls; empty for all.
    pub controls: Vec<String>,
    /// Another framework whose table `assess` fills too.
    pub framework: Option<Arc<Framework>>,
    /// `--fail-on`, each one gate.
    pub gates: Vec<String>,
    /// The moment ages are counted from.
    pub as_of: Timestamp,
    /// Database file; `None` for the default one (the user's own, else the demonstration one in the program).
    pub database: Option<String>,
    /// How old the advisories that answer may be.
    pub max_age: MaxAge,
    /// Seconds for which packages must have been public; `None` to ask nothing.
    pub min_package_age: Option<i64>,
    /// Ignore file.
    pub ignore: Option<NamedBytes>,
    /// VEX documents.
    pub vex: Vec<NamedBytes>,
    /// An earlier report: what it has is not `new`.
    pub baseline: Option<Arc<NamedReport>>,
    /// The images that workloads of the targets run are scanned as well.
    pub images: Option<ImagesRequest>,
    /// How targets are read.
    pub read: ReadRequest,
}

/// How targets are read.
#[derive(Debug, Clone, Default)]
pub struct ReadRequest {
    /// `linux/arm64`.
    pub platform: Option<String>,
    /// Every platform of an image in a registry.
    pub all_platforms: bool,
    /// Reads and verifies layers even on a cache hit.
    pub verify: bool,
    /// Kinds of others that bring pods, each `GROUP/KIND=FIELD.FIELD`.
    pub workloads: Vec<String>,
    /// Leaves comments and annotations in manifests that accept findings unheard.
    pub no_inline_ignore: bool,
    /// Worker threads; 0 for one a core.
    pub jobs: usize,
    /// Charts and kustomizations are rendered, with these programs.
    pub render: Option<ports::render::Programs>,
    /// Where container engines keep their images.
    pub engines: ports::source::Engines,
}

/// A small file that the face has read, with the name messages use for it.
#[derive(Debug, Clone)]
pub struct NamedBytes {
    /// As the user wrote it.
    pub name: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// Why a flow gave no answer. Anything that could still be reported on is a doubt in the report instead.
#[derive(Debug, Clone, PartialEq, Eq)]
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

impl From<SourceError> for FlowError {
    fn from(e: SourceError) -> Self {
        match e {
            SourceError::Usage(s) | SourceError::Missing(s) => Self::Usage(s),
            SourceError::Unreadable(s) => Self::Unreadable(s),
        }
    }
}

impl From<KnowledgeError> for FlowError {
    fn from(e: KnowledgeError) -> Self {
        match e {
            KnowledgeError::Usage(s) => Self::Usage(s),
            KnowledgeError::Unreadable(s) => Self::Unreadable(s),
        }
    }
}
