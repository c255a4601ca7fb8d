//! What could not be known, with the weight of a finding; and what was suppressed or left unused.

use std::collections::{BTreeMap, BTreeSet};

use api::NoteKind;
use model::{Doubt, DoubtKind};

use crate::table::pen::{Pen, Tone};
use crate::text::{count, fit, pad};
use crate::view::{View, unlike};

/// Groups of doubts shown.
const DOUBTS_MAX: usize = 24;
/// Places shown of one group.
const PLACES_MAX: usize = 4;
/// Reasons shown of one group.
const REASONS_MAX: usize = 2;
/// Notes shown.
const NOTES_MAX: usize = 12;
/// Columns before the text.
const INDENT: usize = 4;

/// Writes doubts and notes.
pub(crate) fn write(pen: &mut Pen, view: &View<'_>) {
    doubts(pen, view);
    notes(pen, view);
}

fn doubts(pen: &mut Pen, view: &View<'_>) {
    let report = view.report;
    if report.doubts.is_empty() {
        return;
    }
    let of = |kind: DoubtKind| unlike(report.doubts.iter().filter(|d| d.kind == kind));
    let (target, knowledge) = (of(DoubtKind::Target), of(DoubtKind::Knowledge));
    let remark = match (target, knowledge) {
        (0, n) => format!("{n} of knowledge"),
        (n, 0) => format!("{n} of the target"),
        (t, k) => format!("{t} of the target, {k} of knowledge"),
    };
    pen.heading("What could not be known", &remark);
    let groups = groups(&report.doubts);
    let several = 1 < report.targets.len();
    for (number, doubts) in groups.iter().take(DOUBTS_MAX).enumerate() {
        group(pen, view, doubts, number + 1, several);
    }
    if let Some(more) = groups.len().checked_sub(DOUBTS_MAX).filter(|n| *n != 0) {
        let hidden = unlike(groups.iter().skip(DOUBTS_MAX).flatten().copied());
        let text = format!("{} {hidden} more of {} kinds, see --format json", pen.more(), more);
        pen.paragraph(Tone::Quiet, &text, 0, 1);
    }
}

/// Doubts that one remedy would settle, those of the target first, then the largest group first.
fn groups(doubts: &[Doubt]) -> Vec<Vec<&Doubt>> {
    let mut by: BTreeMap<(DoubtKind, &str), Vec<&Doubt>> = BTreeMap::new();
    for doubt in doubts {
        by.entry((doubt.kind, &doubt.remedy)).or_default().push(doubt);
    }
    let mut out: Vec<(DoubtKind, Vec<&Doubt>)> =
        by.into_iter().map(|((kind, _), doubts)| (kind, doubts)).collect();
    out.sort_by_key(|(kind, doubts)| (*kind, std::cmp::Reverse(doubts.len())));
    out.into_iter().map(|(_, doubts)| doubts).collect()
}

fn group(pen: &mut Pen, view: &View<'_>, doubts: &[&Doubt], number: usize, several: bool) {
    let Some(first) = doubts.first() else { return };
    let mut reasons: Vec<&str> = Vec::new();
    for doubt in doubts {
        if !reasons.contains(&doubt.reason.as_str()) {
            reasons.push(&doubt.reason);
        }
    }
    let more = reasons.len().saturating_sub(REASONS_MAX);
    let more = if more == 0 { String::new() } else { format!("; and {more} more of the kind") };
    reasons.truncate(REASONS_MAX);
    let times = match unlike(doubts.iter().copied()) {
        1 => String::new(),
        n => format!(" ({n} times)"),
    };
    let word = match first.kind {
        DoubtKind::Target => "not read",
        DoubtKind::Knowledge => "not known",
    };
    let label = pad(&format!("{number}."), INDENT);
    first_line(pen, &format!("{label}{word}{times}: {}{more}", reasons.join("; ")));
    let places = places(view, doubts, several, pen.more());
    pen.paragraph(Tone::Quiet, &format!("in {places}"), INDENT, 2);
    if !first.remedy.is_empty() {
        pen.paragraph(Tone::Plain, &format!("to know it: {}", first.remedy), INDENT, 2);
    }
}

