//! The folder: `state.json` says what counts, `files/FEED/` holds it under names made of its content, `incoming/` what is
//! being fetched. A process killed at any point leaves the old state or the new one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use model::Timestamp;
use ports::feeds::{Feed, FeedFile, Fetched, Folder, Kept, KeptFile};
use ports::http::http_date;
use ports::http::{Http, Wait};
use ports::knowledge::KnowledgeError;
use ports::source::Progress;

use crate::download::{Got, Wanted, cannot_write, clear, download};
use crate::lock;
use crate::resolve::resolve;
use crate::state::{FeedState, FileState, State};

/// Files fetched at a time: enough to hide waits, few enough to be no burden to an upstream.
const FETCHES_MAX: usize = 4;

/// Digits of a content's hash that its file is named by.
const NAME_DIGITS: usize = 32;

/// The folder, held.
pub(crate) struct Opened<'h> {
    path: PathBuf,
    mirror: Option<String>,
    http: &'h dyn Http,
    wait: &'h dyn Wait,
    state: State,
    /// What was fetched and is not yet adopted.
    staged: BTreeMap<String, Vec<FileState>>,
    _lock: File,
}

impl<'h> Opened<'h> {
    pub(crate) fn open(
        path: &Path,
        mirror: Option<String>,
        http: &'h dyn Http,
        wait: &'h dyn Wait,
        note: &dyn Fn(&str),
    ) -> Result<Self, KnowledgeError> {
        let failed = |e: &std::io::Error| KnowledgeError::Unreadable(cannot_write(path, e));
        fs::create_dir_all(path).map_err(|e| failed(&e))?;
        let lock = lock::take(path, "lock", wait, note)?;
        let (state, broken) = State::read(path).map_err(|e| failed(&e))?;
        if let Some(reason) = broken {
            note(&format!(
                "what `{}` says about its feeds cannot be used ({reason}); everything is fetched anew",
                path.join("state.json").display()
            ));
        }
        Ok(Self { path: path.to_owned(), mirror, http, wait, state, staged: BTreeMap::new(), _lock: lock })
    }

    fn now(&self) -> i64 {
        self.wait.now()
    }

    fn stored(&self, feed: &str, stored: &str) -> PathBuf {
        self.path.join("files").join(feed).join(stored)
    }

    /// The kept file of that name and address, if it is there as the state says.
    fn kept_file(&self, feed: &str, file: &FeedFile) -> Option<&FileState> {
        let known = self.state.feeds.get(feed)?.files.iter().find(|f| f.name == file.name)?;
        let there = fs::metadata(self.stored(feed, &known.stored)).is_ok_and(|m| m.len() == known.bytes);
        there.then_some(known)
    }

    /// Fetches one file; `None` if it may be missing and is.
    fn fetch_file(
        &self,
        feed: &str,
        file: &FeedFile,
        progress: &dyn Progress,
    ) -> Result<Option<(FileState, bool)>, String> {
        let url = resolve(&file.url, file.via, self.mirror.as_deref(), self.http, self.wait)?;
        let known = self.kept_file(feed, file).filter(|k| k.url == url);
        let incoming = self.path.join("incoming").join(feed);
        fs::create_dir_all(&incoming).map_err(|e| cannot_write(&incoming, &e))?;
        let part = incoming.join(format!("{}.part", file.name));
        let wanted =
            Wanted { url: &url, known: known.map(|k| &k.validators), part: &part, bytes_max: file.bytes_max };
        match download(&wanted, self.http, self.wait, progress)? {
            Got::NotModified => match known {
                Some(known) => Ok(Some((known.clone(), false))),
                None => Err(format!("`{url}` says that what nobody has did not change")),
            },
            Got::Missing(_) if file.optional && known.is_none() => Ok(None),
            Got::Missing(status) => Err(format!("`{}` answered {status}", ports::http::plain(&url))),
            Got::Whole { digest, bytes, validators } => {
                let name = digest.get(..NAME_DIGITS).unwrap_or(&digest);
                let ending = file.name.split_once('.').map_or("", |(_, ending)| ending);
                // Only the end of the name tells what it is; `v3.20.main.json` is `json`.
                let ending = ending.rsplit_once("main.").map_or(ending, |(_, e)| e);
                let ending = ending.rsplit_once("community.").map_or(ending, |(_, e)| e);
                let ending =
                    if file.name.starts_with("updateinfo.xml") { file.name.as_str() } else { ending };
                let stored = if ending.is_empty() { name.to_owned() } else { format!("{name}.{ending}") };
                let place = self.stored(feed, &stored);
                if let Some(parent) = place.parent() {
                    fs::create_dir_all(parent).map_err(|e| cannot_write(parent, &e))?;
                }
                fs::rename(&part, &place).map_err(|e| cannot_write(&place, &e))?;
                clear(&part);
                let changed = known.is_none_or(|k| k.digest != digest);
                Ok(Some((
                    FileState { name: file.name.clone(), url, stored, digest, bytes, validators },
                    changed,
                )))
            }
        }
    }

    fn kept_of(&self, feed: &str, files: &[FileState]) -> Vec<KeptFile> {
        let kept = |f: &FileState| KeptFile {
            path: self.stored(feed, &f.stored).display().to_string(),
            digest: f.digest.clone(),
            bytes: f.bytes,
        };
        files.iter().map(kept).collect()
    }

    fn save(&self) -> Result<(), KnowledgeError> {
        let failed = |e| KnowledgeError::Unreadable(cannot_write(&self.path.join("state.json"), &e));
        self.state.write(&self.path).map_err(failed)
    }

