//! The scorecard of the page.

use api::{Cell, CellOutcome, ControlRow, Score};

use crate::text::escape;
use crate::view::View;

/// Writes scorecard, score, failing and unknown cells; nothing for a scan.
pub(super) fn write(page: &mut String, view: &View<'_>) {
    let controls = view.controls();
    if controls.is_empty() {
        return;
    }
    let title = escape(view.card_title());
    page.push_str(&format!(
        "<section class=\"card\" aria-labelledby=\"card\">\n<h2 id=\"card\">{title}</h2>\n"
    ));
    if let Some(score) = view.score() {
        ring(page, score);
    }
    page.push_str("<table>\n<thead><tr><th scope=\"col\">control</th><th scope=\"col\">see</th><th scope=\"col\">fix</th>");
    page.push_str("<th scope=\"col\">hold</th></tr></thead>\n<tbody>\n");
    let mut domain = "";
    for control in controls {
        if control.domain != domain {
            domain = &control.domain;
            let name = escape(&view.domain(domain));
            page.push_str(&format!("<tr><th scope=\"rowgroup\" colspan=\"4\">{name}</th></tr>\n"));
        }
        row(page, control);
    }
    page.push_str("</tbody>\n</table>\n<p class=\"legend\">see: it is measured. fix: an artefact closes it. hold: something ");
    page.push_str("in the target enforces it. Unknown is never a pass; n/a and not yet are not counted.</p>\n</section>\n");
    reasons(page, controls, CellOutcome::Fail, "Where it fails");
    reasons(page, controls, CellOutcome::Unknown, "What would make the unknown known");
}

fn ring(page: &mut String, score: &Score) {
    let around = 2.0 * std::f64::consts::PI * 40.0;
    let share = if score.of == 0 { 0.0 } else { f64::from(score.value) / f64::from(score.of) };
    page.push_str(&format!(
        "<div class=\"score\"><svg viewBox=\"0 0 100 100\" role=\"img\" aria-label=\"{value} of {of}\">\
         <circle class=\"ring\" cx=\"50\" cy=\"50\" r=\"40\"/>\
         <circle class=\"arc\" cx=\"50\" cy=\"50\" r=\"40\" stroke-dasharray=\"{:.1} {around:.1}\" \
         transform=\"rotate(-90 50 50)\"/><text x=\"50\" y=\"54\">{value}</text>\
         <text class=\"of\" x=\"50\" y=\"69\">of {of}</text></svg>\n<div><strong>Score {value} of {of}</strong>\
         <p class=\"quiet\">{}</p></div></div>\n",
        share * around,
        escape(&score.arithmetic),
        value = score.value,
        of = score.of,
    ));
}

fn row(page: &mut String, control: &ControlRow) {
    let id = escape(&control.id);
    page.push_str(&format!("<tr><th scope=\"row\">{id}<small>{}</small></th>", escape(&control.title)));
    for (way, cell) in cells(control) {
        let (class, glyph, word) = words(cell.outcome);
        let because = escape(&cell.because);
        page.push_str(&format!(
            "<td data-label=\"{way}\"><span class=\"cell {class}\" title=\"{because}\" data-control=\"{id}\"><b>{glyph}</b> {word}</span></td>"
        ));
    }
    page.push_str("</tr>\n");
}

fn reasons(page: &mut String, controls: &[ControlRow], outcome: CellOutcome, title: &str) {
    let all = controls.iter().flat_map(|c| cells(c).into_iter().map(move |(way, cell)| (c, way, cell)));
    let chosen: Vec<_> = all.filter(|(_, _, cell)| cell.outcome == outcome).collect();
    if chosen.is_empty() {
        return;
    }
    let mut grouped: Vec<(&str, Vec<String>)> = Vec::new();
    for (control, way, cell) in chosen {
        let name = format!("{} / {way}", control.id);
        match grouped.iter_mut().find(|(because, _)| *because == cell.because) {
            Some((_, names)) => names.push(name),
            None => grouped.push((&cell.because, vec![name])),
        }
    }
    page.push_str(&format!("<section>\n<h2>{title}</h2>\n<ul class=\"list\">\n"));
    for (because, names) in grouped {
        page.push_str(&format!(
            "<li><strong>{}</strong><br>{}</li>\n",
            escape(&names.join(", ")),
            escape(because)
        ));
    }
    page.push_str("</ul>\n</section>\n");
}

/// Class, glyph and word of an outcome; the glyph is for the eye, the word for everybody.
fn words(outcome: CellOutcome) -> (&'static str, &'static str, &'static str) {
    match outcome {
        CellOutcome::Pass => ("pass", "✓", "pass"),
        CellOutcome::Fail => ("fail", "✗", "fail"),
        CellOutcome::Unknown => ("unknown", "?", "unknown"),
        CellOutcome::NotApplicable => ("not-applicable", "–", "n/a"),
        CellOutcome::NotImplemented => ("not-implemented", "·", "not yet"),
    }
}

fn cells(control: &ControlRow) -> [(&'static str, &Cell); 3] {
    [("see", &control.see), ("fix", &control.fix), ("hold", &control.hold)]
}
