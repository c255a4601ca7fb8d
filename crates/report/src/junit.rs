//! JUnit XML: a suite for the gates, one for the cells of the scorecard, one a rule. An open finding is a failure, a doubt an error, a suppressed finding is
//! skipped, and a rule whose subjects all passed is one case that passed.

use std::collections::BTreeMap;

use api::{CellOutcome, Finding, GateOutcome, Report, Status};
use model::{Doubt, DoubtKind};

use crate::text::escape;
use crate::view::{View, place_line};

/// Cases of one suite.
const CASES_MAX: usize = 5000;

#[derive(Default)]
struct Suite {
    cases: Vec<String>,
    failures: usize,
    errors: usize,
    skipped: usize,
    beyond: usize,
}

/// The document.
pub(crate) fn render(report: &Report) -> String {
    let view = View::new(report);
    let mut suites: BTreeMap<String, Suite> = BTreeMap::new();
    gates(report, suites.entry("gates".to_owned()).or_default());
    scorecard(report, suites.entry("scorecard".to_owned()).or_default());
    for finding in &report.findings {
        add_finding(&view, suites.entry(finding.rule.to_string()).or_default(), finding);
    }
    for doubt in &report.doubts {
        let rule = doubt.rule.clone().unwrap_or_else(|| format!("{} (reading)", doubt.control_text()));
        add_doubt(&view, suites.entry(rule).or_default(), doubt);
    }
    for row in report.rules.iter().filter(|r| r.passed != 0) {
        let suite = suites.entry(row.id.clone()).or_default();
        suite.add(
            format!("{} passed", crate::text::count(row.passed, "subject", "subjects")),
            &row.control,
            "",
        );
    }
    suites.retain(|_, s| !s.cases.is_empty());
    let total = |f: fn(&Suite) -> usize| suites.values().map(f).sum::<usize>();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"plimsoll\" tests=\"{}\" failures=\"{}\" \
         errors=\"{}\" skipped=\"{}\">\n",
        total(|s| s.cases.len()),
        total(|s| s.failures),
        total(|s| s.errors),
        total(|s| s.skipped)
    );
    for (name, suite) in &suites {
        out.push_str(&format!(
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" timestamp=\"{}\">\n",
            escape(name),
            suite.cases.len(),
            suite.failures,
            suite.errors,
            suite.skipped,
            report.as_of.to_string().trim_end_matches('Z')
        ));
        suite.cases.iter().for_each(|c| out.push_str(c));
        if suite.beyond != 0 {
            out.push_str(&format!("    <system-out>{} more, see --format json</system-out>\n", suite.beyond));
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

/// Each cell of the scorecard is a case: unknown is an error, what is not applicable or not implemented is skipped.
fn scorecard(report: &Report, suite: &mut Suite) {
    let other = report.framework.as_ref().map(|f| f.controls.as_slice()).unwrap_or_default();
    for control in report.controls.iter().chain(other) {
        for (way, cell) in [("see", &control.see), ("fix", &control.fix), ("hold", &control.hold)] {
            let because = escape(&cell.because);
            let inside = match cell.outcome {
                CellOutcome::Pass => String::new(),
                CellOutcome::Fail => format!("<failure message=\"{because}\" type=\"cell\"></failure>"),
                CellOutcome::Unknown => format!("<error message=\"{because}\" type=\"cell\"></error>"),
                CellOutcome::NotApplicable => format!("<skipped message=\"not applicable: {because}\"/>"),
                CellOutcome::NotImplemented => format!("<skipped message=\"not implemented: {because}\"/>"),
            };
            if suite.add(format!("{} / {way}", control.id), &control.domain, &inside) {
                match cell.outcome {
                    CellOutcome::Pass => {}
                    CellOutcome::Fail => suite.failures += 1,
                    CellOutcome::Unknown => suite.errors += 1,
                    CellOutcome::NotApplicable | CellOutcome::NotImplemented => suite.skipped += 1,
                }
            }
        }
    }
}

impl Suite {
    /// Adds a case with what is inside it.
    fn add(&mut self, name: String, class: &str, inside: &str) -> bool {
        if CASES_MAX <= self.cases.len() {
            self.beyond += 1;
            return false;
        }
        let (name, class) = (escape(&name), escape(class));
        self.cases.push(if inside.is_empty() {
            format!("    <testcase name=\"{name}\" classname=\"{class}\"/>\n")
        } else {
            format!("    <testcase name=\"{name}\" classname=\"{class}\">\n      {inside}\n    </testcase>\n")
        });
        true
    }
}

fn gates(report: &Report, suite: &mut Suite) {
    for gate in &report.verdict.gates {
        let (message, body) = (escape(&gate.because), escape(&gate.matched.join(", ")));
        let inside = match gate.outcome {
            GateOutcome::Pass => String::new(),
            GateOutcome::Fail => format!("<failure message=\"{message}\" type=\"gate\">{body}</failure>"),
            GateOutcome::Incomplete => {
                format!("<error message=\"{message}\" type=\"incomplete\">{body}</error>")
            }
        };
        let added = suite.add(gate.expression.clone(), "gate", &inside);
        suite.failures += usize::from(added && gate.outcome == GateOutcome::Fail);
        suite.errors += usize::from(added && gate.outcome == GateOutcome::Incomplete);
    }
}

fn add_finding(view: &View<'_>, suite: &mut Suite, finding: &Finding) {
    let place = place_line(finding);
    let name = match (&finding.vulnerability, view.packages(finding).first()) {
        (Some(v), Some(p)) => format!("{} {} {}", p.name, p.version, v.id),
        _ if place.is_empty() => finding.title.to_string(),
        _ => format!("{}: {place}", finding.title),
    };
    let class = format!("{}.{}", finding.control, view.target_name(&finding.target));
    if finding.status == Status::Suppressed {
        let reason =
            finding.suppression.as_ref().map_or_else(String::new, |s| format!("{}: {}", s.by, s.reason));
        suite.skipped +=
            usize::from(suite.add(name, &class, &format!("<skipped message=\"{}\"/>", escape(&reason))));
        return;
    }
    let fix = finding.fix.as_ref().and_then(|f| f.command.as_ref().or(f.version.as_ref()));
    let fix = fix.map_or_else(String::new, |f| format!("\nfix: {f}"));
    let body: Vec<String> =
        format!("{}\nwhere: {place}{fix}\nid: {}", finding.message, finding.id).lines().map(escape).collect();
    let inside = format!(
        "<failure message=\"{}\" type=\"{}\">{}</failure>",
        escape(&finding.title),
        finding.severity,
        body.join("\n")
    );
    suite.failures += usize::from(suite.add(name, &class, &inside));
}

fn add_doubt(view: &View<'_>, suite: &mut Suite, doubt: &Doubt) {
    let kind = match doubt.kind {
        DoubtKind::Target => "target",
        DoubtKind::Knowledge => "knowledge",
    };
    let class = format!("{}.{}", doubt.control_text(), view.target_name(&doubt.target));
    let inside = format!(
        "<error message=\"{}\" type=\"{kind}\">{}</error>",
        escape(&doubt.reason),
        escape(&doubt.remedy)
    );
    suite.errors += usize::from(suite.add(format!("not known: {}", doubt.r#where), &class, &inside));
}
