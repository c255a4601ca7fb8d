//! Who asks: basic authentication and tokens (distribution `spec/auth/token.md`, `oauth.md`).

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ports::http::{Method, Request, Response, is_busy, pause};
use serde::Deserialize;

use crate::challenge::{Challenge, challenges};
use crate::credentials::{self, Asked, Credential, Helper};
use crate::endpoint::{Endpoint, host_of, origin};
use crate::exchange::{Ask, AskError, Exchange};
use crate::helper;
use crate::retry::{ATTEMPTS_MAX, pause_as_asked};
use stdx::Secret;

/// Bytes of a token server's answer.
const TOKEN_BYTES_MAX: u64 = 1 << 20;

/// Seconds a token lives whose server does not say (token.md).
const TOKEN_SECONDS: i64 = 60;

/// Seconds before its end at which a token is not used any more.
const TOKEN_MARGIN_SECONDS: i64 = 5;

/// Redirects of a token server.
const REDIRECTS_MAX: u8 = 3;

/// What was learned of who may ask what.
#[derive(Default)]
pub(crate) struct Auth {
    /// Origin and scope (empty for all scopes) to header and its end.
    headers: Mutex<BTreeMap<(String, String), (Secret, i64)>>,
    /// Held while a token is fetched, so that many threads fetch one.
    fetching: Mutex<()>,
    found: Mutex<BTreeMap<(String, String), Option<Credential>>>,
    /// What helpers answered of servers: each is asked once, however many repositories there are, as one may be slow.
    helped: Mutex<BTreeMap<(String, String), Asked>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Token {
    token: String,
    access_token: String,
    expires_in: Option<i64>,
}

impl Auth {
    /// The `authorization` to send, if one is known and lives.
    pub(crate) fn header(&self, base: &str, scope: &str, now: i64) -> Option<Secret> {
        let headers = self.headers.lock().unwrap_or_else(PoisonError::into_inner);
        let find = |scope: &str| headers.get(&(base.to_owned(), scope.to_owned()));
        let (header, end) = find(scope).or_else(|| find(""))?;
        (now.saturating_add(TOKEN_MARGIN_SECONDS) < *end).then(|| header.clone())
    }

    fn keep(&self, base: &str, scope: &str, header: Secret, end: i64) {
        let mut headers = self.headers.lock().unwrap_or_else(PoisonError::into_inner);
        headers.insert((base.to_owned(), scope.to_owned()), (header, end));
    }

    /// Answers a 401; `refused` is the header that was not enough.
    pub(crate) fn answer(
        &self,
        exchange: &Exchange,
        ask: &Ask<'_>,
        base: &str,
        response: &Response,
        refused: Option<Secret>,
    ) -> Result<(), AskError> {
        let _one = self.fetching.lock().unwrap_or_else(PoisonError::into_inner);
        let now = exchange.wait.now();
        if let Some(known) = self.header(base, &ask.scope, now)
            && Some(&known) != refused.as_ref()
        {
            // Another thread was faster.
            return Ok(());
        }
        let host = &ask.endpoint.host;
        let offered: Vec<Challenge> = response.all("www-authenticate").flat_map(challenges).collect();
        let credential = self.credential(exchange, ask.endpoint, ask.repository);
        let bearer = offered.iter().find(|c| c.scheme == "bearer");
        if let (Some(Credential::Bearer(token)), Some(_)) = (&credential, bearer) {
            let header = Secret::new(format!("Bearer {}", token.expose()));
            if Some(&header) == refused.as_ref() {
                return Err(wants_login(host, true));
            }
            self.keep(base, "", header, i64::MAX);
            return Ok(());
        }
        if let Some(challenge) = bearer {
            let (header, end) = token(exchange, ask, base, challenge, credential.as_ref())?;
            self.keep(base, &ask.scope, header, end);
            return Ok(());
        }
        if !offered.iter().any(|c| c.scheme == "basic") {
            return Err(AskError::Denied(format!(
                "`{host}` refuses without saying how to log in, neither `Basic` nor `Bearer`"
            )));
        }
        match &credential {
            Some(Credential::Password { user, password }) => {
                let header = basic(user, password);
                if Some(&header) == refused.as_ref() {
                    return Err(wants_login(host, true));
                }
                self.keep(base, "", header, i64::MAX);
                Ok(())
            }
            Some(_) => Err(AskError::Denied(format!(
                "`{host}` wants a user and a password, and a token is what is known for it"
            ))),
            None => Err(wants_login(host, false)),
        }
    }

    /// The credentials for an endpoint, looked up once. Those of the command line are for the registry itself, never
    /// for a mirror of it.
    fn credential(&self, exchange: &Exchange, endpoint: &Endpoint, repository: &str) -> Option<Credential> {
        if let (Some((user, password)), false) = (&exchange.settings.login, endpoint.is_mirror) {
            return Some(Credential::Password { user: user.clone(), password: password.clone() });
        }
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (endpoint.registry.clone(), repository.to_owned());
        if let Some(known) = found.get(&key) {
            return known.clone();
        }
        let (files, registry) = (&exchange.settings.auth_files, &endpoint.registry);
        let helper = |name: &str, server: &str| self.helper(name, server, &helper::ask);
        let credential = credentials::find(files, registry, repository, &helper).unwrap_or_else(|e| {
            exchange.note(format!("{e}; `{registry}` is asked without credentials"));
            None
        });
        found.insert(key, credential.clone());
        credential
    }

