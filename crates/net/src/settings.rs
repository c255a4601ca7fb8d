//! What the user and the machine say about connections.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// Bytes of the largest file of certificates or keys that is read.
pub const CERTIFICATE_BYTES_MAX: u64 = 8 << 20;

/// Settings of every connection.
#[derive(Debug, Clone, Default)]
pub struct NetSettings {
    /// `plimsoll/VERSION`.
    pub user_agent: String,
    /// Files, or directories of files, with certificates (PEM) to trust beside the system's.
    pub authorities: Vec<PathBuf>,
    /// By host, `host` or `host:port`.
    pub hosts: BTreeMap<String, HostSettings>,
    /// The environment, for `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY` (lower case wins).
    pub environment: Vec<(String, String)>,
    /// Time limits.
    pub limits: Limits,
}

/// Settings of one host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostSettings {
    /// May be asked over plain HTTP. Loopback always may.
    pub plain_http: bool,
    /// Its certificate is not verified.
    pub insecure: bool,
    /// Certificates (PEM) to trust for it beside the others.
    pub authorities: Vec<PathBuf>,
    /// Certificates (PEM) that alone are trusted for it.
    pub only_authorities: Option<Vec<u8>>,
    /// The name that its certificate is for, if another one.
    pub server_name: Option<String>,
    /// The client's chain and key (PEM), where they lie in no file.
    pub client: Option<(Vec<u8>, Vec<u8>)>,
    /// The client's certificate chain (PEM).
    pub client_certificate: Option<PathBuf>,
    /// The client's key (PEM); in the certificate's file if `None`.
    pub client_key: Option<PathBuf>,
}

/// Time limits. A body has no limit as a whole: a large one over a slow line is allowed, a stalled one is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Name, connection, proxy and handshake together.
    pub connect: Duration,
    /// From the request to the end of the response's headers.
    pub first_byte: Duration,
    /// Between two pieces of a body.
    pub idle: Duration,
    /// A body that brought fewer than [`Limits::window_bytes`] in this time is given up.
    pub window: Duration,
    /// Bytes a window.
    pub window_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(20),
            first_byte: Duration::from_secs(60),
            idle: Duration::from_secs(30),
            window: Duration::from_secs(60),
            window_bytes: 16 << 10,
        }
    }
}

impl NetSettings {
    /// What is said about `host` at `port`; the entry with the port wins.
    pub(crate) fn host(&self, host: &str, port: u16) -> Option<&HostSettings> {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let with_port = self.hosts.get(&format!("{host}:{port}"));
        with_port.or_else(|| self.hosts.get(host)).or_else(|| self.hosts.get(bare))
    }
}
