//! One finding in full: what, where, why, how it is closed, and the page of its rule.

use api::{Finding, Report, Status};

use crate::table::pen::{Pen, Tone};
use crate::view::{View, place_line};
use crate::{RuleHelp, TableStyle};

/// Columns of the labels.
const LABEL: usize = 13;
/// Links shown.
const LINKS_MAX: usize = 12;

/// The finding as a page for a terminal.
#[must_use]
pub fn explain(report: &Report, finding: &Finding, help: Option<&RuleHelp>, style: &TableStyle) -> String {
    let view = View::new(report);
    let mut pen = Pen::new(style);
    let severity = pen.ink(Tone::of(finding.severity), finding.severity.as_str());
    let title = pen.printable(&finding.title);
    let title = format!("{severity}{}{}", pen.dot(), pen.ink(Tone::Strong, &title));
    pen.line(&title);
    pen.paragraph(Tone::Plain, &finding.message, 0, 20);
    pen.gap();
    place(&mut pen, &view, finding);
    vulnerability(&mut pen, finding);
    fix(&mut pen, finding);
    if finding.status == Status::Suppressed {
        let text = finding.suppression.as_ref().map_or_else(String::new, |s| {
            let owner = s.owner.as_ref().map_or_else(String::new, |o| format!(", owner {o}"));
            let until = s.until.as_ref().map_or_else(String::new, |u| format!(", until {u}"));
            format!("by {}: {}{owner}{until}", s.by, s.reason)
        });
        pen.labelled("suppressed", Tone::Warn, &text, LABEL);
    }
    because(&mut pen, finding);
    page(&mut pen, help);
    pen.out
}

fn place(pen: &mut Pen, view: &View<'_>, finding: &Finding) {
    pen.labelled("finding", Tone::Plain, &finding.id, LABEL);
    pen.labelled("rule", Tone::Plain, &format!("{} of control {}", finding.rule, finding.control), LABEL);
    pen.labelled("target", Tone::Plain, &finding.target, LABEL);
    pen.labelled("where", Tone::Plain, &place_line(finding), LABEL);
    pen.labelled("layer", Tone::Plain, finding.r#where.layer.as_deref().unwrap_or(""), LABEL);
    pen.labelled("made by", Tone::Plain, finding.r#where.instruction.as_deref().unwrap_or(""), LABEL);
    let mut label = "package";
    for package in view.packages(finding) {
        let source = package
            .source
            .as_ref()
            .map_or_else(String::new, |s| format!(", source {} {}", s.name, s.version));
        pen.labelled(label, Tone::Plain, &format!("{}{source}", package.purl), LABEL);
        label = "";
    }
}

fn vulnerability(pen: &mut Pen, finding: &Finding) {
    let Some(v) = &finding.vulnerability else { return };
    pen.labelled(
        "known as",
        Tone::Plain,
        &[std::slice::from_ref(&v.id), v.aliases.as_slice()].concat().join(", "),
        LABEL,
    );
    pen.labelled("summary", Tone::Plain, v.summary.as_deref().unwrap_or(""), LABEL);
    pen.labelled("affected", Tone::Plain, &v.range, LABEL);
    let fixed = if v.fixed.is_empty() { "no version is published".to_owned() } else { v.fixed.join(", ") };
    pen.labelled("fixed in", Tone::Plain, &fixed, LABEL);
    let mut label = "CVSS";
    for cvss in &v.cvss {
        let text = format!("{:.1} ({} {}, by {})", cvss.score, cvss.version, cvss.vector, cvss.source);
        pen.labelled(label, Tone::Plain, &text, LABEL);
        label = "";
    }
    if let Some(epss) = v.epss {
        let text = format!(
            "{:.2}% within 30 days, more than {:.1}% of all vulnerabilities",
            epss.score * 100.0,
            epss.percentile * 100.0
        );
        pen.labelled("EPSS", Tone::Plain, &text, LABEL);
    }
    if let Some(kev) = &v.kev {
        let due = kev.due.as_ref().map_or_else(String::new, |d| format!(", to be closed by {d}"));
        let ransomware = if kev.ransomware { ", used by ransomware" } else { "" };
        pen.labelled("exploited", Tone::Worst, &format!("known since {}{due}{ransomware}", kev.added), LABEL);
    }
    let published = v.published.map_or_else(|| "not known".to_owned(), |t| t.to_string());
    pen.labelled("published", Tone::Plain, &published, LABEL);
    let mut label = "read more";
    for url in v.urls.iter().take(LINKS_MAX) {
        pen.labelled(label, Tone::Plain, url, LABEL);
        label = "";
    }
}

fn fix(pen: &mut Pen, finding: &Finding) {
    let Some(fix) = &finding.fix else {
        pen.labelled("fix", Tone::Warn, "none is at hand", LABEL);
        return;
    };
    let version = fix.version.as_ref().map_or_else(String::new, |v| format!("to version {v}"));
    pen.labelled("fix", Tone::Good, &version, LABEL);
    let mut label = if version.is_empty() { "fix" } else { "" };
    for line in fix.command.as_deref().unwrap_or("").lines() {
        pen.labelled(label, Tone::Good, line, LABEL);
        label = "";
    }
    if let Some(patch) = &fix.patch {
        pen.labelled("patch", Tone::Good, "apply with `patch -p1`:", LABEL);
        for line in patch.lines() {
            let line = pen.printable(line);
            pen.line(&line);
        }
    }
}

fn because(pen: &mut Pen, finding: &Finding) {
    if finding.because.is_empty() {
        return;
    }
    pen.heading("Why", "each step and who says it");
    for (number, step) in finding.because.iter().enumerate() {
        pen.labelled(&format!("{}.", number + 1), Tone::Plain, &format!("{} ({})", step.what, step.from), 4);
    }
}

fn page(pen: &mut Pen, help: Option<&RuleHelp>) {
    let Some(help) = help else { return };
    pen.heading("The rule", &help.id);
    for block in help.page.trim().split("\n\n") {
        // Running text is wrapped anew; lists, tables and indented examples keep their lines.
        let kept =
            block.lines().any(|l| l.starts_with([' ', '*', '-', '|', '`', '>']) && !l.starts_with("**"));
        if kept {
            for line in block.lines() {
                let indent = line.len() - line.trim_start().len();
                pen.paragraph(Tone::Plain, line, indent.min(8), 20);
            }
        } else {
            pen.paragraph(Tone::Plain, block, 0, 100);
        }
        pen.gap();
    }
    pen.out.truncate(pen.out.trim_end().len());
    pen.gap();
}
