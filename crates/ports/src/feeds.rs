//! Feeds of advisories as upstreams publish them, and the folder in which what was fetched of them is kept.

use model::Timestamp;

use crate::knowledge::KnowledgeError;
use crate::source::Progress;

/// Fetches feeds. Implemented by `feeds`.
pub trait Feeds: Sync {
    /// Every feed that can be asked for, by name.
    ///
    /// # Errors
    /// [`KnowledgeError::Usage`] if the user's own sources make no sense.
    fn catalogue(&self) -> Result<Vec<Feed>, KnowledgeError>;

    /// Opens the folder and holds its lock until the answer is dropped. A second process waits and says so by `note`.
    ///
    /// # Errors
    /// [`KnowledgeError`] if the folder cannot be made, read or locked.
    fn open(&self, note: &dyn Fn(&str)) -> Result<Box<dyn Folder + '_>, KnowledgeError>;

    /// Fetches one prebuilt database, checks its signature, and lets `take` have it where it lies for now. A second
    /// process that fetches into the same folder waits until then and says so by `note`.
    ///
    /// # Errors
    /// [`KnowledgeError`] if it cannot be fetched, or its signature does not fit; or that of `take`.
    fn prebuilt(
        &self,
        wanted: &Prebuilt,
        progress: &dyn Progress,
        note: &dyn Fn(&str),
        take: &mut dyn FnMut(&PrebuiltFile) -> Result<(), KnowledgeError>,
    ) -> Result<(), KnowledgeError>;
}

/// The folder of fetched feeds, held by this process alone.
pub trait Folder {
    /// What is kept, by name.
    fn kept(&self) -> Vec<Kept>;

    /// Fetches `feeds`; what comes lies aside until it is adopted. One answer for each feed, in their order.
    fn fetch(&mut self, feeds: &[Feed], progress: &dyn Progress) -> Vec<Fetched>;

    /// Takes what was fetched of a feed in the place of what is kept of it.
    ///
    /// # Errors
    /// [`KnowledgeError`] if the folder cannot be written; what was kept stays.
    fn adopt(&mut self, feed: &Feed, records: u64) -> Result<(), KnowledgeError>;

    /// Drops what was fetched of a feed and keeps the reason beside what stays.
    ///
    /// # Errors
    /// [`KnowledgeError`] if the folder cannot be written.
    fn refuse(&mut self, feed: &Feed, reason: &str) -> Result<(), KnowledgeError>;

    /// What the database was last built from, as [`Folder::set_built`] was told.
    fn built(&self) -> Option<String>;

    /// Notes what the database was built from, and clears away what nothing refers to any more.
    ///
    /// # Errors
    /// [`KnowledgeError`] if the folder cannot be written.
    fn set_built(&mut self, inputs: &str) -> Result<(), KnowledgeError>;

    /// The folder in which documents that were read once are kept in a quicker form.
    fn parsed(&self) -> String;

    /// The moment that ages are counted from.
    fn now(&self) -> Timestamp;
}

/// A feed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Feed {
    /// Its own name, `osv-npm`.
    pub name: String,
    /// Words that ask for it beside its name, `npm`; in lower case.
    pub words: Vec<String>,
    /// The ecosystem that it is about, `npm`, `Debian`; `None` if about vulnerabilities alone.
    pub ecosystem: Option<String>,
    /// True if it holds all that its upstream publishes of the ecosystem.
    pub whole: bool,
    /// Its files.
    pub files: Vec<FeedFile>,
    /// False if it is fetched only where it is asked for.
    pub usual: bool,
}

/// A file of a feed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeedFile {
    /// What it is called within its feed; its end says what it is, `main.json`, `all.zip`.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// How the address leads to it.
    pub via: Via,
    /// True if it may be missing.
    pub optional: bool,
    /// Most bytes that it may have.
    pub bytes_max: u64,
}

/// How an address leads to a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Via {
    /// It is the file's own.
    #[default]
    Direct,
    /// It is a text that names the file beside it: `archive_latest.txt` of Red Hat.
    Pointer,
    /// It is a list of mirrors of a dnf repository, of which the file is the `updateinfo`.
    MirrorList,
}

/// What came of fetching a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// Its upstream has what is kept.
    Unchanged,
    /// These files, kept or new, are what it is now.
    Changed(Vec<KeptFile>),
    /// It could not be fetched.
    Failed(String),
}

/// A file in the folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptFile {
    /// Where.
    pub path: String,
    /// SHA-256 of its content, in hexadecimal.
    pub digest: String,
    /// Bytes.
    pub bytes: u64,
}

/// What is kept of a feed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// Name of the feed.
    pub name: String,
    /// The ecosystem that it is about.
    pub ecosystem: Option<String>,
    /// True if it holds all that its upstream publishes of the ecosystem.
    pub whole: bool,
    /// Its files; empty if it was never fetched.
    pub files: Vec<KeptFile>,
    /// Of when it is, as its upstream says.
    pub modified: Option<Timestamp>,
    /// When its upstream last said that this is what it has.
    pub checked: Option<Timestamp>,
    /// Records that were read in it.
    pub records: u64,
    /// Why the last attempt to fetch it failed.
    pub problem: Option<String>,
}

/// A prebuilt database that is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prebuilt {
    /// `https://HOST/PATH` or `oci://HOST/REPOSITORY:TAG`.
    pub from: String,
    /// The public key that must have signed it (PEM); `None` where the user takes it unsigned.
    pub key: Option<Vec<u8>>,
    /// Where the signature is, if not beside it with `.sig` at the end.
    pub signature: Option<String>,
    /// Folder in which it is put down for now: that of the database it is to become.
    pub folder: String,
}

/// A prebuilt database that was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrebuiltFile {
    /// Where it lies; whoever takes it renames it.
    pub path: String,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256, in hexadecimal.
    pub digest: String,
    /// Which kind of key signed it, `ed25519`; `None` if nobody was asked to.
    pub signed: Option<&'static str>,
}

/// Fetches nothing: where there is no network to ask.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFeeds;

impl NoFeeds {
    fn refusal() -> KnowledgeError {
        KnowledgeError::Unreadable("feeds cannot be fetched here".to_owned())
    }
}

impl Feeds for NoFeeds {
    fn catalogue(&self) -> Result<Vec<Feed>, KnowledgeError> {
        Ok(Vec::new())
    }

    fn open(&self, _: &dyn Fn(&str)) -> Result<Box<dyn Folder + '_>, KnowledgeError> {
        Err(Self::refusal())
    }

    fn prebuilt(
        &self,
        _: &Prebuilt,
        _: &dyn Progress,
        _: &dyn Fn(&str),
        _: &mut dyn FnMut(&PrebuiltFile) -> Result<(), KnowledgeError>,
    ) -> Result<(), KnowledgeError> {
        Err(Self::refusal())
    }
}
