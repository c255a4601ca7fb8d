//! A difference as a table for people, JSON for programs, Markdown for merge requests.

use api::{
    Change, Counts, Diff, DiffSide, Direction, FindingChange, GateOutcome, PackageChange, Status,
    VerdictOutcome,
};

use crate::TableStyle;
use crate::table::pen::{Pen, Tone};
use crate::text::clean;

/// Lines of one kind that a table or page shows; JSON has them all.
const LINES_MAX: usize = 200;

/// Lines that one text may take in a table.
const LINES_OF_ONE_MAX: usize = 6;

/// Formats of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiffFormat {
    /// For people.
    Table,
    /// `plimsoll.diff/1`.
    Json,
    /// For merge requests.
    Markdown,
}

impl DiffFormat {
    /// The format of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "table" => Some(Self::Table),
            "json" => Some(Self::Json),
            "markdown" | "md" => Some(Self::Markdown),
            _ => None,
        }
    }
}

/// The difference in `format`, as text. Every format but [`DiffFormat::Table`] ignores the style.
#[must_use]
pub fn render_diff(format: DiffFormat, diff: &Diff, style: &TableStyle) -> String {
    match format {
        DiffFormat::Table => table(diff, style),
        DiffFormat::Json => crate::json::pretty(diff),
        DiffFormat::Markdown => markdown(diff),
    }
}

