//! What is new in an image since the last sweep, for gates: the state keeps ids of findings and what was in doubt, not the
//! reports.

use std::collections::BTreeSet;

use api::{KeptImage, Report, SeenImage, Status};
use eval::gate::Baseline;
use model::{Doubt, DoubtKind};

/// What `report` saw the image by.
pub(super) fn seen(report: &Report, digests: &[String]) -> SeenImage {
    SeenImage {
        digests: digests.to_vec(),
        database: report.database.as_ref().map(|d| d.id.clone()).unwrap_or_default(),
        whole: report.doubts.iter().all(|d| d.kind != DoubtKind::Target),
        doubts: report.doubts.iter().map(words).collect(),
    }
}

/// What is new in `report`. Of an image that was never seen everything is; of one that was not read whole nobody can say
/// which findings are. A doubt hides nothing new where the last run had it of the same bytes and the same advisories.
pub(super) fn baseline(report: &Report, kept: &KeptImage) -> Baseline {
    let mut out = Baseline::default();
    let known = kept.before.as_ref();
    let unclear = known.is_some() && kept.seen_before.as_ref().is_none_or(|s| !s.whole);
    let open = report.findings.iter().filter(|f| f.status == Status::Open);
    for finding in open.filter(|f| !known.is_some_and(|known| known.contains(&f.id))) {
        let list = if unclear { &mut out.unclear } else { &mut out.findings };
        list.insert((finding.target.clone(), finding.id.clone()));
    }
    let (Some(now), before) = (kept.seen.as_ref(), kept.seen_before.as_ref()) else { return out };
    let same_bytes = before.is_some_and(|b| !b.digests.is_empty() && b.digests == now.digests);
    if !same_bytes {
        out.packages = report.packages.iter().map(|p| (p.target.clone(), p.id.clone())).collect();
        return out;
    }
    let nothing: BTreeSet<String> = BTreeSet::new();
    let stood = before.filter(|b| b.database == now.database).map_or(&nothing, |b| &b.doubts);
    out.doubts.extend(report.doubts.iter().filter(|d| stood.contains(&words(d))).cloned());
    out
}

/// A doubt as a digest of its words.
fn words(doubt: &Doubt) -> String {
    let Doubt { control, rule, target, kind, r#where: place, reason, .. } = doubt;
    oci::sha256(format!("{control}\n{rule:?}\n{target}\n{kind:?}\n{place}\n{reason}").as_bytes()).to_string()
}
