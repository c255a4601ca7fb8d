//! One target of an earlier report, as it is taken into another.

use std::collections::BTreeSet;

use api::{Finding, Link, PackageRow, Report, RuleRow, Status, TargetRow};
use model::Doubt;

/// What a report says of one of its targets.
pub(crate) struct Reported {
    pub(crate) row: TargetRow,
    pub(crate) packages: Vec<PackageRow>,
    pub(crate) links: Vec<Link>,
    pub(crate) rules: Vec<RuleRow>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) doubts: Vec<Doubt>,
}

/// What `report` says of the target of `row`, under another id. What was accepted then is open again: acceptances are the
/// command's own.
pub(crate) fn of(report: &Report, row: &TargetRow, id: &str) -> Reported {
    let is_its = |target: &str| target == row.id;
    let findings = report.findings.iter().filter(|f| is_its(&f.target)).map(|f| Finding {
        target: id.into(),
        status: Status::Open,
        suppression: None,
        ..f.clone()
    });
    let findings: Vec<Finding> = findings.collect();
    let doubts = report.doubts.iter().filter(|d| is_its(&d.target));
    let doubts: Vec<Doubt> = doubts.map(|d| Doubt { target: id.to_owned(), ..d.clone() }).collect();
    let packages = report.packages.iter().filter(|p| is_its(&p.target));
    let packages: Vec<PackageRow> =
        packages.map(|p| PackageRow { target: id.to_owned(), ..p.clone() }).collect();
    let ids: BTreeSet<&str> = packages.iter().map(|p| p.id.as_str()).collect();
    let own = |l: &&Link| ids.contains(l.from.as_str()) && ids.contains(l.to.as_str());
    Reported {
        links: report.links.iter().filter(own).cloned().collect(),
        rules: match report.targets.len() {
            1 => report.rules.clone(),
            _ => rules(&findings, &doubts),
        },
        row: TargetRow { id: id.to_owned(), runs_in: Vec::new(), matched: None, ..row.clone() },
        packages,
        findings,
        doubts,
    }
}

/// Of a report about several targets only the sum of each rule is known, so what passed here is not: a rule counts where
/// it failed or did not know.
fn rules(findings: &[Finding], doubts: &[Doubt]) -> Vec<RuleRow> {
    let mut rows: Vec<RuleRow> = Vec::new();
    for f in findings {
        let row = RuleRow {
            id: f.rule.to_string(),
            control: f.control.to_string(),
            evaluated: 1,
            failed: 1,
            ..RuleRow::default()
        };
        crate::rows::add_rules(&mut rows, vec![row]);
    }
    for d in doubts {
        let Some(rule) = &d.rule else { continue };
        let row = RuleRow {
            id: rule.clone(),
            control: d.control.clone(),
            evaluated: 1,
            unknown: 1,
            ..RuleRow::default()
        };
        crate::rows::add_rules(&mut rows, vec![row]);
    }
    rows
}
