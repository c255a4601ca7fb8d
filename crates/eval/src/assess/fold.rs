//! Folds what was measured into cells. A cell is earned: no path leads to `pass` except through subjects judged
//! without fault and without doubt, or through evidence in the target.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use api::{Cell, CellOutcome, ControlRow, Finding, RuleRow, Score, Status};
use inventory::TargetKind;
use model::{Doubt, Severity};

use super::{
    Control, EvidenceKind, FixEvidence, FixProof, Framework, HoldEvidence, Measured, MendEvidence, Question,
    Scorecard,
};

/// Why a control has no answer on a target that it does not speak of.
const NO_SUBJECT: &str = "nothing here that it speaks of";

/// Findings that a cell names.
const CELL_FINDINGS_MAX: usize = 10;

/// Folds what was measured into the framework's controls.
#[must_use]
pub fn assess(framework: &Framework, measured: &Measured<'_>) -> Scorecard {
    let mut controls = Vec::new();
    for domain in &framework.domains {
        for control in &domain.controls {
            let facts = Facts::of(control, measured);
            let see = see(control, &facts, measured.targets);
            let fix = fix(control, &facts, see.outcome, measured);
            let hold = hold(control, measured);
            let (id, title) = (control.id.clone(), control.title.clone());
            controls.push(ControlRow { id, domain: domain.id.clone(), title, see, fix, hold });
        }
    }
    let score = score(&controls);
    Scorecard { controls, score }
}

/// What was measured of one control.
struct Facts<'r> {
    rows: BTreeMap<&'r str, RuleRow>,
    /// Open, worst first.
    open: Vec<&'r Finding>,
    suppressed: BTreeMap<&'r str, u64>,
    doubts: Vec<&'r Doubt>,
    /// Open findings of other scanners that concern the control and that nobody put under one of its rules.
    unsorted: usize,
}

impl<'r> Facts<'r> {
    fn of(control: &Control, measured: &Measured<'r>) -> Self {
        let ours: BTreeSet<&str> =
            control.see.iter().flat_map(|q| q.rules.iter().map(String::as_str)).collect();
        let mut rows: BTreeMap<&str, RuleRow> = BTreeMap::new();
        for row in measured.rules.iter().filter(|r| ours.contains(r.id.as_str())) {
            let sum = rows.entry(&row.id).or_default();
            sum.evaluated += row.evaluated;
            sum.passed += row.passed;
            sum.failed += row.failed;
            sum.unknown += row.unknown;
            sum.not_applicable += row.not_applicable;
        }
        let mut suppressed: BTreeMap<&str, u64> = BTreeMap::new();
        let mut open: Vec<&Finding> = Vec::new();
        // Of another framework's control it is known which rules answer it, and not which findings of others do.
        let is_own = control.answers.contains(&control.id);
        let of_others =
            |f: &&Finding| control.answers.iter().any(|c| *c == f.control) && is_imported(&f.rule);
        let counts = |f: &&Finding| ours.contains(f.rule.as_str()) || (is_own && of_others(f));
        let unsorted = measured.findings.iter().filter(|f| f.status == Status::Open && of_others(f)).count();
        let unsorted = if is_own { 0 } else { unsorted };
        for finding in measured.findings.iter().filter(counts) {
            match finding.status {
                Status::Open => open.push(finding),
                Status::Suppressed => *suppressed.entry(&finding.rule).or_default() += 1,
            }
        }
        open.sort_by(|a, b| {
            let key = |f: &Finding| Reverse(f.severity);
            key(a).cmp(&key(b)).then_with(|| (&a.target, &a.rule, &a.id).cmp(&(&b.target, &b.rule, &b.id)))
        });
        let is_about = |d: &&Doubt| d.rule.as_ref().is_none_or(|r| is_own || ours.contains(r.as_str()));
        let concerns = |d: &&Doubt| d.concerns(&control.id) || control.answers.iter().any(|c| d.concerns(c));
        let doubts = measured.doubts.iter().filter(concerns).filter(is_about).collect();
        Self { rows, open, suppressed, doubts, unsorted }
    }
}

