//! From an answer to a judgement: one fault for each vulnerability, whatever number of ecosystems and advisories say
//! so.

use std::borrow::Cow;
use std::collections::BTreeSet;

use api::Because;
use eval::{Fault, Judgement};
use model::Severity;

use crate::answer::Denied;
use crate::claim::joined;
use crate::fix::{fix, removal};
use crate::hit::Hit;
use crate::subject::Subject;

/// Judges a package by the hits that `wanted` likes.
pub(crate) fn judgement(subject: &Subject, wanted: fn(&Hit) -> bool) -> Judgement {
    if subject.owned && subject.claims.is_empty() {
        return Judgement::not_applicable();
    }
    let mut out = Judgement::clean();
    let denied: BTreeSet<&str> = denied(subject).map(|d| d.vulnerability.as_str()).collect();
    let stands = |h: &&Cow<'_, Hit>| h.primary || !denied.contains(h.vulnerability.id.as_str());
    out.faults = joined(subject, wanted).iter().filter(stands).map(|hit| fault(subject, hit)).collect();
    out.doubts.extend(subject.unasked.iter().cloned());
    out.doubts.extend(subject.answers.iter().flat_map(|a| &a.doubts).cloned());
    out
}

/// What the distribution's own feed denies of a package.
fn denied(subject: &Subject) -> impl Iterator<Item = &Denied> {
    subject.answers.iter().flat_map(|a| &a.denied)
}

fn all_hits(subject: &Subject) -> impl Iterator<Item = &Hit> {
    subject.answers.iter().flat_map(|a| &a.hits).chain(&subject.claims)
}

/// What is no finding because the distribution's own feed denies it, where another source affirms it.
pub(crate) fn overruled(subject: &Subject) -> Vec<String> {
    let mut out = Vec::new();
    for d in denied(subject) {
        let mut hits = all_hits(subject).filter(|h| h.vulnerability.id == d.vulnerability);
        let against = match (d.against.as_str(), hits.next()) {
            ("", None) => continue,
            (_, Some(hit)) if hit.primary => continue,
            ("", Some(hit)) => hit.advisory.as_str(),
            (advisory, _) => advisory,
        };
        out.push(format!(
            "{} is no finding in {}: {} ({}), though {against} names it",
            d.vulnerability, d.package, d.what, d.by
        ));
    }
    out
}

fn fault(subject: &Subject, hit: &Hit) -> Fault {
    let vulnerability = &hit.vulnerability;
    let fix = match hit.malicious {
        true => Some(removal(subject)),
        false => fix(subject, vulnerability.fixed.first().map(String::as_str)),
    };
    let what = format!("{} {}", subject.name, subject.version);
    let title = match hit.malicious {
        true => format!("{what} is malicious ({})", vulnerability.id),
        false => format!("{} in {what}", vulnerability.id),
    };
    Fault {
        severity: Some(if hit.malicious { Severity::Critical } else { hit.severity }),
        title: Some(title),
        message: message(&what, subject.direct, hit, fix.as_ref().and_then(|f| f.command.as_deref())),
        place: subject.place.clone(),
        key: format!("{}:{}", subject.kind, subject.name),
        packages: vec![subject.id.clone()],
        vulnerability: Some(vulnerability.clone()),
        because: because(subject, hit),
        fix,
    }
}

fn message(what: &str, direct: Option<bool>, hit: &Hit, command: Option<&str>) -> String {
    let vulnerability = &hit.vulnerability;
    let summary =
        vulnerability.summary.as_deref().map_or(String::new(), |s| format!(": {}", s.trim_end_matches('.')));
    if hit.malicious {
        let clean =
            vulnerability.fixed.first().map_or(String::new(), |v| format!("; {v} is said to be clean"));
        let brought = if direct == Some(false) { " with what brings it" } else { "" };
        return format!(
            "{what} was published to do harm ({}){summary}. Remove it{brought}{clean}, and treat every machine that \
             installed it and every secret it could read as compromised",
            vulnerability.id
        );
    }
    let with = hit.only_with.map_or(String::new(), |w| format!(", which only {w} has"));
    let remedy = match (vulnerability.fixed.first(), command) {
        (Some(version), Some(command)) => format!("Fixed in {version}{with}: run `{command}`"),
        (Some(version), None) => format!("Fixed in {version}{with}"),
        (None, _) => match &hit.unfixed {
            Some(said) => format!("No version fixes it: {said}"),
            None => "No fixed version is known yet".to_owned(),
        },
    };
    format!("{what} is affected by {}{summary}. {remedy}", vulnerability.id)
}

fn because(subject: &Subject, hit: &Hit) -> Vec<Because> {
    let mut out = installed(subject);
    out.extend(hit.because.iter().cloned());
    out
}

/// File, layer, instruction, source package.
pub(crate) fn installed(subject: &Subject) -> Vec<Because> {
    let place = &subject.place;
    let from = if place.path.is_empty() { subject.found_by.as_str() } else { place.path.as_str() };
    let by = if subject.found_by.is_empty() { String::new() } else { format!(" ({})", subject.found_by) };
    let mut out = vec![Because::new(format!("{} {} is installed{by}", subject.name, subject.version), from)];
    if let Some(layer) = &place.layer {
        let how = place.instruction.as_deref().map_or(String::new(), |i| format!(" by `{i}`"));
        out.push(Because::new(format!("it was brought{how}"), layer.clone()));
    }
    if let Some(source) = subject.source.as_ref().filter(|s| s.name != subject.name) {
        out.push(Because::new(format!("it was built from {} {}", source.name, source.version), from));
    }
    out
}
