//! Whether `plimsoll fix` would close what `assess` found: mended in memory, judged again, forgotten.

use std::collections::{BTreeMap, BTreeSet};

use api::{CellOutcome, Finding, Report, Status};
use eval::assess::{FixProof, Framework, MendEvidence};
use rules_cluster::remedy::Wishes;

use super::{Answer, Mending};
use crate::manifests::{Asked, Manifests};

/// Bytes that may be read again for the findings of one scorecard: each of a file reads it about three times.
const AGAIN_BYTES_MAX: u64 = 128 << 20;

/// Findings of one scorecard that are tried.
const TRIED_MAX: usize = 5_000;

/// What came of each open finding whose control asks for mended manifests.
pub(crate) fn evidence(
    kept: &[(String, Manifests)],
    report: &Report,
    framework: &Framework,
    asked: Asked<'_>,
) -> Vec<MendEvidence> {
    let controls = framework.domains.iter().flat_map(|d| &d.controls);
    let asking: BTreeSet<&str> =
        controls.filter(|c| c.fix == FixProof::MendedManifest).map(|c| c.id.as_str()).collect();
    // What needs nothing but a word of the user is given it.
    let wishes = Wishes { read_only_root: true, empty_volumes: true, ..Wishes::default() };
    let mut out = Vec::new();
    let mut left = (AGAIN_BYTES_MAX, TRIED_MAX);
    for (target, manifests) in kept {
        let is_ours = |f: &&Finding| {
            f.status == Status::Open
                && f.target == *target
                && asking.contains(f.control.as_str())
                && f.r#where.object.is_some()
        };
        let findings: Vec<&Finding> = report.findings.iter().filter(is_ours).collect();
        // One that is not tried leaves its cell unknown, whatever comes of the others.
        if !fits(&findings, manifests, &mut left) {
            let unknown = |f: &Finding| MendEvidence {
                target: target.clone(),
                finding: f.id.clone(),
                outcome: CellOutcome::Unknown,
                because: "there is too much of it to be tried here: run `plimsoll fix`".to_owned(),
            };
            out.extend(findings.into_iter().map(unknown));
            continue;
        }
        if findings.is_empty() {
            continue;
        }
        let mending = Mending { manifests, target, asked, wishes: &wishes };
        let before = manifests.judge(target, asked);
        let tried: Vec<Finding> = findings.into_iter().cloned().collect();
        for file in mending.files(&tried, &before) {
            out.extend(file.answers.into_iter().map(|(finding, answer)| told(target, finding, answer)));
        }
    }
    out
}

/// Whether all of them may be tried, which is taken from what is left.
fn fits(findings: &[&Finding], manifests: &Manifests, (bytes, count): &mut (u64, usize)) -> bool {
    let Some(fewer) = count.checked_sub(findings.len()) else { return false };
    let mut sizes: BTreeMap<&str, u64> = BTreeMap::new();
    let mut rest = *bytes;
    for finding in findings {
        let path = finding.r#where.path.as_str();
        let size =
            *sizes.entry(path).or_insert_with(|| manifests.open(path).map_or(u64::MAX, |text| text.len()));
        match rest.checked_sub(size) {
            Some(less) => rest = less,
            None => return false,
        }
    }
    (*bytes, *count) = (rest, fewer);
    true
}

fn told(target: &str, finding: &Finding, answer: Answer) -> MendEvidence {
    let (outcome, because) = match answer {
        Answer::Closed { .. } => {
            let flag = match &*finding.rule {
                "root-filesystem-writable" => " --read-only-root",
                "pod-host-path" | "pod-volume-kind" => " --empty-volumes",
                _ => "",
            };
            (CellOutcome::Pass, format!("`plimsoll fix{flag}`"))
        }
        Answer::Open(reason) => (CellOutcome::Fail, reason),
    };
    MendEvidence { target: target.to_owned(), finding: finding.id.clone(), outcome, because }
}

#[cfg(test)]
mod tests {
    use manifest::Packed;

    use super::*;

    #[test]
    fn what_would_take_too_long_is_not_tried() {
        let finding = api::Finding {
            id: "a".to_owned(),
            control: "resources".into(),
            rule: "cpu-limit-missing".into(),
            severity: model::Severity::Low,
            title: "".into(),
            message: String::new(),
            target: "t".into(),
            r#where: model::Place::file("web.yaml"),
            packages: Vec::new(),
            vulnerability: None,
            because: Vec::new(),
            fix: None,
            status: Status::Open,
            suppression: None,
        };
        let manifests = Manifests::file("web.yaml", [b' '; 1 << 20].as_slice().into());
        let tried = |n: usize, left: &mut (u64, usize)| fits(&vec![&finding; n], &manifests, left);
        let mut left = (AGAIN_BYTES_MAX, TRIED_MAX);
        assert!(tried(100, &mut left) && !tried(100, &mut left) && tried(28, &mut left));
        assert_eq!(left, (0, TRIED_MAX - 128));
        let small = Manifests::file("web.yaml", Packed::default());
        assert!(fits(&vec![&finding; TRIED_MAX], &small, &mut (0, TRIED_MAX)));
        assert!(!fits(&vec![&finding; TRIED_MAX + 1], &small, &mut (0, TRIED_MAX)));
    }
}
