//! `assess`: the same scan folded into the nineteen controls.

use api::Report;
use eval::assess::{Measured, assess as fold};
use inventory::TargetKind;
use rules_image::hold::Project;

use crate::scan::{Asked, measure};
use crate::world::{FlowError, ScanRequest, World};

/// Scans every target of the request and fills the scorecard of Plimsoll's own framework.
///
/// # Errors
/// [`FlowError`] as for [`crate::scan`].
pub fn assess(world: &World<'_>, request: &ScanRequest) -> Result<Report, FlowError> {
    let asked = Asked::of(request)?;
    let framework = crate::framework()?.of(&request.controls);
    let seen = measure(world, request)?;
    let mut report = seen.report;
    asked.suppress(&mut report);
    let mut hold = rules_image::hold::evidence(&seen.pipelines, &project(&report, &seen.kinds));
    hold.extend(seen.hold);
    let card = fold(
        &framework,
        &Measured {
            rules: &report.rules,
            findings: &report.findings,
            doubts: &report.doubts,
            hold: &hold,
            targets: &seen.kinds,
        },
    );
    report.controls = card.controls;
    report.score = Some(card.score);
    Ok(asked.decide(report))
}

/// What pipelines are held against: the packages of the project's own files, and whether images lie in it.
fn project(report: &Report, kinds: &[TargetKind]) -> Project {
    let is_dir = |id: &str| report.targets.iter().any(|t| t.id == id && t.kind == TargetKind::Dir.as_str());
    let rows = report.packages.iter().filter(|p| is_dir(&p.target));
    let packages = rows.filter_map(|p| Some((p.kind, p.paths.first()?.clone()))).collect();
    let has_images = kinds.iter().any(|k| k.is_image());
    Project { packages, has_images }
}
