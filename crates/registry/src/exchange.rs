//! One question to a registry: who asks, how often, and what a refusal says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use ports::http::{Http, HttpError, Request, Response, Wait, is_busy, pause};
use serde::Deserialize;

use crate::auth::Auth;
use crate::endpoint::{Endpoint, origin};
use crate::retry::{ATTEMPTS_MAX, RETRY_AFTER_SECONDS_MAX, pause_as_asked};
use crate::settings::RegistrySettings;

/// Redirects from a registry to where its blobs lie.
const REDIRECTS_MAX: u8 = 5;

/// Bytes of a refusal that are read.
const REFUSAL_BYTES_MAX: u64 = 64 << 10;

/// Times a host of this machine that speaks no TLS as we know it is asked whether it speaks plain HTTP.
const PLAIN_ATTEMPTS_MAX: u32 = 3;

/// Characters of a registry's own words that are repeated.
const WORDS_MAX: usize = 200;

/// What all images of a run share.
pub(crate) struct Exchange {
    pub(crate) http: Arc<dyn Http>,
    pub(crate) wait: Arc<dyn Wait>,
    pub(crate) settings: RegistrySettings,
    auth: Auth,
    schemes: Mutex<BTreeMap<String, &'static str>>,
    notes: Mutex<BTreeSet<String>>,
    /// Hosts that gave no answer however often they were asked: each further question is asked once, until one answers.
    silent: Mutex<BTreeSet<String>>,
}

/// A question.
pub(crate) struct Ask<'a> {
    pub(crate) endpoint: &'a Endpoint,
    /// Behind `/v2/`.
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// `repository:library/nginx:pull`.
    pub(crate) scope: String,
    /// For credentials that are for a part of a registry only.
    pub(crate) repository: &'a str,
}

/// Why there is no answer. The text names the host and says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AskError {
    /// There is no such thing.
    Missing(String),
    /// The registry does not let us.
    Denied(String),
    /// The registry does not take the question (400).
    Invalid(String),
    /// Anything else.
    Failed(String),
}

impl AskError {
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Missing(text) | Self::Denied(text) | Self::Invalid(text) | Self::Failed(text) => text,
        }
    }
}

impl Exchange {
    pub(crate) fn new(http: Arc<dyn Http>, wait: Arc<dyn Wait>, settings: RegistrySettings) -> Self {
        Self {
            http,
            wait,
            settings,
            auth: Auth::default(),
            schemes: Mutex::default(),
            notes: Mutex::default(),
            silent: Mutex::default(),
        }
    }

    /// Asks until there is an answer, the patience ends or it is clear that there is none.
    pub(crate) fn send(&self, ask: &Ask<'_>) -> Result<Response, AskError> {
        let base = self.base(ask.endpoint)?;
        let url = format!("{base}/v2/{}", ask.path);
        let host = &ask.endpoint.host;
        let (mut attempt, mut challenged) = (0, false);
        let attempts_max = if self.silent(host) { 1 } else { ATTEMPTS_MAX };
        loop {
            attempt += 1;
            let mut request = Request::get(url.as_str()).following(REDIRECTS_MAX);
            for (name, value) in &ask.headers {
                request = request.header(name, value.as_str());
            }
            let sent = self.auth.header(&base, &ask.scope, self.wait.now());
            if let Some(header) = &sent {
                request = request.header("authorization", header.expose());
            }
            let response = match self.http.send(&request) {
                Err(e) if e.is_transient() && attempt < attempts_max => {
                    pause(&*self.wait, attempt);
                    continue;
                }
                Err(e) => {
                    self.heard(host, !e.is_transient());
                    return Err(AskError::Failed(e.to_string()));
                }
                Ok(response) => response,
            };
            self.heard(host, true);
            // A refusal by the host that a redirect led to is no challenge of the registry's.
            let own = origin(&response.url) == origin(&url);
            match response.status {
                200..=299 => return Ok(response),
                401 if own && !challenged => {
                    challenged = true;
                    attempt -= 1;
                    self.auth.answer(self, ask, &base, &response, sent)?;
                }
                status if is_busy(status) && attempt < ATTEMPTS_MAX => {
                    pause_as_asked(&*self.wait, &response, attempt).map_err(|seconds| {
                        AskError::Failed(format!(
                            "`{host}` wants to be asked again in {seconds} s, later than the bound of \
                             {RETRY_AFTER_SECONDS_MAX} s"
                        ))
                    })?;
                }
                _ => return Err(refusal(response, host)),
            }
        }
    }

