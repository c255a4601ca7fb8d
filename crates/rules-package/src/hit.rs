//! A vulnerability that affects a package, with the argument for it.

use std::cmp::Ordering;
use std::sync::Arc;

use advisory::db::{Advisory, Database, DbError, Detail, Entry, Info, VulnId};
use advisory::range::{End, Interval};
use api::{Because, Vulnerability};
use model::Severity;
use version::Scheme;

use crate::ecosystem::Question;

/// Advisories named one by one in an argument.
const ADVISORIES_MAX: usize = 5;

/// A vulnerability that affects a package.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The vulnerability.
    pub vulnerability: Arc<Vulnerability>,
    /// Its severity for this package.
    pub severity: Severity,
    /// True if the package itself is the malice.
    pub malicious: bool,
    /// The advisories, where the severity came from, EPSS, KEV.
    pub because: Vec<Because>,
    /// Id of the advisory that decided.
    pub advisory: String,
    /// What the publisher says of a fix that there is none of: `Debian will not fix it: minor issue`.
    pub unfixed: Option<String>,
    /// What the fixed version is to be had with alone: a subscription, by name.
    pub only_with: Option<&'static str>,
    /// True if the distribution's own feed says so.
    pub primary: bool,
}

/// An advisory's word, after it was compared with the installed version.
#[derive(Debug, Clone)]
pub(crate) struct Word<'d> {
    pub(crate) entry: Entry<'d>,
    pub(crate) advisory: Arc<Advisory<'d>>,
    /// The stretch that holds the version; `None` if the version is listed by itself.
    pub(crate) interval: Option<Interval<'d>>,
}

/// Puts together what `words`, all of them affirmative and about `id`, say.
pub(crate) fn hit(
    database: &Database,
    question: &Question,
    scheme: Option<Scheme>,
    id: VulnId,
    words: &[&Word<'_>],
) -> Result<Hit, DbError> {
    let detail = database.detail(id)?;
    let fixed = fixed(scheme, &question.version, words);
    let range = united_range(scheme, &question.version, words);
    let (severity, said, by) = severity(&question.ecosystem, &detail, words);
    let mut because: Vec<Because> = words
        .iter()
        .take(ADVISORIES_MAX)
        .map(|w| {
            let what = format!(
                "{} of {} is affected: {}",
                question.name,
                question.ecosystem,
                self::range(w, &question.version)
            );
            Because::new(what, w.advisory.id)
        })
        .collect();
    if let Some(more) = words.len().checked_sub(ADVISORIES_MAX).filter(|n| *n != 0) {
        because
            .push(Because::new(format!("{more} more advisories say the same"), question.ecosystem.clone()));
    }
    let decided = words.first().map_or("", |w| w.advisory.id);
    because.push(match fixed.first() {
        Some(version) => {
            Because::new(format!("fixed in {version}"), fixer(words, version).unwrap_or(decided))
        }
        None => Because::new("no version that fixes it is known", decided),
    });
    let only_with = question.ecosystem.starts_with("Ubuntu:Pro:").then_some("Ubuntu Pro");
    let plan = plan(&question.ecosystem, words);
    because.extend(plan.clone().map(|(what, by)| Because::new(what, by)));
    let unfixed = plan.map(|(what, _)| what).filter(|_| fixed.is_empty());
    because.push(Because::new(said, by));
    because.extend(exploitation(&detail, database.info()));
    let mut urls = detail.urls;
    for url in words.iter().filter_map(|w| w.advisory.url) {
        if !urls.iter().any(|u| u == url) {
            urls.push(url.to_owned());
        }
    }
    Ok(Hit {
        severity,
        malicious: detail.id.starts_with("MAL-") || detail.aliases.iter().any(|a| a.starts_with("MAL-")),
        because,
        advisory: decided.to_owned(),
        unfixed,
        only_with,
        primary: words.iter().any(|w| w.entry.primary),
        vulnerability: Arc::new(Vulnerability {
            id: detail.id,
            aliases: detail.aliases,
            summary: detail.summary,
            cvss: detail.cvss.into_iter().map(cvss).collect(),
            epss: detail.epss.map(|(score, percentile)| api::Epss { score, percentile }),
            kev: detail.kev.map(|k| api::Kev { added: k.added, due: k.due, ransomware: k.ransomware }),
            published: detail.published,
            modified: detail.modified,
            range,
            fixed,
            urls,
        }),
    })
}

/// What the publisher says it will do, and where.
fn plan<'d>(ecosystem: &str, words: &[&Word<'d>]) -> Option<(String, &'d str)> {
    words.iter().find_map(|w| {
        let (stance, reason) = w.entry.statement?;
        let said = format!("{} {}", advisory::ecosystem::base(ecosystem), stance.words());
        let said = if reason.is_empty() { said } else { format!("{said}: {reason}") };
        Some((said, w.advisory.id))
    })
}

