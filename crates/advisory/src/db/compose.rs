//! Everything that advisories say of one vulnerability, brought together: the best summary, every score, the severity
//! and who says it.

use std::collections::BTreeMap;

use crate::db::detail::{Cvss, Detail, Severity};
use crate::ecosystem::{embedded_cve, is_distribution_advisory};
use crate::feed::Problem;
use crate::rating;
use crate::record::{Rating, Record};

/// Links kept of one vulnerability.
const URLS_MAX: usize = 8;

/// Scores kept of one vulnerability.
const CVSS_MAX: usize = 8;

/// Brings together what `records` say. The records that are about this vulnerability alone come first in everything.
pub(crate) fn compose(
    id: &str,
    aliases: impl Iterator<Item = String>,
    records: &[&Record],
    problems: &mut BTreeMap<String, Problem>,
) -> Detail {
    let mut ranked: Vec<(usize, &Record)> = records.iter().map(|r| (rank(&r.id), *r)).collect();
    ranked.sort_by_key(|(rank, r)| (*rank, r.id.as_str()));
    let own = || ranked.iter().filter(|(rank, _)| *rank < DISTRIBUTION).map(|(_, r)| *r);
    let all = || ranked.iter().map(|(_, r)| *r);
    let mut cvss: Vec<Cvss> = own().flat_map(|r| scores(r, problems)).collect();
    // The newest version first; within one, the order of the records.
    cvss.sort_by(|a, b| b.version.cmp(&a.version));
    cvss.dedup_by(|b, a| (&a.version, &a.vector) == (&b.version, &b.vector));
    cvss.truncate(CVSS_MAX);
    let summary = ranked.iter().map(|(_, r)| r.summary.as_str()).find(|s| !s.is_empty());
    let mut urls: Vec<String> = Vec::new();
    // Links of announcements belong to them, and are shown with the one that decided.
    for url in own().flat_map(|r| &r.urls) {
        if urls.len() < URLS_MAX && !urls.contains(url) {
            urls.push(url.clone());
        }
    }
    let mut aliases: Vec<String> = aliases.collect();
    aliases.sort_unstable();
    aliases.dedup();
    Detail {
        severity: cvss.first().map(by_score).or_else(|| own().find_map(by_word)),
        id: id.to_owned(),
        aliases,
        summary: summary.map(str::to_owned),
        cvss,
        epss: None,
        kev: None,
        // Where nobody describes it alone, the first announcement is the first that is known of it.
        published: own()
            .filter_map(|r| r.published)
            .min()
            .or_else(|| all().filter_map(|r| r.published).min()),
        modified: own().filter_map(|r| r.modified).max().or_else(|| all().filter_map(|r| r.modified).max()),
        urls,
    }
}

/// Where the advisories of distributions begin among the ranks.
const DISTRIBUTION: usize = 100;

/// Who is heard first: reviewed advisories with a summary of their own, then the CVE record, then the others.
fn rank(id: &str) -> usize {
    let order = ["GHSA-", "GO-", "RUSTSEC-", "PYSEC-", "MAL-", "CVE-"];
    match order.iter().position(|p| id.starts_with(p)) {
        Some(at) => at,
        None if embedded_cve(id).is_some() => order.len() + 1,
        None if is_distribution_advisory(id) => DISTRIBUTION,
        None => order.len(),
    }
}

fn scores(record: &Record, problems: &mut BTreeMap<String, Problem>) -> Vec<Cvss> {
    let mut out = Vec::new();
    for rating in &record.ratings {
        let Rating::Cvss(vector) = rating else { continue };
        match rating::score(vector) {
            Ok((version, score)) => out.push(Cvss {
                version: version.to_owned(),
                vector: vector.clone(),
                score,
                source: record.id.clone(),
            }),
            Err(why) => {
                let reason =
                    format!("`{}` is no CVSS vector: {why}", vector.chars().take(120).collect::<String>());
                problems.insert(record.id.clone(), Problem::new(record.id.clone(), reason));
            }
        }
    }
    out
}

pub(crate) fn by_score(cvss: &Cvss) -> Severity {
    Severity {
        severity: model::Severity::from_cvss(cvss.score),
        how: format!("CVSS {} score {:.1}", cvss.version, cvss.score),
        source: cvss.source.clone(),
    }
}

fn by_word(record: &Record) -> Option<Severity> {
    record.ratings.iter().find_map(|rating| match rating {
        Rating::Word(word) => word_severity(word, &record.id),
        Rating::Cvss(_) => None,
    })
}

fn word_severity(word: &str, source: &str) -> Option<Severity> {
    let severity: model::Severity = word.parse().ok()?;
    Some(Severity { severity, how: format!("rated {word}"), source: source.to_owned() })
}

/// The severity that a rating of an entry states: a vector or a word.
pub(crate) fn of_text(text: &str, source: &str) -> Option<Severity> {
    match rating::score(text) {
        Ok((version, score)) => Some(by_score(&Cvss {
            version: version.to_owned(),
            vector: text.to_owned(),
            score,
            source: source.to_owned(),
        })),
        Err(_) => word_severity(text, source),
    }
}
