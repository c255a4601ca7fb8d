//! Connections that are kept: one pool for every set of certificates and proxy.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ports::http::HttpError;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use ureq::Agent;
use ureq::config::Config;
use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

use crate::proxy::proxy_for;
use crate::settings::{CERTIFICATE_BYTES_MAX, HostSettings, NetSettings};
use crate::url::Url;

/// Connections that wait for their next request, for one host.
const IDLE_CONNECTIONS_MAX: usize = 16;

/// Bytes of a response's headers.
const HEADERS_BYTES_MAX: usize = 64 << 10;

/// Files of one directory of certificates.
const DIRECTORY_FILES_MAX: usize = 10_000;

/// Finds every name at one place: where the server is, whatever its certificate calls it.
#[derive(Debug)]
struct At {
    host: String,
    port: u16,
}

impl Resolver for At {
    fn resolve(
        &self,
        _: &ureq::http::Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let place = format!("https://{}:{}/", self.host, self.port);
        let place = place.parse().map_err(|_| ureq::Error::HostNotFound)?;
        DefaultResolver::default().resolve(&place, config, timeout)
    }
}

/// The pools, and the roots that they share.
#[derive(Default)]
pub(crate) struct Agents {
    pools: Mutex<BTreeMap<String, Agent>>,
    roots: OnceLock<Result<Vec<Certificate<'static>>, String>>,
}

impl Agents {
    /// The pool for `url`.
    pub(crate) fn agent(&self, settings: &NetSettings, url: &Url) -> Result<Agent, HttpError> {
        let host = settings.host(&url.host, url.port);
        let proxy = proxy_for(settings, url);
        let own = host.map(|_| format!("{}:{}", url.host, url.port)).unwrap_or_default();
        let key = format!("{} {own} {}", url.scheme(), proxy.as_deref().unwrap_or_default());
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(agent) = pools.get(&key) {
            return Ok(agent.clone());
        }
        let agent = self.build(settings, host, url, proxy.as_deref())?;
        pools.insert(key, agent.clone());
        Ok(agent)
    }

    fn build(
        &self,
        settings: &NetSettings,
        host: Option<&HostSettings>,
        url: &Url,
        proxy: Option<&str>,
    ) -> Result<Agent, HttpError> {
        let wrong = |reason: String| HttpError::Settings { reason };
        let proxy = match proxy {
            None => None,
            // The proxy's address may hold a password: it is not repeated.
            Some(text) => Some(ureq::Proxy::new(text).map_err(|_| {
                wrong(format!("the proxy for `{}` in the environment is no proxy's address", url.host))
            })?),
        };
        let proxied = proxy.is_some();
        // A proxy may itself be reached by https.
        let secure = url.https || proxy.is_some();
        let limits = &settings.limits;
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(proxy)
            .max_redirects(0)
            .save_redirect_history(false)
            .user_agent(settings.user_agent.clone())
            .accept_encoding("identity")
            .accept(ureq::config::AutoHeaderValue::None)
            .timeout_connect(Some(limits.connect))
            .timeout_recv_response(Some(limits.first_byte))
            .timeout_per_read(Some(limits.idle))
            .timeout_per_write(Some(limits.idle))
            .max_response_header_size(HEADERS_BYTES_MAX)
            .max_idle_connections(4 * IDLE_CONNECTIONS_MAX)
            .max_idle_connections_per_host(IDLE_CONNECTIONS_MAX);
        if secure {
            config = config.tls_config(self.tls(settings, host).map_err(wrong)?);
        }
        let config = config.build();
        match host.and_then(|h| h.server_name.as_ref()) {
            None => Ok(config.into()),
            Some(name) if proxied => {
                Err(wrong(format!("`{}` is to be known as `{name}` and reached through a proxy", url.host)))
            }
            Some(_) => {
                let at = At { host: url.host.clone(), port: url.port };
                Ok(Agent::with_parts(config, DefaultConnector::default(), at))
            }
        }
    }

