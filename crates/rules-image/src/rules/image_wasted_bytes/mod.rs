//! Layers should not carry bytes that the image does not show.
//!
//! **Why.** A file that a later layer deletes or replaces is still pulled, stored and open to whoever reads the layer.
//! It costs time, and it is where deleted secrets are found.
//!
//! **What is looked at.** Bytes of all layers beside those of the merged file system: a finding above 50 MB, or above a
//! fifth of all where it is at least 1 MB.
//!
//! **Fix.** Delete in the instruction that created, or copy the result of a build stage into a fresh one.

use api::Because;
use eval::{Fault, Judgement, Rule};
use inventory::Surface;
use model::Severity;

use crate::Subject;
use crate::common::{bytes, dockerfile, faults, unknown, with_surface};

pub(crate) const RULE: Rule<Subject> = Rule {
    id: "image-wasted-bytes",
    control: "image-hardening",
    title: "Layers carry bytes that the image does not show",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge,
};

/// Bytes above which waste is a finding whatever its share.
const WASTED_BYTES_MAX: u64 = 50_000_000;

/// Bytes below which waste is none.
const WASTED_BYTES_MIN: u64 = 1_000_000;

fn judge(subject: &Subject) -> Judgement {
    let layers = subject.image.as_ref().map_or(0, |i| i.layers.len());
    match (&subject.image, layers) {
        (None, _) => Judgement::not_applicable(),
        (Some(image), 0) if !image.unread && subject.surface.is_some() => unknown(
            model::DoubtKind::Target,
            "configuration",
            "names no layers",
            "give the image as it was built",
        ),
        _ => with_surface(subject, waste),
    }
}

fn waste(surface: &Surface) -> Judgement {
    let wasted = surface.wasted_bytes;
    let total = surface.bytes.saturating_add(wasted);
    let above_share = WASTED_BYTES_MIN <= wasted && total / 5 < wasted;
    if wasted <= WASTED_BYTES_MAX && !above_share {
        return Judgement::clean();
    }
    let places = surface
        .wasted
        .iter()
        .map(|(path, n)| Because::new(format!("{} hidden or replaced", bytes(*n)), path.clone()));
    let share = u128::from(wasted) * 100 / u128::from(total.max(1));
    let largest =
        surface.wasted.first().map_or(String::new(), |(path, _)| format!(", most of it in `{path}`"));
    faults(vec![Fault {
        message: format!(
            "{} of {} ({share} %) are in layers but not in the image{largest}. Delete where it is created",
            bytes(wasted),
            bytes(total)
        ),
        key: "waste".to_owned(),
        because: places.collect(),
        fix: Some(dockerfile("FROM scratch\nCOPY --from=build / /")),
        ..Fault::default()
    }])
}
