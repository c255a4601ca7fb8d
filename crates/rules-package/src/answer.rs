//! What the database answers to the questions about one package.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use advisory::Kind;
use advisory::db::{Advisory, Database, DbError, Entry, VulnId};
use advisory::range::{End, Interval, interval};
use advisory::{Coverage, Stance};
use eval::RuleDoubt;
use model::DoubtKind;
use version::Scheme;

use crate::ecosystem::Question;
use crate::hit::{Hit, Word, hit};

/// What the database answers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// Vulnerabilities that affect the package, by id.
    pub hits: Vec<Hit>,
    /// What could not be known.
    pub doubts: Vec<RuleDoubt>,
    /// Vulnerabilities that the distribution's own feed says do not affect the package, where another source says that
    /// they do. They are no findings, and nobody is to wonder why.
    pub denied: Vec<Denied>,
}

/// What the database answers, by question.
pub type Answers = BTreeMap<Question, Result<Arc<Answer>, DbError>>;

/// A vulnerability that the distribution's own feed denies and another source affirms.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Denied {
    /// Canonical id of the vulnerability.
    pub vulnerability: String,
    /// Ecosystem whose feed denies it.
    pub ecosystem: String,
    /// Name under which the package was asked about.
    pub package: String,
    /// What it says.
    pub what: String,
    /// Advisory that denies it.
    pub by: String,
    /// Advisory that affirms it; empty if none of this ecosystem does.
    pub against: String,
}

/// Asks.
///
/// # Errors
/// [`DbError`] if the part of the file that is asked for is damaged.
pub fn ask(database: &Database, question: &Question) -> Result<Answer, DbError> {
    let mut out = Answer::default();
    out.doubts.extend(partial(database, &question.ecosystem));
    let scheme = Scheme::from_ecosystem(&question.ecosystem);
    let mut told: BTreeMap<VulnId, Told<'_>> = BTreeMap::new();
    for entry in database.lookup(&question.ecosystem, &question.name)? {
        if question.primary_only && !entry.primary {
            continue;
        }
        let advisory = Arc::new(database.advisory(entry.advisory)?);
        // What is said of another stream says nothing of this package, neither good nor bad.
        let stream =
            if scheme == Some(Scheme::Rpm) { stream(question, &entry, &advisory) } else { Stream::Same };
        if stream == Stream::Other {
            continue;
        }
        let outcome = outcome(question, scheme, &entry, stream);
        let word = Arc::new((advisory, entry, outcome));
        for id in &word.0.vulnerabilities {
            told.entry(*id).or_default().push(&word);
        }
    }
    let mut unordered: Vec<(String, String)> = Vec::new();
    for (id, told) in told {
        let words = told.deciding();
        let affirmative: Vec<Word<'_>> = words.iter().filter_map(|w| affirmative(w)).collect();
        if affirmative.is_empty() {
            out.denied.extend(denied(database, question, id, &told)?);
        }
        if !affirmative.is_empty() {
            let references: Vec<&Word<'_>> = affirmative.iter().collect();
            out.hits.push(hit(database, question, scheme, id, &references)?);
        } else if let Some((advisory, why)) = words.iter().find_map(|w| match &w.2 {
            Outcome::Unknown(why) => Some((w.0.id, why)),
            _ => None,
        }) {
            unordered.push((advisory.to_owned(), why.clone()));
        }
    }
    out.doubts.extend(cannot_order(question, &unordered));
    out.hits.sort_by(|a, b| a.vulnerability.id.cmp(&b.vulnerability.id));
    Ok(out)
}

/// What an entry says of the installed version.
#[derive(Debug, Clone)]
enum Outcome<'d> {
    Affected(Option<Interval<'d>>),
    Not,
    Unknown(String),
}

type Said<'d> = Arc<(Arc<Advisory<'d>>, Entry<'d>, Outcome<'d>)>;

