//! Where it runs: each image with the workloads that expose it or run it privileged, and what each workload's images are
//! worth.

use crate::running::{self, Image};
use crate::table::pen::{Pen, Tone};
use crate::text::{fit, pad, width};
use crate::view::{Counts, View};

/// Images shown.
const IMAGES_MAX: usize = 12;
/// Workloads shown.
const WORKLOADS_MAX: usize = 12;
/// Columns before the text.
const INDENT: usize = 4;
/// Columns of the word before a line.
const WORD: usize = 12;

/// Writes the group; nothing where images were not asked for.
pub(crate) fn write(pen: &mut Pen, view: &View<'_>) {
    if view.report.workloads.is_none() {
        return;
    }
    let images = running::images(view);
    pen.heading("Where it runs", &running::remark(view, images.len()));
    if images.is_empty() {
        pen.paragraph(Tone::Quiet, "no workload of the targets runs an image", 0, 2);
        return;
    }
    for (number, image) in images.iter().take(IMAGES_MAX).enumerate() {
        one(pen, number + 1, image);
    }
    more(pen, images.len(), IMAGES_MAX, "images");
    workloads(pen, view);
}

fn one(pen: &mut Pen, number: usize, image: &Image<'_>) {
    let number = pad(&format!("{number}."), INDENT);
    let mut words = image.counts.words();
    // A target without a match is an image that could not be had.
    if image.row.matched.is_none() {
        words = "could not be had".to_owned();
    } else if words.is_empty() {
        words = "no findings".to_owned();
    }
    headline(pen, &number, (&image.name(), Tone::Strong), (&words, tone(&image.counts)));
    for (word, text) in image.lines() {
        let is_calm = matches!(word, "runs in" | "known by" | "found in");
        let tone = if is_calm { Tone::Quiet } else { Tone::Warn };
        labelled(pen, word, tone, &text);
    }
}

fn workloads(pen: &mut Pen, view: &View<'_>) {
    let rows = running::workloads(view);
    if rows.is_empty() {
        return;
    }
    pen.gap();
    for row in rows.iter().take(WORKLOADS_MAX) {
        let counts = running::counts_of(row);
        headline(pen, "", (&running::named(&row.object), Tone::Strong), (&counts.words(), tone(&counts)));
        let flags = running::flags(row);
        if !flags.is_empty() {
            pen.paragraph(Tone::Warn, &flags, INDENT, 1);
        }
        pen.paragraph(Tone::Quiet, &running::worst(row), INDENT, 2);
    }
    more(pen, rows.len(), WORKLOADS_MAX, "workloads");
}

fn tone(counts: &Counts) -> Tone {
    counts.present().next().map_or(Tone::Quiet, |(severity, _)| Tone::of(severity))
}

/// A name at the left and what it comes to at the right, on two lines where there is no room for both.
fn headline(pen: &mut Pen, before: &str, (name, strong): (&str, Tone), (words, tone): (&str, Tone)) {
    let room = pen.width.saturating_sub(width(before));
    let name = pen.printable(name);
    if width(&name) + 2 + width(words) <= room {
        let space = " ".repeat(room - width(&name) - width(words));
        let line = format!("{before}{}{space}{}", pen.ink(strong, &name), pen.ink(tone, words));
        pen.line(&line);
        return;
    }
    let name = fit(&name, room, pen.more());
    let line = format!("{before}{}", pen.ink(strong, &name));
    pen.line(&line);
    pen.paragraph(tone, words, INDENT, 2);
}

/// A word in a column of its own, text wrapped beside it.
fn labelled(pen: &mut Pen, word: &str, tone: Tone, text: &str) {
    let label = format!("{}{}", " ".repeat(INDENT), pad(word, WORD));
    pen.labelled(&label, tone, text, INDENT + WORD);
}

fn more(pen: &mut Pen, total: usize, shown: usize, what: &str) {
    if let Some(more) = total.checked_sub(shown).filter(|n| *n != 0) {
        let text = format!("{} {more} more {what}, see --format json", pen.more());
        pen.paragraph(Tone::Quiet, &text, 0, 1);
    }
}
