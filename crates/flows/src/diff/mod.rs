//! `diff`: what changed between two reports, and why: the package, the target, what is known, or what was decided.

mod findings;
mod packages;
mod pairs;
#[cfg(test)]
mod tests;

use api::{
    Change, DIFF_SCHEMA, Diff, DiffCounts, DiffSide, DoubtChange, FindingChange, PackageChange, Report,
    Status, Tool,
};
use eval::gate::{Baseline, Evidence, Expression};
use model::Doubt;

use crate::world::FlowError;
use pairs::Pairs;

/// A report and the name that messages use for it.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedReport {
    /// As the user wrote it.
    pub name: String,
    /// The report.
    pub report: Report,
}

/// Compares two reports and asks `gates` of the new one.
///
/// # Errors
/// [`FlowError::Usage`] for a gate that cannot be read.
pub fn diff(
    old: &NamedReport,
    new: &NamedReport,
    gates: &[String],
    version: &str,
) -> Result<Diff, FlowError> {
    let gates: Vec<Expression> = gates
        .iter()
        .map(|g| Expression::parse(g))
        .collect::<Result<_, _>>()
        .map_err(|e| FlowError::Usage(e.to_string()))?;
    let compared = Compared::of(&old.report, &new.report);
    let baseline = compared.baseline();
    let evidence = Evidence {
        findings: &new.report.findings,
        doubts: &new.report.doubts,
        packages: &new.report.packages,
        targets: &new.report.targets,
        workloads: new.report.workloads.as_deref(),
        rules: &new.report.rules,
        controls: &new.report.controls,
        database: new.report.database.as_ref(),
        as_of: new.report.as_of,
        baseline: Some(&baseline),
    };
    // Without a gate a side that was not read whole leaves the comparison incomplete, whichever side it is.
    let doubts: Vec<Doubt> = old.report.doubts.iter().chain(&new.report.doubts).cloned().collect();
    let verdict = eval::gate::verdict(eval::gate::evaluate(&gates, &evidence), &doubts);
    let mut counts = DiffCounts::default();
    compared.packages.iter().for_each(|(p, _)| counts.packages.count(p.change));
    compared.findings.iter().for_each(|f| counts.findings.count(f.change));
    compared.doubts.iter().for_each(|d| counts.doubts.count(d.change));
    Ok(Diff {
        schema: DIFF_SCHEMA.to_owned(),
        tool: Tool { name: "plimsoll".to_owned(), version: version.to_owned() },
        old: side(old),
        new: side(new),
        targets: compared.pairs.changes(),
        packages: compared.packages.into_iter().map(|(p, _)| p).collect(),
        findings: compared.findings,
        doubts: compared.doubts,
        counts,
        verdict,
    })
}

/// What is new in `new` since `old`, for gates.
pub(crate) fn baseline(old: &Report, new: &Report) -> Baseline {
    Compared::of(old, new).baseline()
}

fn side(of: &NamedReport) -> DiffSide {
    let report = &of.report;
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    DiffSide {
        name: of.name.clone(),
        as_of: report.as_of,
        version: report.tool.version.clone(),
        database: report.database.as_ref().map(|d| d.id.clone()),
        built: report.database.as_ref().map(|d| d.built),
        open: count(report.findings.iter().filter(|f| f.status == Status::Open).count()),
        packages: count(report.packages.len()),
        doubts: count(report.doubts.len()),
    }
}

/// Two reports, held against each other.
struct Compared<'r> {
    old: &'r Report,
    new: &'r Report,
    pairs: Pairs<'r>,
    /// Each with the id of its package in the new report.
    packages: Vec<(PackageChange, Option<&'r str>)>,
    findings: Vec<FindingChange>,
    doubts: Vec<DoubtChange>,
}

impl<'r> Compared<'r> {
    fn of(old: &'r Report, new: &'r Report) -> Self {
        let pairs = Pairs::of(&old.targets, &new.targets);
        let packages = packages::changes(old, new, &pairs);
        let findings = findings::changes(old, new, &pairs);
        let doubts = doubts(old, new, &pairs);
        Self { old, new, pairs, packages, findings, doubts }
    }

    fn baseline(&self) -> Baseline {
        let mut out = Baseline::default();
        for change in self.findings.iter().filter(|f| f.change == Change::Added) {
            let key = (change.finding.target.clone(), change.finding.id.clone());
            if change.unclear {
                out.unclear.insert(key);
            } else {
                out.findings.insert(key);
            }
        }
        for (change, id) in &self.packages {
            out.packages.extend(id.map(|id| (change.target.clone(), id.to_owned())));
        }
        let added: Vec<&Doubt> =
            self.doubts.iter().filter(|d| d.change == Change::Added).map(|d| &d.doubt).collect();
        let stood = self.new.doubts.iter().filter(|d| !added.contains(d) && self.hides_nothing_new(d));
        out.doubts.extend(stood.cloned());
        out
    }

    /// True if what the doubt is about cannot have changed since: the same bytes, or the same packages, under the
    /// same knowledge.
    fn hides_nothing_new(&self, doubt: &Doubt) -> bool {
        let id = |r: &Report| r.database.as_ref().map(|d| d.id.clone());
        if id(self.old) != id(self.new) {
            return false;
        }
        let same_bytes = self.pairs.old_of(&doubt.target).is_some_and(|old| {
            let digest =
                |r: &Report, id: &str| r.targets.iter().find(|t| t.id == id).and_then(|t| t.digest.clone());
            let new = digest(self.new, &doubt.target);
            new.is_some() && new == digest(self.old, old)
        });
        let of_packages = doubt.kind == model::DoubtKind::Knowledge;
        let still = !self.packages.iter().any(|(p, id)| id.is_some() && p.target == doubt.target);
        same_bytes || (of_packages && still)
    }
}

/// Doubts that only one side has; which target they are about is asked of the pairs.
fn doubts(old: &Report, new: &Report, pairs: &Pairs<'_>) -> Vec<DoubtChange> {
    let is_same = |a: &Doubt, b: &Doubt| {
        (&a.control, &a.rule, a.kind, &a.r#where, &a.reason)
            == (&b.control, &b.rule, b.kind, &b.r#where, &b.reason)
            && pairs.are_one(&a.target, &b.target)
    };
    let change = |change: Change, doubt: &Doubt| DoubtChange { change, doubt: doubt.clone() };
    let added = new.doubts.iter().filter(|n| !old.doubts.iter().any(|o| is_same(o, n)));
    let removed = old.doubts.iter().filter(|o| !new.doubts.iter().any(|n| is_same(o, n)));
    let added = added.map(|d| change(Change::Added, d));
    added.chain(removed.map(|d| change(Change::Removed, d))).collect()
}
