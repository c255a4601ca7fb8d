//! From bytes to text, and from text to one generic value, whatever the format: JSON, JSON with comments, TOML, YAML.
//! Every reader is bounded, so that a hostile lockfile costs no more than an honest one of the same size.

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

use super::yaml;

/// Bytes of the largest document that is read.
pub(super) const DOCUMENT_BYTES_MAX: u64 = 32 << 20;

/// Why a document could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken {
    /// One line, lower case, no full stop.
    pub(super) reason: String,
}

impl Broken {
    /// Says why.
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Broken {}

impl From<serde_json::Error> for Broken {
    fn from(e: serde_json::Error) -> Self {
        Self::new(format!("not valid JSON: {e}"))
    }
}

/// Text of a file: UTF-8 with or without a byte-order mark, or UTF-16 with one (what Windows shells write).
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Broken> {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest).map(Cow::Borrowed),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes).map(Cow::Owned),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes).map(Cow::Owned),
        _ => utf8(bytes).map(Cow::Borrowed),
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, Broken> {
    std::str::from_utf8(bytes).map_err(|e| Broken::new(format!("not UTF-8 text: {e}")))
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Broken> {
    let units = bytes.as_chunks::<2>().0.iter().map(|pair| unit(*pair));
    char::decode_utf16(units).collect::<Result<String, _>>().map_err(|_| Broken::new("not UTF-16 text"))
}

/// Text of a file whose comments and descriptions may be in another encoding: what is not UTF-8 is replaced.
pub(super) fn lenient(bytes: &[u8]) -> Cow<'_, str> {
    decode(bytes).unwrap_or_else(|_| String::from_utf8_lossy(bytes))
}

/// Reads JSON. The library bounds the nesting at 128. Authors' names in old encodings are common.
pub(super) fn json(bytes: &[u8]) -> Result<Value, Broken> {
    Ok(serde_json::from_str(&lenient(bytes))?)
}

/// Reads JSON whose outermost value is a table.
pub(super) fn json_table(bytes: &[u8]) -> Result<Value, Broken> {
    json(bytes).and_then(table_only)
}

fn table_only(value: Value) -> Result<Value, Broken> {
    if value.is_object() { Ok(value) } else { Err(Broken::new("the outermost value is no table")) }
}

/// Reads JSON with comments and trailing commas, as bun writes it.
pub(super) fn json_with_comments(bytes: &[u8]) -> Result<Value, Broken> {
    table_only(serde_json::from_str(&strip_comments(&decode(bytes)?))?)
}

/// Reads TOML. The library bounds the nesting at 80.
pub(super) fn toml(bytes: &[u8]) -> Result<Value, Broken> {
    let text = decode(bytes)?;
    toml::from_str(&text).map_err(|e| {
        let line = e.span().and_then(|s| text.get(..s.start)).map(|before| before.matches('\n').count() + 1);
        let at = line.map(|n| format!(" at line {n}")).unwrap_or_default();
        Broken::new(format!("not valid TOML{at}: {}", first_line(e.message())))
    })
}

/// Reads the first document of a YAML stream, a table; scalars stay text but for null, `true` and `false`.
pub(super) fn yaml(bytes: &[u8]) -> Result<Value, Broken> {
    yaml::read(&decode(bytes)?).and_then(table_only)
}

/// Reads every document of a YAML stream, as [`yaml`] does the first.
pub(super) fn yaml_all(bytes: &[u8]) -> Result<Vec<Value>, Broken> {
    yaml::read_all(&decode(bytes)?)?.into_iter().map(table_only).collect()
}

/// The first line of a text, for messages.
pub(super) fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default().trim()
}

/// A table is of its kind only if it has one of `keys`: a file of another shape must not pass for an empty lockfile.
pub(super) fn has_one_of(value: &Value, keys: &[&str]) -> Result<(), Broken> {
    if keys.iter().any(|key| value.get(key).is_some()) {
        return Ok(());
    }
    Err(Broken::new(format!("of another shape than its name says: none of {} is in it", keys.join(", "))))
}