fn cvss(c: advisory::db::Cvss) -> api::Cvss {
    api::Cvss { version: c.version, vector: c.vector, score: c.score, source: c.source }
}

/// The severity, how it is said, and who says it. A distribution that calls a vulnerability unimportant knows how its
/// own package was built, which no score does; then the package's own rating, the vulnerability's, the advisory's.
fn severity(ecosystem: &str, detail: &Detail, words: &[&Word<'_>]) -> (Severity, String, String) {
    let own = |urgency: &str| {
        let word = words.iter().find(|w| w.entry.urgency == Some(urgency))?;
        Some(word.advisory.id)
    };
    if let Some(source) = own("unimportant") {
        let scored = detail
            .cvss
            .first()
            .map_or(String::new(), |c| format!("; CVSS {} alone gives {:.1}", c.version, c.score));
        let distribution = advisory::ecosystem::base(ecosystem);
        let said = format!("severity info: {distribution} calls it unimportant for its package{scored}");
        return (Severity::Info, said, source.to_owned());
    }
    let stated = words
        .iter()
        .find_map(|w| w.entry.severity(w.advisory.id))
        .or_else(|| detail.severity.clone())
        .or_else(|| words.iter().find_map(|w| w.advisory.severity()));
    if let Some(stated) = stated {
        return (stated.severity, format!("severity {}: {}", stated.severity, stated.how), stated.source);
    }
    let urgency =
        words.iter().find_map(|w| Some((w.entry.urgency?.parse::<Severity>().ok()?, w.advisory.id)));
    match urgency {
        Some((severity, source)) => {
            let distribution = advisory::ecosystem::base(ecosystem);
            (severity, format!("severity {severity}: urgency that {distribution} states"), source.to_owned())
        }
        None => {
            let source = words.first().map_or("", |w| w.advisory.id).to_owned();
            (Severity::Unknown, "severity unknown: no advisory at hand rates it".to_owned(), source)
        }
    }
}

fn exploitation(detail: &Detail, info: &Info) -> Vec<Because> {
    let mut out = Vec::new();
    let day = |name: &str| {
        info.sources.iter().find(|s| s.name == name).map(|s| s.snapshot.date()).unwrap_or_default()
    };
    if let Some((score, percentile)) = detail.epss {
        let what = format!(
            "exploitation within 30 days is estimated at {:.2} %, more than for {:.0} % of all vulnerabilities",
            score * 100.0,
            percentile * 100.0
        );
        out.push(Because::new(what, format!("EPSS {}", day("epss")).trim_end()));
    }
    if let Some(kev) = &detail.kev {
        let ransomware = if kev.ransomware { ", used by ransomware" } else { "" };
        let what = format!("known to be exploited since {}{ransomware}", kev.added);
        out.push(Because::new(what, format!("CISA KEV {}", day("kev")).trim_end()));
    }
    out
}

/// Fixed versions: first the one that ends the stretch that the installed version lies in (the highest, where
/// advisories differ), then those of later branches.
fn fixed(scheme: Option<Scheme>, installed: &str, words: &[&Word<'_>]) -> Vec<String> {
    let order =
        |a: &str, b: &str| scheme.and_then(|s| version::compare(s, a, b).ok()).unwrap_or_else(|| a.cmp(b));
    let mut here: Vec<&str> = words
        .iter()
        .filter_map(|w| match w.interval?.end {
            End::Fixed(v) => Some(v),
            _ => None,
        })
        .collect();
    here.sort_unstable_by(|a, b| order(b, a));
    let events = words.iter().flat_map(|w| w.entry.ranges.iter().flatten());
    let mut later: Vec<&str> = events
        .filter(|(kind, v)| *kind == advisory::Kind::Fixed && order(v, installed) == Ordering::Greater)
        .map(|(_, v)| *v)
        .collect();
    later.sort_unstable_by(|a, b| order(a, b));
    // What ends a shorter stretch than the installed version lies in fixes nothing here.
    let first = here.first().copied();
    later.retain(|v| first.is_none_or(|first| order(first, v) != Ordering::Greater));
    let mut out: Vec<String> = Vec::new();
    for version in here.into_iter().take(1).chain(later) {
        if !out.iter().any(|v| v == version) {
            out.push(version.to_owned());
        }
    }
    out
}

fn fixer<'d>(words: &[&Word<'d>], version: &str) -> Option<&'d str> {
    let fixes = |w: &&&Word<'_>| w.entry.ranges.iter().flatten().any(|(_, v)| *v == version);
    words.iter().find(fixes).map(|w| w.advisory.id)
}

