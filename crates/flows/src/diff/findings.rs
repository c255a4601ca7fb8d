//! Findings added, removed and changed, and why.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use api::{Change, Finding, FindingChange, PackageRow, Report, Status, Was, Why, WhyKind};
use model::{DoubtKind, Text};

use super::packages::{Key, key};
use super::pairs::Pairs;

/// One side: its packages by target and identity.
struct Side<'r> {
    report: &'r Report,
    rows: BTreeMap<(&'r str, &'r str), &'r PackageRow>,
    by_key: BTreeMap<(&'r str, Key), Vec<&'r PackageRow>>,
}

impl<'r> Side<'r> {
    fn of(report: &'r Report) -> Self {
        let mut by_key: BTreeMap<(&str, Key), Vec<&PackageRow>> = BTreeMap::new();
        for row in &report.packages {
            by_key.entry((&row.target, key(row))).or_default().push(row);
        }
        let rows = report.packages.iter().map(|p| ((p.target.as_str(), p.id.as_str()), p)).collect();
        Self { report, rows, by_key }
    }

    fn packages(&self, finding: &Finding) -> Vec<&'r PackageRow> {
        let row = |id: &String| self.rows.get(&(finding.target.as_str(), id.as_str())).copied();
        finding.packages.iter().filter_map(row).collect()
    }

    fn ran(&self, rule: &str) -> bool {
        self.report.rules.iter().any(|r| r.id == rule)
    }

    /// True for a bill of materials or results: no file of the target was looked at.
    fn lists_alone(&self, target: &str) -> bool {
        let kind = self.report.targets.iter().find(|t| t.id == target).map(|t| t.kind.as_str());
        matches!(kind, Some("sbom" | "results"))
    }

    /// A doubt because of which a package or file of `target` may not have been seen.
    fn blind(&self, target: &str, control: &str) -> Option<&'r model::Doubt> {
        self.report
            .doubts
            .iter()
            .find(|d| d.kind == DoubtKind::Target && d.target == target && d.concerns(control))
    }
}

/// Every change: added, changed, removed; worst first.
pub(super) fn changes(old: &Report, new: &Report, pairs: &Pairs<'_>) -> Vec<FindingChange> {
    let (before, after) = (Side::of(old), Side::of(new));
    let matched = matched(&before, &after, pairs);
    let mut out = Vec::new();
    for (n, finding) in new.findings.iter().enumerate() {
        match matched.get(&n).and_then(|o| old.findings.get(*o)) {
            Some(was) => out.extend(changed(was, finding, &before, &after)),
            None => out.push(added(finding, &before, &after, pairs)),
        }
    }
    let kept: BTreeSet<usize> = matched.into_values().collect();
    for (n, finding) in old.findings.iter().enumerate() {
        if !kept.contains(&n) {
            out.push(removed(finding, &before, &after, pairs));
        }
    }
    out.sort_by(|a, b| {
        let key = |f: &FindingChange| (f.change, Reverse(f.finding.severity), f.finding.target.clone());
        key(a).cmp(&key(b)).then_with(|| a.finding.id.cmp(&b.finding.id))
    });
    out
}

