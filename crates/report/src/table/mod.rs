//! The report for a person at a terminal: what was looked at and by which knowledge, what to do (worst first), what
//! could not be known, what was read, and the verdict last, where the eye comes to rest.

mod act;
mod doubt;
mod explain;
mod head;
pub(crate) mod pen;
mod runs;
mod scorecard;
mod verdict;

use api::Report;

pub use self::explain::explain;

use crate::TableStyle;
use crate::actions::actions;
use crate::table::pen::Pen;
use crate::view::View;

/// Groups shown after a scan.
const SCAN_GROUPS_MAX: usize = 24;
/// Groups shown below a scorecard, which has already said where it hurts.
const ASSESS_GROUPS_MAX: usize = 8;

/// The table.
pub(crate) fn render(report: &Report, style: &TableStyle) -> String {
    let view = View::new(report);
    let acts = actions(&view);
    let mut pen = Pen::new(style);
    head::write(&mut pen, &view);
    if report.controls.is_empty() {
        act::write(&mut pen, &view, &acts, SCAN_GROUPS_MAX);
    } else {
        scorecard::write(&mut pen, &view);
        act::write(&mut pen, &view, &acts, ASSESS_GROUPS_MAX);
        scorecard::write_unknown(&mut pen, &view);
    }
    runs::write(&mut pen, &view);
    doubt::write(&mut pen, &view);
    verdict::write(&mut pen, &view);
    pen.out
}