    /// Removes what the state does not name. A file that cannot be removed costs space and nothing else.
    fn prune(&self) {
        let files = self.path.join("files");
        for folder in fs::read_dir(&files).into_iter().flatten().flatten() {
            let feed = folder.file_name().to_string_lossy().into_owned();
            let named: BTreeSet<&str> = match self.state.feeds.get(&feed) {
                Some(state) => state.files.iter().map(|f| f.stored.as_str()).collect(),
                None => BTreeSet::new(),
            };
            for file in fs::read_dir(folder.path()).into_iter().flatten().flatten() {
                if !named.contains(&*file.file_name().to_string_lossy()) {
                    let _ = fs::remove_file(file.path());
                }
            }
        }
        let digests: BTreeSet<&str> =
            self.state.feeds.values().flat_map(|f| &f.files).map(|f| f.digest.as_str()).collect();
        for file in fs::read_dir(self.path.join("parsed")).into_iter().flatten().flatten() {
            let name = file.file_name().to_string_lossy().into_owned();
            if !digests.iter().any(|d| name.starts_with(d)) {
                let _ = fs::remove_file(file.path());
            }
        }
    }
}

impl Folder for Opened<'_> {
    fn kept(&self) -> Vec<Kept> {
        let kept = |(name, state): (&String, &FeedState)| Kept {
            name: name.clone(),
            ecosystem: state.ecosystem.clone(),
            whole: state.whole,
            files: self.kept_of(name, &state.files),
            modified: FeedState::time(state.modified),
            checked: FeedState::time(state.checked),
            records: state.records,
            problem: state.problem.clone(),
        };
        self.state.feeds.iter().map(kept).collect()
    }

    fn fetch(&mut self, feeds: &[Feed], progress: &dyn Progress) -> Vec<Fetched> {
        let jobs: Vec<(usize, &Feed, &FeedFile)> = feeds
            .iter()
            .enumerate()
            .flat_map(|(n, feed)| feed.files.iter().map(move |f| (n, feed, f)))
            .collect();
        let next = Mutex::new(jobs.iter());
        let mut results = thread::scope(|scope| {
            let work = || {
                let mut done = Vec::new();
                loop {
                    let job = next.lock().unwrap_or_else(std::sync::PoisonError::into_inner).next();
                    let Some((n, feed, file)) = job else { return done };
                    done.push((*n, file.name.clone(), self.fetch_file(&feed.name, file, progress)));
                }
            };
            let workers: Vec<_> = (0..FETCHES_MAX).map(|_| scope.spawn(work)).collect();
            let join = |w: thread::ScopedJoinHandle<'_, Vec<_>>| match w.join() {
                Ok(done) => done,
                Err(panic) => std::panic::resume_unwind(panic),
            };
            workers.into_iter().flat_map(join).collect::<Vec<_>>()
        });
        results.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        let mut out = Vec::with_capacity(feeds.len());
        for (n, feed) in feeds.iter().enumerate() {
            let mine = results.iter().filter(|(of, ..)| *of == n).map(|(_, _, result)| result);
            let mut files = Vec::new();
            let (mut changed, mut failures) = (false, Vec::new());
            for result in mine {
                match result {
                    Ok(Some((file, new))) => {
                        changed |= new;
                        files.push(file.clone());
                    }
                    Ok(None) => {}
                    Err(reason) => failures.push(reason.clone()),
                }
            }
            let known = self.state.feeds.get(&feed.name);
            changed |= known.is_none_or(|k| k.files.len() != files.len());
            out.push(match (failures.first(), files.is_empty(), changed) {
                (Some(first), ..) => Fetched::Failed(match failures.len() {
                    1 => first.clone(),
                    more => format!("{first}; and {} more files of it", more - 1),
                }),
                (None, true, _) => Fetched::Failed("none of its files is there".to_owned()),
                (None, false, changed) => {
                    let kept = self.kept_of(&feed.name, &files);
                    self.staged.insert(feed.name.clone(), files);
                    if changed { Fetched::Changed(kept) } else { Fetched::Unchanged }
                }
            });
        }
        out
    }

    fn adopt(&mut self, feed: &Feed, records: u64) -> Result<(), KnowledgeError> {
        let Some(files) = self.staged.remove(&feed.name) else { return Ok(()) };
        let now = self.now();
        let dates = files.iter().filter_map(|f| http_date(f.validators.last_modified.as_deref()?));
        // An upstream whose clock is ahead must not make its feed look fresher than it is.
        let modified = dates.map(|t| t.0.min(now)).max().unwrap_or(now);
        let state = FeedState {
            ecosystem: feed.ecosystem.clone(),
            whole: feed.whole,
            files,
            modified: Some(modified),
            checked: Some(now),
            records,
            problem: None,
        };
        self.state.feeds.insert(feed.name.clone(), state);
        self.save()
    }

    fn refuse(&mut self, feed: &Feed, reason: &str) -> Result<(), KnowledgeError> {
        self.staged.remove(&feed.name);
        let state = self.state.feeds.entry(feed.name.clone()).or_insert_with(|| FeedState {
            ecosystem: feed.ecosystem.clone(),
            whole: feed.whole,
            ..FeedState::default()
        });
        state.problem = Some(reason.to_owned());
        self.save()
    }

    fn built(&self) -> Option<String> {
        self.state.built.clone()
    }

    fn set_built(&mut self, inputs: &str) -> Result<(), KnowledgeError> {
        self.state.built = Some(inputs.to_owned());
        self.save()?;
        self.prune();
        Ok(())
    }

    fn parsed(&self) -> String {
        self.path.join("parsed").display().to_string()
    }

    fn now(&self) -> Timestamp {
        Timestamp(self.wait.now())
    }
}
