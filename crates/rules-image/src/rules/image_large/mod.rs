//! The image should be no larger than its work asks.
//!
//! **Why.** Every megabyte is pulled on every node, stored in every registry and scanned every night; most of what
//! makes images large is tools that nothing runs.
//!
//! **What is looked at.** Bytes of the merged file system: *low* above 500 MB, *medium* above 2 GB.
//!
//! **Fix.** Build in stages, begin from a slim base, and leave out what only the build needs.

use api::Because;
use eval::{Fault, Judgement, Rule};
use model::Severity;

use crate::Subject;
use crate::common::{bare_stage, bytes, faults, with_surface};

pub(crate) const RULE: Rule<Subject> = Rule {
    id: "image-large",
    control: "image-hardening",
    title: "The image is large",
    severity: Severity::Low,
    doc: include_str!("mod.rs"),
    judge,
};

/// Bytes above which an image is large.
const LARGE_BYTES: u64 = 500_000_000;

/// Bytes above which it is rated medium.
const HUGE_BYTES: u64 = 2_000_000_000;

fn judge(subject: &Subject) -> Judgement {
    if subject.image.is_none() {
        return Judgement::not_applicable();
    }
    with_surface(subject, |surface| {
        if surface.bytes <= LARGE_BYTES {
            return Judgement::clean();
        }
        faults(vec![Fault {
            severity: Some(if HUGE_BYTES < surface.bytes { Severity::Medium } else { Severity::Low }),
            message: format!(
                "{} in {} files. Build in stages and begin from a slim base",
                bytes(surface.bytes),
                surface.files
            ),
            key: "size".to_owned(),
            because: vec![Because::new(
                format!("{} bytes in {} files", surface.bytes, surface.files),
                "the merged file system",
            )],
            fix: Some(bare_stage(subject.image.as_ref())),
            ..Fault::default()
        }])
    })
}