/// True for the rules under which findings of other scanners stand that no rule of ours answers: they can fail a
/// control, and never make one pass.
fn is_imported(rule: &str) -> bool {
    rule.starts_with("imported-")
}

/// What one question answers.
enum Answer {
    NotMeasured,
    NoSubject,
    Fail,
    Unknown(u64),
    Pass { subjects: u64, suppressed: u64 },
}

fn answer(question: &Question, facts: &Facts<'_>) -> Answer {
    if question.rules.is_empty() {
        return Answer::NotMeasured;
    }
    let asked = |rule: &str| question.rules.iter().any(|r| r == rule);
    let failing = facts.open.iter().filter(|f| asked(&f.rule)).count();
    let rows: Vec<(&str, &RuleRow)> =
        facts.rows.iter().filter(|(r, _)| asked(r)).map(|(r, row)| (*r, row)).collect();
    let suppressed = |rule: &str| facts.suppressed.get(rule).copied().unwrap_or(0);
    // A rule that failed without a finding in the report, open or suppressed, still failed.
    let silent = rows.iter().filter(|(r, row)| 0 < row.failed && suppressed(r) == 0 && failing == 0).count();
    let (subjects, unknown) = rows.iter().fold((0, 0), |(e, u), (_, r)| (e + r.evaluated, u + r.unknown));
    match (failing + silent, unknown, subjects) {
        (f, ..) if 0 < f => Answer::Fail,
        (_, u, _) if 0 < u => Answer::Unknown(u),
        (.., 0) => Answer::NoSubject,
        (.., n) => {
            Answer::Pass { subjects: n, suppressed: question.rules.iter().map(|r| suppressed(r)).sum() }
        }
    }
}

fn see(control: &Control, facts: &Facts<'_>, targets: &[TargetKind]) -> Cell {
    let is_asked = |q: &&Question| q.of.is_empty() || q.of.iter().any(|kind| targets.contains(kind));
    let answers: Vec<(&Question, Answer)> =
        control.see.iter().filter(is_asked).map(|q| (q, answer(q, facts))).collect();
    let asked = |wanted: fn(&Answer) -> bool| -> Vec<&str> {
        answers.iter().filter(|(_, a)| wanted(a)).map(|(q, _)| q.ask.as_str()).collect()
    };
    let unmeasured = asked(|a| matches!(a, Answer::NotMeasured));
    let without_subject = asked(|a| matches!(a, Answer::NoSubject));
    let passing = asked(|a| matches!(a, Answer::Pass { .. }));
    let others_fail = facts.open.iter().any(|f| is_imported(&f.rule));
    if others_fail || answers.iter().any(|(_, a)| matches!(a, Answer::Fail)) {
        return failing(&answers, facts);
    }
    if unmeasured.len() == answers.len() {
        return match answers.is_empty() {
            false => cell(CellOutcome::NotImplemented, "this version has no rule for it".to_owned()),
            true => cell(CellOutcome::NotApplicable, NO_SUBJECT.to_owned()),
        };
    }
    if let Some(doubt) = facts.doubts.first() {
        return cell(CellOutcome::Unknown, doubted(&facts.doubts, doubt));
    }
    if let Some(n) = answers.iter().find_map(|(_, a)| if let Answer::Unknown(n) = a { Some(n) } else { None })
    {
        return cell(CellOutcome::Unknown, format!("{n} things could not be judged"));
    }
    if 0 < facts.unsorted {
        let found = plural(facts.unsorted, "finding", "findings");
        let because = format!("{found} of other scanners may belong here, and nobody sorted them into it");
        return cell(CellOutcome::Unknown, because);
    }
    match (unmeasured.len(), passing.len(), without_subject.len()) {
        (_, 0, _) => cell(CellOutcome::NotApplicable, NO_SUBJECT.to_owned()),
        (0, _, 0) => cell(CellOutcome::Pass, passed(&answers)),
        (0, ..) => {
            let open = without_subject.join("; ");
            cell(CellOutcome::Unknown, format!("nothing here answers: {open}"))
        }
        _ => {
            let open = unmeasured.join("; ");
            cell(CellOutcome::Unknown, format!("this version has no rule that answers: {open}"))
        }
    }
}