/// The numbered first line, wrapped under itself.
fn first_line(pen: &mut Pen, text: &str) {
    let text = pen.printable(text);
    let (number, rest) = text.split_at_checked(INDENT).unwrap_or(("", &text));
    let mut label = number.to_owned();
    for line in crate::text::wrap(rest, pen.width - INDENT).into_iter().take(5) {
        let line = format!("{label}{}", pen.ink(Tone::Warn, &line));
        pen.line(&line);
        label = " ".repeat(INDENT);
    }
}

fn places(view: &View<'_>, doubts: &[&Doubt], several: bool, more: &str) -> String {
    let name = |d: &Doubt| match (several, d.r#where.is_empty()) {
        (_, true) => view.target_name(&d.target).to_owned(),
        (true, false) => format!("{}: {}", view.target_name(&d.target), d.r#where),
        (false, false) => d.r#where.clone(),
    };
    // One place may be in doubt for several controls.
    let mut seen = BTreeSet::new();
    let places: Vec<String> = doubts.iter().map(|d| name(d)).filter(|n| seen.insert(n.clone())).collect();
    let shown: Vec<String> = places.iter().take(PLACES_MAX).map(|n| fit(n, 60, more)).collect();
    let mut out = shown.join(", ");
    if PLACES_MAX < places.len() {
        out.push_str(&format!(" and {} more", places.len() - PLACES_MAX));
    }
    out
}

fn notes(pen: &mut Pen, view: &View<'_>) {
    let all = || view.report.notes.iter();
    let overruled = all().filter(|n| n.kind == NoteKind::Overruled).count() as u64;
    if overruled != 0 {
        pen.heading("Overruled", &count(overruled, "vulnerability", "vulnerabilities"));
        let text = "other sources name them, the distribution's own feed says that its packages are not affected; \
                    `plimsoll explain CVE-ID TARGET` says why";
        pen.paragraph(Tone::Quiet, text, 0, 2);
    }
    let notes: Vec<_> = all().filter(|n| n.kind != NoteKind::Overruled).collect();
    let suppressed = view.suppressed();
    if notes.is_empty() && suppressed == 0 {
        return;
    }
    pen.heading("Suppressions", &count(suppressed, "finding suppressed", "findings suppressed"));
    let mut by: BTreeMap<(&str, &str, Option<&str>), u64> = BTreeMap::new();
    for s in view.report.findings.iter().filter_map(|f| f.suppression.as_ref()) {
        *by.entry((&s.by, &s.reason, s.until.as_deref())).or_default() += 1;
    }
    for ((by_whom, reason, until), n) in by.iter().take(NOTES_MAX) {
        let until = until.map_or_else(String::new, |u| format!(", until {u}"));
        pen.paragraph(Tone::Plain, &format!("{n} by {by_whom}: {reason}{until}"), 0, 2);
    }
    for note in notes.iter().take(NOTES_MAX) {
        let word = match note.kind {
            NoteKind::ExpiredIgnore => "expired",
            NoteKind::UnusedIgnore | NoteKind::UnusedStatement => "unused",
            NoteKind::InvalidIgnore | NoteKind::InvalidStatement => "not applied",
            NoteKind::Overruled => "overruled",
        };
        pen.paragraph(Tone::Warn, &format!("{word}: {}: {}", note.r#where, note.message), 0, 2);
    }
    if let Some(more) = (by.len().max(notes.len())).checked_sub(NOTES_MAX).filter(|n| *n != 0) {
        let text = format!("{} {more} more, see --format json", pen.more());
        pen.paragraph(Tone::Quiet, &text, 0, 1);
    }
}
