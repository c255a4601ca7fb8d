//! One self-contained page: no network, no inline handlers, a policy that lets only its own style and script run.
//!
//! Without scripts it is a static page: scorecard, what to do, the worst findings, doubts. The script replaces the
//! table of findings by one that sorts and filters, from the JSON that the page carries once.

mod card;
mod data;
pub(crate) mod hash;
mod parts;
mod runs;

use std::io;

use api::{Finding, Report};

use crate::actions::worst_first;
use crate::html::hash::{SCRIPT_HASH, STYLE_HASH};
use crate::text::escape;
use crate::view::View;

pub(crate) const STYLE: &str = include_str!("page.css");
pub(crate) const SCRIPT: &str = include_str!("page.js");

/// Writes the page.
pub(crate) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let view = View::new(report);
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by(|a, b| worst_first(a, b));
    let verb = if report.controls.is_empty() { "scan" } else { "assess" };
    let mut page = String::with_capacity(64 << 10);
    head(&mut page, &view, verb);
    page.push_str("<main>\n");
    card::write(&mut page, &view);
    parts::acts(&mut page, &view);
    runs::write(&mut page, &view);
    parts::findings(&mut page, &view, &findings);
    parts::doubts(&mut page, report);
    parts::verdict(&mut page, report);
    page.push_str("</main>\n<footer><p>Written by Plimsoll ");
    page.push_str(&escape(&report.tool.version));
    page.push_str(". This page is whole in itself: it loads nothing and sends nothing.</p></footer>\n");
    page.push_str("<script type=\"application/json\" id=\"data\">");
    out.write_all(page.as_bytes())?;
    out.write_all(data::json(&view, &findings)?.as_bytes())?;
    out.write_all(b"</script>\n<script>")?;
    out.write_all(SCRIPT.as_bytes())?;
    out.write_all(b"</script>\n</body>\n</html>\n")
}

fn head(page: &mut String, view: &View<'_>, verb: &str) {
    let names: Vec<String> = view.report.targets.iter().take(3).map(|t| escape(&t.name)).collect();
    let more = view.report.targets.len().saturating_sub(3);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let title = format!("{}{more}", names.join(", "));
    page.push_str("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.push_str(&format!(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{STYLE_HASH}'; \
         script-src '{SCRIPT_HASH}'; base-uri 'none'; form-action 'none'\">\n"
    ));
    page.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.push_str(
        "<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" content=\"noindex\">\n",
    );
    page.push_str(&format!(
        "<title>Plimsoll {verb}: {title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
    ));
    parts::header(page, view, verb, &title);
}
