//! The static parts of the page: head, what to do, the worst findings, doubts, verdict.

use std::collections::{BTreeMap, BTreeSet};

use api::{Finding, GateOutcome, Report, Status, VerdictOutcome};
use model::{Doubt, DoubtKind, Severity};

use crate::actions::{actions, is_exploited};
use crate::text::{bytes, count, escape, thousands};
use crate::view::{Counts, DatabaseLines, View, place_line};

/// Findings in the page without scripts.
const FINDINGS_MAX: usize = 100;
/// Acts shown.
const ACTS_MAX: usize = 40;
/// Groups of doubts shown.
const DOUBTS_MAX: usize = 100;
/// Places of one group of doubts shown.
const PLACES_MAX: usize = 8;
/// Targets described.
const TARGETS_MAX: usize = 20;

/// The head of the page.
pub(super) fn header(page: &mut String, view: &View<'_>, verb: &str, title: &str) {
    let report = view.report;
    page.push_str(&format!(
        "<header>\n<p class=\"brand\">Plimsoll {verb}</p>\n<h1>{title}</h1>\n<dl class=\"facts\">\n"
    ));
    for target in report.targets.iter().take(TARGETS_MAX) {
        let mut facts = vec![escape(&target.id)];
        if let Some(d) = &target.distribution {
            let name = d.pretty_name.clone().unwrap_or_else(|| format!("{} {}", d.id, d.version));
            let over = d.end_of_life.as_ref().filter(|day| **day < report.as_of.date());
            let end = over.map_or_else(String::new, |day| format!(" (out of support since {day})"));
            facts.push(escape(&format!("{name}{end}")));
        }
        facts.extend(target.platform.as_ref().map(|p| escape(p)));
        facts.push(view.package_words(target));
        facts.extend(target.digest.as_ref().map(|d| format!("<code>{}</code>", escape(d))));
        page.push_str(&format!("<dt>target</dt><dd>{}</dd>\n", facts.join(" · ")));
    }
    if TARGETS_MAX < report.targets.len() {
        page.push_str(&format!("<dt></dt><dd>and {} more</dd>\n", report.targets.len() - TARGETS_MAX));
    }
    let lines = DatabaseLines::new(report);
    page.push_str(&format!("<dt>database</dt><dd>{}", escape(&lines.what)));
    if !lines.answered.is_empty() {
        page.push_str(&format!("<br>{}", escape(&lines.answered)));
    }
    if !lines.partial.is_empty() {
        page.push_str(&format!("<br>{} {}", escape(&lines.partial), escape(&lines.remedy)));
    }
    page.push_str(&format!("</dd>\n<dt>as of</dt><dd>{}</dd>\n", report.as_of));
    let (class, word) = outcome(report.verdict.outcome);
    page.push_str(&format!(
        "<dt>verdict</dt><dd><span class=\"verdict {class}\">{word}</span> exit {}</dd>\n</dl>\n",
        report.verdict.exit
    ));
    chips(page, view);
    page.push_str("</header>\n");
}

fn outcome(outcome: VerdictOutcome) -> (&'static str, &'static str) {
    match outcome {
        VerdictOutcome::Pass => ("pass", "pass"),
        VerdictOutcome::Fail => ("fail", "fail"),
        VerdictOutcome::Incomplete => ("incomplete", "incomplete"),
        VerdictOutcome::Ungated => ("ungated", "ungated"),
    }
}

fn chips(page: &mut String, view: &View<'_>) {
    let counts = Counts::of(view.open());
    page.push_str("<ul class=\"chips\">\n");
    for (severity, n) in Severity::WORST_FIRST.into_iter().zip(counts.by) {
        let needed = n != 0 || Severity::Medium <= severity;
        if needed {
            page.push_str(&format!("<li class=\"{severity}\"><b>{}</b>{severity}</li>\n", thousands(n)));
        }
    }
    let exploited = view.open().filter(|f| is_exploited(f)).count() as u64;
    let fixable = view.open().filter(|f| f.fix.is_some()).count() as u64;
    let doubts = view.unknown();
    for (n, word) in [
        (exploited, "exploited"),
        (fixable, "fix at hand"),
        (view.suppressed(), "suppressed"),
        (doubts, "not known"),
    ] {
        if n != 0 {
            page.push_str(&format!("<li><b>{}</b>{word}</li>\n", thousands(n)));
        }
    }
    page.push_str("</ul>\n");
}

