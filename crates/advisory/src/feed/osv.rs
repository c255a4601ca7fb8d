//! OSV records (<https://ossf.github.io/osv-schema/>), JSON and what YAML was turned into.

use std::borrow::Cow;

use model::{Severity, Timestamp};
use serde::Deserialize;

use crate::ecosystem;
use crate::feed::lenient::{Text, Word, nullable};
use crate::feed::{Parsed, Problem};
use crate::range::covers;
use crate::record::{Affected, Event, Kind, Range, Rating, Record};

/// Links kept of one record.
pub(crate) const URLS_MAX: usize = 6;

/// Characters kept of a summary.
pub(crate) const SUMMARY_CHARS_MAX: usize = 240;

/// Lines of the details in which a withdrawal is looked for.
const TAKEN_BACK_LINES_MAX: usize = 6;

/// Times before this are a feed's way to say that it knows none (Go writes the year 1).
const TIME_MIN: Timestamp = Timestamp(631_152_000);

#[derive(Deserialize)]
struct Doc<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    modified: Text<'a>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    published: Text<'a>,
    #[serde(borrow, default)]
    withdrawn: Word<'a>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    aliases: Vec<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    related: Vec<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    upstream: Vec<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    summary: Text<'a>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    details: Text<'a>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    severity: Vec<Score<'a>>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    affected: Vec<DocAffected<'a>>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    references: Vec<Reference<'a>>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    database_specific: Specific<'a>,
}

#[derive(Deserialize, Default)]
struct Score<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default)]
    score: Text<'a>,
}

#[derive(Deserialize, Default)]
struct Reference<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Word<'a>,
    #[serde(borrow, default)]
    url: Word<'a>,
}

#[derive(Deserialize, Default)]
struct Specific<'a> {
    #[serde(borrow, default)]
    severity: Word<'a>,
    #[serde(borrow, default)]
    urgency: Word<'a>,
}

#[derive(Deserialize)]
struct DocAffected<'a> {
    #[serde(borrow, default)]
    package: Option<DocPackage<'a>>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    ranges: Vec<DocRange<'a>>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    versions: Vec<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    severity: Vec<Score<'a>>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    ecosystem_specific: Specific<'a>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    database_specific: Specific<'a>,
}

#[derive(Deserialize)]
struct DocPackage<'a> {
    #[serde(borrow, default, deserialize_with = "nullable")]
    ecosystem: Text<'a>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    name: Text<'a>,
}

#[derive(Deserialize)]
struct DocRange<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    events: Vec<DocEvent<'a>>,
}

#[derive(Deserialize)]
struct DocEvent<'a> {
    #[serde(borrow, default)]
    introduced: Option<Text<'a>>,
    #[serde(borrow, default)]
    fixed: Option<Text<'a>>,
    #[serde(borrow, default)]
    last_affected: Option<Text<'a>>,
    #[serde(borrow, default)]
    limit: Option<Text<'a>>,
}

/// Reads one record, a list of records, or records one after the other. An error is returned only if not even the
/// first could be read, so that the caller may try another feed.
pub(crate) fn read(name: &str, text: &[u8], parsed: &mut Parsed) -> Result<(), String> {
    if text.first() == Some(&b'[') {
        let docs: Vec<Doc<'_>> =
            serde_json::from_slice(text).map_err(|e| format!("no list of OSV records: {e}"))?;
        docs.into_iter().for_each(|doc| convert(name, doc, parsed));
        return Ok(());
    }
    let mut first = true;
    for doc in serde_json::Deserializer::from_slice(text).into_iter::<Doc<'_>>() {
        match doc {
            Ok(doc) => convert(name, doc, parsed),
            Err(e) if first => return Err(format!("no OSV record: {e}")),
            Err(e) => parsed.problems.push(Problem::new(name, format!("no OSV record: {e}"))),
        }
        first = false;
    }
    Ok(())
}

/// Reads a record that came from YAML.
pub(crate) fn read_value(name: &str, value: &serde_json::Value, parsed: &mut Parsed) {
    match Doc::deserialize(value) {
        Ok(doc) => convert(name, doc, parsed),
        Err(e) => parsed.problems.push(Problem::new(name, format!("no OSV record: {e}"))),
    }
}