fn table(diff: &Diff, style: &TableStyle) -> String {
    let mut pen = Pen::new(style);
    for (word, side) in [("old", &diff.old), ("new", &diff.new)] {
        let text = format!("{word}  {}", said(side));
        pen.paragraph(Tone::Plain, &text, 0, LINES_OF_ONE_MAX);
    }
    pen.gap();
    heading(&mut pen, "Packages", &diff.counts.packages);
    for change in diff.packages.iter().take(LINES_MAX) {
        let text = format!("{} {}", mark(change.change), package(change, style.unicode));
        let text = pen.ink(tone(change.change, false), &text);
        pen.line(&format!("  {text}"));
    }
    more(&mut pen, diff.packages.len());
    pen.gap();
    heading(&mut pen, "Findings", &diff.counts.findings);
    for change in diff.findings.iter().take(LINES_MAX) {
        let severity = change.finding.severity;
        let word = pen.ink(Tone::of(severity), &format!("{:<8}", severity.as_str()));
        let sign = pen.ink(tone(change.change, true), mark(change.change));
        pen.line(&format!("  {sign} {word} {}", finding(change)));
        for why in &change.why {
            pen.paragraph(Tone::Quiet, &clean(&why.what), 13, LINES_OF_ONE_MAX);
        }
    }
    more(&mut pen, diff.findings.len());
    if !diff.doubts.is_empty() {
        pen.gap();
        heading(&mut pen, "Not known", &diff.counts.doubts);
        for change in diff.doubts.iter().take(LINES_MAX) {
            let doubt = &change.doubt;
            let text = format!("{} {}: {}", mark(change.change), clean(&doubt.r#where), clean(&doubt.reason));
            pen.paragraph(Tone::Plain, &text, 2, LINES_OF_ONE_MAX);
        }
        more(&mut pen, diff.doubts.len());
    }
    pen.gap();
    for gate in &diff.verdict.gates {
        let (tone, word) = gate_word(gate.outcome);
        let word = pen.ink(tone, word);
        pen.line(&format!("gate `{}`: {word}", clean(&gate.expression)));
        pen.paragraph(Tone::Plain, &clean(&gate.because), 2, LINES_OF_ONE_MAX);
    }
    pen.line(&verdict(diff));
    pen.out
}

fn said(side: &DiffSide) -> String {
    let database = match side.built {
        Some(at) => format!("advisories of {}", at.date()),
        None => "no advisories asked".to_owned(),
    };
    let doubts = if side.doubts == 0 { String::new() } else { format!(", {} not known", side.doubts) };
    format!(
        "{}: {} packages, {} open findings{doubts}; {database}, as of {}",
        clean(&side.name),
        side.packages,
        side.open,
        side.as_of.date()
    )
}

fn heading(pen: &mut Pen, what: &str, counts: &Counts) {
    let what = pen.ink(Tone::Strong, what);
    pen.line(&format!("{what}: {}", counted(counts)));
}

fn counted(counts: &Counts) -> String {
    match (counts.added, counts.changed, counts.removed) {
        (0, 0, 0) => "no change".to_owned(),
        (added, changed, removed) => format!("{added} added, {changed} changed, {removed} removed"),
    }
}

fn more(pen: &mut Pen, all: usize) {
    if let Some(left) = all.checked_sub(LINES_MAX).filter(|n| *n != 0) {
        let text = format!("  {} {left} more; `--format json` has them all", pen.more());
        pen.line(&text);
    }
}

fn mark(change: Change) -> &'static str {
    match change {
        Change::Added => "+",
        Change::Changed => "~",
        Change::Removed => "-",
        Change::Same => " ",
    }
}

/// A package that came is neither good nor bad; a finding that came is bad.
fn tone(change: Change, is_finding: bool) -> Tone {
    match (change, is_finding) {
        (Change::Added, true) => Tone::Bad,
        (Change::Removed, true) => Tone::Good,
        (Change::Changed, _) => Tone::Warn,
        _ => Tone::Plain,
    }
}

fn package(change: &PackageChange, unicode: bool) -> String {
    let name = format!("{} {}", change.kind, clean(&change.name));
    let version = |v: &Option<String>| match v.as_deref() {
        None | Some("") => "no version".to_owned(),
        Some(v) => clean(v).into_owned(),
    };
    match change.direction {
        None => format!("{name} {}", version(&change.new.clone().or(change.old.clone()))),
        Some(direction) => {
            let word = match direction {
                Direction::Up => "up",
                Direction::Down => "down",
                Direction::Equal => "equal by its ecosystem's order",
                Direction::Unknown => "which way is not known",
            };
            let arrow = if unicode { "→" } else { "->" };
            format!("{name} {} {arrow} {} ({word})", version(&change.old), version(&change.new))
        }
    }
}

fn finding(change: &FindingChange) -> String {
    let f = &change.finding;
    let place =
        if f.r#where.path.is_empty() { String::new() } else { format!(", {}", clean(&f.r#where.path)) };
    let status = if f.status == Status::Suppressed { ", suppressed" } else { "" };
    let unclear = if change.unclear { ", perhaps not new" } else { "" };
    format!("{}{place} [{}]{status}{unclear}", clean(&f.title), clean(&f.id))
}

fn gate_word(outcome: GateOutcome) -> (Tone, &'static str) {
    match outcome {
        GateOutcome::Pass => (Tone::Good, "pass"),
        GateOutcome::Fail => (Tone::Bad, "fail"),
        GateOutcome::Incomplete => (Tone::Warn, "incomplete"),
    }
}

fn verdict(diff: &Diff) -> String {
    let word = match diff.verdict.outcome {
        VerdictOutcome::Pass => "pass",
        VerdictOutcome::Fail => "fail",
        VerdictOutcome::Incomplete => "incomplete",
        VerdictOutcome::Ungated => "no gate was given",
    };
    format!("{word} (exit {})", diff.verdict.exit)
}

fn markdown(diff: &Diff) -> String {
    let mut out = String::new();
    let mut line = |text: &str| {
        out.push_str(text);
        out.push('\n');
    };
    line(&format!("## {}", escaped(&verdict(diff))));
    line("");
    line(&format!("* old: {}", escaped(&said(&diff.old))));
    line(&format!("* new: {}", escaped(&said(&diff.new))));
    for gate in &diff.verdict.gates {
        let (_, word) = gate_word(gate.outcome);
        line(&format!("* gate {}: **{word}**, {}", escaped(&gate.expression), escaped(&gate.because)));
    }
    line("");
    line(&format!("### Findings: {}", counted(&diff.counts.findings)));
    if !diff.findings.is_empty() {
        line("");
        line("| | severity | finding | why |");
        line("|---|---|---|---|");
    }
    for change in diff.findings.iter().take(LINES_MAX) {
        let why: Vec<String> = change.why.iter().map(|w| escaped(&w.what)).collect();
        line(&format!(
            "| {} | {} | {} | {} |",
            word(change.change),
            change.finding.severity,
            escaped(&finding(change)),
            why.join("; ")
        ));
    }
    if LINES_MAX < diff.findings.len() {
        line(&format!("\n{} more are in the JSON.", diff.findings.len() - LINES_MAX));
    }
    line("");
    line(&format!("### Packages: {}", counted(&diff.counts.packages)));
    if !diff.packages.is_empty() {
        line("");
    }
    for change in diff.packages.iter().take(LINES_MAX) {
        line(&format!("* {} {}", word(change.change), escaped(&package(change, true))));
    }
    if LINES_MAX < diff.packages.len() {
        line(&format!("\n{} more are in the JSON.", diff.packages.len() - LINES_MAX));
    }
    if !diff.doubts.is_empty() {
        line("");
        line(&format!("### Not known: {}", counted(&diff.counts.doubts)));
        line("");
        for change in diff.doubts.iter().take(LINES_MAX) {
            let said = format!("{}: {}", change.doubt.r#where, change.doubt.reason);
            line(&format!("* {} {}", word(change.change), escaped(&said)));
        }
    }
    out
}

fn word(change: Change) -> &'static str {
    match change {
        Change::Added => "added",
        Change::Changed => "changed",
        Change::Removed => "removed",
        Change::Same => "same",
    }
}

/// Text of others with what would be markup escaped.
fn escaped(text: &str) -> String {
    crate::markdown::plain(text)
}