    fn silent(&self, host: &str) -> bool {
        self.silent.lock().unwrap_or_else(PoisonError::into_inner).contains(host)
    }

    /// Notes whether a host answers.
    fn heard(&self, host: &str, answers: bool) {
        let mut silent = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        match answers {
            true => drop(silent.remove(host)),
            false => drop(silent.insert(host.to_owned())),
        }
    }

    /// Scheme and host of an endpoint. Plain HTTP is for hosts that are named for it; this machine is asked over TLS
    /// first, since both are usual there.
    fn base(&self, endpoint: &Endpoint) -> Result<String, AskError> {
        let host = &endpoint.host;
        let named = self
            .settings
            .plain_http
            .iter()
            .any(|h| h.eq_ignore_ascii_case(host) || h.eq_ignore_ascii_case(endpoint.name()));
        if named {
            return Ok(format!("http://{host}"));
        }
        if !endpoint.is_loopback() {
            return Ok(format!("https://{host}"));
        }
        let mut schemes = self.schemes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(scheme) = schemes.get(host) {
            return Ok(format!("{scheme}://{host}"));
        }
        let scheme = match self.http.send(&Request::get(format!("https://{host}/v2/"))) {
            Ok(_) => "https",
            // Only who answers in plain is one who speaks plain; otherwise the first failure is the one to tell.
            Err(HttpError::Tls { .. }) if self.speaks_plain(host, PLAIN_ATTEMPTS_MAX) => "http",
            Err(HttpError::Connection { .. } | HttpError::Timeout { .. }) if self.speaks_plain(host, 1) => {
                "http"
            }
            Err(HttpError::Tls { .. } | HttpError::Connection { .. } | HttpError::Timeout { .. }) => "https",
            Err(e) => return Err(AskError::Failed(e.to_string())),
        };
        schemes.insert(host.clone(), scheme);
        Ok(format!("{scheme}://{host}"))
    }

    /// True if `host` answers in plain.
    fn speaks_plain(&self, host: &str, attempts_max: u32) -> bool {
        for attempt in 1..=attempts_max {
            match self.http.send(&Request::get(format!("http://{host}/v2/"))) {
                Ok(response) => return !is_tls_refusal(response.status),
                Err(e) if e.is_transient() && attempt < attempts_max => pause(&*self.wait, attempt),
                Err(_) => return false,
            }
        }
        false
    }

    /// Keeps a line for the person, once.
    pub(crate) fn note(&self, text: String) {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).insert(text);
    }

    /// The lines kept so far.
    pub(crate) fn take_notes(&self) -> Vec<String> {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *notes).into_iter().collect()
    }
}

/// What Go's servers answer to plain HTTP on a TLS port.
fn is_tls_refusal(status: u16) -> bool {
    status == 400
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    errors: Vec<RefusalError>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RefusalError {
    code: String,
    message: String,
}

/// What a refusal says, in our words and the registry's.
pub(crate) fn refusal(response: Response, host: &str) -> AskError {
    let status = response.status;
    // A refusal that cannot be read is a refusal still; its words are a courtesy.
    let body = response.bytes(REFUSAL_BYTES_MAX).unwrap_or_default();
    let said: Refusal = serde_json::from_slice(&body).unwrap_or_default();
    let words =
        said.errors.into_iter().next().map(|e| format!("{} {}", e.code, e.message)).unwrap_or_default();
    let words: String = words.trim().chars().filter(|c| !c.is_control()).take(WORDS_MAX).collect();
    let words = if words.is_empty() { String::new() } else { format!(" ({words})") };
    match status {
        400 => AskError::Invalid(format!("`{host}` does not take the question{words}")),
        404 => AskError::Missing(format!("`{host}` does not have it{words}")),
        401 => AskError::Denied(format!(
            "`{host}` wants other credentials{words}: `docker login {host}`, or `--registry-user` with \
             `--password-stdin`"
        )),
        403 => AskError::Denied(format!("`{host}` does not allow it{words}")),
        429 => AskError::Failed(format!("`{host}` answers too many requests, again and again{words}")),
        300..=399 => AskError::Failed(format!("`{host}` redirects to nowhere (status {status})")),
        _ => AskError::Failed(format!("`{host}` answers with status {status}{words}")),
    }
}