fn failing(answers: &[(&Question, Answer)], facts: &Facts<'_>) -> Cell {
    let mut by_severity = Vec::new();
    for severity in Severity::WORST_FIRST {
        let n = facts.open.iter().filter(|f| f.severity == severity).count();
        if 0 < n {
            by_severity.push(format!("{n} {severity}"));
        }
    }
    let mut because = if by_severity.is_empty() {
        "a rule failed".to_owned()
    } else {
        format!("{}: {}", plural(facts.open.len(), "open finding", "open findings"), by_severity.join(", "))
    };
    let clean = answers.iter().filter(|(_, a)| matches!(a, Answer::Pass { .. })).count();
    if 1 < answers.len() {
        because += &format!("; {clean} of {} questions clean", answers.len());
    }
    if !facts.doubts.is_empty() {
        because += &format!("; {} beside them", plural(facts.doubts.len(), "doubt", "doubts"));
    }
    Cell { outcome: CellOutcome::Fail, findings: worst(facts.open.iter().copied()), because }
}

fn worst<'r>(findings: impl Iterator<Item = &'r Finding>) -> Vec<String> {
    findings.take(CELL_FINDINGS_MAX).map(|f| f.id.clone()).collect()
}

fn doubted(doubts: &[&Doubt], first: &Doubt) -> String {
    let place = if first.r#where.is_empty() { &first.target } else { &first.r#where };
    let more = match doubts.len() {
        1 => String::new(),
        n => format!(" (and {} more)", n - 1),
    };
    format!("{place}: {}; to know it, {}{more}", first.reason, first.remedy)
}

fn passed(answers: &[(&Question, Answer)]) -> String {
    let (mut subjects, mut suppressed) = (0, 0);
    for (_, answer) in answers {
        if let Answer::Pass { subjects: n, suppressed: s } = answer {
            subjects += n;
            suppressed += s;
        }
    }
    let accepted =
        if suppressed == 0 { String::new() } else { format!(", {suppressed} findings suppressed") };
    format!("{} judged, no fault{accepted}", plural_u64(subjects, "thing", "things"))
}

/// Whether a produced artefact re-evaluates clean.
fn fix(control: &Control, facts: &Facts<'_>, see: CellOutcome, measured: &Measured<'_>) -> Cell {
    match (see, control.fix) {
        (CellOutcome::NotImplemented, _) => {
            cell(CellOutcome::NotImplemented, "this version does not measure it".to_owned())
        }
        (CellOutcome::NotApplicable, _) => cell(CellOutcome::NotApplicable, NO_SUBJECT.to_owned()),
        (CellOutcome::Pass, _) => {
            cell(CellOutcome::NotApplicable, "nothing failed, so nothing is to be fixed".to_owned())
        }
        (CellOutcome::Unknown, FixProof::None) | (CellOutcome::Fail, FixProof::None) => cell(
            CellOutcome::NotImplemented,
            "findings name their fix; this version does not apply it and judge again".to_owned(),
        ),
        (CellOutcome::Unknown, _) => {
            cell(CellOutcome::Unknown, "whether anything is to be fixed is not known".to_owned())
        }
        (CellOutcome::Fail, FixProof::FixedVersion) => {
            let named = |e: &&FixEvidence| {
                facts.open.iter().any(|f| f.target == e.target && f.packages.contains(&e.package))
            };
            let ours = measured.fixes.iter().filter(|e| control.answers.contains(&e.control)).filter(named);
            fixed_versions(facts, &ours.collect::<Vec<_>>())
        }
        (CellOutcome::Fail, FixProof::MendedManifest) => mended(facts, measured.mends),
    }
}

