//! What the author of a file accepts in the file itself: a comment or an annotation, in the words
//! `RULE[,RULE] reason="…" [owner="…"] [since=2026-01-31] [until=2027-01-31]`.

use api::Finding;
use model::Place;

use super::ignore::{IgnoreEntry, date};

/// The word that a comment begins with.
pub const INLINE_COMMENT: &str = "plimsoll:ignore";

/// The annotation, one acceptance a line.
pub const INLINE_ANNOTATION: &str = "plimsoll.dev/ignore";

/// Rules that one acceptance may name.
pub const INLINE_RULES_MAX: usize = 50;

/// An acceptance that stands in a file, or on an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Inline {
    /// Target of the findings.
    pub target: String,
    /// File, line and what it is: `deploy/web.yaml:12 (comment)`.
    pub by: String,
    /// What is accepted; rules in `ids`.
    pub entry: IgnoreEntry,
    /// Which findings of its rules it covers.
    pub scope: Scope,
    /// Copied onto the object by what made it, so that covering nothing there is no slip.
    pub is_copy: bool,
}

/// Where the findings of an acceptance stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// In a file, between two lines, both included.
    Lines {
        /// Path of the file.
        path: String,
        /// First line.
        first: u32,
        /// Last line.
        last: u32,
    },
    /// On an object.
    Object {
        /// The file that it stands in, and the object.
        place: Box<Place>,
        /// What its fields begin with, `spec.template.`; empty for the whole object.
        under: String,
    },
}

impl Scope {
    /// Whether a finding at `place` is covered.
    pub(super) fn covers(&self, place: &Place) -> bool {
        match self {
            Self::Lines { path, first, last } => {
                place.path == *path && place.line.is_some_and(|line| (*first..=*last).contains(&line))
            }
            Self::Object { place: own, under } => match (&place.object, &own.object) {
                (Some(found), Some(object)) => {
                    let of = |o: &model::ObjectRef| (o.kind.clone(), o.namespace.clone(), o.name.clone());
                    let field = found.field.as_deref().unwrap_or("");
                    place.path == own.path
                        && of(found) == of(object)
                        && found.api_version == object.api_version
                        && field.starts_with(under.as_str())
                }
                _ => false,
            },
        }
    }

    /// A line that a finding is about and that is not covered: one finding may name several fields.
    pub(super) fn leaves_out(&self, finding: &Finding) -> Option<u32> {
        let Self::Lines { path, first, last } = self else { return None };
        let line = |from: &str| {
            let rest = from.strip_prefix(path.as_str())?.strip_prefix(':')?;
            rest.split(':').next()?.parse::<u32>().ok()
        };
        let mut lines = finding.because.iter().filter_map(|b| line(&b.from));
        lines.find(|line| !(*first..=*last).contains(line))
    }

    /// Path of the file.
    pub(super) fn path(&self) -> &str {
        match self {
            Self::Lines { path, .. } => path,
            Self::Object { place, .. } => &place.path,
        }
    }
}

/// Reads the words of an acceptance.
///
/// # Errors
/// What is wrong with them: it is then not applied, since a slip must not ignore more or less than was meant.
pub fn parse_inline(text: &str) -> Result<IgnoreEntry, String> {
    let mut entry = IgnoreEntry::default();
    let mut rest = text.trim();
    let (mut since, mut until, mut reason) = (None, None, None);
    while !rest.is_empty() {
        let end = rest.find(|c: char| c.is_whitespace() || c == ',').unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or(rest);
        let Some((key, _)) = word.split_once('=') else {
            if reason.is_some() || entry.owner.is_some() || since.is_some() || until.is_some() {
                return Err(format!("`{word}` stands behind the words that explain; put a reason in quotes"));
            }
            if !word.is_empty() {
                entry.ids.push(word.to_owned());
            }
            rest = rest.get(end..).unwrap_or("").trim_start_matches([',', ' ', '\t']);
            continue;
        };
        let (value, behind) = value(rest.get(key.len() + 1..).unwrap_or(""))?;
        rest = behind.trim_start();
        let slot = match key {
            "reason" => &mut reason,
            "owner" => &mut entry.owner,
            "since" | "from" => &mut since,
            "until" | "expires" => &mut until,
            _ => return Err(format!("`{key}` is none of `reason`, `owner`, `since`, `until`")),
        };
        if slot.replace(value.trim().to_owned()).is_some() {
            return Err(format!("`{key}` stands twice"));
        }
    }
    if entry.ids.is_empty() {
        return Err("it names no rule".to_owned());
    }
    if INLINE_RULES_MAX < entry.ids.len() {
        return Err(format!("it names more than {INLINE_RULES_MAX} rules"));
    }
    entry.reason = reason.filter(|r| !r.is_empty()).ok_or("it gives no `reason`")?;
    let day = |key: &str, text: Option<String>| text.map(|t| date(key, &toml::Value::String(t))).transpose();
    (entry.since, entry.until) = (day("since", since)?, day("until", until)?);
    match (&entry.since, &entry.until) {
        (Some(since), Some(until)) if until < since => {
            Err(format!("it never holds: `since` {since} is after `until` {until}"))
        }
        _ => Ok(entry),
    }
}

/// A value, in quotes or up to the next blank, and what stands behind it.
fn value(text: &str) -> Result<(&str, &str), String> {
    for quote in ['"', '\''] {
        if let Some(quoted) = text.strip_prefix(quote) {
            return quoted.split_once(quote).ok_or_else(|| format!("a quote `{quote}` has no end"));
        }
    }
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    Ok(text.split_at_checked(end).unwrap_or((text, "")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acceptance_names_rules_a_reason_and_an_end() {
        let text =
            "pod-host-path, pod-privileged reason=\"reads = logs\" owner='the nodes' team until=2027-01-31";
        assert_eq!(
            parse_inline(text).unwrap_err(),
            "`team` stands behind the words that explain; put a reason in quotes"
        );
        let entry = parse_inline(&text.replace("' team", " team'")).unwrap();
        assert_eq!(entry.ids, ["pod-host-path", "pod-privileged"]);
        assert_eq!(
            (entry.reason.as_str(), entry.owner.as_deref(), entry.until.as_deref()),
            ("reads = logs", Some("the nodes team"), Some("2027-01-31"))
        );
    }

    #[test]
    fn what_is_no_acceptance_is_refused_with_the_cause() {
        for (text, words) in [
            ("", "names no rule"),
            ("reason=x", "names no rule"),
            ("pod-host-path", "gives no `reason`"),
            ("pod-host-path reason=\"\"", "gives no `reason`"),
            ("pod-host-path reason=\"x", "has no end"),
            ("a reason=b reason=c", "stands twice"),
            ("a reason=b because=c", "none of"),
            ("a reason=b until=tomorrow", "no day"),
            ("a reason=b since=2027-01-02 until=2027-01-01", "never holds"),
            (&format!("{} reason=b", "a ".repeat(INLINE_RULES_MAX + 1)), "more than"),
        ] {
            let error = parse_inline(text).unwrap_err();
            assert!(error.contains(words), "{text}: {error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "(reason=|until=|[\"' ,=a-z0-9-]|\\PC){0,40}") {
            let _ = parse_inline(&text);
        }
    }
}
