//! HTTP as the adapters that fetch see it: one blocking exchange, headers both ways, a body that is streamed.
//!
//! Implemented by `net`, the only crate that knows a socket; `registry` and the feeds are handed a `&dyn Http`.

use std::fmt;
use std::io::{self, Read};

use model::Timestamp;

/// Most bytes of one header's value that are handed on.
pub const HEADER_BYTES_MAX: usize = 16 << 10;

/// Makes requests. Waits are bounded by the implementation: for the connection, for the first byte, between two bytes,
/// and for bodies that come too slowly to end.
pub trait Http: Sync + Send {
    /// Sends `request` and answers when the response's headers are there, whatever the status.
    ///
    /// # Errors
    /// [`HttpError`] if there is no response: bad address, refused connection, certificate, time limit, redirects.
    fn send(&self, request: &Request) -> Result<Response, HttpError>;
}

/// What is asked.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Absolute address, `https://host:port/path?query`.
    pub url: String,
    /// Header names in lower case with their values.
    pub headers: Vec<(String, String)>,
    /// The body of POST and PUT.
    pub body: Option<Vec<u8>>,
    /// Redirects to follow; 0 hands a redirect back. A redirect to another scheme, host or port takes neither
    /// `authorization` nor `cookie` along, and none leads from https to http.
    pub redirects: u8,
}

/// The method of a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    #[default]
    Get,
    /// Reads the headers only.
    Head,
    /// Sends a body to be worked on.
    Post,
    /// Sends a body to be stored.
    Put,
}

impl Method {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }
}

impl Request {
    /// A GET of `url` that follows no redirect.
    #[must_use]
    pub fn get(url: impl Into<String>) -> Self {
        Self { url: url.into(), ..Self::default() }
    }

    /// Adds a header; `name` in lower case.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Asks for the bytes from `from` on (RFC 9110, 14.2).
    #[must_use]
    pub fn from_byte(self, from: u64) -> Self {
        self.header("range", format!("bytes={from}-"))
    }

    /// Asks for the bytes from `from` to `to`, both included.
    #[must_use]
    pub fn bytes(self, from: u64, to: u64) -> Self {
        self.header("range", format!("bytes={from}-{to}"))
    }

    /// Follows up to `redirects` redirects.
    #[must_use]
    pub fn following(mut self, redirects: u8) -> Self {
        self.redirects = redirects;
        self
    }
}

impl fmt::Debug for Request {
    /// Without what could hold a secret: header values, query, body.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        write!(f, "{} {} {names:?}", self.method.as_str(), plain(&self.url))
    }
}

/// `url` without user, query and fragment, as messages may show it: signed addresses carry their secret in the query.
#[must_use]
pub fn plain(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = authority.rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}{path}")
        }
        None => url.to_owned(),
    }
}

/// What came back.
pub struct Response {
    /// 200, 404, …
    pub status: u16,
    /// Header names in lower case with their values, in the order of the wire.
    pub headers: Vec<(String, String)>,
    /// The address that answered: the request's own, or the last redirect's.
    pub url: String,
    /// The bytes as sent; a transport encoding (chunks) is undone, a content encoding is not. A body that ends before
    /// its `content-length`, waits too long or comes too slowly is an error here.
    pub body: Box<dyn Read + Send>,
}

impl Response {
    /// The first header called `name` (lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Every header called `name` (lower case).
    pub fn all<'r>(&'r self, name: &'r str) -> impl Iterator<Item = &'r str> {
        self.headers.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// What `content-length` says.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        self.header("content-length")?.trim().parse().ok()
    }

    /// The whole body.
    ///
    /// # Errors
    /// [`HttpError::TooLarge`] for more than `bytes_max` bytes, [`HttpError::Cut`] if it does not arrive whole.
    pub fn bytes(self, bytes_max: u64) -> Result<Vec<u8>, HttpError> {
        let url = plain(&self.url);
        if self.length().is_some_and(|n| bytes_max < n) {
            return Err(HttpError::TooLarge { url, limit: bytes_max });
        }
        let mut bytes = Vec::new();
        let read = self.body.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|e| HttpError::Cut { url: url.clone(), reason: e.to_string() })?;
        if bytes_max < bytes.len() as u64 {
            return Err(HttpError::TooLarge { url, limit: bytes_max });
        }
        Ok(bytes)
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, plain(&self.url))
    }
}