/// Whether mending the manifests leaves nothing: what nothing mends, and what was not tried, in this order.
fn mended(facts: &Facts<'_>, mends: &[MendEvidence]) -> Cell {
    let all = facts.open.len();
    if all == 0 {
        return cell(CellOutcome::Fail, "a rule failed without naming what would fix it".to_owned());
    }
    let by_finding: BTreeMap<(&str, &str), &MendEvidence> =
        mends.iter().map(|e| ((e.target.as_str(), e.finding.as_str()), e)).collect();
    let of = |f: &Finding| by_finding.get(&(f.target.as_str(), f.id.as_str())).copied();
    for (outcome, stay) in [(CellOutcome::Fail, "stay open"), (CellOutcome::Unknown, "could not be tried")] {
        let left: Vec<&Finding> =
            facts.open.iter().copied().filter(|f| of(f).is_some_and(|e| e.outcome == outcome)).collect();
        if let Some(first) = left.first().and_then(|f| of(f)) {
            let because = format!("{} of {all} {stay}: {}", left.len(), first.because);
            return Cell { outcome, findings: worst(left.into_iter()), because };
        }
    }
    let untried: Vec<&Finding> = facts.open.iter().copied().filter(|f| of(f).is_none()).collect();
    if !untried.is_empty() {
        let because = format!("{} of {all} stand in no file that could be mended", untried.len());
        return Cell { outcome: CellOutcome::Unknown, findings: worst(untried.into_iter()), because };
    }
    if let Some(first) = facts.doubts.first() {
        return cell(
            CellOutcome::Unknown,
            format!("every finding would go, but {}", doubted(&facts.doubts, first)),
        );
    }
    // The longest names every flag that one of them needs.
    let how = facts.open.iter().copied().filter_map(of).map(|e| e.because.as_str());
    let how = how.max_by_key(|because| because.len()).unwrap_or_default();
    cell(CellOutcome::Pass, format!("{how} closes all {all}, and judged again nothing else is wrong"))
}

/// Whether raising every package to its fixed version leaves nothing: what no version fixes, what affects the fixed
/// version in turn, and what nobody knows, in this order.
fn fixed_versions(facts: &Facts<'_>, fixes: &[&FixEvidence]) -> Cell {
    let all = facts.open.len();
    if all == 0 {
        return cell(CellOutcome::Fail, "a rule failed without naming what would fix it".to_owned());
    }
    let without: Vec<&Finding> = facts.open.iter().copied().filter(|f| !has_remedy(f)).collect();
    if !without.is_empty() {
        let because = format!("{} of {all} have no fixed version", without.len());
        return Cell { outcome: CellOutcome::Fail, findings: worst(without.into_iter()), because };
    }
    let of = |f: &Finding| -> Vec<CellOutcome> {
        let ours = |e: &&&FixEvidence| e.target == f.target && f.packages.contains(&e.package);
        fixes.iter().filter(ours).map(|e| e.outcome).collect()
    };
    let raised =
        || facts.open.iter().copied().filter(|f| f.fix.as_ref().is_some_and(|x| x.version.is_some()));
    for outcome in [CellOutcome::Fail, CellOutcome::Unknown] {
        let told: Vec<&&FixEvidence> = fixes.iter().filter(|e| e.outcome == outcome).collect();
        if let Some(first) = told.first() {
            let more =
                if told.len() == 1 { String::new() } else { format!(" (and {} more)", told.len() - 1) };
            let findings = worst(raised().filter(|f| of(f).contains(&outcome)));
            return Cell { outcome, findings, because: format!("{}{more}", first.because) };
        }
    }
    let unproven = raised().filter(|f| of(f).is_empty()).count();
    if unproven != 0 {
        let because = format!(
            "a fixed version is named for every one of {all}, and nobody could judge {unproven} again"
        );
        return cell(CellOutcome::Unknown, because);
    }
    if let Some(first) = facts.doubts.first() {
        return cell(
            CellOutcome::Unknown,
            format!("every finding would go, but {}", doubted(&facts.doubts, first)),
        );
    }
    let raised = plural(fixes.len(), "package", "packages");
    cell(CellOutcome::Pass, format!("{raised} judged again at the versions that fix all {all}: no fault"))
}