/// What is said of one vulnerability: by the distribution's own feed, by other advisories about it, and by those that
/// announce fixes of several.
#[derive(Default)]
struct Told<'d> {
    primary: Vec<Said<'d>>,
    own: Vec<Said<'d>>,
    announced: Vec<Said<'d>>,
}

impl<'d> Told<'d> {
    fn push(&mut self, said: &Said<'d>) {
        let list = match (said.1.primary, said.0.own) {
            (true, true) => &mut self.primary,
            (false, true) => &mut self.own,
            (_, false) => &mut self.announced,
        };
        list.push(Arc::clone(said));
    }

    /// The distribution knows its own packages best. Where the vulnerability has a record of its own for this package,
    /// that one decides: an announcement repeats it with less precision.
    fn deciding(&self) -> &[Said<'d>] {
        [&self.primary, &self.own, &self.announced]
            .into_iter()
            .find(|l| !l.is_empty())
            .map_or(&[], Vec::as_slice)
    }
}

/// What the distribution's feed says in the negative: that no version is affected, or that another source is wrong
/// about this one.
fn denied(
    database: &Database,
    question: &Question,
    id: VulnId,
    told: &Told<'_>,
) -> Result<Option<Denied>, DbError> {
    let no = |s: &&Said<'_>| matches!(s.2, Outcome::Not);
    let Some(said) = told.primary.iter().find(no).filter(|_| told.primary.iter().all(|s| no(&s))) else {
        return Ok(None);
    };
    let others = told.own.iter().chain(&told.announced);
    let against = others.filter(|s| matches!(s.2, Outcome::Affected(_))).map(|s| s.0.id).next();
    let stated = matches!(said.1.statement, Some((Stance::NotAffected, _)));
    if against.is_none() && !stated {
        return Ok(None);
    }
    let base = advisory::ecosystem::base(&question.ecosystem);
    let what = match said.1.statement {
        Some((stance, "")) => format!("{base} {}", stance.words()),
        Some((stance, reason)) => format!("{base} {}: {reason}", stance.words()),
        None => format!("{base} says that {} has the fix", question.version),
    };
    Ok(Some(Denied {
        vulnerability: database.canonical(id)?.to_owned(),
        ecosystem: question.ecosystem.clone(),
        package: question.name.clone(),
        what,
        by: said.0.id.to_owned(),
        against: against.unwrap_or_default().to_owned(),
    }))
}

fn affirmative<'d>(said: &Said<'d>) -> Option<Word<'d>> {
    match &said.2 {
        Outcome::Affected(interval) => {
            Some(Word { entry: said.1.clone(), advisory: Arc::clone(&said.0), interval: *interval })
        }
        _ => None,
    }
}

fn outcome<'d>(
    question: &Question,
    scheme: Option<Scheme>,
    entry: &Entry<'d>,
    stream: Stream,
) -> Outcome<'d> {
    if question.version.is_empty() {
        // What is wrong with every version is wrong with one that nobody states.
        if entry.ranges.iter().any(|events| matches!(events.as_slice(), [(Kind::Introduced, "0")])) {
            return Outcome::Affected(Some(Interval { from: None, end: End::Open }));
        }
        return Outcome::Unknown("the package states no version".to_owned());
    }
    let outcome = compared(question, scheme, entry);
    if let (Outcome::Affected(_), Some((Stance::Undetermined, reason))) = (&outcome, entry.statement) {
        let base = advisory::ecosystem::base(&question.ecosystem);
        let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        return Outcome::Unknown(format!("{base} {}{reason}", Stance::Undetermined.words()));
    }
    match (&outcome, stream) {
        (Outcome::Affected(_), Stream::Unknown) => {
            Outcome::Unknown("the module stream it was built for is not known".to_owned())
        }
        _ => outcome,
    }
}

