//! Holds one gate against everything it speaks of and decides.

use std::cmp::Reverse;
use std::fmt;

use api::{Finding, Gate, GateOutcome, Status};
use model::Doubt;

use super::ast::{Flag, Node, Test, Text, Word};
use super::explain::{name, why};
use super::item::{Index, Item};
use super::truth::Truth;
use super::{Evidence, Expression};
use crate::Glob;

/// What a gate met.
#[derive(Default)]
struct Met<'r> {
    matched: Vec<Item<'r>>,
    /// Doubts that match: only `unknown` can say so.
    doubted: Vec<&'r Doubt>,
    possible: Vec<Item<'r>>,
    possible_doubts: Vec<&'r Doubt>,
    looked_at: usize,
    passed_doubts: usize,
}

pub(super) fn judge(gate: &Expression, evidence: &Evidence<'_>, index: &Index<'_>) -> Gate {
    let met = meet(&gate.root, evidence, index);
    let stranger = gate.named_rules().find(|r| !evidence.rules.is_empty() && !index.has_rule(r));
    let silent = wanted_controls(&gate.root, true).into_iter().find(|c| !answers(evidence, c));
    let (outcome, because) = match (&met, stranger) {
        _ if evidence.baseline.is_none() && asks_for_new(&gate.root) => {
            let because = "cannot be decided: `new` needs an earlier report, as `plimsoll diff OLD NEW` and `--baseline \
                           REPORT` give it";
            (GateOutcome::Incomplete, because.to_owned())
        }
        (m, _) if !m.matched.is_empty() => (GateOutcome::Fail, failed(&gate.root, index, m)),
        (m, _) if !m.doubted.is_empty() => (GateOutcome::Fail, failed_on_doubts(&m.doubted)),
        _ if evidence.workloads.is_none() && asks_what_runs(&gate.root) => {
            let because = "cannot be decided: `running`, `privileged` and `exposed` need `--images`, which links images \
                           and the workloads that run them";
            (GateOutcome::Incomplete, because.to_owned())
        }
        (m, _) if !m.possible.is_empty() || !m.possible_doubts.is_empty() => {
            (GateOutcome::Incomplete, incomplete(&gate.root, index, m))
        }
        (_, Some(rule)) => {
            let because = format!("cannot be decided: no rule `{rule}` ran, see `plimsoll rules list`");
            (GateOutcome::Incomplete, because)
        }
        (_, None) if let Some(control) = silent => {
            let because = format!(
                "cannot be decided: no rule of control `{control}` ran; ask for it, or see `plimsoll rules list` for \
                 what this version answers"
            );
            (GateOutcome::Incomplete, because)
        }
        (_, None) if evidence.controls.is_empty() && asks_for_cells(&gate.root) => {
            let because = "cannot be decided: `see`, `fix` and `hold` are cells of the scorecard, which `plimsoll \
                           assess` fills";
            (GateOutcome::Incomplete, because.to_owned())
        }
        (m, None) => (GateOutcome::Pass, passed(m)),
    };
    let matched = met.matched.iter().map(|item| id(*item)).collect();
    Gate { expression: gate.text().to_owned(), outcome, matched, because }
}

/// Controls that a gate wants something of, by `control == …`, `control in (…)` or a pattern; not those that it leaves
/// out by a negation.
fn wanted_controls(node: &Node, wanted: bool) -> Vec<Wanted<'_>> {
    match node {
        Node::Or(parts) | Node::And(parts) => parts.iter().flat_map(|p| wanted_controls(p, wanted)).collect(),
        Node::Not(part) => wanted_controls(part, !wanted),
        Node::Atom(Test::Text(Text::Control, ids)) if wanted => ids.iter().map(|id| Wanted::Id(id)).collect(),
        Node::Atom(Test::Like(Text::Control, glob)) if wanted => vec![Wanted::Like(glob)],
        Node::Atom(_) => Vec::new(),
    }
}

/// How a gate names a control.
#[derive(Clone, Copy)]
enum Wanted<'g> {
    Id(&'g str),
    Like(&'g Glob),
}

impl fmt::Display for Wanted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => f.write_str(id),
            Self::Like(glob) => f.write_str(glob.as_str()),
        }
    }
}

