//! One exchange: the request, redirects if they are asked for, the response.

use std::io;

use ports::http::{HEADER_BYTES_MAX, Http, HttpError, Method, Request, Response, plain};
use ureq::http;

use crate::agents::Agents;
use crate::body::Paced;
use crate::settings::NetSettings;
use crate::url::Url;

/// Most bytes of a redirect's body that are read so that its connection can be kept.
const REDIRECT_BYTES_MAX: u64 = 64 << 10;

/// Headers that are for one origin only.
const OWN_HEADERS: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

/// The network.
#[derive(Default)]
pub struct NetClient {
    settings: NetSettings,
    agents: Agents,
}

impl NetClient {
    /// A client with these settings. Files that they name are read with the first request that needs them.
    #[must_use]
    pub fn new(settings: NetSettings) -> Self {
        Self { settings, agents: Agents::default() }
    }

    fn once(&self, request: &Request, url: &Url) -> Result<Response, HttpError> {
        let allowed = self.settings.host(&url.host, url.port).is_some_and(|h| h.plain_http);
        if !url.https && !allowed && !url.is_loopback() {
            return Err(HttpError::PlainHttp { host: url.host.clone() });
        }
        let agent = self.agents.agent(&self.settings, url)?;
        let own = self.settings.host(&url.host, url.port).and_then(|h| h.server_name.clone());
        let known_as = own.map(|host| Url { host, ..url.clone() });
        let mut builder = http::Request::builder().method(request.method.as_str());
        builder = builder.uri(known_as.as_ref().unwrap_or(url).text());
        if known_as.is_some() {
            builder = builder.header("host", format!("{}:{}", url.host, url.port));
        }
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        let bad =
            |e: &dyn std::fmt::Display| HttpError::BadUrl { url: plain(&url.text()), reason: e.to_string() };
        let sent = match request.method {
            Method::Get | Method::Head => agent.run(builder.body(()).map_err(|e| bad(&e))?),
            Method::Post | Method::Put => {
                let body = request.body.as_deref().unwrap_or_default();
                agent.run(builder.body(body).map_err(|e| bad(&e))?)
            }
        };
        let (parts, body) = sent.map_err(|e| error(&e, url))?.into_parts();
        let mut headers = Vec::new();
        for (name, value) in &parts.headers {
            let value = value.as_bytes();
            let value = value.get(..HEADER_BYTES_MAX).unwrap_or(value);
            headers.push((name.as_str().to_owned(), String::from_utf8_lossy(value).into_owned()));
        }
        let mut response =
            Response { status: parts.status.as_u16(), headers, url: url.text(), body: Box::new(io::empty()) };
        if request.method != Method::Head {
            let length = response.length().filter(|_| !matches!(response.status, 100..=199 | 204 | 304));
            let reader = body.into_with_config().limit(u64::MAX).reader();
            response.body = Box::new(Paced::new(reader, self.settings.limits, length));
        }
        Ok(response)
    }
}

impl Http for NetClient {
    fn send(&self, request: &Request) -> Result<Response, HttpError> {
        let mut request = request.clone();
        let bad = |url: &str, reason: &str| HttpError::BadUrl { url: plain(url), reason: reason.to_owned() };
        let mut url = Url::parse(&request.url).map_err(|reason| bad(&request.url, reason))?;
        let mut left = request.redirects;
        loop {
            let response = self.once(&request, &url)?;
            let location = match response.status {
                301 | 302 | 303 | 307 | 308 if request.redirects != 0 => response.header("location"),
                _ => None,
            };
            let Some(location) = location else {
                return Ok(response);
            };
            let refuse = |reason: String| HttpError::Redirect { url: plain(&url.text()), reason };
            if left == 0 {
                return Err(refuse(format!("more than {} times", request.redirects)));
            }
            left -= 1;
            let next = url.join(location).map_err(|e| refuse(e.to_owned()))?;
            if url.https && !next.https {
                return Err(refuse("from https to plain http".to_owned()));
            }
            if next.origin() != url.origin() {
                request
                    .headers
                    .retain(|(name, _)| !OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str()));
            }
            if request.method == Method::Post && matches!(response.status, 301..=303) {
                (request.method, request.body) = (Method::Get, None);
            }
            // What little a redirect says is read, so that the connection can serve again; a failure here is the
            // old connection's and of no matter to the new one.
            let _ = io::copy(&mut io::Read::take(response.body, REDIRECT_BYTES_MAX), &mut io::sink());
            url = next;
        }
    }
}

fn error(e: &ureq::Error, url: &Url) -> HttpError {
    let host = url.host.clone();
    let connection = |reason: String| HttpError::Connection { host: host.clone(), reason };
    match e {
        ureq::Error::HostNotFound => HttpError::NoSuchHost { host },
        ureq::Error::Timeout(which) => HttpError::Timeout { host, waiting: waiting(*which).to_owned() },
        ureq::Error::Io(e) => match e.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(tls) => HttpError::Tls { host, reason: tls_reason(tls) },
            None if e.kind() == io::ErrorKind::TimedOut => {
                HttpError::Timeout { host, waiting: "the connection".to_owned() }
            }
            None => connection(e.to_string()),
        },
        ureq::Error::Rustls(tls) => HttpError::Tls { host, reason: tls_reason(tls) },
        ureq::Error::Tls(reason) => HttpError::Tls { host, reason: (*reason).to_owned() },
        ureq::Error::Pem(e) => HttpError::Settings { reason: format!("a certificate cannot be read: {e}") },
        ureq::Error::InvalidProxyUrl => {
            HttpError::Settings { reason: "the proxy in the environment is no proxy's address".to_owned() }
        }
        ureq::Error::ConnectProxyFailed(reason) => connection(format!("the proxy refused: {reason}")),
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => {
            HttpError::BadUrl { url: plain(&url.text()), reason: e.to_string() }
        }
        _ => connection(e.to_string()),
    }
}

fn waiting(which: ureq::Timeout) -> &'static str {
    match which {
        ureq::Timeout::Resolve => "for the name's address",
        ureq::Timeout::Connect => "to connect",
        ureq::Timeout::RecvResponse => "to answer",
        ureq::Timeout::PerRead | ureq::Timeout::RecvBody => "between two pieces of an answer",
        _ => "to take the request",
    }
}

/// The common reasons with what to do about them.
fn tls_reason(e: &rustls::Error) -> String {
    use rustls::CertificateError as C;
    match e {
        rustls::Error::InvalidCertificate(C::UnknownIssuer) => {
            "its certificate is signed by no authority that is known here; name its authority with `--ca-file`".to_owned()
        }
        rustls::Error::InvalidCertificate(C::Expired | C::ExpiredContext { .. }) => "its certificate has expired".to_owned(),
        rustls::Error::InvalidCertificate(C::NotValidForName | C::NotValidForNameContext { .. }) => {
            "its certificate is for another name".to_owned()
        }
        rustls::Error::InvalidMessage(_) => "it does not speak TLS (is it a plain HTTP server?)".to_owned(),
        e => e.to_string(),
    }
}
