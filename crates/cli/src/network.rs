//! What flags, configuration and environment say about connections and registries.

use std::io::Read;

use config::Settings;

use crate::door::{Login, NetworkSettings};
use crate::failure::Failure;
use crate::layers::origin;
use crate::outside::Outside;

/// The variable that holds the password of `--registry-user`. It is no key, so that `config show` cannot print it.
pub(crate) const PASSWORD_VARIABLE: &str = "PLIMSOLL_REGISTRY_PASSWORD";

/// Bytes of the longest password that is read from standard input.
const PASSWORD_BYTES_MAX: u64 = 64 << 10;

/// Reads the settings of connections.
///
/// # Errors
/// [`Failure::Usage`] for an entry that cannot be meant.
pub(crate) fn settings(settings: &Settings, outside: &Outside<'_>) -> Result<NetworkSettings, Failure> {
    let pair = |key: &str, entry: &str| {
        let parts = entry.split_once('=').map(|(a, b)| (a.trim().to_owned(), b.trim().to_owned()));
        parts.filter(|(a, b)| !a.is_empty() && !b.is_empty()).ok_or_else(|| {
            Failure::usage(format!("{}: `{entry}` is no pair, write `HOST=…`", origin(settings, key)))
        })
    };
    let mut out = NetworkSettings {
        environment: outside.environment.clone(),
        authorities: settings.list("ca-file").iter().map(|p| outside.resolve(p)).collect(),
        plain_http: settings.list("plain-http").to_vec(),
        insecure: settings.list("insecure-registry").to_vec(),
        ..NetworkSettings::default()
    };
    for entry in settings.list("client-certificate") {
        let (host, files) = pair("client-certificate", entry)?;
        let (chain, key) = match files.split_once(';') {
            Some((chain, key)) => (chain, Some(outside.resolve(key))),
            None => (files.as_str(), None),
        };
        out.client_certificates.push((host, outside.resolve(chain), key));
    }
    for entry in settings.list("mirror") {
        out.mirrors.push(pair("mirror", entry)?);
    }
    out.login = login(settings, outside)?;
    Ok(out)
}

/// The user that was named, with the password from where it was promised.
fn login(settings: &Settings, outside: &Outside<'_>) -> Result<Option<Login>, Failure> {
    let by_stdin = settings.is_on("password-stdin");
    let Some(user) = settings.text("registry-user") else {
        return match by_stdin {
            true => Err(Failure::usage("`--password-stdin` needs `--registry-user NAME`")),
            false => Ok(None),
        };
    };
    let password = match (by_stdin, outside.variable(PASSWORD_VARIABLE)) {
        (true, _) => from_stdin()?,
        (false, Some(password)) => password.to_owned(),
        (false, None) => {
            return Err(Failure::usage(format!(
                "{} names a user without a password: give `--password-stdin`, or set `{PASSWORD_VARIABLE}`",
                origin(settings, "registry-user")
            )));
        }
    };
    Ok(Some(Login { user: user.to_owned(), password }))
}

fn from_stdin() -> Result<String, Failure> {
    let mut text = String::new();
    let read = std::io::stdin().lock().take(PASSWORD_BYTES_MAX + 1).read_to_string(&mut text);
    read.map_err(|e| Failure::usage(format!("the password on standard input cannot be read: {e}")))?;
    if PASSWORD_BYTES_MAX < text.len() as u64 {
        return Err(Failure::usage(format!(
            "the password on standard input is longer than {PASSWORD_BYTES_MAX} bytes"
        )));
    }
    let password = text.trim_end_matches(['\r', '\n']);
    match password.is_empty() {
        true => Err(Failure::usage("there is no password on standard input")),
        false => Ok(password.to_owned()),
    }
}