/// A version to go to closes a finding, and so does the command that removes a package or takes an older one.
fn has_remedy(f: &Finding) -> bool {
    f.fix.as_ref().is_some_and(|fix| fix.version.is_some() || fix.command.is_some())
}

/// Whether something in the target enforces the control.
fn hold(control: &Control, measured: &Measured<'_>) -> Cell {
    if control.held.is_empty() {
        return cell(CellOutcome::NotImplemented, "this version looks for no evidence of it".to_owned());
    }
    // Each control that is looked at must be enforced, and one thing that enforces it is enough: what enforces nothing
    // beside it does no harm.
    let best: Vec<Option<&HoldEvidence>> =
        control.held.iter().map(|id| best_evidence(measured.hold, id, &control.hold)).collect();
    for outcome in [CellOutcome::Fail, CellOutcome::Unknown, CellOutcome::Pass] {
        let is_whole = outcome == CellOutcome::Fail || best.iter().all(Option::is_some);
        if let Some(found) = best.iter().flatten().find(|e| is_whole && e.outcome == outcome) {
            return cell(outcome, found.because.clone());
        }
    }
    let looked_for = control.hold.iter().map(|k| match k {
        EvidenceKind::PipelineGate => "a pipeline step that fails the build on it",
        EvidenceKind::NamespaceLabel => "a namespace whose label makes the API server refuse such pods",
    });
    let looked_for = looked_for.collect::<Vec<_>>().join(", ");
    let holds = |kind: &EvidenceKind| match kind {
        EvidenceKind::PipelineGate => measured.targets.contains(&TargetKind::Dir),
        EvidenceKind::NamespaceLabel => {
            measured.targets.iter().any(|k| *k == TargetKind::Dir || k.is_objects())
        }
    };
    if control.hold.iter().any(holds) {
        cell(CellOutcome::Fail, format!("the target holds no {}", looked_for.trim_start_matches("a ")))
    } else {
        cell(CellOutcome::NotApplicable, format!("this kind of target cannot hold {looked_for}"))
    }
}

/// The evidence of these kinds that speaks best for a control of Plimsoll's own.
fn best_evidence<'r>(
    all: &'r [HoldEvidence],
    control: &str,
    kinds: &[EvidenceKind],
) -> Option<&'r HoldEvidence> {
    let ours = || all.iter().filter(|e| e.control == control && kinds.contains(&e.kind));
    let order = [CellOutcome::Pass, CellOutcome::Unknown, CellOutcome::Fail];
    order.iter().find_map(|outcome| ours().find(|e| e.outcome == *outcome))
}

fn cell(outcome: CellOutcome, because: String) -> Cell {
    Cell { outcome, findings: Vec::new(), because }
}

fn score(controls: &[ControlRow]) -> Score {
    let cells = || controls.iter().flat_map(|c| [&c.see, &c.fix, &c.hold]);
    let count = |outcome: CellOutcome| cells().filter(|c| c.outcome == outcome).count();
    let (pass, fail, unknown) =
        (count(CellOutcome::Pass), count(CellOutcome::Fail), count(CellOutcome::Unknown));
    let of = pass + fail + unknown;
    let arithmetic = format!(
        "{pass} pass of {of} judged ({pass} pass + {fail} fail + {unknown} unknown); {} not applicable and {} not \
         implemented stand beside it, {} cells in all",
        count(CellOutcome::NotApplicable),
        count(CellOutcome::NotImplemented),
        cells().count(),
    );
    Score { value: narrow(pass), of: narrow(of), arithmetic }
}

fn narrow(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn plural(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

fn plural_u64(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