/// New index to old index. By id, which holds no version; then by rule, vulnerability and package, for reports that
/// found the same package in another place.
fn matched(before: &Side<'_>, after: &Side<'_>, pairs: &Pairs<'_>) -> BTreeMap<usize, usize> {
    let mut by_id: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut by_subject: BTreeMap<(&str, Text, String, Key), Vec<usize>> = BTreeMap::new();
    for (n, finding) in before.report.findings.iter().enumerate() {
        by_id.insert((&finding.target, &finding.id), n);
        for subject in subjects(finding, before) {
            let key = (finding.target.as_str(), finding.rule.clone(), subject.0, subject.1);
            by_subject.entry(key).or_default().push(n);
        }
    }
    let mut out = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for (n, finding) in after.report.findings.iter().enumerate() {
        let Some(target) = pairs.old_of(&finding.target) else { continue };
        if let Some(&o) = by_id.get(&(target, finding.id.as_str())) {
            out.insert(n, o);
            taken.insert(o);
        }
    }
    for (n, finding) in after.report.findings.iter().enumerate() {
        let Some(target) = pairs.old_of(&finding.target).filter(|_| !out.contains_key(&n)) else { continue };
        let mut candidates = subjects(finding, after)
            .into_iter()
            .filter_map(|s| by_subject.get(&(target, finding.rule.clone(), s.0, s.1)))
            .flatten();
        if let Some(&o) = candidates.find(|o| !taken.contains(*o)) {
            out.insert(n, o);
            taken.insert(o);
        }
    }
    out
}

/// Every name of the vulnerability with every package.
fn subjects(finding: &Finding, side: &Side<'_>) -> Vec<(String, Key)> {
    let Some(v) = &finding.vulnerability else { return Vec::new() };
    let mut out = Vec::new();
    for row in side.packages(finding) {
        for id in v.aliases.iter().chain([&v.id]) {
            out.push((id.to_ascii_uppercase(), key(row)));
        }
    }
    out
}

fn why(kind: WhyKind, what: impl Into<String>) -> Why {
    Why { kind, what: what.into() }
}

fn changed(was: &Finding, now: &Finding, before: &Side<'_>, after: &Side<'_>) -> Option<FindingChange> {
    let mut reasons = Vec::new();
    if was.severity != now.severity {
        let what = format!("severity {} became {}", was.severity, now.severity);
        reasons.push(why(WhyKind::Knowledge, what));
    }
    match (was.status, now.status) {
        (Status::Open, Status::Suppressed) => {
            let by = now.suppression.as_ref().map(|s| format!("{}: {}", s.by, s.reason)).unwrap_or_default();
            reasons.push(why(WhyKind::Decision, format!("suppressed by {by}")));
        }
        (Status::Suppressed, Status::Open) => {
            let by = was.suppression.as_ref().map(|s| s.by.clone()).unwrap_or_default();
            reasons.push(why(WhyKind::Decision, format!("open again, {by} suppresses it no more")));
        }
        _ => {}
    }
    let fixed = |f: &Finding| f.vulnerability.as_ref().map(|v| v.fixed.clone()).unwrap_or_default();
    if fixed(was) != fixed(now) {
        let shown = |list: Vec<String>| if list.is_empty() { "none".to_owned() } else { list.join(", ") };
        let what = format!("fixed versions were {}, are {}", shown(fixed(was)), shown(fixed(now)));
        reasons.push(why(WhyKind::Knowledge, what));
    }
    let kev = |f: &Finding| f.vulnerability.as_ref().is_some_and(|v| v.kev.is_some());
    if !kev(was) && kev(now) {
        reasons.push(why(WhyKind::Knowledge, "it is known to be exploited now"));
    }
    if reasons.is_empty() {
        return None;
    }
    reasons.extend(versions(&before.packages(was), &after.packages(now)));
    let was = Was { severity: was.severity, status: was.status, fixed: fixed(was) };
    let change = Change::Changed;
    Some(FindingChange { change, finding: now.clone(), was: Some(was), why: reasons, unclear: false })
}

/// Packages that went from one version to another.
fn versions(before: &[&PackageRow], after: &[&PackageRow]) -> Vec<Why> {
    let mut out = Vec::new();
    for row in after {
        let olds: Vec<&str> =
            before.iter().filter(|b| key(b) == key(row)).map(|b| b.version.as_str()).collect();
        if !olds.is_empty() && !olds.contains(&row.version.as_str()) {
            let what = format!("{} went from {} to {}", row.name, olds.join(", "), row.version);
            out.push(why(WhyKind::Package, what));
        }
    }
    out.sort();
    out.dedup();
    out
}