/// What to do, worst first.
pub(super) fn acts(page: &mut String, view: &View<'_>) {
    let acts = actions(view);
    if acts.is_empty() {
        return;
    }
    page.push_str("<section>\n<h2>What to do, worst first</h2>\n<ol class=\"list\">\n");
    let several = 1 < view.report.targets.len();
    for act in acts.iter().take(ACTS_MAX) {
        let worst = act.findings.iter().map(|f| f.severity).max().unwrap_or_default();
        page.push_str(&format!(
            "<li><div class=\"act\"><strong>{}</strong><span class=\"sev {worst}\">{}</span></div>",
            escape(&act.headline()),
            escape(&act.effect())
        ));
        let mut details = act.details();
        if several {
            details.insert(0, view.target_name(act.target).to_owned());
        }
        let details: Vec<String> = details.iter().map(|d| escape(d)).collect();
        page.push_str(&format!("<span class=\"quiet\">{}</span>", details.join("<br>")));
        let lines: Vec<String> = act.fix_lines().iter().map(|l| escape(l)).collect();
        if !lines.is_empty() {
            page.push_str(&format!("<pre>{}</pre>", lines.join("\n")));
        }
        page.push_str("</li>\n");
    }
    page.push_str("</ol>\n");
    let hidden: u64 = acts.iter().skip(ACTS_MAX).map(|a| a.counts.total()).sum();
    if hidden != 0 {
        let text = count(hidden, "more finding", "more findings");
        page.push_str(&format!(
            "<p class=\"quiet\">{text} in {} further groups, below.</p>\n",
            acts.len() - ACTS_MAX
        ));
    }
    page.push_str("</section>\n");
}

/// The findings, worst first; the script takes the table over.
pub(super) fn findings(page: &mut String, view: &View<'_>, findings: &[&Finding]) {
    page.push_str("<section id=\"findings\">\n<h2>Findings</h2>\n<div class=\"tools\" id=\"tools\" hidden>");
    page.push_str("<input type=\"search\" id=\"search\" placeholder=\"id, package, path, word …\" aria-label=\"Search\"></div>\n");
    let open: Vec<&&Finding> = findings.iter().filter(|f| f.status == Status::Open).collect();
    let shown = open.len().min(FINDINGS_MAX);
    page.push_str(&format!(
        "<p class=\"quiet\" id=\"count\" role=\"status\">the {shown} worst of {}</p>\n",
        findings.len()
    ));
    page.push_str("<table class=\"findings\">\n<thead><tr>");
    for (key, word) in [
        ("severity", "severity"),
        ("finding", "finding"),
        ("where", "where"),
        ("fix", "fix"),
        ("epss", "EPSS"),
        ("control", "control"),
    ] {
        page.push_str(&format!("<th scope=\"col\" data-sort=\"{key}\">{word}</th>"));
    }
    page.push_str("</tr></thead>\n<tbody id=\"rows\">\n");
    for finding in open.into_iter().take(FINDINGS_MAX) {
        row(page, view, finding);
    }
    page.push_str("</tbody>\n</table>\n<button type=\"button\" class=\"more\" id=\"more\" hidden></button>\n</section>\n");
}

fn row(page: &mut String, view: &View<'_>, finding: &Finding) {
    let severity = finding.severity;
    page.push_str(&format!(
        "<tr class=\"row\"><td><span class=\"sev {severity}\">{severity}</span></td><td>"
    ));
    match &finding.vulnerability {
        Some(v) => {
            page.push_str(&escape(&v.id));
            if v.kev.is_some() {
                page.push_str(" <span class=\"tag kev\">exploited</span>");
            }
            page.push_str(&format!(
                "<small>{}</small>",
                escape(v.summary.as_deref().unwrap_or(&finding.title))
            ));
        }
        None => {
            page.push_str(&format!("{}<small>{}</small>", escape(&finding.title), escape(&finding.message)))
        }
    }
    let packages = view.packages(finding);
    let place = place_line(finding);
    let place = match packages.first() {
        Some(p) => format!("{} {}<small>{}</small>", escape(&p.name), escape(&p.version), escape(&place)),
        None => escape(&place),
    };
    let fix = finding.fix.as_ref().and_then(|f| f.version.as_deref().or(f.command.as_deref())).unwrap_or("");
    let epss = finding.vulnerability.as_ref().and_then(|v| v.epss);
    let epss = epss.map_or_else(String::new, |e| format!("{:.1}%", e.score * 100.0));
    page.push_str(&format!(
        "</td><td>{place}</td><td>{}</td><td class=\"num\">{epss}</td><td class=\"control\">{}</td></tr>\n",
        escape(fix),
        escape(&finding.control)
    ));
}