/// Whether a rule of such a control ran.
fn answers(evidence: &Evidence<'_>, control: &Wanted<'_>) -> bool {
    evidence.rules.iter().any(|r| match control {
        Wanted::Id(id) => id.eq_ignore_ascii_case(&r.control),
        Wanted::Like(glob) => glob.matches(&r.control),
    })
}

fn asks_for_cells(root: &Node) -> bool {
    root.tests().iter().any(|t| matches!(t.word(), Word::Way(_)))
}

fn asks_for_new(root: &Node) -> bool {
    root.tests().iter().any(|t| t.word() == Word::Flag(Flag::New))
}

fn asks_what_runs(root: &Node) -> bool {
    let asks = |t: &&Test| matches!(t.word(), Word::Flag(Flag::Exposed | Flag::Privileged | Flag::Running));
    root.tests().iter().any(asks)
}

fn id(item: Item<'_>) -> String {
    match item {
        Item::Finding(f) => f.id.clone(),
        Item::Package(p) => p.id.clone(),
        Item::Control(c) => c.id.clone(),
        Item::Doubt(d) => d.r#where.clone(),
    }
}

fn meet<'r>(root: &Node, evidence: &Evidence<'r>, index: &Index<'r>) -> Met<'r> {
    let scope = Scope::of(root, evidence);
    let mut items: Vec<Item<'r>> = Vec::new();
    if scope.controls {
        items.extend(evidence.controls.iter().map(Item::Control));
    }
    if scope.packages {
        items.extend(evidence.packages.iter().map(Item::Package));
    }
    if scope.findings {
        items.extend(evidence.findings.iter().filter(|f| f.status == Status::Open).map(Item::Finding));
    }
    let mut met = Met { looked_at: items.len(), ..Met::default() };
    for item in items {
        match index.judge(root, item) {
            Truth::True => met.matched.push(item),
            Truth::Unknown => met.possible.push(item),
            Truth::False | Truth::Irrelevant => {}
        }
    }
    let asks_for_doubts = root.tests().iter().any(|t| t.word() == Word::Flag(Flag::Unknown));
    for doubt in evidence.doubts {
        // A rule's doubt stands for a finding, and what a package's licence is does not hang on any.
        if scope.only_packages() && !asks_for_doubts && doubt.rule.is_some() {
            met.passed_doubts += 1;
            continue;
        }
        match index.judge(root, Item::Doubt(doubt)) {
            Truth::True if asks_for_doubts => met.doubted.push(doubt),
            Truth::True | Truth::Unknown => met.possible_doubts.push(doubt),
            Truth::False | Truth::Irrelevant => met.passed_doubts += 1,
        }
    }
    met
}

/// Which things a gate speaks of.
struct Scope {
    findings: bool,
    packages: bool,
    controls: bool,
}

impl Scope {
    fn only_packages(&self) -> bool {
        self.packages && !self.findings && !self.controls
    }

    /// Licences are asked of packages and outcomes of controls, unless the gate also asks what only a finding has.
    fn of(root: &Node, evidence: &Evidence<'_>) -> Self {
        let (mut finding, mut shared, mut license, mut control) = (false, false, false, false);
        for test in root.tests() {
            match test.word() {
                Word::Text(Text::License) => license = true,
                Word::Way(_) | Word::Flag(Flag::ControlFailed) => control = true,
                Word::Text(Text::Control | Text::Target) | Word::Flag(Flag::Unknown) => {}
                Word::Text(Text::Id | Text::Rule) | Word::Severity | Word::Number(_) | Word::Age => {
                    finding = true
                }
                Word::Flag(Flag::Any | Flag::Fixable | Flag::Kev | Flag::Ransomware) => finding = true,
                Word::Text(_) => shared = true,
                Word::Flag(Flag::Development | Flag::Direct | Flag::Reached | Flag::New) => shared = true,
                Word::Flag(Flag::Exposed | Flag::Privileged | Flag::Running) => shared = true,
            }
        }
        let controls = control && !evidence.controls.is_empty();
        Self {
            // What asks for both a licence and an outcome can only be a finding: it has a package and a control.
            findings: finding || (shared && !license) || !(license || controls) || (license && controls),
            packages: license,
            controls,
        }
    }
}

