//! What each word of a gate says of a finding, a package, a control or a doubt.

use std::collections::{BTreeMap, BTreeSet};

use api::{Cell, CellOutcome, ControlRow, Finding, PackageRow};
use model::{Doubt, Severity, Timestamp};

use super::ast::{Flag, Node, Number, Order, Test, Text, Way, Word};
use super::licence;
use super::running::Running;
use super::truth::Truth;
use super::{Baseline, Evidence};
use crate::Glob;

/// Controls whose findings are about packages and vulnerabilities; a doubt of another control cannot hide any.
const PACKAGE_CONTROLS: [&str; 2] = ["image-scanning", "dependencies"];

/// One thing that a gate is held against.
#[derive(Debug, Clone, Copy)]
pub(super) enum Item<'r> {
    Finding(&'r Finding),
    Package(&'r PackageRow),
    Control(&'r ControlRow),
    Doubt(&'r Doubt),
}

/// The evidence, indexed.
pub(super) struct Index<'r> {
    packages: BTreeMap<(&'r str, &'r str), &'r PackageRow>,
    rules: BTreeMap<&'r str, &'r str>,
    controls: BTreeMap<&'r str, &'r ControlRow>,
    feeds: BTreeSet<String>,
    pub(super) as_of: Timestamp,
    baseline: Option<&'r Baseline>,
    pub(super) running: Running<'r>,
}

impl<'r> Index<'r> {
    pub(super) fn new(evidence: &Evidence<'r>) -> Self {
        let sources = evidence.database.iter().flat_map(|d| d.sources.iter());
        Self {
            packages: evidence.packages.iter().map(|p| ((p.target.as_str(), p.id.as_str()), p)).collect(),
            rules: evidence.rules.iter().map(|r| (r.id.as_str(), r.control.as_str())).collect(),
            controls: evidence.controls.iter().map(|c| (c.id.as_str(), c)).collect(),
            feeds: sources.map(|s| s.name.to_ascii_lowercase()).collect(),
            as_of: evidence.as_of,
            baseline: evidence.baseline,
            running: Running::of(evidence),
        }
    }

    pub(super) fn has_rule(&self, id: &str) -> bool {
        self.rules.keys().any(|r| r.eq_ignore_ascii_case(id))
    }

    /// The packages of a finding; `None` stands for one that the report does not list.
    pub(super) fn packages_of<'i>(
        &'i self,
        f: &'i Finding,
    ) -> impl Iterator<Item = Option<&'r PackageRow>> + 'i {
        f.packages.iter().map(|id| self.packages.get(&(f.target.as_str(), id.as_str())).copied())
    }

    /// What `node` says of `item`.
    pub(super) fn judge(&self, node: &Node, item: Item<'r>) -> Truth {
        match node {
            Node::Or(parts) => Truth::any(parts.iter().map(|p| self.judge(p, item))),
            Node::And(parts) => Truth::all(parts.iter().map(|p| self.judge(p, item))),
            Node::Not(part) => self.judge(part, item).not(),
            Node::Atom(test) => match item {
                Item::Finding(f) => self.of_finding(test, f),
                Item::Package(p) => self.of_package(test, p),
                Item::Control(c) => of_control(test, c),
                Item::Doubt(d) => self.of_doubt(test, d),
            },
        }
    }

    fn of_finding(&self, test: &Test, f: &Finding) -> Truth {
        match test {
            Test::Flag(flag) => self.flag(*flag, f),
            Test::Known(word) => Truth::of(self.is_known(*word, f)),
            Test::Severity(order, wanted) => severity(*order, *wanted, f.severity),
            Test::Number(number, order, wanted) => match &f.vulnerability {
                None => Truth::False,
                Some(_) => Truth::of_known(number_of(*number, f).map(|n| order.holds(n, *wanted))),
            },
            Test::Age(order, wanted) => match &f.vulnerability {
                None => Truth::False,
                Some(v) => {
                    let age = v.published.map(|p| self.as_of.0.saturating_sub(p.0));
                    Truth::of_known(age.map(|seconds| order.holds(seconds, *wanted)))
                }
            },
            Test::Text(text, wanted) => self.text(*text, f, &|value| is_one_of(*text, wanted, value)),
            Test::Like(text, glob) => self.text(*text, f, &|value| is_like(*text, glob, value)),
            Test::Cell(way, outcome) => match self.controls.get(f.control.as_str()) {
                Some(row) => Truth::of(cell(*way, row).outcome == *outcome),
                None => Truth::Irrelevant,
            },
        }
    }

    fn flag(&self, flag: Flag, f: &Finding) -> Truth {
        let vulnerability = f.vulnerability.as_deref();
        match flag {
            Flag::Any => Truth::True,
            Flag::Unknown => Truth::False,
            Flag::Fixable => Truth::of(f.fix.is_some() || vulnerability.is_some_and(|v| !v.fixed.is_empty())),
            Flag::Kev => match vulnerability {
                None => Truth::False,
                Some(v) if v.kev.is_some() => Truth::True,
                Some(_) => Truth::of_known(self.feeds.contains("kev").then_some(false)),
            },
            Flag::Ransomware => match vulnerability {
                None => Truth::False,
                Some(v) => match &v.kev {
                    Some(kev) => Truth::of(kev.ransomware),
                    None => Truth::of_known(self.feeds.contains("kev").then_some(false)),
                },
            },
            Flag::New => match self.baseline {
                None => Truth::Unknown,
                Some(baseline) => {
                    let key = (f.target.clone(), f.id.clone());
                    let clear = !baseline.unclear.contains(&key);
                    Truth::of_known(clear.then(|| baseline.findings.contains(&key)))
                }
            },
            Flag::Development => Truth::of(self.is_development(f)),
            Flag::Exposed | Flag::Privileged | Flag::Running => self.running.of_finding(flag, f),
            Flag::Direct => self.package_flag(f, |p| p.direct),
            Flag::Reached => self.package_flag(f, |p| p.reached),
            // Without a scorecard an open finding is what fails a control.
            Flag::ControlFailed => match self.controls.get(f.control.as_str()) {
                Some(row) => failed(row.see.outcome),
                None => Truth::True,
            },
        }
    }

    /// True if every package of the finding is for development alone: one that is shipped makes it a finding of what
    /// is shipped.
    pub(super) fn is_development(&self, f: &Finding) -> bool {
        let mut packages = self.packages_of(f).peekable();
        packages.peek().is_some() && packages.all(|p| p.is_some_and(|p| p.development))
    }

    fn package_flag(&self, f: &Finding, flag: impl Fn(&PackageRow) -> Option<bool>) -> Truth {
        let parts = self.packages_of(f).map(|p| Truth::of_known(p.and_then(&flag)));
        match Truth::any(parts) {
            Truth::Irrelevant => Truth::False,
            other => other,
        }
    }

    fn is_known(&self, word: Word, f: &Finding) -> bool {
        let vulnerability = f.vulnerability.as_deref();
        match word {
            Word::Severity => f.severity != Severity::Unknown,
            Word::Number(number) => number_of(number, f).is_some(),
            Word::Age => vulnerability.is_some_and(|v| v.published.is_some()),
            Word::Flag(flag) => self.flag(flag, f) != Truth::Unknown,
            Word::Text(Text::License) => {
                self.packages_of(f).all(|p| p.is_some_and(|p| !p.licenses.is_empty()))
            }
            Word::Text(_) | Word::Way(_) => true,
        }
    }

    /// Whether any value of the word fits; a finding can have several packages, ids and paths.
    fn text(&self, text: Text, f: &Finding, fits: &dyn Fn(&str) -> bool) -> Truth {
        match text {
            Text::Control => Truth::of(fits(&f.control)),
            Text::Rule => Truth::of(fits(&f.rule)),
            Text::Target => Truth::of(fits(&f.target)),
            Text::Id => {
                let known = f.vulnerability.iter().flat_map(|v| v.aliases.iter().chain([&v.id]));
                Truth::of(known.chain([&f.id]).any(|id| fits(id)))
            }
            Text::Path if fits(&f.r#where.path) && !f.r#where.path.is_empty() => Truth::True,
            Text::Path
            | Text::Package
            | Text::Version
            | Text::Purl
            | Text::Type
            | Text::Source
            | Text::License => {
                let parts =
                    self.packages_of(f).map(|p| p.map_or(Truth::Unknown, |p| package_text(text, p, fits)));
                match Truth::any(parts) {
                    Truth::Irrelevant => Truth::False,
                    // The finding's own path is known even where its package is not listed.
                    Truth::Unknown if text == Text::Path => Truth::False,
                    other => other,
                }
            }
        }
    }

    fn of_package(&self, test: &Test, p: &PackageRow) -> Truth {
        match (test, self.baseline) {
            (Test::Flag(Flag::New), None) => Truth::Unknown,
            (Test::Flag(Flag::New), Some(baseline)) => {
                Truth::of(baseline.packages.contains(&(p.target.clone(), p.id.clone())))
            }
            (Test::Flag(flag @ (Flag::Exposed | Flag::Privileged | Flag::Running)), _) => {
                self.running.of_target(*flag, &p.target)
            }
            _ => of_package(test, p),
        }
    }

    /// A doubt stands for any finding of its control that could not be seen.
    fn of_doubt(&self, test: &Test, d: &Doubt) -> Truth {
        let about_packages = d.control.is_empty() || PACKAGE_CONTROLS.contains(&d.control.as_str());
        let only_packages = if about_packages { Truth::Unknown } else { Truth::False };
        let named = |value: &str, fits: &dyn Fn(&str) -> bool| {
            if value.is_empty() { Truth::Unknown } else { Truth::of(fits(value)) }
        };
        let text = |text: Text, fits: &dyn Fn(&str) -> bool, values: &[String]| match text {
            Text::Control => named(&d.control, fits),
            Text::Target => named(&d.target, fits),
            Text::Rule => match &d.rule {
                Some(rule) => Truth::of(fits(rule)),
                None => Truth::of_known(self.rule_elsewhere(values, &d.control).then_some(false)),
            },
            Text::Path => {
                if fits(path_of(&d.r#where)) {
                    Truth::True
                } else {
                    Truth::Unknown
                }
            }
            Text::Id if values.iter().any(|v| is_finding_id(v)) => Truth::Unknown,
            _ => only_packages,
        };
        match test {
            Test::Flag(Flag::Unknown) => Truth::True,
            // What an equal doubt hid before is nothing new; any other may hide something that is.
            Test::Flag(Flag::New) => match self.baseline {
                Some(baseline) if baseline.doubts.contains(d) => Truth::False,
                _ => Truth::Unknown,
            },
            Test::Flag(Flag::Any | Flag::Fixable | Flag::ControlFailed) | Test::Severity(..) => {
                Truth::Unknown
            }
            Test::Flag(flag @ (Flag::Exposed | Flag::Privileged | Flag::Running)) => {
                self.running.of_doubt(*flag, &d.target)
            }
            Test::Flag(_) | Test::Number(..) | Test::Age(..) => only_packages,
            Test::Known(Word::Severity) => Truth::Unknown,
            Test::Known(_) => only_packages,
            Test::Text(word, values) => text(*word, &|value| is_one_of(*word, values, value), values),
            Test::Like(word, glob) => text(*word, &|value| glob.matches(value), &[]),
            Test::Cell(..) => Truth::Irrelevant,
        }
    }

    /// True if every named rule is known to answer another control than `control`.
    fn rule_elsewhere(&self, rules: &[String], control: &str) -> bool {
        let elsewhere = |r: &String| self.rules.get(r.as_str()).is_some_and(|c| *c != control);
        !control.is_empty() && !rules.is_empty() && rules.iter().all(elsewhere)
    }
}

fn of_package(test: &Test, p: &PackageRow) -> Truth {
    let control = if p.kind.is_distribution() { PACKAGE_CONTROLS[0] } else { PACKAGE_CONTROLS[1] };
    let text = |text: Text, fits: &dyn Fn(&str) -> bool| match text {
        Text::Control => Truth::of(fits(control)),
        Text::Target => Truth::of(fits(&p.target)),
        Text::Id | Text::Rule => Truth::Irrelevant,
        _ => package_text(text, p, fits),
    };
    match test {
        Test::Text(word, wanted) => text(*word, &|value| is_one_of(*word, wanted, value)),
        Test::Like(word, glob) => text(*word, &|value| is_like(*word, glob, value)),
        Test::Flag(Flag::Development) => Truth::of(p.development),
        Test::Flag(Flag::Direct) => Truth::of_known(p.direct),
        Test::Flag(Flag::Reached) => Truth::of_known(p.reached),
        Test::Flag(Flag::Unknown) => Truth::False,
        Test::Known(Word::Text(Text::License)) => Truth::of(!p.licenses.is_empty()),
        Test::Known(Word::Flag(Flag::Direct)) => Truth::of(p.direct.is_some()),
        Test::Known(Word::Flag(Flag::Reached)) => Truth::of(p.reached.is_some()),
        _ => Truth::Irrelevant,
    }
}

fn of_control(test: &Test, c: &ControlRow) -> Truth {
    match test {
        Test::Cell(way, outcome) => Truth::of(cell(*way, c).outcome == *outcome),
        Test::Flag(Flag::ControlFailed) => failed(c.see.outcome),
        Test::Flag(Flag::Unknown) => Truth::False,
        Test::Text(Text::Control, ids) => Truth::of(ids.iter().any(|id| id.eq_ignore_ascii_case(&c.id))),
        Test::Like(Text::Control, glob) => Truth::of(glob.matches(&c.id)),
        _ => Truth::Irrelevant,
    }
}

pub(super) fn cell(way: Way, row: &ControlRow) -> &Cell {
    match way {
        Way::See => &row.see,
        Way::Fix => &row.fix,
        Way::Hold => &row.hold,
    }
}

/// What is not applicable or not implemented has not failed; it is listed, and is neither.
fn failed(outcome: CellOutcome) -> Truth {
    match outcome {
        CellOutcome::Fail => Truth::True,
        CellOutcome::Unknown => Truth::Unknown,
        CellOutcome::Pass | CellOutcome::NotApplicable | CellOutcome::NotImplemented => Truth::False,
    }
}

/// A severity that nobody knows may be any.
fn severity(order: Order, wanted: Severity, found: Severity) -> Truth {
    match (wanted, found) {
        (Severity::Unknown, _) => Truth::of(order.holds(found, wanted)),
        (_, Severity::Unknown) => Truth::Unknown,
        _ => Truth::of(order.holds(found, wanted)),
    }
}

pub(super) fn number_of(number: Number, f: &Finding) -> Option<f64> {
    let v = f.vulnerability.as_deref()?;
    match number {
        Number::Epss => v.epss.map(|e| e.score),
        Number::Percentile => v.epss.map(|e| e.percentile),
        Number::Cvss => v.cvss.first().map(|c| c.score),
    }
}

fn package_text(text: Text, p: &PackageRow, fits: &dyn Fn(&str) -> bool) -> Truth {
    match text {
        Text::Package => Truth::of(fits(&p.name)),
        Text::Version => Truth::of(fits(&p.version)),
        Text::Purl => Truth::of(fits(&p.purl)),
        Text::Type => Truth::of(fits(p.kind.as_str())),
        Text::Source => Truth::of(p.source.as_ref().is_some_and(|s| fits(&s.name))),
        Text::Path => Truth::of(p.paths.iter().any(|path| fits(path))),
        Text::License if p.licenses.is_empty() => Truth::Unknown,
        Text::License => Truth::of(p.licenses.iter().any(|l| fits(l) || licence::identifiers(l).any(fits))),
        Text::Control | Text::Id | Text::Rule | Text::Target => Truth::Irrelevant,
    }
}

/// Whether a licence, or an identifier in it, is one that the test asks for.
pub(super) fn licence_fits(test: &Test, licence: &str) -> bool {
    let fits = |value: &str| match test {
        Test::Text(Text::License, wanted) => is_one_of(Text::License, wanted, value),
        Test::Like(Text::License, glob) => is_like(Text::License, glob, value),
        _ => false,
    };
    fits(licence) || licence::identifiers(licence).any(fits)
}

fn is_one_of(text: Text, wanted: &[String], value: &str) -> bool {
    wanted.iter().any(|w| match text {
        Text::License => licence::same(w, value),
        _ => w.eq_ignore_ascii_case(value),
    })
}

fn is_like(text: Text, glob: &Glob, value: &str) -> bool {
    glob.matches(value) || (text == Text::License && glob.matches(&licence::canonical(value)))
}

/// The file that a doubt's place names: the place up to a line number or a blank.
fn path_of(place: &str) -> &str {
    let place = place.split_whitespace().next().unwrap_or("");
    match place.split_once(':') {
        Some((path, line)) if line.starts_with(|c: char| c.is_ascii_digit()) => path,
        _ => place,
    }
}

fn is_finding_id(value: &str) -> bool {
    value.len() == 16 && value.bytes().all(|b| b.is_ascii_hexdigit())
}