/// What could not be known, what was said by suppressions.
pub(super) fn doubts(page: &mut String, report: &Report) {
    if report.doubts.is_empty() {
        return;
    }
    let mut groups: BTreeMap<(DoubtKind, &str, &str), Vec<&Doubt>> = BTreeMap::new();
    for doubt in &report.doubts {
        groups.entry((doubt.kind, &doubt.reason, &doubt.remedy)).or_default().push(doubt);
    }
    page.push_str("<section>\n<h2>What could not be known</h2>\n<ul class=\"list\">\n");
    for ((kind, reason, remedy), doubts) in groups.iter().take(DOUBTS_MAX) {
        let word = match kind {
            DoubtKind::Target => "not read",
            DoubtKind::Knowledge => "not known",
        };
        // One place may be in doubt for several controls.
        let all: BTreeSet<&str> = doubts.iter().map(|d| d.r#where.as_str()).collect();
        let mut places: Vec<String> = all.iter().take(PLACES_MAX).map(|place| escape(place)).collect();
        if PLACES_MAX < all.len() {
            places.push(format!("and {} more", all.len() - PLACES_MAX));
        }
        page.push_str(&format!(
            "<li><strong>{word}: {}</strong><br><span class=\"quiet\">in {}</span><br>to know it: {}</li>\n",
            escape(reason),
            places.join(", "),
            escape(remedy)
        ));
    }
    page.push_str("</ul>\n");
    if DOUBTS_MAX < groups.len() {
        page.push_str(&format!("<p class=\"quiet\">and {} more kinds</p>\n", groups.len() - DOUBTS_MAX));
    }
    page.push_str("</section>\n");
}

/// Ledger, gates, notes.
pub(super) fn verdict(page: &mut String, report: &Report) {
    let ledger = &report.ledger;
    page.push_str("<section>\n<h2>What was read, and the verdict</h2>\n<dl class=\"facts\">\n");
    page.push_str(&format!(
        "<dt>read</dt><dd>{} in {}, {}, {}</dd>\n",
        bytes(ledger.bytes),
        count(ledger.files, "file", "files"),
        count(ledger.layers, "layer", "layers"),
        count(ledger.documents, "document", "documents"),
    ));
    for r in &ledger.rendered {
        page.push_str(&format!("<dt>rendered</dt><dd>{} ({})</dd>\n", escape(&r.r#where), escape(&r.by)));
    }
    for s in &ledger.skipped {
        let bound = format!("{} = {}", s.bound, s.limit);
        page.push_str(&format!("<dt>skipped</dt><dd>{} ({})</dd>\n", escape(&s.r#where), escape(&bound)));
    }
    for u in &ledger.unread {
        page.push_str(&format!("<dt>unread</dt><dd>{}: {}</dd>\n", escape(&u.r#where), escape(&u.reason)));
    }
    for note in &report.notes {
        page.push_str(&format!(
            "<dt>note</dt><dd>{}: {}</dd>\n",
            escape(&note.r#where),
            escape(&note.message)
        ));
    }
    for gate in &report.verdict.gates {
        let (class, word) = match gate.outcome {
            GateOutcome::Pass => ("pass", "pass"),
            GateOutcome::Fail => ("fail", "fail"),
            GateOutcome::Incomplete => ("incomplete", "incomplete"),
        };
        page.push_str(&format!(
            "<dt>gate</dt><dd><code>{}</code> <span class=\"verdict {class}\">{word}</span><br>{}</dd>\n",
            escape(&gate.expression),
            escape(&gate.because)
        ));
    }
    let (class, word) = outcome(report.verdict.outcome);
    page.push_str(&format!(
        "<dt>verdict</dt><dd><span class=\"verdict {class}\">{word}</span> exit {}</dd>\n</dl>\n</section>\n",
        report.verdict.exit
    ));
}
