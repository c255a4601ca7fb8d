//! Where credentials come from: the command line, Docker's `config.json`, Podman's `auth.json`, helpers.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde::Deserialize;

use stdx::Secret;

/// Bytes of the largest file of credentials that is read.
pub const AUTH_FILE_BYTES_MAX: u64 = 4 << 20;

/// What proves who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Credential {
    /// For basic authentication, and for a token.
    Password {
        /// Who.
        user: String,
        /// With what.
        password: Secret,
    },
    /// A refresh token (`docker login` with an identity token).
    Identity(Secret),
    /// A bearer token that is sent as it is.
    Bearer(Secret),
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AuthFile {
    auths: BTreeMap<String, Entry>,
    cred_helpers: BTreeMap<String, String>,
    creds_store: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    auth: String,
    username: String,
    password: String,
    identitytoken: String,
    registrytoken: String,
}

/// What a helper knows, or why it did not say.
pub(crate) type Asked = Result<Option<Credential>, String>;

/// Asks the helper with this name about this server.
pub(crate) type Helper<'h> = &'h dyn Fn(&str, &str) -> Asked;

/// What the files know of `registry` (and of `repository` there); the first that knows something wins.
pub(crate) fn find(
    files: &[std::path::PathBuf],
    registry: &str,
    repository: &str,
    helper: Helper<'_>,
) -> Result<Option<Credential>, String> {
    for file in files {
        if let Some(found) = in_file(file, registry, repository, helper)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn in_file(
    path: &Path,
    registry: &str,
    repository: &str,
    helper: Helper<'_>,
) -> Result<Option<Credential>, String> {
    let wrong = |e: &dyn std::fmt::Display| format!("credentials in `{}`: {e}", path.display());
    let bytes = match disk::read(path, AUTH_FILE_BYTES_MAX) {
        Ok(bytes) => bytes,
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(e) => return Err(wrong(&e)),
    };
    // Without serde's own words, which could quote a secret.
    let file: AuthFile = serde_json::from_slice(&bytes)
        .map_err(|e| wrong(&format!("no JSON of Docker's shape, line {} column {}", e.line(), e.column())))?;
    let names = names(registry);
    let helped = file.cred_helpers.iter().find(|(key, _)| names.contains(&host(key)));
    if let Some((_, name)) = helped {
        return helper(name, &server(registry));
    }
    if let Some(entry) = entry(&file, &names, repository)
        && let Some(found) = read(entry).map_err(|e| wrong(&format!("entry of `{registry}`: {e}")))?
    {
        return Ok(Some(found));
    }
    match file.creds_store.as_str() {
        "" => Ok(None),
        store => helper(store, &server(registry)),
    }
}

/// The entry with the longest key that is the registry, or the registry with a beginning of the repository.
fn entry<'f>(file: &'f AuthFile, names: &[String], repository: &str) -> Option<&'f Entry> {
    let score = |key: &str| -> Option<usize> {
        let bare = bare(key);
        let (registry, path) = bare.split_once('/').unwrap_or((bare, ""));
        if !names.iter().any(|n| n.eq_ignore_ascii_case(registry)) {
            return None;
        }
        let path = path.trim_end_matches('/');
        let own = matches!(path, "" | "v1" | "v2");
        if own {
            return Some(0);
        }
        let rest = repository.strip_prefix(path)?;
        (rest.is_empty() || rest.starts_with('/')).then_some(path.len())
    };
    let scored = file.auths.iter().filter_map(|(key, entry)| Some((score(key)?, entry)));
    scored.max_by_key(|(score, _)| *score).map(|(_, entry)| entry)
}

