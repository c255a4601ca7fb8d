//! A summary in Markdown for merge requests and job pages: verdict, scorecard, what to do, what could not be known.

use std::collections::BTreeMap;

use api::{Cell, CellOutcome, ControlRow, GateOutcome, Report, VerdictOutcome};
use model::{Doubt, DoubtKind};

use crate::actions::{Action, actions};
use crate::running;
use crate::text::{clean, count, fit, thousands};
use crate::view::{Counts, DatabaseLines, View, unlike};

/// Acts shown; comments of forges end at 65,536 characters.
const ACTS_MAX: usize = 30;
/// Findings shown of one act.
const FINDINGS_MAX: usize = 8;
/// Images of workloads shown.
const IMAGES_MAX: usize = 20;
/// Groups of doubts shown.
const DOUBTS_MAX: usize = 20;
/// Characters of one text of others.
const TEXT_MAX: usize = 200;

/// The summary.
pub(crate) fn render(report: &Report) -> String {
    let view = View::new(report);
    let mut out = String::new();
    head(&mut out, &view);
    gates(&mut out, report);
    scorecard(&mut out, &view);
    what_to_do(&mut out, &view);
    where_it_runs(&mut out, &view);
    doubts(&mut out, report);
    out
}

/// Text of others on one line: cleaned, cut, and with what would be markup escaped.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in fit(&clean(text), TEXT_MAX, "…").chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' | '!') {
            out.push('\\');
        }
        out.push(c);
        // A backslash does not keep GitHub from calling whoever has the name of a scope (`@babel/core`): it looks for
        // names once the text is rendered. A word joiner, which nobody sees, does, there and at GitLab.
        if c == '@' {
            out.push('\u{2060}');
        }
    }
    out
}

/// Text of others as code: a fence longer than any run of backticks in it.
fn code(text: &str) -> String {
    let text = fit(&clean(text), TEXT_MAX, "…").replace('|', "\\|");
    let runs = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(runs + 1);
    let space = if runs == 0 { "" } else { " " };
    format!("{fence}{space}{text}{space}{fence}")
}

fn head(out: &mut String, view: &View<'_>) {
    let report = view.report;
    let verb = if report.controls.is_empty() { "scan" } else { "assess" };
    let word = match report.verdict.outcome {
        VerdictOutcome::Pass => "✅ pass",
        VerdictOutcome::Fail => "❌ fail",
        VerdictOutcome::Incomplete => "❔ incomplete",
        VerdictOutcome::Ungated => "ungated",
    };
    out.push_str(&format!("## Plimsoll {verb}: {word}\n\n"));
    for target in report.targets.iter().take(20) {
        let packages = view.package_words(target);
        let system = target
            .distribution
            .as_ref()
            .map_or_else(String::new, |d| format!(", {}", plain(d.pretty_name.as_deref().unwrap_or(&d.id))));
        out.push_str(&format!("* {}{system}, {packages}\n", code(&target.id)));
    }
    if 20 < report.targets.len() {
        out.push_str(&format!("* and {} more\n", report.targets.len() - 20));
    }
    let counts = Counts::of(view.open());
    let words = if counts.total() == 0 { "none".to_owned() } else { counts.words() };
    out.push_str(&format!("* findings: {words}; suppressed: {}\n", thousands(view.suppressed())));
    let lines = DatabaseLines::new(report);
    out.push_str(&format!("* database: {}\n", plain(&lines.what)));
    if !lines.partial.is_empty() {
        out.push_str(&format!("* {}\n", plain(&lines.partial)));
    }
    if !lines.answered.is_empty() {
        out.push_str(&format!("* {}\n", plain(&lines.answered)));
    }
    out.push('\n');
}

fn gates(out: &mut String, report: &Report) {
    if report.verdict.gates.is_empty() {
        return;
    }
    out.push_str("| gate | outcome | why |\n|---|---|---|\n");
    for gate in &report.verdict.gates {
        let word = match gate.outcome {
            GateOutcome::Pass => "✅ pass",
            GateOutcome::Fail => "❌ fail",
            GateOutcome::Incomplete => "❔ incomplete",
        };
        out.push_str(&format!("| {} | {word} | {} |\n", code(&gate.expression), plain(&gate.because)));
    }
    out.push('\n');
}

fn scorecard(out: &mut String, view: &View<'_>) {
    if view.controls().is_empty() {
        return;
    }
    out.push_str(&format!("### {}\n\n", plain(view.card_title())));
    if let Some(score) = view.score() {
        out.push_str(&format!("**{} of {}**: {}\n\n", score.value, score.of, plain(&score.arithmetic)));
    }
    out.push_str("| control | see | fix | hold |\n|---|---|---|---|\n");
    let mut domain = "";
    for control in view.controls() {
        if control.domain != domain {
            domain = &control.domain;
            out.push_str(&format!("| **{}** | | | |\n", plain(&view.domain(domain))));
        }
        let ControlRow { id, see, fix, hold, .. } = control;
        out.push_str(&format!("| {} | {} | {} | {} |\n", plain(id), cell(see), cell(fix), cell(hold)));
    }
    out.push('\n');
}

