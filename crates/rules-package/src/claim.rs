//! What other scanners say of a package, joined with what our own advisories say: one vulnerability, one hit, under
//! whichever of its ids each names it.

use std::borrow::Cow;
use std::sync::Arc;

use api::Vulnerability;
use model::Severity;

use crate::hit::Hit;
use crate::subject::Subject;

/// Every hit of the subject that `wanted` likes, each vulnerability once: our own with what others say beside it, then
/// what others alone say.
pub(crate) fn joined<'s>(subject: &'s Subject, wanted: fn(&Hit) -> bool) -> Vec<Cow<'s, Hit>> {
    let mut out: Vec<Cow<'s, Hit>> = Vec::new();
    for hit in subject.answers.iter().flat_map(|a| &a.hits).filter(|h| wanted(h)) {
        if !out.iter().any(|h| h.vulnerability.id == hit.vulnerability.id) {
            out.push(Cow::Borrowed(hit));
        }
    }
    for claim in subject.claims.iter().filter(|c| wanted(c)) {
        match out.iter_mut().find(|h| is_same(&h.vulnerability, &claim.vulnerability)) {
            Some(known) => join(known.to_mut(), claim),
            None => out.push(Cow::Borrowed(claim)),
        }
    }
    out.sort_by(|a, b| a.vulnerability.id.cmp(&b.vulnerability.id));
    out
}

fn is_same(a: &Vulnerability, b: &Vulnerability) -> bool {
    let names = |v: &Vulnerability, id: &String| v.id == *id || v.aliases.contains(id);
    names(a, &b.id) || b.aliases.iter().any(|id| names(a, id))
}

/// Keeps what is known and adds what was not; a severity that we know stays, and every tool's own is in the argument.
fn join(known: &mut Hit, claim: &Hit) {
    if known.severity == Severity::Unknown {
        known.severity = claim.severity;
    }
    known.because.extend(claim.because.iter().cloned());
    let vulnerability = Arc::make_mut(&mut known.vulnerability);
    let theirs = &claim.vulnerability;
    for id in theirs.aliases.iter().chain([&theirs.id]) {
        if *id != vulnerability.id && !vulnerability.aliases.contains(id) {
            vulnerability.aliases.push(id.clone());
        }
    }
    vulnerability.aliases.sort();
    for score in &theirs.cvss {
        if !vulnerability.cvss.iter().any(|c| c.vector == score.vector && c.source == score.source) {
            vulnerability.cvss.push(score.clone());
        }
    }
    if vulnerability.fixed.is_empty() {
        vulnerability.fixed.clone_from(&theirs.fixed);
    }
    vulnerability.summary = vulnerability.summary.take().or_else(|| theirs.summary.clone());
    vulnerability.kev = vulnerability.kev.take().or_else(|| theirs.kev.clone());
    vulnerability.epss = vulnerability.epss.or(theirs.epss);
    vulnerability.published = vulnerability.published.or(theirs.published);
    vulnerability.modified = vulnerability.modified.or(theirs.modified);
    for url in &theirs.urls {
        if !vulnerability.urls.contains(url) {
            vulnerability.urls.push(url.clone());
        }
    }
}