fn convert(name: &str, doc: Doc<'_>, parsed: &mut Parsed) {
    let id = doc.id.0.trim();
    if id.is_empty() {
        parsed.problems.push(Problem::new(name, "an OSV record without id"));
        return;
    }
    let mut time = |text: &Text<'_>| match text.0.trim() {
        "" => None,
        t => match t.parse::<Timestamp>() {
            Ok(t) => (TIME_MIN <= t).then_some(t),
            Err(e) => {
                parsed.problems.push(Problem::new(name, e.to_string()));
                None
            }
        },
    };
    let (modified, published) = (time(&doc.modified), time(&doc.published));
    let own = |list: Vec<Text<'_>>| -> Vec<String> {
        list.into_iter().map(|t| t.0.trim().to_owned()).filter(|t| !t.is_empty() && t != id).collect()
    };
    let mut related = own(doc.upstream);
    // What a record is merely related to matters only where it stands for the vulnerabilities themselves.
    let distribution = ecosystem::is_distribution_advisory(id);
    if distribution {
        related.extend(own(doc.related));
    }
    let mut ratings = ratings(&doc.severity, &doc.database_specific);
    if ratings.is_empty() {
        ratings.extend(first_word(id, &doc.summary.0));
    }
    let affected = doc.affected.into_iter().filter_map(affected).collect();
    parsed.records.push(Record {
        id: id.to_owned(),
        aliases: own(doc.aliases),
        related,
        modified,
        published,
        primary: false,
        withdrawn: doc.withdrawn.0.is_some_and(|w| !w.trim().is_empty())
            || taken_back(&doc.summary.0, &doc.details.0),
        streams: if distribution { ecosystem::module_streams(&doc.summary.0) } else { Vec::new() },
        summary: summary(&doc.summary.0, &doc.details.0),
        urls: urls(doc.references),
        ratings,
        affected,
    });
}

