//! Files, archives and directories of advisories, read by several threads.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use advisory::db::Builder;
use advisory::{Coverage, Parsed, Problem, archive, ecosystem, is_document_name};
use ports::knowledge::KnowledgeError;
use ports::source::Progress;
use serde::Deserialize;

/// Bytes of the largest input file.
pub(crate) const FILE_BYTES_MAX: u64 = 4 << 30;

/// Files in all directories.
const FILES_MAX: usize = 4_000_000;

/// Directories within directories.
const DEPTH_MAX: usize = 32;

/// Bytes of documents that are handed to a thread at a time.
const BATCH_BYTES: usize = 1 << 20;

/// Batches that wait; with [`BATCH_BYTES`] the bound of what is inflated and not yet read.
const BATCHES_MAX: usize = 16;

/// A file by which the owner of a directory says what it covers.
const STATEMENT: &str = "plimsoll-source.toml";

/// Documents: name and bytes.
pub(crate) type Batch = Vec<(String, Vec<u8>)>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Statement {
    /// Ecosystems, with or without release, of which the directory holds all that their upstream publishes.
    complete: Vec<String>,
}

/// Reads every advisory under `from`.
pub(crate) fn read(from: &[String], jobs: usize, progress: &dyn Progress) -> Result<Builder, KnowledgeError> {
    if from.is_empty() {
        return Err(KnowledgeError::Usage("name what to build from: `--from PATH`".to_owned()));
    }
    let mut builder = Builder::new();
    let mut files = Vec::new();
    for path in from {
        walk(Path::new(path), 0, &mut files, &mut builder).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => KnowledgeError::Usage(format!("there is no `{path}`")),
            _ => KnowledgeError::Unreadable(format!("cannot read `{path}`: {e}")),
        })?;
    }
    files.sort_unstable();
    files.dedup();
    progress.expect(files.iter().map(|(_, size)| size).sum());
    let parsed = spread(jobs, &work, |queue| {
        for (path, size) in &files {
            let named = from.iter().any(|f| Path::new(f) == path);
            feed(path, *size, named, queue, &mut builder);
            progress.advance(*size);
        }
    });
    parsed.into_iter().for_each(|p| builder.add(p));
    Ok(builder)
}

/// Lets `jobs` threads (0 for one a core) work on what `fill` puts into the queue; what each made of it.
pub(crate) fn spread<T: Send>(
    jobs: usize,
    work: &(dyn Fn(&Mutex<Receiver<Batch>>) -> T + Sync),
    fill: impl FnOnce(&mut Queue),
) -> Vec<T> {
    let jobs = if jobs == 0 { thread::available_parallelism().map_or(1, usize::from) } else { jobs };
    let (sender, receiver) = sync_channel::<Batch>(BATCHES_MAX);
    let receiver = Mutex::new(receiver);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs).map(|_| scope.spawn(|| work(&receiver))).collect();
        let mut queue = Queue { sender, batch: Vec::new(), bytes: 0 };
        fill(&mut queue);
        queue.flush();
        drop(queue);
        let join = |worker: thread::ScopedJoinHandle<'_, T>| match worker.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        workers.into_iter().map(join).collect()
    })
}

/// Takes batches until there are no more.
fn work(receiver: &Mutex<Receiver<Batch>>) -> Parsed {
    let mut out = Parsed::default();
    loop {
        let next = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(batch) = next else { return out };
        for (name, bytes) in batch {
            out.append(advisory::read(&name, &bytes));
        }
    }
}

/// Batches on their way to the threads.
pub(crate) struct Queue {
    sender: SyncSender<Batch>,
    batch: Batch,
    bytes: usize,
}

impl Queue {
    pub(crate) fn push(&mut self, name: String, bytes: Vec<u8>) {
        self.bytes += bytes.len();
        self.batch.push((name, bytes));
        if BATCH_BYTES <= self.bytes {
            self.flush();
        }
    }

    fn flush(&mut self) {
        self.bytes = 0;
        // Nobody receives only if every worker panicked, which joining them tells.
        let _ = self.sender.send(std::mem::take(&mut self.batch));
    }
}

/// Every file below `path`, by name. A link is followed for `path` itself and not below it.
fn walk(
    path: &Path,
    depth: usize,
    files: &mut Vec<(PathBuf, u64)>,
    builder: &mut Builder,
) -> std::io::Result<()> {
    let about = if depth == 0 { fs::metadata(path)? } else { fs::symlink_metadata(path)? };
    if about.is_file() {
        match path.file_name().is_some_and(|n| n == STATEMENT) {
            true => statement(path, builder),
            false => files.push((path.to_owned(), about.len())),
        }
        return Ok(());
    }
    if !about.is_dir() || DEPTH_MAX <= depth || FILES_MAX <= files.len() {
        builder
            .problem(Problem::new(path.display().to_string(), "neither a file nor a directory that is read"));
        return Ok(());
    }
    for item in fs::read_dir(path)? {
        walk(&item?.path(), depth + 1, files, builder)?;
    }
    Ok(())
}

fn statement(path: &Path, builder: &mut Builder) {
    let read = disk::read(path, FILE_BYTES_MAX).map_err(|e| e.to_string());
    match read.and_then(|bytes| toml::from_slice::<Statement>(&bytes).map_err(|e| e.to_string())) {
        Ok(statement) => statement.complete.iter().for_each(|e| builder.declare(e, Coverage::Complete)),
        Err(reason) => builder.problem(Problem::new(path.display().to_string(), reason)),
    }
}

/// Hands the documents of a file to the queue.
fn feed(path: &Path, size: u64, named: bool, queue: &mut Queue, builder: &mut Builder) {
    let name = path.display().to_string();
    if FILE_BYTES_MAX < size {
        return builder
            .problem(Problem::new(name, format!("larger than FILE_BYTES_MAX ({FILE_BYTES_MAX} bytes)")));
    }
    let archive_name =
        [".zip", ".tar", ".tgz", ".tar.gz", ".zst", ".tar.xz"].iter().any(|suffix| name.ends_with(suffix));
    // A file that the user named is read whatever it is called.
    if !is_document_name(&name) && !archive_name && !named {
        return builder.ignore(1);
    }
    let bytes = match disk::read(path, FILE_BYTES_MAX) {
        Ok(bytes) => bytes,
        Err(e) => return builder.problem(Problem::new(name, format!("cannot be read: {e}"))),
    };
    let Some(format) = archive::format(&bytes) else {
        return queue.push(name, bytes);
    };
    let problems = archive::entries(&name, &bytes, format, &is_document_name, &mut |entry, body| {
        queue.push(format!("{name}!{entry}"), body);
    });
    // An archive that is the upstream's whole export says so by its name, if it could be read to its end.
    if let Some(ecosystem) = ecosystem::of_whole_export(&name).filter(|_| problems.is_empty()) {
        builder.declare(&ecosystem, Coverage::Complete);
    }
    problems.into_iter().for_each(|p| builder.problem(p));
}
