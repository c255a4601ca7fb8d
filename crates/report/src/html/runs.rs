//! Where it runs, on the page.

use crate::running;
use crate::text::escape;
use crate::view::View;

/// Images shown.
const IMAGES_MAX: usize = 100;
/// Workloads shown.
const WORKLOADS_MAX: usize = 100;

/// Images with the workloads that run them, and workloads with what their images are worth.
pub(super) fn write(page: &mut String, view: &View<'_>) {
    let images = running::images(view);
    if images.is_empty() {
        return;
    }
    let remark = running::remark(view, images.len());
    page.push_str(&format!(
        "<section>\n<h2>Where it runs</h2>\n<p class=\"quiet\">{remark}</p>\n<ol class=\"list\">\n"
    ));
    for image in images.iter().take(IMAGES_MAX) {
        let worst = image.counts.present().next().map_or("", |(severity, _)| severity.as_str());
        let words = match (image.row.matched.is_none(), image.counts.words()) {
            (true, _) => "could not be had".to_owned(),
            (false, words) if words.is_empty() => "no findings".to_owned(),
            (false, words) => words,
        };
        let lines: Vec<String> =
            image.lines().iter().map(|(word, text)| format!("{word}: {}", escape(text))).collect();
        page.push_str(&format!(
            "<li><div class=\"act\"><strong>{}</strong><span class=\"sev {worst}\">{words}</span></div><span class=\"quiet\">{}</span></li>\n",
            escape(&image.name()),
            lines.join("<br>")
        ));
    }
    page.push_str("</ol>\n");
    more(page, images.len(), IMAGES_MAX, "images");
    workloads(page, view);
    page.push_str("</section>\n");
}

fn workloads(page: &mut String, view: &View<'_>) {
    let rows = running::workloads(view);
    if rows.is_empty() {
        return;
    }
    page.push_str("<ul class=\"list\">\n");
    for row in rows.iter().take(WORKLOADS_MAX) {
        let counts = running::counts_of(row);
        let worst = counts.present().next().map_or("", |(severity, _)| severity.as_str());
        let flags = running::flags(row);
        let flags = if flags.is_empty() { flags } else { format!("{flags}<br>") };
        page.push_str(&format!(
            "<li><div class=\"act\"><strong>{}</strong><span class=\"sev {worst}\">{}</span></div><span class=\"quiet\">{flags}{}</span></li>\n",
            escape(&running::named(&row.object)),
            counts.words(),
            escape(&running::worst(row))
        ));
    }
    page.push_str("</ul>\n");
    more(page, rows.len(), WORKLOADS_MAX, "workloads");
}

fn more(page: &mut String, total: usize, shown: usize, what: &str) {
    if let Some(more) = total.checked_sub(shown).filter(|n| *n != 0) {
        page.push_str(&format!("<p class=\"quiet\">and {more} more {what}</p>\n"));
    }
}