/// Why there is no response. Addresses are [`plain`]: no query, no user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpError {
    /// The address is none that can be asked.
    BadUrl {
        /// The address.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Plain HTTP, to a host that nobody allowed it for.
    PlainHttp {
        /// The host.
        host: String,
    },
    /// The name has no address.
    NoSuchHost {
        /// The host.
        host: String,
    },
    /// No connection, or it broke before there was a response.
    Connection {
        /// The host.
        host: String,
        /// What happened.
        reason: String,
    },
    /// The certificate or the handshake was refused.
    Tls {
        /// The host.
        host: String,
        /// What happened.
        reason: String,
    },
    /// A proxy, certificate or key of the settings cannot be used.
    Settings {
        /// Which, and why.
        reason: String,
    },
    /// A time limit passed.
    Timeout {
        /// The host.
        host: String,
        /// Waiting for what.
        waiting: String,
    },
    /// The body did not arrive whole.
    Cut {
        /// The address.
        url: String,
        /// What happened.
        reason: String,
    },
    /// The body is larger than it may be.
    TooLarge {
        /// The address.
        url: String,
        /// Bytes.
        limit: u64,
    },
    /// More redirects than allowed, or one that leads from https to http or nowhere.
    Redirect {
        /// The address that redirected.
        url: String,
        /// What is wrong.
        reason: String,
    },
}

impl HttpError {
    /// True if the same request may succeed a moment later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Connection { .. } | Self::Timeout { .. } | Self::Cut { .. })
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadUrl { url, reason } => write!(f, "`{url}` is no address that can be asked: {reason}"),
            Self::PlainHttp { host } => {
                write!(
                    f,
                    "`{host}` would be asked over plain HTTP, which is only done for this machine or by name"
                )
            }
            Self::NoSuchHost { host } => {
                write!(f, "`{host}` has no address; is the name right, and the network up?")
            }
            Self::Connection { host, reason } => write!(f, "no connection to `{host}`: {reason}"),
            Self::Tls { host, reason } => write!(f, "`{host}` cannot be trusted: {reason}"),
            Self::Settings { reason } => f.write_str(reason),
            Self::Timeout { host, waiting } => write!(f, "`{host}` took too long ({waiting})"),
            Self::Cut { url, reason } => write!(f, "`{url}` broke off: {reason}"),
            Self::TooLarge { url, limit } => write!(f, "`{url}` sends more than {limit} bytes"),
            Self::Redirect { url, reason } => write!(f, "`{url}` redirects: {reason}"),
        }
    }
}

impl std::error::Error for HttpError {}

impl From<HttpError> for io::Error {
    fn from(e: HttpError) -> Self {
        Self::other(e)
    }
}

/// Waits. A port, because it is the clock: retries are tried in tests without waiting.
pub trait Wait: Sync + Send {
    /// Lets `ms` milliseconds pass.
    fn wait(&self, ms: u64);

    /// A number from 0 to 999 that differs from one call and machine to the next, so that many clients that were
    /// refused together do not come back together.
    fn jitter(&self) -> u64;

    /// Seconds since 1970, for `Retry-After` dates and the life of tokens.
    fn now(&self) -> i64;
}

/// True for statuses that may be another a moment later.
#[must_use]
pub fn is_busy(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

/// What `Retry-After` asks for in seconds: a number or a date (RFC 9110, 10.2.3).
#[must_use]
pub fn retry_after(response: &Response, wait: &dyn Wait) -> Option<u64> {
    let text = response.header("retry-after")?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(seconds);
    }
    Some(u64::try_from(http_date(text)?.0.saturating_sub(wait.now())).unwrap_or(0))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`, the one form of a date that is still written (RFC 9110, 5.6.7).
#[must_use]
pub fn http_date(text: &str) -> Option<Timestamp> {
    let mut words = text.trim().split([' ', ',']).filter(|w| !w.is_empty());
    words.next()?;
    let day: u32 = words.next()?.parse().ok()?;
    let month = words.next()?;
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months.iter().position(|m| m.eq_ignore_ascii_case(month))? + 1;
    let year: u32 = words.next()?.parse().ok()?;
    let time = words.next()?;
    format!("{year:04}-{month:02}-{day:02}T{time}Z").parse().ok()
}

/// Milliseconds of the first wait of [`pause`].
const WAIT_MS: u64 = 500;

/// Milliseconds of its longest.
const WAIT_MS_MAX: u64 = 30_000;

/// Waits before attempt `attempt` + 1 (`attempt` from 1): twice as long every time, half of it by chance.
pub fn pause(wait: &dyn Wait, attempt: u32) {
    let full = WAIT_MS.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(WAIT_MS_MAX);
    wait.wait(full / 2 + full / 2 * wait.jitter().min(999) / 1000);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_hold_a_secret_is_not_shown() {
        let request =
            Request::get("https://me:word@host/blob?X-Sig=secret#part").header("authorization", "Basic abc");
        let shown = format!("{request:?}");
        assert_eq!(shown, "GET https://host/blob [\"authorization\"]");
    }

    #[test]
    fn a_body_is_read_to_its_bound_and_not_past_it() {
        let response = |n: usize| Response {
            status: 200,
            headers: Vec::new(),
            url: "https://host/".to_owned(),
            body: Box::new(io::Cursor::new(vec![0u8; n])),
        };
        assert_eq!(response(4).bytes(4).unwrap().len(), 4);
        assert!(matches!(response(5).bytes(4), Err(HttpError::TooLarge { limit: 4, .. })));
    }
}
