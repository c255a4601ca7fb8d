//! Who asks which server, and how it is proven.

use std::path::{Path, PathBuf};

use ports::cluster::Connection;
use serde_json::Value;
use stdx::Secret;

/// Bytes of the largest certificate, key or token file.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// How a user is known to the server, beside a certificate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Proof {
    /// A certificate alone, or nothing.
    #[default]
    None,
    /// A token.
    Token(Secret),
    /// A file that holds the token of the moment: it is read again for every request.
    TokenFile(PathBuf),
    /// A user and a password.
    Password(String, Secret),
    /// A program that gives a token or a certificate.
    Plugin(Plugin),
}

/// A credential plugin (`client.authentication.k8s.io`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Plugin {
    pub(crate) command: String,
    pub(crate) arguments: Vec<String>,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) api_version: String,
    pub(crate) hint: String,
    /// What it is told of the cluster (`ExecCredentialSpec.cluster`), if it asks.
    pub(crate) cluster: Option<Value>,
}

/// A server and a user of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Access {
    pub(crate) connection: Connection,
    pub(crate) proof: Proof,
    /// `Impersonate-*` headers.
    pub(crate) impersonate: Vec<(String, String)>,
    /// Answers are not to be compressed.
    pub(crate) uncompressed: bool,
}

/// A file of certificates, a key or a token, whole.
pub(crate) fn file(path: &Path) -> Result<Vec<u8>, String> {
    disk::read(path, FILE_BYTES_MAX).map_err(|e| format!("`{}`: {e}", path.display()))
}
