//! The port `Sources` over files of this machine.

use std::sync::Arc;

use ports::source::{Opened, Progress, ReadOptions, SourceError, Sources, TargetSpec};

use crate::DirCache;

/// Reads targets from the file system and from standard input.
pub struct LocalSources {
    _cache: Option<Arc<DirCache>>,
}

impl LocalSources {
    /// Sources that keep layer indexes in `cache`, or read every layer every time.
    #[must_use]
    pub fn new(cache: Option<Arc<DirCache>>) -> Self {
        Self { _cache: cache }
    }
}

impl Sources for LocalSources {
    fn open(
        &self,
        spec: &TargetSpec,
        _: &dyn oci::Analyzer,
        _: &ReadOptions,
        _: &dyn Progress,
    ) -> Result<Vec<Opened>, SourceError> {
        Err(SourceError::Unreadable(format!("`{}` cannot be read yet", spec.written)))
    }
}