fn compared<'d>(question: &Question, scheme: Option<Scheme>, entry: &Entry<'d>) -> Outcome<'d> {
    let installed = question.version.as_str();
    let equal = |v: &str| {
        v == installed || scheme.is_some_and(|s| version::compare(s, v, installed) == Ok(Ordering::Equal))
    };
    if entry.versions.iter().any(|v| equal(v)) {
        return Outcome::Affected(None);
    }
    if entry.ranges.is_empty() {
        return Outcome::Not;
    }
    let Some(scheme) = scheme else {
        return Outcome::Unknown(format!("the order of versions of {} is not known", question.ecosystem));
    };
    // PEP 440's forerunners order any word below every release: right for sorting a list, no ground for a finding.
    if scheme == Scheme::Pep440 && !installed.bytes().any(|b| b.is_ascii_digit()) {
        return Outcome::Unknown(format!("`{installed}` is a word, no version"));
    }
    let mut unknown = None;
    for events in &entry.ranges {
        match interval(scheme, events, installed) {
            Ok(Some(found)) => return Outcome::Affected(Some(found)),
            Ok(None) => {}
            Err(e) => unknown = Some(e.to_string()),
        }
    }
    unknown.map_or(Outcome::Not, Outcome::Unknown)
}

/// Whether an advisory and an installed package are of one module stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stream {
    Same,
    Other,
    Unknown,
}

/// Versions of two streams of a module have no meaningful order: nodejs 16 is not fixed by a later build of 14.
fn stream(question: &Question, entry: &Entry<'_>, advisory: &Advisory<'_>) -> Stream {
    let modular = |version: &str| version.contains(".module");
    let installed = question.module.as_deref().map(name_and_stream);
    if let Some(theirs) = entry.stream {
        return match installed {
            Some(installed) if installed == theirs => Stream::Same,
            None if modular(&question.version) => Stream::Unknown,
            _ => Stream::Other,
        };
    }
    let theirs =
        entry.ranges.iter().flatten().any(|(_, v)| modular(v)) || entry.versions.iter().any(|v| modular(v));
    let ours = question.module.is_some() || modular(&question.version);
    match (theirs, ours) {
        (false, false) => return Stream::Same,
        (true, true) => {}
        _ => return Stream::Other,
    }
    match (installed, advisory.streams.is_empty()) {
        (Some(installed), false) => {
            let same = advisory.streams.contains(&installed);
            if same { Stream::Same } else { Stream::Other }
        }
        _ => Stream::Unknown,
    }
}

/// `nodejs:18` of `nodejs:18:8090020240101:a75119d5`.
fn name_and_stream(module: &str) -> &str {
    match module.match_indices(':').nth(1) {
        Some((at, _)) => module.get(..at).unwrap_or(module),
        None => module,
    }
}

/// The doubt about an ecosystem that the database covers in part. Its words are the same for every package, so that
/// they are told once.
fn partial(database: &Database, ecosystem: &str) -> Option<RuleDoubt> {
    let about = database.info().ecosystem(ecosystem)?;
    if about.coverage == Coverage::Complete {
        return None;
    }
    let newest = database.info().source(ecosystem).filter(|s| s.snapshot.0 != 0).map(|s| s.snapshot.date());
    let newest = newest.map_or(String::new(), |d| format!(", the newest of {d}"));
    Some(RuleDoubt {
        kind: DoubtKind::Knowledge,
        r#where: ecosystem.to_owned(),
        reason: format!("the database covers {ecosystem} in part: {} advisories{newest}", about.advisories),
        remedy: "fetch the whole with `plimsoll db update`, or build it from whole archives with `plimsoll db build`"
            .to_owned(),
    })
}

fn cannot_order(question: &Question, unordered: &[(String, String)]) -> Option<RuleDoubt> {
    let (advisory, why) = unordered.first()?;
    let more = match unordered.len() {
        1 => String::new(),
        n => format!(" and {} more", n - 1),
    };
    Some(RuleDoubt {
        kind: DoubtKind::Knowledge,
        r#where: format!("{} {} {}", question.ecosystem, question.name, question.version)
            .trim_end()
            .to_owned(),
        reason: format!("whether {advisory}{more} affects it cannot be known: {why}"),
        remedy: "read the advisory, and state the answer in a VEX document".to_owned(),
    })
}