fn read(entry: &Entry) -> Result<Option<Credential>, &'static str> {
    if !entry.identitytoken.is_empty() {
        return Ok(Some(Credential::Identity(Secret::new(entry.identitytoken.as_str()))));
    }
    if !entry.registrytoken.is_empty() {
        return Ok(Some(Credential::Bearer(Secret::new(entry.registrytoken.as_str()))));
    }
    if !entry.auth.is_empty() {
        let text = entry.auth.trim();
        let bytes = STANDARD.decode(text).or_else(|_| STANDARD_NO_PAD.decode(text.trim_end_matches('=')));
        let bytes = bytes.map_err(|_| "`auth` is not base64")?;
        let text = String::from_utf8(bytes).map_err(|_| "`auth` is not UTF-8")?;
        let (user, password) = text.split_once(':').ok_or("`auth` holds no colon")?;
        let password = Secret::new(password.trim_end_matches('\0'));
        return Ok(Some(Credential::Password { user: user.to_owned(), password }));
    }
    if !entry.username.is_empty() {
        let password = Secret::new(entry.password.as_str());
        return Ok(Some(Credential::Password { user: entry.username.clone(), password }));
    }
    Ok(None)
}

/// The names under which a registry is kept.
fn names(registry: &str) -> Vec<String> {
    match registry {
        "docker.io" => ["docker.io", "index.docker.io", "registry-1.docker.io"].map(str::to_owned).to_vec(),
        other => vec![other.to_owned()],
    }
}

/// What helpers call a registry.
fn server(registry: &str) -> String {
    match registry {
        "docker.io" => "https://index.docker.io/v1/".to_owned(),
        other => other.to_owned(),
    }
}

fn bare(key: &str) -> &str {
    key.trim_start_matches("https://").trim_start_matches("http://")
}

fn host(key: &str) -> String {
    bare(key).split('/').next().unwrap_or_default().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, registry: &str, repository: &str) -> Result<Option<Credential>, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.json");
        std::fs::write(&path, text).unwrap();
        find(&[dir.path().join("missing.json"), path], registry, repository, &crate::helper::ask)
    }

    fn user(text: &str, registry: &str, repository: &str) -> String {
        match found(text, registry, repository).unwrap() {
            Some(Credential::Password { user, password }) => format!("{user}/{}", password.expose()),
            Some(Credential::Identity(token)) => format!("identity {}", token.expose()),
            Some(Credential::Bearer(token)) => format!("bearer {}", token.expose()),
            None => "nobody".to_owned(),
        }
    }

    #[test]
    fn entries_are_found_as_docker_and_podman_write_them() {
        let auth = |text: &str| STANDARD.encode(text);
        let text = format!(
            r#"{{"auths": {{"https://index.docker.io/v1/": {{"auth": "{}"}}, "quay.io": {{"auth": "{}"}},
                "quay.io/team": {{"auth": "{}"}}, "reg:5000": {{"identitytoken": "refresh"}}, "empty.io": {{}}}}}}"#,
            auth("hub:a:b"),
            auth("quay:q"),
            auth("team:t")
        );
        assert_eq!(user(&text, "docker.io", "library/nginx"), "hub/a:b");
        assert_eq!(user(&text, "quay.io", "other/app"), "quay/q");
        assert_eq!(user(&text, "quay.io", "team/app"), "team/t");
        assert_eq!(user(&text, "quay.io", "teams/app"), "quay/q");
        assert_eq!(user(&text, "reg:5000", "a"), "identity refresh");
        assert_eq!(user(&text, "reg", "a"), "nobody");
        assert_eq!(user(&text, "empty.io", "a"), "nobody");
    }

    #[test]
    fn a_broken_file_is_told_without_its_secrets() {
        let e = found(r#"{"auths": {"a.io": {"auth": ["c2VjcmV0"]}}}"#, "a.io", "b").unwrap_err();
        assert!(e.contains("config.json") && !e.contains("c2Vj"), "{e}");
        let e = found(r#"{"auths": {"a.io": {"auth": "***"}}}"#, "a.io", "b").unwrap_err();
        assert!(e.contains("base64"), "{e}");
    }

    #[test]
    fn a_helper_that_is_not_there_is_told() {
        let e = found(r#"{"credHelpers": {"a.io": "no-such-helper-here"}}"#, "a.io", "b").unwrap_err();
        assert!(e.contains("docker-credential-no-such-helper-here"), "{e}");
        let e = found(r#"{"credsStore": "../../bin/sh"}"#, "a.io", "b").unwrap_err();
        assert!(!e.contains("bin/sh"), "{e}");
    }
}
