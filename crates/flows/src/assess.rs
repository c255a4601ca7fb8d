//! `assess`: the same scan folded into the nineteen controls.

use std::collections::{BTreeMap, BTreeSet};

use advisory::db::Database;
use api::{CellOutcome, DomainRow, FrameworkTable, Report, Status};
use eval::assess::{Domain, FixEvidence, Framework, Measured, assess as fold};
use inventory::TargetKind;
use model::Package;
use rules_image::hold::Project;
use rules_package::{Memory, Raised, Wanted, raise};

use crate::scan::{Asked, customs, measure_with_found};
use crate::world::{FlowError, ScanRequest, World};
use crate::{fix, manifests};

/// Vulnerabilities that one sentence names.
const IDS_SHOWN_MAX: usize = 3;

/// Scans every target of the request and fills the scorecard of Plimsoll's own framework.
///
/// # Errors
/// [`FlowError`] as for [`crate::scan`].
pub fn assess(world: &World<'_>, request: &ScanRequest) -> Result<Report, FlowError> {
    let asked = Asked::of(request)?;
    if request.framework.is_some() && !request.controls.is_empty() {
        let why =
            "`--control` leaves rules out that the other framework asks; give `--framework` or `--control`";
        return Err(FlowError::Usage(why.to_owned()));
    }
    let framework = crate::framework()?.of(&request.controls);
    let seen = measure_with_found(world, request)?;
    let mut report = seen.report;
    asked.suppress(&mut report, &seen.inlines);
    let fixes = match &seen.opened {
        Some(opened) => fixes(&report, &seen.found, &opened.database),
        None => Vec::new(),
    };
    let customs = customs(&request.read.workloads)?;
    let of_objects =
        manifests::Asked { customs: &customs, runs: false, no_inline: request.read.no_inline_ignore };
    let mends = fix::evidence(&seen.manifests, &report, &framework, of_objects);
    let mut hold = rules_image::hold::evidence(&seen.pipelines, &project(&report, &seen.kinds));
    hold.extend(seen.hold);
    let measured = Measured {
        rules: &report.rules,
        findings: &report.findings,
        doubts: &report.doubts,
        fixes: &fixes,
        mends: &mends,
        hold: &hold,
        targets: &seen.kinds,
    };
    let card = fold(&framework, &measured);
    let other = request.framework.as_ref().map(|f| table(f, &measured));
    report.controls = card.controls;
    report.score = Some(card.score);
    report.framework = other;
    Ok(asked.decide(report))
}

/// The table of another framework.
fn table(framework: &Framework, measured: &Measured<'_>) -> FrameworkTable {
    let card = fold(framework, measured);
    let domain = |d: &Domain| DomainRow { id: d.id.clone(), title: d.title.clone() };
    FrameworkTable {
        name: framework.name.clone(),
        title: framework.title.clone(),
        source: framework.source.clone(),
        domains: framework.domains.iter().map(domain).collect(),
        controls: card.controls,
        score: card.score,
    }
}

/// Every package that open findings name a fixed version for, judged again at the highest of them.
fn fixes(
    report: &Report,
    found: &BTreeMap<(String, String), Package>,
    database: &Database,
) -> Vec<FixEvidence> {
    let mut wanted: BTreeMap<(&str, &str, &str), Wanted<'_>> = BTreeMap::new();
    let mut accepted: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for finding in &report.findings {
        let version = finding.fix.as_ref().and_then(|f| f.version.as_deref());
        let id = finding.vulnerability.as_ref().map(|v| v.id.as_str());
        for package in &finding.packages {
            match finding.status {
                Status::Open => {
                    let key = (finding.control.as_str(), finding.target.as_str(), package.as_str());
                    let wanted = wanted.entry(key).or_default();
                    // What names a version without a vulnerability names a branch to move to.
                    let versions = if id.is_some() { &mut wanted.fixed } else { &mut wanted.branches };
                    versions.extend(version);
                }
                Status::Suppressed => accepted.entry((&finding.target, package)).or_default().extend(id),
            }
        }
    }
    wanted.retain(|_, wanted| !(wanted.fixed.is_empty() && wanted.branches.is_empty()));
    let mut memory = Memory::new(database, None);
    let nothing = BTreeSet::new();
    let mut out = Vec::new();
    for ((control, target, package), wanted) in wanted {
        let Some(facts) = found.get(&(target.to_owned(), package.to_owned())) else { continue };
        let accepted = accepted.get(&(target, package)).unwrap_or(&nothing);
        let raised = raise(&mut memory, facts, &wanted, accepted);
        let (outcome, because) = told(&facts.name, raised.unwrap_or_else(|e| Raised::Unknown(e.to_string())));
        let [control, target, package] = [control, target, package].map(str::to_owned);
        out.push(FixEvidence { control, target, package, outcome, because });
    }
    out
}

fn told(name: &str, raised: Raised) -> (CellOutcome, String) {
    match raised {
        Raised::Clean(version) => (CellOutcome::Pass, format!("nothing affects {name} {version}")),
        Raised::Affected(version, ids) => {
            (CellOutcome::Fail, format!("{name} {version} would still have {}", few(&ids)))
        }
        Raised::Unknown(why) => (CellOutcome::Unknown, format!("{name}: {why}")),
    }
}

/// The first ids, and how many more.
fn few(ids: &[String]) -> String {
    let first = ids.iter().take(IDS_SHOWN_MAX).map(String::as_str).collect::<Vec<_>>().join(", ");
    match ids.len().saturating_sub(IDS_SHOWN_MAX) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

/// What pipelines are held against: the packages of the project's own files, and whether images lie in it.
fn project(report: &Report, kinds: &[TargetKind]) -> Project {
    let is_dir = |id: &str| report.targets.iter().any(|t| t.id == id && t.kind == TargetKind::Dir.as_str());
    let rows = report.packages.iter().filter(|p| is_dir(&p.target));
    let packages = rows.filter_map(|p| Some((p.kind, p.paths.first()?.clone()))).collect();
    let has_images = kinds.iter().any(|k| k.is_image());
    Project { packages, has_images, as_of: report.as_of }
}
