//! Secrets known by the name they are given to, or by the place they stand in: `NAME=value`, `"name": "value"`,
//! `--name value`, `user:password@host`, `curl -u`, `chpasswd`.

use std::ops::Range;

use super::{Secret, entropy};

/// What a secret is that only its name tells.
pub(super) const BY_NAME: &str = "a secret by its name";

/// Words of a name that mean a secret.
const WORDS: [&str; 10] = [
    "password",
    "passwd",
    "pass",
    "pwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "credential",
    "credentials",
];

/// Pairs of words of a name that mean a secret.
const PAIRS: [(&str, &str); 10] = [
    ("api", "key"),
    ("access", "key"),
    ("account", "key"),
    ("auth", "key"),
    ("encryption", "key"),
    ("license", "key"),
    ("master", "key"),
    ("private", "key"),
    ("secret", "key"),
    ("signing", "key"),
];

/// Parts of a name written in one piece that mean a secret.
const PIECES: [&str; 7] =
    ["password", "passwd", "passphrase", "apikey", "secretkey", "accesskey", "authtoken"];

/// Last words that make the name one of something about a secret.
const ABOUT: [&str; 28] = [
    "file",
    "path",
    "dir",
    "url",
    "uri",
    "host",
    "name",
    "id",
    "ttl",
    "length",
    "expiry",
    "expires",
    "expiration",
    "lifetime",
    "algorithm",
    "alg",
    "min",
    "max",
    "policy",
    "type",
    "enabled",
    "required",
    "endpoint",
    "header",
    "prefix",
    "limit",
    "issuer",
    "arn",
];

/// Values that stand for no value, a switch, or a thing that somebody else must fill in.
const NO_VALUES: [&str; 16] = [
    "true",
    "false",
    "yes",
    "no",
    "on",
    "off",
    "none",
    "null",
    "nil",
    "undefined",
    "enabled",
    "disabled",
    "required",
    "optional",
    "str",
    "string",
];

pub(super) fn find(text: &str) -> Vec<Secret> {
    let mut out = Vec::new();
    out.extend(assignments(text));
    out.extend(options(text));
    out.extend(addresses(text));
    out.extend(account_passwords(text));
    out
}

fn assignments(text: &str) -> Vec<Secret> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    for (at, sign) in text.char_indices().filter(|(_, c)| matches!(c, '=' | ':')) {
        let next = bytes.get(at + 1).copied().unwrap_or(b' ');
        let before = at.checked_sub(1).and_then(|i| bytes.get(i)).copied().unwrap_or(b' ');
        if matches!(next, b'=' | b'/' | b'~') || matches!(before, b'=' | b'!' | b'<' | b'>' | b':') {
            continue;
        }
        let Some(name) = name_before(text, at, sign) else { continue };
        let Some(range) = value_after(text, at + 1, sign) else { continue };
        out.extend(by_name(text, name, range));
    }
    out
}

/// The name that ends right before the sign; a quoted one only before a colon.
fn name_before(text: &str, at: usize, sign: char) -> Option<&str> {
    let mut before = text.get(..at)?;
    if sign == ':' {
        before = before.trim_end();
        before = before.strip_suffix(['"', '\'']).unwrap_or(before);
        before = before.strip_suffix('\\').unwrap_or(before);
    }
    let start = before
        .rfind(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')))
        .map_or(0, |i| i + before.get(i..).and_then(|s| s.chars().next()).map_or(1, char::len_utf8));
    // `${NAME:-default}` and `${NAME:=default}` are references.
    if before.get(..start)?.ends_with("${") {
        return None;
    }
    let name = before.get(start..)?.trim_start_matches('-');
    (!name.is_empty()).then_some(name)
}

/// The value that begins after the sign, quotes left out.
fn value_after(text: &str, from: usize, sign: char) -> Option<Range<usize>> {
    let rest = text.get(from..)?;
    let skipped = if sign == ':' { rest.len() - rest.trim_start_matches(' ').len() } else { 0 };
    let rest = rest.get(skipped..)?;
    let start = from + skipped;
    let escaped = usize::from(rest.starts_with("\\\"") || rest.starts_with("\\'"));
    if let Some(quote) = rest.get(escaped..)?.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let open = escaped + 1;
        let close = rest.get(open..)?.find(quote)?;
        let inside = rest.get(open..open + close)?;
        return Some(start + open..start + open + inside.trim_end_matches('\\').len());
    }
    // An unquoted value after a colon is prose or YAML; only quoted ones are values of JSON.
    if sign == ':' && rest.contains(' ') {
        return None;
    }
    let end =
        rest.find(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|' | ')' | '<' | '>' | '"' | '\''));
    Some(start..start + end.unwrap_or(rest.len()))
}

