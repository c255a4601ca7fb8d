//! What to do: one block an act, its worst findings below it.

use std::collections::{BTreeMap, BTreeSet};

use api::Finding;

use crate::actions::{Action, What, command, is_exploited};
use crate::table::pen::{Pen, Tone};
use crate::text::{count, fit, pad, width};
use crate::view::{View, place_line};

/// Findings shown below an act.
const FINDINGS_MAX: usize = 5;
/// Columns of the severity word.
const SEVERITY: usize = 9;
/// Columns before a finding.
const INDENT: usize = 4;

/// Writes the acts, at most `groups_max` of them.
pub(crate) fn write(pen: &mut Pen, view: &View<'_>, acts: &[Action<'_>], groups_max: usize) {
    if acts.is_empty() {
        return;
    }
    let title = if view.report.controls.is_empty() { "What to do" } else { "What to do first" };
    pen.heading(title, "worst first");
    let several = 1 < view.report.targets.len();
    for (number, act) in acts.iter().take(groups_max).enumerate() {
        if number != 0 {
            pen.gap();
        }
        block(pen, view, act, number + 1, several);
    }
    let hidden: u64 = acts.iter().skip(groups_max).map(|a| a.counts.total()).sum();
    if hidden != 0 {
        let groups = count((acts.len() - groups_max) as u64, "group", "groups");
        let text = format!(
            "{} {} in {groups}, see --format json or html",
            pen.more(),
            count(hidden, "more finding", "more findings")
        );
        pen.gap();
        pen.paragraph(Tone::Quiet, &text, 0, 2);
    }
}

fn block(pen: &mut Pen, view: &View<'_>, act: &Action<'_>, number: usize, several: bool) {
    let worst = act.findings.iter().map(|f| f.severity).max().unwrap_or_default();
    let headline = pen.printable(&act.headline());
    let effect = act.effect();
    let number = pad(&format!("{number}."), INDENT);
    let room = pen.width - INDENT;
    if width(&headline) + 2 + width(&effect) <= room {
        let space = " ".repeat(room - width(&headline) - width(&effect));
        let line = format!(
            "{number}{}{space}{}",
            pen.ink(Tone::Strong, &headline),
            pen.ink(Tone::of(worst), &effect)
        );
        pen.line(&line);
    } else {
        let headline = fit(&headline, room, pen.more());
        let line = format!("{number}{}", pen.ink(Tone::Strong, &headline));
        pen.line(&line);
        pen.paragraph(Tone::of(worst), &effect, INDENT, 2);
    }
    let mut details = act.details();
    if several {
        let target = view.target_name(act.target);
        match details.first_mut() {
            Some(first) => *first = format!("{target}: {first}"),
            None => details.push(target.to_owned()),
        }
    }
    for detail in details {
        pen.paragraph(Tone::Quiet, &detail, INDENT, 2);
    }
    pen.code("fix: ", &act.fix_lines(), INDENT);
    let rows = rows(act);
    for (position, same) in rows.iter().take(FINDINGS_MAX).enumerate() {
        row(pen, view, act, same);
        // One command shows the way; those of the other findings stand in the machine formats.
        if let (0, What::Correct { command: None, .. }, Some(command)) =
            (position, &act.what, same.first().and_then(|f| command(f)))
        {
            pen.code("fix: ", &command.lines().collect::<Vec<_>>(), INDENT + SEVERITY);
        }
    }
    let hidden: usize = rows.iter().skip(FINDINGS_MAX).map(Vec::len).sum();
    if let Some(more) = Some(hidden).filter(|n| *n != 0) {
        let text = format!("{} {more} more", pen.more());
        pen.paragraph(Tone::Quiet, &text, INDENT, 1);
    }
}

/// Findings of an act, those of one vulnerability together, worst first.
fn rows<'r>(act: &Action<'r>) -> Vec<Vec<&'r Finding>> {
    let mut index: BTreeMap<&str, usize> = BTreeMap::new();
    let mut out: Vec<Vec<&Finding>> = Vec::new();
    for &finding in &act.findings {
        let Some(v) = &finding.vulnerability else {
            out.push(vec![finding]);
            continue;
        };
        let at = *index.entry(v.id.as_str()).or_insert(out.len());
        match out.get_mut(at) {
            Some(same) => same.push(finding),
            None => out.push(vec![finding]),
        }
    }
    out
}

fn row(pen: &mut Pen, view: &View<'_>, act: &Action<'_>, same: &[&Finding]) {
    let Some(&finding) = same.first() else { return };
    let severity = pad(finding.severity.as_str(), SEVERITY);
    let room = pen.width - INDENT - SEVERITY;
    let (name, text) = name_and_text(view, act, same, finding);
    let flags = flags(finding, room);
    let name = fit(&pen.printable(&name), room, pen.more());
    let taken = width(&name) + if flags.is_empty() { 0 } else { 2 + width(&flags) };
    let text_room = room.saturating_sub(taken + 2);
    let text = if 8 <= text_room { fit(&pen.printable(&text), text_room, pen.more()) } else { String::new() };
    let gap = room.saturating_sub(width(&name) + 2 + width(&text) + width(&flags));
    let tone = if is_exploited(finding) { Tone::Worst } else { Tone::Quiet };
    let line = format!(
        "{}{}{name}  {text}{}{}",
        " ".repeat(INDENT),
        pen.ink(Tone::of(finding.severity), &severity),
        " ".repeat(gap),
        pen.ink(tone, &flags)
    );
    pen.line(&line);
}

/// What names a finding in its group, and what else to say of it.
fn name_and_text(
    view: &View<'_>,
    act: &Action<'_>,
    same: &[&Finding],
    finding: &Finding,
) -> (String, String) {
    let place = place_line(finding);
    match (&finding.vulnerability, &act.what) {
        (Some(v), _) => {
            let summary = v.summary.clone().unwrap_or_else(|| finding.title.to_string());
            // The package is in the headline, unless the act or the vulnerability is about several.
            let several = matches!(&act.what, What::Wait { packages } if 1 < packages.len());
            let names: BTreeSet<&str> =
                same.iter().copied().flat_map(|f| view.packages(f)).map(|p| p.name.as_str()).collect();
            let summary = if (several && !names.is_empty()) || 1 < names.len() {
                let names: Vec<&str> = names.into_iter().collect();
                format!("{}: {summary}", names.join(", "))
            } else {
                summary
            };
            // Ids are of one width in most groups; padding keeps the summaries in a column.
            (pad(&v.id, 16), summary)
        }
        (None, What::Correct { title, .. }) if *title == finding.title && !place.is_empty() => {
            (place, finding.message.clone())
        }
        (None, What::Correct { title, .. }) if *title == finding.title => {
            (finding.message.clone(), String::new())
        }
        (None, _) if place.is_empty() => (finding.title.to_string(), String::new()),
        (None, _) => (place, finding.title.to_string()),
    }
}

/// `exploited`, EPSS and CVSS, as many as a third of the room holds.
fn flags(finding: &Finding, room: usize) -> String {
    let Some(v) = &finding.vulnerability else { return String::new() };
    let mut words = Vec::new();
    if let Some(kev) = &v.kev {
        words.push(if kev.ransomware { "exploited (ransomware)".to_owned() } else { "exploited".to_owned() });
    }
    if let Some(cvss) = v.cvss.first() {
        words.push(format!("CVSS {:.1}", cvss.score));
    }
    if let Some(epss) = v.epss {
        words.push(format!("EPSS {:.1}%", epss.score * 100.0));
    }
    while 1 < words.len() && room / 3 < width(&words.join("  ")) {
        words.pop();
    }
    words.join("  ")
}
