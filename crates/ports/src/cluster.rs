//! A live cluster: asked for every object that may be read, never written to.

use std::fmt;
use std::sync::Arc;

use manifest::Packed;

use crate::http::{Http, HttpError};
use crate::source::{Progress, SourceError};

/// Reads clusters. Implemented by `kube`.
pub trait Cluster: Sync + Send {
    /// Lists every kind of object in the cluster of `context`, the current one if it is empty.
    ///
    /// # Errors
    /// [`SourceError::Usage`] if no cluster is named or its configuration makes no sense, [`SourceError::Unreadable`] if
    /// it cannot be asked at all.
    fn dump(&self, context: &str, progress: &dyn Progress) -> Result<Dump, SourceError>;
}

/// What a cluster let be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dump {
    /// The context, or the server's host within a cluster.
    pub name: String,
    /// JSON lists as the API server sends them, one behind another.
    pub lists: Packed,
    /// What could not be listed.
    pub unlisted: Vec<Unlisted>,
    /// What was left out on purpose: kind, why.
    pub left_out: Vec<(String, String)>,
}

/// Objects that could not be listed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unlisted {
    /// Resource and group, `deployments.apps`.
    pub what: String,
    /// In words.
    pub reason: String,
    /// What to do.
    pub remedy: String,
}

/// What a connection to an API server needs.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Connection {
    /// `https://host:port`, without a slash at its end.
    pub server: String,
    /// Certificates (PEM) that alone are trusted; the system's if `None`.
    pub authorities: Option<Vec<u8>>,
    /// The client's chain and key (PEM).
    pub client: Option<(Vec<u8>, Vec<u8>)>,
    /// The server's certificate is not verified.
    pub insecure: bool,
    /// A proxy for this server alone.
    pub proxy: Option<String>,
    /// The name that the server's certificate is for, and that the server is asked for, if not that of its address.
    pub server_name: Option<String>,
}

impl fmt::Debug for Connection {
    /// Without certificates and keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("server", &self.server).finish_non_exhaustive()
    }
}

/// Makes connections with certificates of their own. Implemented by `net`.
pub trait Connector: Sync + Send {
    /// A client for one API server.
    ///
    /// # Errors
    /// [`HttpError`] for certificates, keys and proxies that are none.
    fn connect(&self, connection: &Connection) -> Result<Arc<dyn Http>, HttpError>;
}