/// `--password value`, `ENV NAME value`, `curl -u user:password`.
fn options(text: &str) -> Vec<Secret> {
    let mut out = Vec::new();
    let words: Vec<(usize, &str)> = words(text).collect();
    for pair in words.windows(2) {
        let [(at, option), (start, value)] = pair else { continue };
        if value.starts_with('-') || value.is_empty() {
            continue;
        }
        let range = *start..*start + value.len();
        if matches!(*option, "-u" | "--user") && text.get(..*at).is_some_and(|b| b.contains("curl")) {
            if let Some((_, password)) = value.split_once(':') {
                let from = range.end - password.len();
                out.extend(secret(text, "a password on the command line", String::new(), from..range.end));
            }
        } else if option.starts_with("--") && !option.contains('=') {
            out.extend(by_name(text, option.trim_start_matches('-'), range));
        }
    }
    // The old form without `=`: the rest of the line is the value.
    if let [(_, "ENV"), (_, name), (start, _), ..] = words.as_slice()
        && !name.contains('=')
    {
        out.extend(by_name(text, name, *start..text.trim_end().len()));
    }
    out
}

/// Words between white space with their places, quotes around a whole word left out.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_whitespace().map(|word| {
        let at = word.as_ptr() as usize - text.as_ptr() as usize;
        let inside = word.trim_start_matches(['"', '\'']);
        (at + word.len() - inside.len(), inside.trim_end_matches(['"', '\'', ';', ',']))
    })
}

/// `scheme://user:password@host`.
fn addresses(text: &str) -> Vec<Secret> {
    let mut out = Vec::new();
    for (at, sign) in text.match_indices("://") {
        let start = at + sign.len();
        let rest = text.get(start..).unwrap_or("");
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '?' | '#'));
        let authority = rest.get(..end.unwrap_or(rest.len())).unwrap_or("");
        let Some((user, _)) = authority.rsplit_once('@') else { continue };
        let Some((_, password)) = user.split_once(':') else { continue };
        let end = start + user.len();
        out.extend(secret(text, "a password in an address", String::new(), end - password.len()..end));
    }
    out
}

/// `echo user:password | chpasswd`.
fn account_passwords(text: &str) -> Vec<Secret> {
    let mut out = Vec::new();
    for (at, _) in text.match_indices("chpasswd") {
        let before = text.get(..at).unwrap_or("");
        let Some(echo) = before.rfind("echo ") else { continue };
        let Some((pipe, _)) = before.char_indices().rev().find(|(_, c)| *c == '|') else { continue };
        let Some(said) = text.get(echo + 5..pipe) else { continue };
        let said = said.trim_end().trim_end_matches(['"', '\'']);
        let end = echo + 5 + said.len();
        let Some((_, password)) = said.split_once(':') else { continue };
        out.extend(secret(text, "an account's password", String::new(), end - password.len()..end));
    }
    out
}

fn by_name(text: &str, name: &str, range: Range<usize>) -> Option<Secret> {
    names_secret(name).then(|| secret(text, BY_NAME, name.to_owned(), range)).flatten()
}

fn secret(text: &str, what: &'static str, name: String, range: Range<usize>) -> Option<Secret> {
    let value = text.get(range.clone())?;
    is_value(value).then(|| Secret { range, what, name, weak: value.len() < 12 || entropy(value) < 3.0 })
}

/// Whether a name is one of a secret, by its words.
#[must_use]
pub fn names_secret(name: &str) -> bool {
    let words = name_words(name);
    let last = words.last().map_or("", String::as_str);
    let is_about = 1 < words.len() && ABOUT.contains(&last);
    let allows =
        words.first().is_some_and(|w| matches!(w.as_str(), "allow" | "disable" | "enable" | "use" | "no"));
    // The shell's own working directories.
    if is_about || allows || matches!(name, "PWD" | "OLDPWD") {
        return false;
    }
    let by_word = words.iter().any(|w| WORDS.contains(&w.as_str()));
    let by_pair = words.windows(2).any(|p| PAIRS.iter().any(|(a, b)| p == [*a, *b]));
    let by_piece = words.iter().any(|w| PIECES.iter().any(|p| w.contains(p)));
    by_word || by_pair || by_piece
}

/// `dbPassword`, `DB_PASSWORD` and `db-password` are `db`, `password`.
fn name_words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower_before = false;
    for c in name.chars() {
        let splits = !c.is_ascii_alphanumeric() || (c.is_ascii_uppercase() && lower_before);
        if splits && words.last().is_some_and(|w| !w.is_empty()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_ascii_alphanumeric()) {
            word.push(c.to_ascii_lowercase());
        }
        lower_before = c.is_ascii_lowercase();
    }
    words.retain(|w| !w.is_empty());
    words
}

/// Whether a value is one, and not a reference, a placeholder, a path or a switch.
fn is_value(value: &str) -> bool {
    let value = value.trim();
    let lower = value.to_ascii_lowercase();
    let reference = value.starts_with(['$', '%', '<', '{', '/', '~', '`', '@', '['])
        || value.contains("${")
        || value.contains("$(")
        || value.contains("{{")
        || value.contains("://")
        || ["vault:", "arn:", "file:", "env:", "ref+", "sm://", "projects/", "secretref:", "ssm:", "kms:"]
            .iter()
            .any(|p| lower.starts_with(p));
    let first = value.chars().next();
    let one_character = value.chars().all(|c| Some(c) == first);
    let number = value.len() < 6 && value.bytes().all(|b| b.is_ascii_digit());
    let example = lower.contains("example") || lower.starts_with("your") || lower.contains("placeholder");
    2 < value.len()
        && !reference
        && !one_character
        && !number
        && !example
        && !NO_VALUES.contains(&lower.as_str())
}