fn ratings(scores: &[Score<'_>], specific: &Specific<'_>) -> Vec<Rating> {
    let mut out: Vec<Rating> = Vec::new();
    for score in scores {
        let text = score.score.0.trim();
        match &*score.kind.0 {
            _ if text.is_empty() => {}
            "CVSS_V2" | "CVSS_V3" | "CVSS_V4" => out.push(Rating::Cvss(text.to_owned())),
            _ => out.push(Rating::Word(text.to_owned())),
        }
    }
    if let Some(word) = specific.severity.0.as_deref().filter(|w| w.parse::<Severity>().is_ok()) {
        out.push(Rating::Word(word.to_owned()));
    }
    out
}

/// Some copies of GitHub's advisories lack the field and say it in words alone: `### Duplicate Advisory`, `# Withdrawn`,
/// `This advisory has been withdrawn because …`; a CVE record says `Rejected reason: …`.
fn taken_back(summary: &str, details: &str) -> bool {
    let begins = |text: &str, words: &[&str]| {
        let text = text.trim_start_matches(['#', '*', '(', ' ', '\n', '\r', '\t']);
        words.iter().any(|w| text.get(..w.len()).is_some_and(|head| head.eq_ignore_ascii_case(w)))
    };
    let withdrawn = ["withdrawn", "duplicate advisory"];
    let rejected = [
        "rejected reason:",
        "reject **",
        "this report has been withdrawn",
        "this advisory has been withdrawn",
    ];
    let mut lines = details.lines().take(TAKEN_BACK_LINES_MAX);
    begins(summary, &withdrawn)
        || begins(details, &withdrawn)
        || begins(details, &rejected)
        || lines.any(|line| begins(line, &["this advisory has been withdrawn"]))
}

/// AlmaLinux and Rocky write `Important: curl security update`.
fn first_word(id: &str, summary: &str) -> Option<Rating> {
    let (word, _) = summary.split_once(": ")?;
    let rated = ecosystem::is_distribution_advisory(id) && word.parse::<Severity>().is_ok();
    rated.then(|| Rating::Word(word.to_owned()))
}

/// The summary, else the first sentence of the details.
pub(crate) fn summary(summary: &str, details: &str) -> String {
    let text = if summary.trim().is_empty() { first_sentence(details) } else { summary };
    let mut out = String::with_capacity(text.len().min(SUMMARY_CHARS_MAX));
    for (n, c) in text.split_whitespace().flat_map(|w| w.chars().chain([' '])).enumerate() {
        if n == SUMMARY_CHARS_MAX {
            out.push('…');
            return out;
        }
        out.push(c);
    }
    out.truncate(out.trim_end().len());
    out
}

/// Up to the first full stop before a capital letter, after a heading of Markdown if there is one.
fn first_sentence(details: &str) -> &str {
    let line = details
        .lines()
        .map(str::trim)
        .find(|l| !l.is_empty() && !l.starts_with(['#', '-', '=']))
        .unwrap_or("");
    let mut rest = line;
    let mut length = 0;
    while let Some(at) = rest.find(". ") {
        length += at + 2;
        rest = line.get(length..).unwrap_or("");
        if rest.starts_with(|c: char| c.is_uppercase()) && 40 <= length {
            return line.get(..length - 1).unwrap_or(line);
        }
    }
    line
}

fn urls(references: Vec<Reference<'_>>) -> Vec<String> {
    let rank = |kind: &str| match kind {
        "ADVISORY" => 0,
        "FIX" => 1,
        "REPORT" => 2,
        "ARTICLE" => 3,
        "WEB" => 4,
        "PACKAGE" => 6,
        _ => 5,
    };
    let mut ranked: Vec<(u8, Cow<'_, str>)> = references
        .into_iter()
        .filter_map(|r| Some((rank(r.kind.0.as_deref().unwrap_or("")), r.url.0?)))
        .filter(|(_, url)| url.starts_with("https://") || url.starts_with("http://"))
        .collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.truncate(URLS_MAX);
    ranked.into_iter().map(|(_, url)| url.into_owned()).collect()
}

fn affected(doc: DocAffected<'_>) -> Option<Affected> {
    let package = doc.package?;
    let ecosystem = package.ecosystem.0.trim();
    let name = ecosystem::key_name(ecosystem, package.name.0.trim());
    let ranges: Vec<Vec<(Kind, &str)>> = doc
        .ranges
        .iter()
        .filter(|r| &*r.kind.0 != "GIT")
        .map(|r| r.events.iter().flat_map(events).collect::<Vec<_>>())
        .filter(|events| !events.is_empty())
        .collect();
    let scheme = version::Scheme::from_ecosystem(ecosystem);
    let versions: Vec<String> = doc
        .versions
        .iter()
        .filter(|v| !scheme.is_some_and(|s| ranges.iter().any(|r| covers(s, r, &v.0))))
        .map(|v| v.0.trim().to_owned())
        .collect();
    if ecosystem.is_empty()
        || name.is_empty()
        || ecosystem.contains('\0')
        || (ranges.is_empty() && versions.is_empty())
    {
        return None;
    }
    let owned = |events: Vec<(Kind, &str)>| Range {
        events: events.into_iter().map(|(kind, v)| Event { kind, version: v.to_owned() }).collect(),
    };
    let urgency = doc.ecosystem_specific.urgency.0.as_deref().or(doc.database_specific.urgency.0.as_deref());
    let urgency =
        urgency.map(|u| u.trim_matches(['*', ' '])).filter(|u| !matches!(*u, "" | "not yet assigned"));
    let mut own_ratings = ratings(&doc.severity, &doc.ecosystem_specific);
    own_ratings.extend(ratings(&[], &doc.database_specific));
    Some(Affected {
        ecosystem: ecosystem.to_owned(),
        ranges: ranges.into_iter().map(owned).collect(),
        versions,
        urgency: urgency.map(str::to_owned),
        ratings: own_ratings,
        name,
        statement: None,
        stream: None,
        primary: false,
    })
}

fn events<'e>(event: &'e DocEvent<'_>) -> impl Iterator<Item = (Kind, &'e str)> {
    [
        (Kind::Introduced, &event.introduced),
        (Kind::Fixed, &event.fixed),
        (Kind::LastAffected, &event.last_affected),
        (Kind::Limit, &event.limit),
    ]
    .into_iter()
    .filter_map(|(kind, text)| Some((kind, text.as_ref()?.0.trim())))
}
