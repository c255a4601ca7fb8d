//! The rules that hold a workload against one check of the Pod Security Standards.

use api::Because;
use eval::{Fault, Judgement};
use manifest::WrongType;

use crate::Subject;
use crate::pod_security::{Check, Forbidden, Version, check};
use crate::workload::Pod;

/// Fields that the argument of a finding names one by one.
pub(crate) const SPOTS_SHOWN_MAX: usize = 20;

/// Judges a workload by the check called `id`, in its newest version.
pub(crate) fn judge(subject: &Subject<'_>, id: &str, remedy: &str) -> Judgement {
    ask(subject, id, remedy, |_, _, forbidden| Ok(forbidden))
}

/// Judges a workload by a restricted check, leaving the fields that the baseline forbids already to the baseline's rule.
pub(crate) fn judge_beyond(subject: &Subject<'_>, id: &str, remedy: &str) -> Judgement {
    ask(subject, id, remedy, |check, pod, mut forbidden| {
        let baseline = check.overridden().and_then(|b| b.ask(Version::Latest, pod)).transpose()?.flatten();
        if let Some(baseline) = baseline {
            forbidden.spots.retain(|s| !baseline.spots.contains(s));
        }
        Ok(forbidden)
    })
}

fn ask(
    subject: &Subject<'_>,
    id: &str,
    remedy: &str,
    left: impl FnOnce(&Check, &Pod<'_>, Forbidden) -> Result<Forbidden, WrongType>,
) -> Judgement {
    let pod = match (subject.pod.as_ref().map(Option::as_ref).map_err(Clone::clone).transpose(), check(id)) {
        (Some(pod), Some(check)) => pod.map(|pod| (pod, check)),
        _ => return Judgement::not_applicable(),
    };
    let mut judgement = Judgement::clean();
    let place = format!("{}: {}", subject.path, subject.name());
    judgement.check(&place, "write the field as the API has it", || {
        let (pod, check) = pod?;
        let found = check.ask(Version::Latest, pod).transpose()?.flatten();
        let found = found.map(|forbidden| left(check, pod, forbidden)).transpose()?;
        Ok::<_, WrongType>(found.and_then(|forbidden| fault(subject, check, forbidden, remedy)))
    });
    judgement
}

fn fault(subject: &Subject<'_>, check: &Check, forbidden: Forbidden, remedy: &str) -> Option<Fault> {
    let Forbidden { reason, detail, spots } = forbidden;
    let first = spots.first()?;
    let level = check.level;
    let shown = spots.iter().take(SPOTS_SHOWN_MAX);
    let mut because: Vec<Because> = shown.map(|s| Because::new(s.field.clone(), subject.source(s))).collect();
    because.push(Because::new(
        format!("the {level} level forbids it: {reason} ({detail})"),
        format!("Pod Security Standards, check {}", check.id),
    ));
    Some(Fault {
        message: format!("{}: {reason} ({detail}). To mend it, {remedy}", subject.name()),
        place: subject.place(first),
        key: subject.name(),
        because,
        ..Fault::default()
    })
}
