//! Every package judged, and what is one finding united.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use api::{Because, Finding, TargetSource};
use eval::Outcome;
use model::{Doubt, Package};

use crate::age::{Knowledge, Sources};
use crate::answer::{Answers, ask};
use crate::fault::overruled;
use crate::hit::Hit;
use crate::rules::RULES;
use crate::subject::{questions, subjects};

/// What judging a target's packages gives.
#[derive(Debug, Clone, Default)]
pub struct Judged {
    /// Counts, findings, doubts.
    pub outcome: Outcome,
    /// Which ecosystems answered, and of when their advisories are.
    pub sources: Vec<TargetSource>,
    /// What is no finding because the distribution's own feed denies it, where another source affirms it: a line each,
    /// sorted.
    pub overruled: Vec<String>,
}

/// Judges every package of `target`; `ids` are those of the report, one a package. Without a database every package
/// is unknown.
#[must_use]
pub fn judge(
    target: &str,
    packages: &[Package],
    ids: &[String],
    knowledge: Option<&Knowledge<'_>>,
) -> Judged {
    let answer = |k: &Knowledge<'_>| {
        let all = questions(packages, k.database).into_iter();
        all.map(|q| (q.clone(), ask(k.database, &q).map(Arc::new))).collect()
    };
    judge_claimed(
        target,
        packages,
        ids,
        BTreeMap::new(),
        knowledge,
        &knowledge.map(answer).unwrap_or_default(),
    )
}

/// As [`judge`], with what other scanners claim of packages, by index, joined with what the database answers: that to
/// the [`questions`] is at hand already.
#[must_use]
pub fn judge_claimed(
    target: &str,
    packages: &[Package],
    ids: &[String],
    claims: BTreeMap<usize, Vec<Hit>>,
    knowledge: Option<&Knowledge<'_>>,
    answers: &Answers,
) -> Judged {
    let mut sources = Sources::default();
    let mut subjects = subjects(packages, ids, knowledge, answers, &mut sources);
    for (index, claims) in claims {
        if let Some(subject) = subjects.get_mut(index) {
            subject.claims = claims;
        }
    }
    let mut outcome = eval::run(RULES, subjects.iter(), target);
    outcome.findings = united(outcome.findings);
    outcome.doubts = once(outcome.doubts);
    let sources = knowledge.map_or_else(Vec::new, |k| sources.rows(k.database.info(), k.as_of));
    let overruled: BTreeSet<String> = subjects.iter().flat_map(overruled).collect();
    Judged { outcome, sources, overruled: overruled.into_iter().collect() }
}

/// Findings of one id are one: the same package in one place, in several versions or architectures.
fn united(findings: Vec<Finding>) -> Vec<Finding> {
    let mut at: BTreeMap<String, usize> = BTreeMap::new();
    let mut out: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        match at.get(&finding.id).and_then(|n| out.get_mut(*n)) {
            Some(known) => unite(known, finding),
            None => {
                at.insert(finding.id.clone(), out.len());
                out.push(finding);
            }
        }
    }
    out
}

fn unite(known: &mut Finding, other: Finding) {
    for package in other.packages {
        if !known.packages.contains(&package) {
            known.because.push(Because::new(format!("so is {package}"), other.r#where.path.clone()));
            known.packages.push(package);
        }
    }
    known.severity = known.severity.max(other.severity);
}

/// A doubt about an ecosystem is met at each of its packages and by each rule of a control, and told once.
fn once(mut doubts: Vec<Doubt>) -> Vec<Doubt> {
    // The rules come in the order of their ids; the last one is the one that speaks of vulnerabilities.
    doubts.sort_by(|a, b| {
        let key = |d: &Doubt| (d.control.clone(), d.kind, d.r#where.clone(), d.reason.clone());
        key(a).cmp(&key(b)).then_with(|| b.rule.cmp(&a.rule))
    });
    doubts.dedup_by(|b, a| {
        (&a.control, a.kind, &a.r#where, &a.reason) == (&b.control, b.kind, &b.r#where, &b.reason)
    });
    doubts
}