fn added(finding: &Finding, before: &Side<'_>, after: &Side<'_>, pairs: &Pairs<'_>) -> FindingChange {
    let done = |why: Vec<Why>, unclear: bool| FindingChange {
        change: Change::Added,
        finding: finding.clone(),
        was: None,
        why,
        unclear,
    };
    let Some(target) = pairs.old_of(&finding.target) else {
        return done(vec![why(WhyKind::Target, "the target is new")], false);
    };
    if !before.ran(&finding.rule) {
        let what = format!("the old report did not ask `{}`", finding.rule);
        return done(vec![why(WhyKind::Program, what)], true);
    }
    if finding.vulnerability.is_some() && before.report.database.is_none() && !is_imported(finding) {
        return done(vec![why(WhyKind::Unknown, "the old report asked no advisory database")], true);
    }
    if finding.packages.is_empty() && before.lists_alone(target) && !after.lists_alone(&finding.target) {
        let what = "the old side lists packages alone, so that nobody can say whether this is new";
        return done(vec![why(WhyKind::Unknown, what)], true);
    }
    let mut reasons = Vec::new();
    let mut unclear = false;
    for row in after.packages(finding) {
        match before.by_key.get(&(target, key(row))).map(Vec::as_slice) {
            None | Some([]) => {
                reasons.push(why(WhyKind::Package, format!("{} {} is new here", row.name, row.version)));
                if let Some(doubt) = before.blind(target, &finding.control) {
                    unclear = true;
                    let what =
                        format!("the old side was not read whole: {}: {}", doubt.r#where, doubt.reason);
                    reasons.push(why(WhyKind::Unknown, what));
                }
            }
            Some(olds) if olds.iter().any(|o| o.version == row.version) => {
                reasons.extend(learned(finding, before, after));
            }
            Some(olds) => reasons.extend(versions(olds, &[row])),
        }
    }
    if reasons.is_empty() {
        let blind = before.blind(target, &finding.control);
        unclear = blind.is_some();
        reasons = elsewhere(&finding.target, target, before, after, blind);
    }
    reasons.sort();
    reasons.dedup();
    done(reasons, unclear)
}

fn is_imported(finding: &Finding) -> bool {
    finding.rule.starts_with("imported-")
}

/// Why a vulnerability is known of a package that did not change.
fn learned(finding: &Finding, before: &Side<'_>, after: &Side<'_>) -> Vec<Why> {
    let (Some(old), Some(new)) = (&before.report.database, &after.report.database) else {
        return vec![why(WhyKind::Knowledge, "it was judged by other advisories")];
    };
    let v = finding.vulnerability.as_deref();
    if old.id != new.id {
        let (then, now) = (old.built.date(), new.built.date());
        let published = v.and_then(|v| v.published).filter(|at| old.built < *at);
        let modified = v.and_then(|v| v.modified).filter(|at| old.built < *at);
        let what = match (published, modified) {
            (Some(at), _) => {
                format!("its advisory is new: published {}, after the old database of {then}", at.date())
            }
            (None, Some(at)) => {
                format!("its advisory changed on {}, after the old database of {then}", at.date())
            }
            (None, None) => {
                format!("the old database (of {then}) did not name it, the new one (of {now}) does")
            }
        };
        return vec![why(WhyKind::Knowledge, what)];
    }
    program(before, after)
}

fn program(before: &Side<'_>, after: &Side<'_>) -> Vec<Why> {
    let (then, now) = (&before.report.tool.version, &after.report.tool.version);
    if then == now {
        let what = "neither the package nor the database changed; the reports were made in different ways";
        return vec![why(WhyKind::Unknown, what)];
    }
    vec![why(WhyKind::Program, format!("judged by plimsoll {then} before, by {now} now"))]
}

/// Why a finding about no package came or went.
fn elsewhere(
    new_target: &str,
    old_target: &str,
    before: &Side<'_>,
    after: &Side<'_>,
    blind: Option<&model::Doubt>,
) -> Vec<Why> {
    let digest = |side: &Side<'_>, id: &str| {
        side.report.targets.iter().find(|t| t.id == id).and_then(|t| t.digest.clone())
    };
    let mut out = Vec::new();
    if let Some(doubt) = blind {
        let what = format!("a side was not read whole: {}: {}", doubt.r#where, doubt.reason);
        out.push(why(WhyKind::Unknown, what));
    }
    match (digest(before, old_target), digest(after, new_target)) {
        (Some(a), Some(b)) if a == b => out.extend(program(before, after)),
        (Some(a), Some(b)) => out.push(why(WhyKind::Target, format!("the target went from {a} to {b}"))),
        _ => out.push(why(WhyKind::Target, "what it is about in the target changed")),
    }
    out
}

fn removed(finding: &Finding, before: &Side<'_>, after: &Side<'_>, pairs: &Pairs<'_>) -> FindingChange {
    let done = |mut reasons: Vec<Why>| {
        reasons.sort();
        reasons.dedup();
        let finding = finding.clone();
        FindingChange { change: Change::Removed, finding, was: None, why: reasons, unclear: false }
    };
    let Some(target) = pairs.new_of(&finding.target) else {
        return done(vec![why(WhyKind::Target, "the target is gone")]);
    };
    if !after.ran(&finding.rule) {
        return done(vec![why(WhyKind::Program, format!("the new report did not ask `{}`", finding.rule))]);
    }
    if finding.packages.is_empty() && after.lists_alone(target) && !before.lists_alone(&finding.target) {
        let what = "the new side lists packages alone, so that nobody can say whether this is gone";
        return done(vec![why(WhyKind::Unknown, what)]);
    }
    let mut reasons = Vec::new();
    for row in before.packages(finding) {
        match after.by_key.get(&(target, key(row))).map(Vec::as_slice) {
            None | Some([]) => {
                reasons.push(why(WhyKind::Package, format!("{} {} is gone", row.name, row.version)));
                if let Some(doubt) = after.blind(target, &finding.control) {
                    let what =
                        format!("the new side was not read whole: {}: {}", doubt.r#where, doubt.reason);
                    reasons.push(why(WhyKind::Unknown, what));
                }
            }
            Some(news) if news.iter().any(|n| n.version == row.version) => {
                reasons.extend(forgotten(finding, before, after));
            }
            Some(news) => reasons.extend(versions(&[row], news)),
        }
    }
    if reasons.is_empty() {
        let blind = after.blind(target, &finding.control);
        reasons = elsewhere(target, &finding.target, before, after, blind);
    }
    done(reasons)
}

/// Why a vulnerability is known no more of a package that did not change.
fn forgotten(finding: &Finding, before: &Side<'_>, after: &Side<'_>) -> Vec<Why> {
    let names = |id: &str| {
        finding.vulnerability.as_ref().is_some_and(|v| v.id == id || v.aliases.iter().any(|a| a == id))
    };
    let note = after.report.notes.iter().find(|n| {
        n.kind == api::NoteKind::Overruled && n.message.split_whitespace().next().is_some_and(names)
    });
    if let Some(note) = note {
        return vec![why(WhyKind::Knowledge, note.message.clone())];
    }
    match (&before.report.database, &after.report.database) {
        (Some(old), Some(new)) if old.id == new.id => program(before, after),
        (Some(old), Some(new)) => vec![why(
            WhyKind::Knowledge,
            format!(
                "its advisory was withdrawn or changed: the old database (of {}) named it, the new one (of {}) does not",
                old.built.date(),
                new.built.date()
            ),
        )],
        (_, None) => vec![why(WhyKind::Unknown, "the new report asked no advisory database")],
        (None, _) => vec![why(WhyKind::Knowledge, "it was judged by other advisories")],
    }
}
