//! What the face needs of the program around it: adapters made for the flags given, the clock, whole files.

use std::io;
use std::path::{Path, PathBuf};

use model::Timestamp;
use ports::cache::Cache;
use ports::feeds::Feeds;
use ports::knowledge::Knowledge;
use ports::source::Sources;

/// Implemented by the door (`app`), the only place that names an adapter, and by tests.
pub trait Door: Sync {
    /// The adapters for these settings.
    fn adapters(&self, settings: &AdapterSettings) -> Adapters;

    /// The clock, asked once a run and only if `--as-of` is not given.
    fn now(&self) -> Timestamp;

    /// Writes a whole file or nothing: temporary file beside it, fsync, rename.
    ///
    /// # Errors
    /// Those of the file system.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Version of the program.
    fn version(&self) -> &'static str;
}

/// What flags and configuration say about adapters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AdapterSettings {
    /// Where results are kept between runs; `None` to keep none.
    pub cache_dir: Option<PathBuf>,
    /// The user's own database, used if it exists and none is named.
    pub own_database: Option<PathBuf>,
    /// How feeds are fetched.
    pub feeds: FeedsSettings,
    /// What is said about connections.
    pub network: NetworkSettings,
}

/// What flags, configuration and environment say about connections and registries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NetworkSettings {
    /// The environment, for proxies and the places of other programs' credentials.
    pub environment: Vec<(String, String)>,
    /// Files or directories of certificates to trust beside the system's.
    pub authorities: Vec<PathBuf>,
    /// Hosts (`host`, `host:port`) that may be asked over plain HTTP.
    pub plain_http: Vec<String>,
    /// Hosts whose certificate is not verified.
    pub insecure: Vec<String>,
    /// Host, certificate chain, key.
    pub client_certificates: Vec<(String, PathBuf, Option<PathBuf>)>,
    /// Registry, mirror: asked before the registry itself, in this order.
    pub mirrors: Vec<(String, String)>,
    /// Credentials for the one registry of the command.
    pub login: Option<Login>,
}

/// A user and a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// Who.
    pub user: String,
    /// The password, or a token in its place.
    pub password: String,
}

impl std::fmt::Debug for Login {
    /// Without the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}

/// What flags and configuration say about feeds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeedsSettings {
    /// Where what was fetched is kept; `None` if there is no home to keep it in.
    pub folder: Option<PathBuf>,
    /// A mirror that serves `HOST/PATH` of every upstream below it.
    pub mirror: Option<String>,
    /// The user's own sources, `NAME=ADDRESS`.
    pub own: Vec<String>,
}

/// The adapters of one run.
pub struct Adapters {
    /// Reads targets.
    pub sources: Box<dyn Sources>,
    /// Opens and builds databases.
    pub knowledge: Box<dyn Knowledge>,
    /// Fetches what databases are built from.
    pub feeds: Box<dyn Feeds>,
    /// Keeps facts.
    pub cache: Box<dyn Cache>,
}
