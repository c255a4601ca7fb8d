//! The ignore file: what to accept, why, who answers for it and until when.

use model::Timestamp;
use model::purl::Purl;
use serde::Deserialize;
use toml::Spanned;

use super::SuppressError;
use super::vex::JUSTIFICATIONS;
use crate::Glob;

/// Bytes of the largest ignore file.
pub const IGNORE_BYTES_MAX: usize = 4 << 20;

/// Entries of one ignore file.
pub const IGNORE_ENTRIES_MAX: usize = 10_000;

/// An ignore file that has been read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct IgnoreFile {
    /// As the user wrote it.
    pub name: String,
    /// Entries in the order of the file.
    pub entries: Vec<IgnoreEntry>,
}

/// One entry: a finding is covered if everything that the entry names fits.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct IgnoreEntry {
    /// 1-based line of the entry.
    pub line: usize,
    /// Ids of vulnerabilities or findings, any of them.
    pub ids: Vec<String>,
    /// Package.
    pub package: Option<PackagePattern>,
    /// Path.
    pub path: Option<Glob>,
    /// Rule.
    pub rule: Option<String>,
    /// Why it is accepted.
    pub reason: String,
    /// Why the vulnerability does no harm here, in OpenVEX' words, where that is the reason.
    pub justification: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// First day it holds, `2026-01-31`.
    pub since: Option<String>,
    /// Last day it holds, `2026-12-31`.
    pub until: Option<String>,
}

/// How an entry names a package.
#[derive(Debug, Clone, PartialEq)]
pub enum PackagePattern {
    /// By package URL; a part that it leaves out fits any.
    Purl(Box<Purl>),
    /// By the name of the package or its source package, and the version if given.
    Name {
        /// Name, `*` allowed.
        name: Glob,
        /// Version.
        version: Option<String>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(default)]
    ignore: Vec<Spanned<RawEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry {
    id: Option<RawIds>,
    package: Option<Spanned<String>>,
    path: Option<Spanned<String>>,
    rule: Option<String>,
    reason: Option<String>,
    justification: Option<String>,
    owner: Option<String>,
    #[serde(alias = "from")]
    since: Option<Spanned<toml::Value>>,
    #[serde(alias = "expires", alias = "expiry")]
    until: Option<Spanned<toml::Value>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawIds {
    One(String),
    Many(Vec<String>),
}

/// Reads an ignore file.
///
/// # Errors
/// [`SuppressError`] with the line, for anything that the format does not have: a slip must not ignore more or less
/// than was meant.
pub fn parse_ignore(name: &str, bytes: &[u8]) -> Result<IgnoreFile, SuppressError> {
    let fail = |line: Option<usize>, message: String| SuppressError { file: name.to_owned(), line, message };
    if IGNORE_BYTES_MAX < bytes.len() {
        return Err(fail(None, format!("larger than {IGNORE_BYTES_MAX} bytes")));
    }
    let text = std::str::from_utf8(bytes).map_err(|e| {
        let before = bytes.get(..e.valid_up_to()).unwrap_or_default();
        fail(Some(1 + before.iter().filter(|b| **b == b'\n').count()), "not UTF-8".to_owned())
    })?;
    let line = |offset: usize| 1 + text.bytes().take(offset).filter(|b| *b == b'\n').count();
    let raw: RawFile = toml::from_str(text)
        .map_err(|e| fail(e.span().map(|s| line(s.start)), e.message().trim().replace('\n', "; ")))?;
    if IGNORE_ENTRIES_MAX < raw.ignore.len() {
        return Err(fail(None, format!("more than {IGNORE_ENTRIES_MAX} entries")));
    }
    let mut entries = Vec::new();
    for spanned in raw.ignore {
        let at = line(spanned.span().start);
        let entry = entry(spanned.into_inner(), at, &line);
        entries.push(entry.map_err(|(line, message)| fail(Some(line), message))?);
    }
    Ok(IgnoreFile { name: name.to_owned(), entries })
}

fn entry(
    raw: RawEntry,
    line: usize,
    line_of: &dyn Fn(usize) -> usize,
) -> Result<IgnoreEntry, (usize, String)> {
    let ids = match raw.id {
        None => Vec::new(),
        Some(RawIds::One(id)) => vec![id],
        Some(RawIds::Many(ids)) if ids.is_empty() => return Err((line, "`id` is an empty list".to_owned())),
        Some(RawIds::Many(ids)) => ids,
    };
    let blank = |text: &str| text.trim().is_empty();
    if ids.iter().any(|id| blank(id)) || raw.rule.as_deref().is_some_and(blank) {
        return Err((line, "an empty text fits nothing; leave the key out".to_owned()));
    }
    let package =
        raw.package.map(|p| package(p.as_ref()).map_err(|m| (line_of(p.span().start), m))).transpose()?;
    let path =
        raw.path.map(|p| Glob::parse(p.as_ref()).map_err(|e| (line_of(p.span().start), e.to_string())));
    let path = path.transpose()?;
    if ids.is_empty() && package.is_none() && path.is_none() && raw.rule.is_none() {
        let message = "the entry covers everything; name an `id`, a `package`, a `path` or a `rule`";
        return Err((line, message.to_owned()));
    }
    let reason = match raw.reason {
        Some(reason) if !blank(&reason) => reason.trim().to_owned(),
        _ => return Err((line, "the entry gives no `reason`".to_owned())),
    };
    let day = |key: &str, value: Option<Spanned<toml::Value>>| {
        value.map(|v| date(key, v.as_ref()).map_err(|m| (line_of(v.span().start), m))).transpose()
    };
    let (since, until) = (day("since", raw.since)?, day("until", raw.until)?);
    if let (Some(since), Some(until)) = (&since, &until)
        && until < since
    {
        return Err((line, format!("the entry never holds: `since` {since} is after `until` {until}")));
    }
    let justification = raw.justification;
    if let Some(word) = justification.as_deref().filter(|j| !JUSTIFICATIONS.contains(j)) {
        return Err((line, format!("`{word}` is no justification: {}", JUSTIFICATIONS.join(", "))));
    }
    let (rule, owner) = (raw.rule, raw.owner);
    Ok(IgnoreEntry { line, ids, package, path, rule, reason, justification, owner, since, until })
}

fn package(text: &str) -> Result<PackagePattern, String> {
    if text.starts_with("pkg:") {
        return match Purl::parse(text) {
            Ok(purl) => Ok(PackagePattern::Purl(Box::new(purl))),
            Err(e) => Err(e.to_string()),
        };
    }
    let (name, version) = match text.rsplit_once('@') {
        Some((name, version)) if !name.is_empty() && !version.is_empty() => (name, Some(version.to_owned())),
        _ => (text, None),
    };
    Ok(PackagePattern::Name { name: Glob::parse(name).map_err(|e| e.to_string())?, version })
}

pub(super) fn date(key: &str, value: &toml::Value) -> Result<String, String> {
    let text = match value {
        toml::Value::String(s) => s.clone(),
        toml::Value::Datetime(d) => d.to_string(),
        other => return Err(format!("`{key}` is a day like 2026-12-31, not {}", other.type_str())),
    };
    let day: String = text.chars().take(10).collect();
    match day.parse::<Timestamp>() {
        Ok(t) if t.date() == day => Ok(day),
        _ => Err(format!("`{text}` is no day; write `{key} = 2026-12-31`")),
    }
}
