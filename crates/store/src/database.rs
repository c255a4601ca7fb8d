//! The advisory database as a file: mapped, built from inputs, written atomically.

use std::sync::Arc;

use advisory::db::Database;
use ports::knowledge::{
    BuildReport, BuildRequest, DatabaseOrigin, Knowledge, KnowledgeError, OpenedDatabase,
};
use ports::source::Progress;

/// Opens and builds database files.
pub struct DatabaseStore {
    /// The user's own database file, if there may be one.
    pub own: Option<std::path::PathBuf>,
    /// The documents of the demonstration database: name and text.
    pub demonstration: &'static [(&'static str, &'static str)],
}

impl Knowledge for DatabaseStore {
    fn open(&self, path: Option<&str>) -> Result<OpenedDatabase, KnowledgeError> {
        let unreadable = |e: &dyn std::fmt::Display| KnowledgeError::Unreadable(format!("{e}"));
        let path = path.unwrap_or_default();
        let bytes = std::fs::read(path).map_err(|e| unreadable(&e))?;
        let database = Arc::new(Database::open(Arc::new(bytes)).map_err(|e| unreadable(&e))?);
        Ok(OpenedDatabase { database, origin: DatabaseOrigin::File(path.to_owned()) })
    }

    fn build(&self, request: &BuildRequest, _progress: &dyn Progress) -> Result<BuildReport, KnowledgeError> {
        Err(KnowledgeError::Usage(format!("nothing to build from in {} inputs", request.from.len())))
    }
}
