//! `assess`: the same scan folded into the nineteen controls.

use api::Report;
use eval::assess::{Measured, assess as fold};

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
    let hold = rules_image::hold::evidence(&seen.pipelines);
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
