//! The advisory database as a file: mapped to be asked, written whole.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use advisory::db::{Builder, Database, DbError};
use memmap2::Mmap;
use ports::knowledge::{
    Adopted, BuildReport, BuildRequest, DatabaseOrigin, InspectRequest, Inspected, Knowledge, KnowledgeError,
    OpenedDatabase,
};
use ports::source::Progress;

use crate::inputs;
use crate::kept;
use crate::write_atomically;

/// Opens and builds database files.
#[derive(Debug, Clone)]
pub struct DatabaseStore {
    /// The user's own database file, if there may be one.
    pub own: Option<PathBuf>,
    /// The documents of the demonstration database: name and text.
    pub demonstration: &'static [(&'static str, &'static str)],
}

impl Knowledge for DatabaseStore {
    fn open(&self, path: Option<&str>) -> Result<OpenedDatabase, KnowledgeError> {
        if let Some(path) = path {
            return open_file(Path::new(path));
        }
        match &self.own {
            Some(own) if own.exists() => open_file(own),
            _ => self.open_demonstration(),
        }
    }

    fn build(&self, request: &BuildRequest, progress: &dyn Progress) -> Result<BuildReport, KnowledgeError> {
        let out = self.place(request.out.as_deref())?;
        let mut builder = match request.feeds.is_empty() {
            true => inputs::read(&request.from, request.jobs, progress)?,
            false => kept::read(&request.feeds, request.parsed.as_deref(), request.jobs, progress)?,
        };
        for ecosystem in &request.complete {
            builder.declare(ecosystem, advisory::Coverage::Complete);
        }
        let built = builder.finish().map_err(|e| KnowledgeError::Unreadable(e.to_string()))?;
        let failed = |e| KnowledgeError::Unreadable(cannot_write(&out, &e));
        if let Some(parent) = out.parent().filter(|p| !p.as_os_str().is_empty()) {
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        write_atomically(&out, &built.bytes).map_err(failed)?;
        Ok(BuildReport {
            path: out.display().to_string(),
            bytes: built.bytes.len() as u64,
            summary: built.summary,
        })
    }

    fn inspect(
        &self,
        request: &InspectRequest<'_>,
        progress: &dyn Progress,
    ) -> Result<Inspected, KnowledgeError> {
        kept::inspect(request, progress)
    }

    fn adopt(&self, path: &str, out: Option<&str>, older: bool) -> Result<Adopted, KnowledgeError> {
        let new = open_file(Path::new(path)).map_err(|e| KnowledgeError::Unreadable(e.to_string()))?.database;
        new.verify()
            .map_err(|e| KnowledgeError::Unreadable(format!("the prebuilt database cannot be used: {e}")))?;
        let out = self.place(out)?;
        // One that cannot be opened is no reason to keep a good one out.
        let known = out.exists().then(|| open_file(&out).ok()).flatten();
        if let Some(known) = known.filter(|k| !older && new.info().built < k.database.info().built) {
            return Err(KnowledgeError::Unreadable(format!(
                "the prebuilt database is of {}, the one at `{}` of {}; say `--older` to go back",
                new.info().built.date(),
                out.display(),
                known.database.info().built.date()
            )));
        }
        let info = new.info().clone();
        drop(new);
        std::fs::rename(path, &out).map_err(|e| KnowledgeError::Unreadable(cannot_write(&out, &e)))?;
        Ok(Adopted { path: out.display().to_string(), info })
    }

    fn own(&self) -> Option<String> {
        self.own.as_ref().map(|p| p.display().to_string())
    }
}

/// What to say of a file that cannot be written.
pub(crate) fn cannot_write(path: &Path, e: &std::io::Error) -> String {
    let what = format!("cannot write `{}`: {e}", path.display());
    match e.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            format!("{what}; free some space, or name another place")
        }
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
            format!("{what}; name a place that can be written")
        }
        _ => what,
    }
}

impl DatabaseStore {
    /// Where a database is written: the file that the user named, or the own one.
    fn place(&self, out: Option<&str>) -> Result<PathBuf, KnowledgeError> {
        match (out, &self.own) {
            (Some(out), _) => named(out),
            (None, Some(own)) => Ok(own.clone()),
            (None, None) => Err(KnowledgeError::Usage("name a file to write: `--out FILE`".to_owned())),
        }
    }