    /// What the helper `name` says of `server`, asked once.
    fn helper(&self, name: &str, server: &str, ask: Helper<'_>) -> Asked {
        let mut helped = self.helped.lock().unwrap_or_else(PoisonError::into_inner);
        helped.entry((name.to_owned(), server.to_owned())).or_insert_with(|| ask(name, server)).clone()
    }
}

fn wants_login(host: &str, refused: bool) -> AskError {
    let what =
        if refused { "does not accept the credentials" } else { "wants a login, and none is known for it" };
    AskError::Denied(format!(
        "`{host}` {what}: `docker login {host}` (or `podman login`), or `--registry-user NAME --password-stdin`"
    ))
}

fn basic(user: &str, password: &Secret) -> Secret {
    Secret::new(format!("Basic {}", STANDARD.encode(format!("{user}:{}", password.expose()))))
}

/// Fetches a token: the header to send and the second it ends.
fn token(
    exchange: &Exchange,
    ask: &Ask<'_>,
    base: &str,
    challenge: &Challenge,
    credential: Option<&Credential>,
) -> Result<(Secret, i64), AskError> {
    let host = &ask.endpoint.host;
    let realm = challenge.get("realm").unwrap_or_default();
    may_send(base, realm).map_err(|reason| {
        AskError::Denied(format!("`{host}` sends for a token to a place that gets no credentials: {reason}"))
    })?;
    let scope = challenge.get("scope").unwrap_or(&ask.scope);
    let mut form = vec![("scope", scope)];
    if let Some(service) = challenge.get("service") {
        form.push(("service", service));
    }
    let request = match credential {
        Some(Credential::Identity(refresh)) => {
            form.extend([
                ("grant_type", "refresh_token"),
                ("client_id", "plimsoll"),
                ("refresh_token", refresh.expose()),
            ]);
            Request { method: Method::Post, body: Some(encode(&form).into_bytes()), ..Request::get(realm) }
                .header("content-type", "application/x-www-form-urlencoded")
        }
        other => {
            let mark = if realm.contains('?') { '&' } else { '?' };
            let request = Request::get(format!("{realm}{mark}{}", encode(&form)));
            match other {
                Some(Credential::Password { user, password }) => {
                    request.header("authorization", basic(user, password).expose())
                }
                _ => request,
            }
        }
    };
    let redirects = if credential.is_some() { 0 } else { REDIRECTS_MAX };
    let response = fetch(exchange, &request.following(redirects), host)?;
    let status = response.status;
    if !(200..=299).contains(&status) {
        return Err(match (status, credential) {
            (400 | 401 | 403, Some(_)) => wants_login(host, true),
            (400 | 401 | 403, None) => wants_login(host, false),
            _ => AskError::Failed(format!("the token server of `{host}` answers with status {status}")),
        });
    }
    let failed = |what: &str| AskError::Failed(format!("the token server of `{host}` {what}"));
    let bytes =
        response.bytes(TOKEN_BYTES_MAX).map_err(|e| failed(&format!("does not answer whole: {e}")))?;
    // Without serde's own words, which would quote the token.
    let token: Token = serde_json::from_slice(&bytes).map_err(|_| failed("answers with no token's JSON"))?;
    let text = if token.token.is_empty() { token.access_token } else { token.token };
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(failed("answers without a token"));
    }
    let life = token.expires_in.unwrap_or(TOKEN_SECONDS).max(TOKEN_SECONDS);
    let end = exchange.wait.now().saturating_add(life);
    Ok((Secret::new(format!("Bearer {text}")), end))
}

fn fetch(exchange: &Exchange, request: &Request, host: &str) -> Result<Response, AskError> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        match exchange.http.send(request) {
            Err(e) if e.is_transient() && attempt < ATTEMPTS_MAX => pause(&*exchange.wait, attempt),
            Err(e) => return Err(AskError::Failed(format!("the token server of `{host}`: {e}"))),
            Ok(response) if is_busy(response.status) && attempt < ATTEMPTS_MAX => {
                pause_as_asked(&*exchange.wait, &response, attempt).map_err(|seconds| {
                    AskError::Failed(format!(
                        "the token server of `{host}` wants to be asked again in {seconds} s"
                    ))
                })?;
            }
            Ok(response) => return Ok(response),
        }
    }
}

/// A token server is asked over https; in plain only where the registry is, and on the same host.
fn may_send(base: &str, realm: &str) -> Result<(), String> {
    let Some((scheme, authority)) = origin(realm) else {
        return Err("its realm is no address".to_owned());
    };
    match scheme {
        "https" => Ok(()),
        "http" => match origin(base) {
            Some(("http", own)) if host_of(own).eq_ignore_ascii_case(host_of(authority)) => Ok(()),
            _ => Err(format!("`{authority}` over plain HTTP")),
        },
        _ => Err("its realm is neither https nor http".to_owned()),
    }
}

/// `application/x-www-form-urlencoded`.
fn encode(pairs: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for (name, value) in pairs {
        if !out.is_empty() {
            out.push('&');
        }
        out.push_str(name);
        out.push('=');
        for byte in value.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                    out.push(char::from(byte))
                }
                _ => out.push_str(&format!("%{byte:02X}")),
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_helper_is_asked_once_for_a_registry() {
        let (auth, asked) = (Auth::default(), Cell::new(0));
        let slow = |_: &str, _: &str| {
            asked.set(asked.get() + 1);
            Err("no answer".to_owned())
        };
        for _ in 0..3 {
            assert!(auth.helper("slow", "reg.example", &slow).is_err());
        }
        assert!(auth.helper("slow", "other.example", &slow).is_err());
        assert_eq!(asked.get(), 2);
    }
}
