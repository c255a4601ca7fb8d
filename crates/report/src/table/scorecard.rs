//! The scorecard: eight domains, nineteen controls, three ways to hold each; readable without colour.

use std::collections::BTreeMap;

use api::{Cell, CellOutcome, ControlRow, Finding};

use crate::table::pen::{Pen, Tone};
use crate::text::{fit, pad, width};
use crate::view::{View, place_line};

/// Columns of a cell: glyph, word, space; and where there is no room for the word.
const CELL: usize = 11;
const CELL_NARROW: usize = 4;
/// Columns of a page that has room for words.
const WORDS_MIN: usize = 60;
/// Findings shown below a failing cell.
const WORST_MAX: usize = 3;
/// Columns before a finding.
const INDENT: usize = 4;

/// Writes the card, the score and why cells fail.
pub(crate) fn write(pen: &mut Pen, view: &View<'_>) {
    let controls = view.controls();
    pen.heading(
        &pen.printable(view.card_title()),
        "see: measured   fix: an artefact closes it   hold: something enforces it",
    );
    let id_columns = controls.iter().map(|c| width(&c.id)).max().unwrap_or(0) + 4;
    let cell = if pen.width < WORDS_MIN { CELL_NARROW } else { CELL };
    let head = format!("{}{}{}hold", " ".repeat(id_columns), pad("see", cell), pad("fix", cell));
    let head = pen.ink(Tone::Quiet, &head);
    pen.line(&head);
    let mut domain = "";
    for control in controls {
        if control.domain != domain {
            domain = &control.domain;
            let name = pen.ink(Tone::Strong, &pen.printable(&view.domain(domain)));
            pen.line(&name);
        }
        row(pen, control, id_columns, cell);
    }
    pen.gap();
    legend(pen, controls);
    score(pen, view);
    failing(pen, view);
}

fn row(pen: &mut Pen, control: &ControlRow, id_columns: usize, columns: usize) {
    let mut line = pad(&format!("  {}", pen.printable(&control.id)), id_columns);
    for (_, cell) in cells(control) {
        let mut text = pen.cell(cell.outcome);
        if columns < CELL {
            text = text.split(' ').next().unwrap_or_default().to_owned();
        }
        let text = pad(&text, columns);
        line.push_str(&pen.ink(Tone::of_cell(cell.outcome), &text));
    }
    let room = pen.width.saturating_sub(id_columns + 3 * columns);
    if 16 <= room {
        line.push_str(&pen.ink(Tone::Quiet, &fit(&pen.printable(&control.title), room, pen.more())));
    }
    pen.line(&line);
}

fn legend(pen: &mut Pen, controls: &[ControlRow]) {
    let all = [
        (CellOutcome::Pass, ""),
        (CellOutcome::Fail, ""),
        (CellOutcome::Unknown, " (never a pass)"),
        (CellOutcome::NotApplicable, " (nothing to judge here)"),
        (CellOutcome::NotImplemented, " (not measured by this version)"),
    ];
    let mut words = Vec::new();
    for (outcome, meaning) in all {
        let number = controls.iter().flat_map(cells).filter(|(_, c)| c.outcome == outcome).count();
        let text = pen.cell(outcome);
        let (glyph, word) = text.split_once(' ').unwrap_or(("", &text));
        if number != 0 {
            words.push(format!("{glyph} {number} {word}{meaning}"));
        }
    }
    // Wrapped by hand: the space between two entries is wider than one between words.
    let mut line = String::new();
    for entry in words {
        if pen.width < width(&line) + 3 + width(&entry) {
            let full = pen.ink(Tone::Quiet, &std::mem::take(&mut line));
            pen.line(&full);
        }
        if !line.is_empty() {
            line.push_str("   ");
        }
        line.push_str(&entry);
    }
    let last = pen.ink(Tone::Quiet, &line);
    pen.line(&last);
}

fn score(pen: &mut Pen, view: &View<'_>) {
    let Some(score) = view.score() else { return };
    let bar = pen.bar(u64::from(score.value), u64::from(score.of), 30);
    let text = format!("Score {} of {}", score.value, score.of);
    let line = format!("{}  {bar}", pen.ink(Tone::Strong, &text));
    pen.line(&line);
    pen.paragraph(Tone::Quiet, &score.arithmetic, 0, 3);
}

fn failing(pen: &mut Pen, view: &View<'_>) {
    let fails: Vec<(&ControlRow, &str, &Cell)> = cells_with(view, CellOutcome::Fail);
    if fails.is_empty() {
        return;
    }
    pen.heading("Where it fails", "worst findings of each control");
    let by_id: BTreeMap<&str, &Finding> =
        view.report.findings.iter().rev().map(|f| (f.id.as_str(), f)).collect();
    for (control, way, cell) in fails {
        let name = pen.printable(&format!("{} / {way}", control.id));
        if width(&name) + 2 + width(&cell.because) <= pen.width {
            let line = format!("{}  {}", pen.ink(Tone::Bad, &name), pen.printable(&cell.because));
            pen.line(&line);
        } else {
            let line = pen.ink(Tone::Bad, &name);
            pen.line(&line);
            pen.paragraph(Tone::Plain, &cell.because, INDENT, 3);
        }
        for finding in cell.findings.iter().filter_map(|id| by_id.get(id.as_str())).take(WORST_MAX) {
            worst(pen, finding);
        }
    }
}

fn worst(pen: &mut Pen, finding: &Finding) {
    let severity = pad(finding.severity.as_str(), 9);
    let place = place_line(finding);
    let place = if place.is_empty() { String::new() } else { format!("  ({place})") };
    let room = pen.width - INDENT - 9;
    let text = fit(&pen.printable(&format!("{}{place}", finding.title)), room, pen.more());
    let line = format!("{}{}{text}", " ".repeat(INDENT), pen.ink(Tone::of(finding.severity), &severity));
    pen.line(&line);
}

/// Writes what would make the unknown cells known; cells with the same answer stand together.
pub(crate) fn write_unknown(pen: &mut Pen, view: &View<'_>) {
    let unknown = cells_with(view, CellOutcome::Unknown);
    if unknown.is_empty() {
        return;
    }
    let cells = if unknown.len() == 1 { "1 cell".to_owned() } else { format!("{} cells", unknown.len()) };
    pen.heading("What would make the unknown known", &cells);
    let mut answers: Vec<(&str, Vec<String>)> = Vec::new();
    for (control, way, cell) in unknown {
        let name = format!("{} / {way}", control.id);
        match answers.iter_mut().find(|(because, _)| *because == cell.because) {
            Some((_, names)) => names.push(name),
            None => answers.push((&cell.because, vec![name])),
        }
    }
    for (because, names) in answers {
        pen.paragraph(Tone::Warn, &format!("? {}", names.join(", ")), 0, 3);
        pen.paragraph(Tone::Plain, because, INDENT, 4);
    }
}

fn cells_with<'r>(view: &View<'r>, outcome: CellOutcome) -> Vec<(&'r ControlRow, &'static str, &'r Cell)> {
    let all =
        view.controls().iter().flat_map(|c| cells(c).into_iter().map(move |(way, cell)| (c, way, cell)));
    all.filter(|(_, _, cell)| cell.outcome == outcome).collect()
}

fn cells(control: &ControlRow) -> [(&'static str, &Cell); 3] {
    [("see", &control.see), ("fix", &control.fix), ("hold", &control.hold)]
}