    /// Built anew each time: some dozens of documents take less than opening a terminal.
    fn open_demonstration(&self) -> Result<OpenedDatabase, KnowledgeError> {
        let mut builder = Builder::new();
        for (name, text) in self.demonstration {
            builder.add(advisory::read(name, text.as_bytes()));
        }
        let built = builder
            .finish()
            .map_err(|e| KnowledgeError::Unreadable(format!("demonstration database: {e}")))?;
        let database = Database::open(Arc::new(built.bytes))
            .map_err(|e| KnowledgeError::Unreadable(format!("demonstration database: {e}")))?;
        Ok(OpenedDatabase { database: Arc::new(database), origin: DatabaseOrigin::Demonstration })
    }
}

fn open_file(path: &Path) -> Result<OpenedDatabase, KnowledgeError> {
    let name = path.display().to_string();
    let file = disk::open(path).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => KnowledgeError::Usage(format!("there is no database `{name}`")),
        _ => KnowledgeError::Unreadable(format!("cannot open database `{name}`: {e}")),
    })?;
    let mapped =
        map(&file).map_err(|e| KnowledgeError::Unreadable(format!("cannot map database `{name}`: {e}")))?;
    let database = Database::open(Arc::new(mapped)).map_err(|e| match e {
        DbError::NotADatabase => KnowledgeError::Usage(format!("cannot use database `{name}`: {e}")),
        _ => KnowledgeError::Unreadable(format!("cannot use database `{name}`: {e}")),
    })?;
    Ok(OpenedDatabase { database: Arc::new(database), origin: DatabaseOrigin::File(name) })
}

/// A file to write that the user named: its directory is there already. Only the place of the own database is made.
fn named(out: &str) -> Result<PathBuf, KnowledgeError> {
    let path = PathBuf::from(out);
    match path.parent().filter(|p| !p.as_os_str().is_empty() && !p.is_dir()) {
        Some(parent) => Err(KnowledgeError::Usage(format!(
            "`{out}` cannot be written: there is no directory `{}`",
            parent.display()
        ))),
        None => Ok(path),
    }
}

#[expect(
    unsafe_code,
    reason = "a file can only be mapped so; see the comment on what keeps the mapping valid"
)]
fn map(file: &File) -> std::io::Result<Mmap> {
    // SAFETY: the mapping is read-only, and the file under it is never written to: a new database is written beside it
    // and renamed over it, which leaves the mapped one as it is until it is unmapped. Who truncates the file by other
    // means gets a bus error, as with every mapped file; bytes that change meanwhile fail their checksum or are
    // refused by the bounds that every read is held to.
    unsafe { Mmap::map(file) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ports::source::Silent;

    const RECORD: &str = r#"{"id":"GHSA-aaaa-bbbb-cccc","modified":"2025-01-01T00:00:00Z","aliases":["CVE-2025-1"],
        "affected":[{"package":{"ecosystem":"npm","name":"left"},
        "ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1.2.0"}]}]}]}"#;

    fn store(own: Option<PathBuf>) -> DatabaseStore {
        DatabaseStore { own, demonstration: &[("left.json", RECORD)] }
    }

    #[test]
    fn without_a_file_the_demonstration_answers() {
        let opened = store(None).open(None).unwrap();
        assert_eq!(opened.origin, DatabaseOrigin::Demonstration);
        assert_eq!(opened.database.lookup("npm", "left").unwrap().len(), 1);
    }

    #[test]
    fn a_database_is_built_from_a_directory_and_opened_again() {
        let directory = tempfile::tempdir().unwrap();
        let from = directory.path().join("in");
        std::fs::create_dir(&from).unwrap();
        std::fs::write(from.join("left.json"), RECORD).unwrap();
        std::fs::write(from.join("README.md"), "not an advisory").unwrap();
        std::fs::write(from.join("broken.json"), "{").unwrap();
        let own = directory.path().join("made/own.db");
        let store = store(Some(own.clone()));
        let request = BuildRequest { from: vec![from.display().to_string()], ..BuildRequest::default() };
        let report = store.build(&request, &Silent).unwrap();
        assert_eq!((report.summary.records, report.summary.ignored), (1, 1));
        assert_eq!(report.summary.problems.len(), 1);
        let opened = store.open(None).unwrap();
        assert_eq!(opened.origin, DatabaseOrigin::File(own.display().to_string()));
        opened.database.verify().unwrap();
        let first = std::fs::read(&own).unwrap();
        store.build(&request, &Silent).unwrap();
        assert!(first == std::fs::read(&own).unwrap(), "the same input gives the same bytes");
    }

    #[test]
    fn a_file_that_is_no_database_says_so() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x.db");
        std::fs::write(&path, "hello").unwrap();
        let refused = store(None).open(Some(&path.display().to_string())).err().unwrap().to_string();
        assert!(refused.contains("no plimsoll advisory database"), "{refused}");
        assert!(matches!(store(None).open(Some("/nowhere/x.db")), Err(KnowledgeError::Usage(_))));
    }
}