fn failed(root: &Node, index: &Index<'_>, met: &Met<'_>) -> String {
    let reasons = |item| match why(index, root, item, Truth::True) {
        reasons if reasons.is_empty() => String::new(),
        reasons => format!(" ({reasons})"),
    };
    let findings: Vec<&Finding> = met.matched.iter().filter_map(|i| as_finding(*i)).collect();
    let worst = findings.iter().copied().min_by_key(|f| Reverse(f.severity));
    match (worst, met.matched.first()) {
        (Some(f), _) => {
            let lead = if findings.len() == 1 { "one finding matches: " } else { "the worst is " };
            let count = if findings.len() == 1 {
                String::new()
            } else {
                format!("{} findings match; ", findings.len())
            };
            format!("{count}{lead}{}{}", name(index, f), reasons(Item::Finding(f)))
        }
        (None, Some(Item::Control(c))) => {
            format!(
                "{}; {}{}",
                count(met.matched.len(), "control matches", "controls match"),
                c.id,
                reasons(Item::Control(c))
            )
        }
        (None, Some(Item::Package(p))) => {
            let many = count(met.matched.len(), "package matches", "packages match");
            format!("{many}; {} {}{}", p.name, p.version, reasons(Item::Package(p)))
        }
        (None, _) => String::new(),
    }
}

fn as_finding(item: Item<'_>) -> Option<&Finding> {
    match item {
        Item::Finding(f) => Some(f),
        _ => None,
    }
}

fn failed_on_doubts(doubts: &[&Doubt]) -> String {
    let first = doubts.first().map_or(String::new(), |d| doubt(d));
    format!("{} what the gate says of `unknown`: {first}", count(doubts.len(), "doubt fits", "doubts fit"))
}

fn incomplete(root: &Node, index: &Index<'_>, met: &Met<'_>) -> String {
    let mut parts = Vec::new();
    if let Some(item) = met.possible.iter().min_by_key(|i| as_finding(**i).map(|f| Reverse(f.severity))) {
        let what = match item {
            Item::Finding(f) => name(index, f),
            Item::Package(p) => format!("{} {}", p.name, p.version),
            Item::Control(c) => c.id.clone(),
            Item::Doubt(d) => d.r#where.clone(),
        };
        let noun = match item {
            Item::Finding(_) | Item::Doubt(_) => ("finding", "findings"),
            Item::Package(_) => ("package", "packages"),
            Item::Control(_) => ("control", "controls"),
        };
        let why = why(index, root, *item, Truth::Unknown);
        parts.push(format!("{} could match: {what} ({why})", count(met.possible.len(), noun.0, noun.1)));
    }
    if let Some(first) = met.possible_doubts.first() {
        let hidden =
            count(met.possible_doubts.len(), "doubt could hide a match", "doubts could hide a match");
        parts.push(format!("{hidden}: {}", doubt(first)));
    }
    format!("nothing known matches, but {}", parts.join("; and "))
}

fn doubt(d: &Doubt) -> String {
    let place = if d.r#where.is_empty() { &d.target } else { &d.r#where };
    format!("{place}: {} ({})", d.reason, d.remedy)
}

fn passed(met: &Met<'_>) -> String {
    let doubts = match met.passed_doubts {
        0 => String::new(),
        n => format!("; {} could not change that", count(n, "doubt", "doubts")),
    };
    format!("none of {} matches{doubts}", count(met.looked_at, "thing looked at", "things looked at"))
}

fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

impl Expression {
    /// The controls that the gate names by `control == …` or `control in (…)`, so that a face can refuse unknown ones.
    pub fn named_controls(&self) -> impl Iterator<Item = &str> {
        self.root.tests().into_iter().flat_map(|test| match test {
            Test::Text(Text::Control, values) => values.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        })
    }

    /// The rules that the gate names by `rule == …` or `rule in (…)`, so that a face can refuse unknown ones.
    pub fn named_rules(&self) -> impl Iterator<Item = &str> {
        self.root.tests().into_iter().flat_map(|test| match test {
            Test::Text(Text::Rule, values) => values.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        })
    }
}
