//! Feeds that an update fetched: read document by document, those that did not change from their quicker form.

use std::path::Path;
use std::sync::mpsc::Receiver;
use std::sync::{Mutex, PoisonError};

use advisory::db::{Builder, FeedInfo};
use advisory::{Coverage, Parsed, Problem, archive, is_document_name};
use ports::feeds::{Kept as KeptFeed, KeptFile};
use ports::knowledge::{InspectRequest, Inspected, KnowledgeError};
use ports::source::Progress;

use crate::inputs::{Batch, FILE_BYTES_MAX, Queue, spread};
use crate::parsed::{self, Kept, Key};

/// Documents in their quicker form that a thread takes at a time.
const TAKEN: usize = 2_000;

/// Reads the files of a feed and keeps what they say.
pub(crate) fn inspect(
    request: &InspectRequest<'_>,
    progress: &dyn Progress,
) -> Result<Inspected, KnowledgeError> {
    let before: Vec<Kept> =
        request.before.iter().filter_map(|f| Kept::read(request.parsed, &f.digest)).collect();
    progress.expect(request.files.iter().map(|f| f.bytes).sum());
    let mut out = Inspected::default();
    for file in request.files {
        let one = file_anew(request.feed, file, &before, request.jobs);
        out.broken = out.broken.or(one.broken);
        out.records += one.documents.iter().map(|d| d.records).sum::<u64>();
        out.read += one.documents.iter().filter(|d| d.anew).count() as u64;
        out.problems.extend(one.documents.iter().flat_map(|d| d.problems.iter().cloned()));
        parsed::write(
            request.parsed,
            &file.digest,
            one.documents.into_iter().map(|d| (d.key, d.bytes)).collect(),
        )?;
        progress.advance(file.bytes);
    }
    out.problems.sort_unstable();
    Ok(out)
}

/// A builder with everything that is kept of `feeds`.
pub(crate) fn read(
    feeds: &[KeptFeed],
    folder: Option<&str>,
    jobs: usize,
    progress: &dyn Progress,
) -> Result<Builder, KnowledgeError> {
    let mut builder = Builder::new();
    progress.expect(feeds.iter().flat_map(|f| &f.files).map(|f| f.bytes).sum());
    for feed in feeds {
        let mut whole = feed.whole && !feed.files.is_empty();
        for file in &feed.files {
            let kept = folder.and_then(|folder| Kept::read(folder, &file.digest)).and_then(|k| all(&k, jobs));
            let (parsed, broken) = match kept {
                Some(parsed) => (parsed, None),
                None => anew(&feed.name, file, jobs),
            };
            whole &= broken.is_none() && parsed.iter().all(|p| p.problems.is_empty());
            parsed.into_iter().for_each(|p| builder.add(p));
            if let Some(reason) = broken {
                builder.problem(Problem::new(file.path.clone(), reason));
            }
            progress.advance(file.bytes);
        }
        if let Some(ecosystem) = feed.ecosystem.as_deref().filter(|_| whole) {
            builder.declare(ecosystem, Coverage::Complete);
        }
        let about = FeedInfo {
            name: feed.name.clone(),
            ecosystem: feed.ecosystem.clone(),
            modified: feed.modified,
            checked: feed.checked,
            records: feed.records,
            problem: feed.problem.clone(),
        };
        builder.feed(about);
    }
    Ok(builder)
}

/// Every document from its quicker form, by several threads.
fn all(kept: &Kept, jobs: usize) -> Option<Vec<Parsed>> {
    let jobs = if jobs == 0 { std::thread::available_parallelism().map_or(1, usize::from) } else { jobs };
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = || {
        let mut out = Vec::new();
        loop {
            let from = next.fetch_add(TAKEN, std::sync::atomic::Ordering::Relaxed);
            if kept.len() <= from {
                return Some(out);
            }
            out.push((from, kept.parsed(from..kept.len().min(from + TAKEN))?));
        }
    };
    let mut parts = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs).map(|_| scope.spawn(work)).collect();
        let mut parts = Vec::new();
        for worker in workers {
            match worker.join() {
                Ok(part) => parts.append(&mut part?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Some(parts)
    })?;
    parts.sort_by_key(|(from, _)| *from);
    Some(parts.into_iter().map(|(_, parsed)| parsed).collect())
}

/// A document that was read, or known from before.
struct Document {
    key: Key,
    bytes: Vec<u8>,
    records: u64,
    anew: bool,
    problems: Vec<Problem>,
}

struct FileRead {
    documents: Vec<Document>,
    broken: Option<String>,
}

fn file_anew(feed: &str, file: &KeptFile, before: &[Kept], jobs: usize) -> FileRead {
    let work = |receiver: &Mutex<Receiver<Batch>>| {
        let mut out = Vec::new();
        while let Some(batch) = next(receiver) {
            out.extend(batch.into_iter().map(|(name, bytes)| document(&name, &bytes, before)));
        }
        out
    };
    let mut broken = None;
    let documents = spread(jobs, &work, |queue| broken = fill(feed, file, queue));
    FileRead { documents: documents.into_iter().flatten().collect(), broken }
}

/// As [`file_anew`], for a file of which no quicker form is kept.
fn anew(feed: &str, file: &KeptFile, jobs: usize) -> (Vec<Parsed>, Option<String>) {
    let work = |receiver: &Mutex<Receiver<Batch>>| {
        let mut out = Parsed::default();
        while let Some(batch) = next(receiver) {
            batch.into_iter().for_each(|(name, bytes)| out.append(advisory::read(&name, &bytes)));
        }
        out
    };
    let mut broken = None;
    let parsed = spread(jobs, &work, |queue| broken = fill(feed, file, queue));
    (parsed, broken)
}

fn next(receiver: &Mutex<Receiver<Batch>>) -> Option<Batch> {
    receiver.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

fn document(name: &str, bytes: &[u8], before: &[Kept]) -> Document {
    let key = parsed::key(name, bytes);
    let known = before.iter().find_map(|k| k.get(&key));
    let decoded = known.and_then(|b| Some((b, postcard::from_bytes::<Parsed>(b).ok()?)));
    let (bytes, parsed, anew) = match decoded {
        Some((bytes, parsed)) => (bytes.to_vec(), parsed, false),
        None => {
            let parsed = advisory::read(name, bytes);
            (postcard::to_stdvec(&parsed).unwrap_or_default(), parsed, true)
        }
    };
    let records = parsed.records.len() + parsed.kev.len() + parsed.epss.len();
    Document { key, bytes, records: records as u64, anew, problems: parsed.problems }
}

/// Hands the documents of a file to the queue; why it could not be read to its end.
fn fill(feed: &str, file: &KeptFile, queue: &mut Queue) -> Option<String> {
    if FILE_BYTES_MAX < file.bytes {
        return Some(format!("larger than FILE_BYTES_MAX ({FILE_BYTES_MAX} bytes)"));
    }
    let bytes = match disk::read(Path::new(&file.path), FILE_BYTES_MAX) {
        Ok(bytes) => bytes,
        Err(e) => return Some(format!("cannot be read: {e}")),
    };
    let Some(format) = archive::format(&bytes) else {
        let name = file.path.rsplit('/').next().unwrap_or(&file.path);
        let ending = name.split_once('.').map_or("", |(_, e)| e);
        queue.push(format!("{feed}.{ending}"), bytes);
        return None;
    };
    let problems = archive::entries(feed, &bytes, format, &is_document_name, &mut |entry, body| {
        queue.push(format!("{feed}!{entry}"), body);
    });
    problems.first().map(|p| format!("{}: {}", p.r#where, p.reason))
}