    fn tls(&self, settings: &NetSettings, host: Option<&HostSettings>) -> Result<TlsConfig, String> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let only = host.and_then(|h| h.only_authorities.as_ref());
        let mut roots = match only {
            Some(pem) => {
                certificates_of(pem).map_err(|e| format!("the cluster's authority cannot be read: {e}"))?
            }
            None => self.roots.get_or_init(|| roots(settings)).clone()?,
        };
        for path in host.into_iter().flat_map(|h| &h.authorities) {
            roots.extend(certificates(path)?);
        }
        let client = host.map(|h| client(h, &provider)).transpose()?.flatten();
        Ok(TlsConfig::builder()
            .unversioned_rustls_crypto_provider(provider)
            .root_certs(RootCerts::new_with_certs(&roots))
            .client_cert(client)
            .disable_verification(host.is_some_and(|h| h.insecure))
            .build())
    }
}

/// The system's roots (`SSL_CERT_FILE` and `SSL_CERT_DIR` replace them) and the user's.
fn roots(settings: &NetSettings) -> Result<Vec<Certificate<'static>>, String> {
    let found = rustls_native_certs::load_native_certs();
    let mut out: Vec<Certificate<'static>> =
        found.certs.iter().map(|c| Certificate::from_der(c.as_ref()).to_owned()).collect();
    for path in &settings.authorities {
        out.extend(certificates(path)?);
    }
    Ok(out)
}

/// The certificates of a file, or of the files of a directory.
fn certificates(path: &Path) -> Result<Vec<Certificate<'static>>, String> {
    let cannot =
        |e: &dyn std::fmt::Display| format!("certificates in `{}` cannot be read: {e}", path.display());
    if !path.is_dir() {
        let out = certificates_of(&read(path)?).map_err(|e| cannot(&e))?;
        return if out.is_empty() { Err(cannot(&"there is no `BEGIN CERTIFICATE` in it")) } else { Ok(out) };
    }
    let entries = fs::read_dir(path).map_err(|e| cannot(&e))?.take(DIRECTORY_FILES_MAX);
    let mut files: Vec<PathBuf> =
        entries.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>().map_err(|e| cannot(&e))?;
    files.retain(|f| f.is_file());
    files.sort();
    let mut out = Vec::new();
    for file in files {
        out.extend(certificates_of(&read(&file)?).map_err(|e| cannot(&format!("{}: {e}", file.display())))?);
    }
    Ok(out)
}

fn certificates_of(pem: &[u8]) -> Result<Vec<Certificate<'static>>, String> {
    let mut out = Vec::new();
    for item in parse_pem(pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|e| e.to_string())? {
            out.push(certificate);
        }
    }
    Ok(out)
}

/// The client's own certificate. Chain and key are held against each other here, where a message can be made of it.
fn client(host: &HostSettings, provider: &CryptoProvider) -> Result<Option<ClientCert>, String> {
    if let Some((chain, key)) = &host.client {
        let inline = Path::new("in the configuration");
        return own(inline, chain, inline, key, provider).map(Some);
    }
    let Some(path) = &host.client_certificate else {
        return Ok(None);
    };
    let key_path = host.client_key.as_ref().unwrap_or(path);
    own(path, &read(path)?, key_path, &read(key_path)?, provider).map(Some)
}

fn own(
    path: &Path,
    chain_bytes: &[u8],
    key_path: &Path,
    key_bytes: &[u8],
    provider: &CryptoProvider,
) -> Result<ClientCert, String> {
    let wrong =
        |path: &Path, e: &dyn std::fmt::Display| format!("client certificate `{}`: {e}", path.display());
    let chain: Vec<CertificateDer<'static>> =
        CertificateDer::pem_slice_iter(chain_bytes).collect::<Result<_, _>>().map_err(|e| wrong(path, &e))?;
    let key = PrivateKeyDer::from_pem_slice(key_bytes).map_err(|e| wrong(key_path, &e))?;
    rustls::sign::CertifiedKey::from_der(chain, key, provider).map_err(|e| wrong(path, &e))?;
    let chain = certificates_of(chain_bytes).map_err(|e| wrong(path, &e))?;
    let key = PrivateKey::from_pem(key_bytes).map_err(|e| wrong(key_path, &e))?;
    Ok(ClientCert::new_with_certs(&chain, key))
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let cannot = |e: std::io::Error| format!("`{}` cannot be read: {e}", path.display());
    disk::read(path, CERTIFICATE_BYTES_MAX).map_err(cannot)
}
