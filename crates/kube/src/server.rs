//! One API server: requests with the user's proof, asked again where a moment later may bring another answer.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::MultiGzDecoder;
use ports::cluster::Connector;
use ports::http::{Http, HttpError, Request, Response, Wait, is_busy, pause};
use ports::source::SourceError;
use serde_json::Value;
use stdx::Secret;

use crate::access::{Access, Proof, file};
use crate::exec;

/// Times one request is sent.
const ATTEMPTS_MAX: u32 = 5;

/// Seconds of the longest wait that a server may ask for.
const RETRY_AFTER_SECONDS_MAX: u64 = 60;

/// Bytes of an answer that says why not.
const STATUS_BYTES_MAX: u64 = 64 << 10;

/// Characters of a server's own words that a message repeats.
const WORDS_MAX: usize = 300;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// Status of HTTP, 0 without a response.
    pub(crate) status: u16,
    /// In words.
    pub(crate) reason: String,
    /// Where to go on, of a list whose place expired (`metadata.continue` of a 410).
    pub(crate) resume: Option<String>,
}

/// A server that answers.
pub(crate) struct Server<'w> {
    http: Arc<dyn Http>,
    access: Access,
    token: Option<Secret>,
    wait: &'w dyn Wait,
}

impl<'w> Server<'w> {
    /// Makes the connection, asking a credential plugin first where there is one.
    pub(crate) fn connect(
        mut access: Access,
        connector: &dyn Connector,
        wait: &'w dyn Wait,
    ) -> Result<Self, SourceError> {
        let mut token = None;
        if let Proof::Plugin(plugin) = &access.proof {
            let limit = Duration::from_secs(exec::PLUGIN_SECONDS_MAX);
            let given = exec::ask(plugin, limit).map_err(SourceError::Unreadable)?;
            token = given.token;
            access.connection.client = given.client.or(access.connection.client.take());
        }
        let http = connector.connect(&access.connection);
        let http = http.map_err(|e| SourceError::Unreadable(e.to_string()))?;
        Ok(Self { http, access, token, wait })
    }

    /// The address without a path, for messages.
    pub(crate) fn address(&self) -> &str {
        &self.access.connection.server
    }

    /// What the server says at `path`, at most `bytes_max` of it.
    pub(crate) fn get(&self, path: &str, accept: &str, bytes_max: u64) -> Result<Vec<u8>, Refusal> {
        let mut attempt = 1;
        loop {
            let answer = self.once(path, accept, bytes_max);
            let again = match &answer {
                Err((refusal, _)) => refusal.status == 0 || is_busy(refusal.status),
                Ok(_) => false,
            };
            if !again || ATTEMPTS_MAX <= attempt {
                return answer.map_err(|(refusal, _)| refusal);
            }
            match answer.err().and_then(|(_, after)| after) {
                Some(seconds) => self.wait.wait(seconds.min(RETRY_AFTER_SECONDS_MAX) * 1000),
                None => pause(self.wait, attempt),
            }
            attempt += 1;
        }
    }

    fn once(&self, path: &str, accept: &str, bytes_max: u64) -> Result<Vec<u8>, (Refusal, Option<u64>)> {
        let without = |e: &HttpError| {
            let refusal = Refusal { status: 0, reason: e.to_string(), resume: None };
            match e {
                // Another try brings the same.
                HttpError::TooLarge { .. }
                | HttpError::Tls { .. }
                | HttpError::Settings { .. }
                | HttpError::BadUrl { .. }
                | HttpError::PlainHttp { .. } => Refusal { status: 1, ..refusal },
                _ => refusal,
            }
        };
        let request = self
            .request(path, accept)
            .map_err(|reason| (Refusal { status: 1, reason, resume: None }, None))?;
        let response = self.http.send(&request).map_err(|e| (without(&e), None))?;
        let response = inflated(response);
        if response.status == 200 {
            return response.bytes(bytes_max).map_err(|e| (without(&e), None));
        }
        let after = response.header("retry-after").and_then(|t| t.trim().parse().ok());
        Err((refusal(response), after))
    }

    fn request(&self, path: &str, accept: &str) -> Result<Request, String> {
        let mut request = Request::get(format!("{}{path}", self.address())).header("accept", accept);
        if !self.access.uncompressed {
            request = request.header("accept-encoding", "gzip");
        }
        let bearer = |token: &str| format!("Bearer {}", token.trim());
        let proof = match &self.access.proof {
            Proof::None => None,
            Proof::Token(token) => Some(bearer(token.expose())),
            Proof::TokenFile(path) => Some(bearer(&String::from_utf8_lossy(&file(path)?))),
            Proof::Password(user, password) => {
                Some(format!("Basic {}", STANDARD.encode(format!("{user}:{}", password.expose()))))
            }
            Proof::Plugin(_) => self.token.as_ref().map(|t| bearer(t.expose())),
        };
        if let Some(proof) = proof {
            request = request.header("authorization", proof);
        }
        for (name, value) in &self.access.impersonate {
            request = request.header(name, value.as_str());
        }
        Ok(request)
    }
}

/// What the server sent, before it compressed it; bounds are those of what comes out.
fn inflated(mut response: Response) -> Response {
    if response.header("content-encoding").is_some_and(|e| e.trim().eq_ignore_ascii_case("gzip")) {
        response.headers.retain(|(name, _)| name != "content-length");
        response.body = Box::new(MultiGzDecoder::new(response.body));
    }
    response
}

/// The server's own reason, from its `Status`.
fn refusal(response: Response) -> Refusal {
    let status = response.status;
    let body = response.bytes(STATUS_BYTES_MAX).ok();
    let said: Option<Value> = body.and_then(|b| serde_json::from_slice(&b).ok());
    let text = |at: &str| said.as_ref().and_then(|s| s.pointer(at)).and_then(Value::as_str);
    let words: Option<String> = text("/message").map(|m| m.chars().take(WORDS_MAX).collect());
    let reason = match words {
        Some(words) if !words.is_empty() => format!("the server answers {status}: {words}"),
        _ => format!("the server answers {status}"),
    };
    let resume = text("/metadata/continue").filter(|c| !c.is_empty()).map(str::to_owned);
    Refusal { status, reason, resume }
}

/// A value of a query or of a header's name (RFC 3986, 2.1).
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