fn cell(cell: &Cell) -> &'static str {
    match cell.outcome {
        CellOutcome::Pass => "✅ pass",
        CellOutcome::Fail => "❌ fail",
        CellOutcome::Unknown => "❔ unknown",
        CellOutcome::NotApplicable => "n/a",
        CellOutcome::NotImplemented => "not yet",
    }
}

fn what_to_do(out: &mut String, view: &View<'_>) {
    let acts = actions(view);
    if acts.is_empty() {
        return;
    }
    out.push_str("### What to do, worst first\n\n");
    for act in acts.iter().take(ACTS_MAX) {
        one_act(out, view, act);
    }
    let hidden: u64 = acts.iter().skip(ACTS_MAX).map(|a| a.counts.total()).sum();
    if hidden != 0 {
        out.push_str(&format!("\n… {} more, see the JSON report.\n", count(hidden, "finding", "findings")));
    }
    out.push('\n');
}

fn one_act(out: &mut String, view: &View<'_>, act: &Action<'_>) {
    let several = 1 < view.report.targets.len();
    let target = if several { format!(" in {}", code(view.target_name(act.target))) } else { String::new() };
    out.push_str(&format!("1. **{}**{target}: {}\n", plain(&act.headline()), act.effect()));
    for detail in act.details() {
        out.push_str(&format!("   {}\n", plain(&detail)));
    }
    let mut ids: Vec<&str> = Vec::new();
    for id in act.findings.iter().filter_map(|f| f.vulnerability.as_ref().map(|v| v.id.as_str())) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    if !ids.is_empty() {
        let shown: Vec<String> = ids.iter().take(FINDINGS_MAX).map(|id| plain(id)).collect();
        let more = ids.len().saturating_sub(FINDINGS_MAX);
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        out.push_str(&format!("   {}{more}\n", shown.join(", ")));
    }
    fence(out, &act.fix_lines());
}

/// Lines to be copied, as a block of the list's item; its fence is longer than any run of backticks in it.
fn fence(out: &mut String, lines: &[&str]) {
    if lines.is_empty() {
        return;
    }
    let longest = lines.iter().flat_map(|l| l.split(|c| c != '`')).map(str::len).max().unwrap_or(0);
    let fence = "`".repeat((longest + 1).max(3));
    out.push_str(&format!("\n   {fence}text\n"));
    for line in lines {
        out.push_str(&format!("   {}\n", clean(line)));
    }
    out.push_str(&format!("   {fence}\n\n"));
}

fn where_it_runs(out: &mut String, view: &View<'_>) {
    let images = running::images(view);
    if images.is_empty() {
        return;
    }
    out.push_str(&format!("### Where it runs: {}\n\n", running::remark(view, images.len())));
    out.push_str("| image | findings | where |\n|---|---|---|\n");
    for image in images.iter().take(IMAGES_MAX) {
        let lines: Vec<String> =
            image.lines().iter().map(|(word, text)| format!("{word}: {}", plain(text))).collect();
        let words =
            if image.row.matched.is_none() { "could not be had".to_owned() } else { image.counts.words() };
        out.push_str(&format!("| {} | {words} | {} |\n", code(&image.name()), lines.join("<br>")));
    }
    if IMAGES_MAX < images.len() {
        out.push_str(&format!("\n… {} more images, see the JSON report.\n", images.len() - IMAGES_MAX));
    }
    out.push('\n');
}

fn doubts(out: &mut String, report: &Report) {
    if report.doubts.is_empty() {
        return;
    }
    out.push_str("### What could not be known\n\n");
    let mut groups: BTreeMap<(DoubtKind, &str, &str), Vec<&Doubt>> = BTreeMap::new();
    for doubt in &report.doubts {
        groups.entry((doubt.kind, &doubt.reason, &doubt.remedy)).or_default().push(doubt);
    }
    for ((kind, reason, remedy), doubts) in groups.iter().take(DOUBTS_MAX) {
        let word = match kind {
            DoubtKind::Target => "not read",
            DoubtKind::Knowledge => "not known",
        };
        let times = match unlike(doubts.iter().copied()) {
            1 => String::new(),
            n => format!(" ({n} times)"),
        };
        out.push_str(&format!("* {word}: {}{times}; to know it: {}\n", plain(reason), plain(remedy)));
    }
    if DOUBTS_MAX < groups.len() {
        out.push_str(&format!("* … {} more kinds, see the JSON report\n", groups.len() - DOUBTS_MAX));
    }
}
