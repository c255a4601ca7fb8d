//! The head: program, targets, database, and the sum of what was found.

use api::{Report, TargetRow};

use crate::actions::is_exploited;
use crate::table::pen::{Pen, Tone};
use crate::text::{count, pad, thousands, width};
use crate::view::{Counts, DatabaseLines, View};

/// Columns of the labels.
pub(crate) const LABEL: usize = 10;

/// Targets shown.
const TARGETS_MAX: usize = 12;

/// Writes the head.
pub(crate) fn write(pen: &mut Pen, view: &View<'_>) {
    let report = view.report;
    let verb = if report.controls.is_empty() { "scan" } else { "assess" };
    let dot = pen.dot();
    let title = pen.ink(Tone::Strong, &format!("Plimsoll {}", pen.printable(&report.tool.version)));
    let title = format!("{title}{dot}{verb}{dot}as of {}", report.as_of);
    pen.line(&title);
    pen.gap();
    targets(pen, view);
    database(pen, report);
    findings(pen, view);
}

fn targets(pen: &mut Pen, view: &View<'_>) {
    let targets = &view.report.targets;
    let mut label = if targets.len() == 1 { "Target" } else { "Targets" };
    for target in targets.iter().take(TARGETS_MAX) {
        pen.labelled(label, Tone::Strong, &target.id, LABEL);
        let facts = facts(view, target, pen.dot());
        pen.labelled("", Tone::Quiet, &facts, LABEL);
        label = "";
    }
    if TARGETS_MAX < targets.len() {
        let text = format!("{} {} more, see --format json", pen.more(), targets.len() - TARGETS_MAX);
        pen.labelled("", Tone::Quiet, &text, LABEL);
    }
}

fn facts(view: &View<'_>, target: &TargetRow, dot: &str) -> String {
    let mut facts = Vec::new();
    if let Some(d) = &target.distribution {
        let name = d.pretty_name.clone().unwrap_or_else(|| format!("{} {}", d.id, d.version));
        let today = view.report.as_of.date();
        let end = match &d.end_of_life {
            Some(day) if *day < today => format!(" (out of support since {day})"),
            Some(day) => format!(" (supported until {day})"),
            None => String::new(),
        };
        facts.push(format!("{}{end}", name.trim()));
    }
    facts.extend(target.platform.clone());
    facts.extend(target.digest.as_ref().map(|d| d.chars().take(19).collect()));
    facts.push(view.package_words(target));
    facts.join(dot)
}

fn database(pen: &mut Pen, report: &Report) {
    let lines = DatabaseLines::new(report);
    pen.labelled("Database", Tone::Plain, &lines.what, LABEL);
    pen.labelled("", if lines.old { Tone::Warn } else { Tone::Plain }, &lines.answered, LABEL);
    pen.labelled("", Tone::Warn, &lines.partial, LABEL);
    pen.labelled("", Tone::Quiet, &lines.remedy, LABEL);
}

/// The number of findings and how bad they are, wrapped by hand: each severity has its colour.
fn severities(pen: &mut Pen, counts: &Counts) {
    let mut line = pen.ink(Tone::Quiet, &pad("Findings", LABEL));
    let total = format!("{}:", thousands(counts.total()));
    let mut taken = LABEL + width(&total);
    line.push_str(&total);
    let last = counts.present().count().saturating_sub(1);
    for (at, (severity, n)) in counts.present().enumerate() {
        let comma = if at == last { "" } else { "," };
        let word = format!("{} {severity}{comma}", thousands(n));
        if pen.width < taken + 1 + width(&word) {
            pen.line(&line);
            line = " ".repeat(LABEL.saturating_sub(1));
            taken = LABEL.saturating_sub(1);
        }
        taken += 1 + width(&word);
        line.push(' ');
        line.push_str(&pen.ink(Tone::of(severity), &word));
    }
    pen.line(&line);
}

fn findings(pen: &mut Pen, view: &View<'_>) {
    let counts = Counts::of(view.open());
    if counts.total() == 0 {
        pen.labelled("Findings", Tone::Plain, "none", LABEL);
    } else {
        severities(pen, &counts);
    }
    let fixable = view.open().filter(|f| f.fix.is_some()).count() as u64;
    let exploited = view.open().filter(|f| is_exploited(f)).count() as u64;
    let mut facts = Vec::new();
    if counts.total() != 0 {
        facts.push(format!("{} with a fix at hand", thousands(fixable)));
    }
    if exploited != 0 {
        facts.push(format!("{} known to be exploited", thousands(exploited)));
    }
    if view.suppressed() != 0 {
        facts.push(format!("{} suppressed", thousands(view.suppressed())));
    }
    let doubts = view.unknown();
    if doubts != 0 {
        facts.push(count(doubts, "thing could not be known", "things could not be known"));
    }
    let facts = facts.join(pen.dot());
    pen.labelled("", Tone::Plain, &facts, LABEL);
}