/// The version of a format is one of those that are read, or not said: `1.0` is of the major version 1.
pub(super) fn major_version(
    value: &Value,
    key: &str,
    known: std::ops::RangeInclusive<u64>,
) -> Result<(), Broken> {
    let major = match value.get(key) {
        None => return Ok(()),
        Some(Value::String(s)) => s.split('.').next().and_then(|m| m.parse().ok()),
        Some(Value::Number(n)) => n.as_u64().or_else(|| n.as_f64().map(|f| f as u64)),
        Some(_) => None,
    };
    match major {
        Some(major) if known.contains(&major) => Ok(()),
        _ => Err(Broken::new(format!("`{key}` is none of {} to {}", known.start(), known.end()))),
    }
}

/// Text under `key`.
pub(super) fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key)?.as_str()
}

/// True where `key` holds `true`.
pub(super) fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or(false)
}

/// The list under `key`; empty if there is none.
pub(super) fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Texts of the list under `key`.
pub(super) fn texts<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v str> + use<'v> {
    list(value, key).iter().filter_map(Value::as_str)
}

/// Entries of the table under `key`, by key; none if there is no table.
pub(super) fn table<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = (&'v str, &'v Value)> + use<'v> {
    entries(value.get(key))
}

/// Entries of a table, by key.
pub(super) fn entries(value: Option<&Value>) -> impl Iterator<Item = (&str, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten().map(|(k, v)| (k.as_str(), v))
}

/// Removes comments and the commas before a closing bracket, outside strings.
fn strip_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut comma = false;
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('/', Some('/')) => {
                while chars.next_if(|&c| c != '\n').is_some() {}
                continue;
            }
            ('/', Some('*')) => {
                chars.next();
                let mut last = ' ';
                for c in chars.by_ref() {
                    if last == '*' && c == '/' {
                        break;
                    }
                    last = c;
                }
                out.push(' ');
                continue;
            }
            _ => {}
        }
        if comma && !c.is_whitespace() {
            if !matches!(c, '}' | ']') {
                out.push(',');
            }
            comma = false;
        }
        match c {
            ',' => comma = true,
            '"' => {
                out.push('"');
                copy_string(&mut chars, &mut out);
            }
            _ => out.push(c),
        }
    }
    out
}

fn copy_string(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) {
    while let Some(c) = chars.next() {
        out.push(c);
        match c {
            '\\' => out.extend(chars.next()),
            '"' => return,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_windows_shells_is_read() {
        assert_eq!(decode(b"\xff\xfea\0=\0").expect("UTF-16"), "a=");
        assert_eq!(decode(b"\xfe\xff\0a").expect("UTF-16"), "a");
        assert_eq!(decode(b"\xef\xbb\xbfa").expect("UTF-8"), "a");
        assert!(decode(b"\xff").is_err());
        assert_eq!(lenient(b"a \xe9"), "a \u{fffd}");
    }

    #[test]
    fn comments_and_trailing_commas_are_removed_outside_strings() {
        let value = json_with_comments(
            br#"{ // one
            "a": ["x//y", "b,]",], /* two */ "c": {"d": "\"",}, }"#,
        );
        assert_eq!(value.expect("JSON"), serde_json::json!({"a": ["x//y", "b,]"], "c": {"d": "\""}}));
        assert!(json_with_comments(b"{\"a\": [1,,2]}").is_err());
        assert!(json_with_comments(b"[1]").is_err());
    }

    #[test]
    fn deep_documents_are_refused_not_followed() {
        assert!(json("[".repeat(100_000).as_bytes()).is_err());
        assert!(toml(format!("a = {}", "[".repeat(100_000)).as_bytes()).is_err());
    }

    #[test]
    fn a_broken_document_names_the_line() {
        assert_eq!(
            toml(b"a = 1\nb = ]").expect_err("broken").reason.split(':').next(),
            Some("not valid TOML at line 2")
        );
    }
}