/// What advisories say together: all their stretches hold the installed version, so that the lowest beginning and the
/// highest end are one stretch. Where versions cannot be ordered, each stands for itself.
fn united_range(scheme: Option<Scheme>, installed: &str, words: &[&Word<'_>]) -> String {
    let mut intervals = words.iter().filter_map(|w| w.interval);
    let Some(first) = intervals.next() else { return format!("= {installed}") };
    match scheme.and_then(|s| intervals.try_fold(first, |sum, i| united(s, sum, i))) {
        Some(whole) => in_words(&whole),
        None => {
            let mut ranges: Vec<String> = words.iter().map(|w| range(w, installed)).collect();
            ranges.sort_unstable();
            ranges.dedup();
            ranges.join(" or ")
        }
    }
}

/// Two stretches that overlap as one; `None` if their ends cannot be ordered.
fn united<'v>(scheme: Scheme, a: Interval<'v>, b: Interval<'v>) -> Option<Interval<'v>> {
    let order = |x: &str, y: &str| version::compare(scheme, x, y).ok();
    let from = match (a.from, b.from) {
        (Some(x), Some(y)) => Some(if order(x, y)? == Ordering::Greater { y } else { x }),
        _ => None,
    };
    let version = |end: End<'v>| match end {
        End::Fixed(v) | End::Limit(v) => Some((v, false)),
        End::Last(v) => Some((v, true)),
        End::Open => None,
    };
    let end = match (version(a.end), version(b.end)) {
        (Some((x, x_in)), Some((y, y_in))) => match order(x, y)? {
            Ordering::Less => b.end,
            Ordering::Greater => a.end,
            Ordering::Equal if y_in && !x_in => b.end,
            Ordering::Equal => a.end,
        },
        _ => End::Open,
    };
    Some(Interval { from, end })
}

/// The stretch in words: `>= 1.0, < 1.2.3`.
fn range(word: &Word<'_>, installed: &str) -> String {
    word.interval.as_ref().map_or_else(|| format!("= {installed}"), in_words)
}

fn in_words(interval: &Interval<'_>) -> String {
    let from = interval.from.map(|v| format!(">= {v}"));
    let to = match interval.end {
        End::Fixed(v) | End::Limit(v) => Some(format!("< {v}")),
        End::Last(v) => Some(format!("<= {v}")),
        End::Open => None,
    };
    match (from, to) {
        (Some(from), Some(to)) => format!("{from}, {to}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => "every version".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(stretches: &[(Option<&'static str>, End<'static>)]) -> Option<String> {
        let mut all = stretches.iter().map(|(from, end)| Interval { from: *from, end: *end });
        let first = all.next()?;
        all.try_fold(first, |sum, i| united(Scheme::Semver, sum, i)).map(|i| in_words(&i))
    }

    #[test]
    fn stretches_that_overlap_are_told_as_one() {
        let one = |stretches: &[_]| whole(stretches).unwrap_or_default();
        assert_eq!(one(&[(Some("0.7.0"), End::Open), (Some("0.7.0"), End::Last("2.11.1"))]), ">= 0.7.0");
        assert_eq!(one(&[(Some("1.0.0"), End::Fixed("1.2.0")), (None, End::Fixed("1.1.0"))]), "< 1.2.0");
        assert_eq!(
            one(&[(Some("1.0.0"), End::Fixed("1.2.0")), (Some("1.1.0"), End::Last("1.2.0"))]),
            ">= 1.0.0, <= 1.2.0"
        );
        assert_eq!(whole(&[(Some("one"), End::Open), (Some("two"), End::Open)]), None);
    }
}
