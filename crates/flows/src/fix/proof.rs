//! Whether `plimsoll fix` would close what `assess` found: mended in memory, judged again, forgotten.

use std::collections::{BTreeMap, BTreeSet};

use api::{CellOutcome, Finding, Report, Status};
use eval::assess::{FixProof, Framework, MendEvidence};
use model::Text;
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
    let wishes = Wishes { read_only_root: true, ..Wishes::default() };
    let mut out = Vec::new();
    let mut left = (AGAIN_BYTES_MAX, TRIED_MAX);
    for (target, manifests) in kept {
        let is_ours = |f: &&Finding| {
            f.status == Status::Open && f.target == *target && asking.contains(f.control.as_str())
        };
        let findings: Vec<Finding> =
            report.findings.iter().filter(is_ours).filter(|f| f.r#where.object.is_some()).cloned().collect();
        let (tried, untried) = within(findings, manifests, &mut left);
        let unknown = |f: Finding| MendEvidence {
            target: target.clone(),
            finding: f.id,
            outcome: CellOutcome::Unknown,
            because: "there is too much of it to be tried here: run `plimsoll fix`".to_owned(),
        };
        out.extend(untried.into_iter().map(unknown));
        if tried.is_empty() {
            continue;
        }
        let mending = Mending { manifests, target, asked, wishes: &wishes };
        let before = manifests.judge(target, asked);
        for file in mending.files(&tried, &before) {
            out.extend(file.answers.into_iter().map(|(finding, answer)| told(target, finding, answer)));
        }
    }
    out
}

/// The findings that may be tried, and those that would be too much.
fn within(
    findings: Vec<Finding>,
    manifests: &Manifests,
    (bytes, count): &mut (u64, usize),
) -> (Vec<Finding>, Vec<Finding>) {
    let mut sizes: BTreeMap<Text, u64> = BTreeMap::new();
    findings.into_iter().partition(|finding| {
        let path = &finding.r#where.path;
        let size = *sizes
            .entry(path.clone())
            .or_insert_with(|| manifests.open(path).map_or(u64::MAX, |text| text.len()));
        match (bytes.checked_sub(size), count.checked_sub(1)) {
            (Some(rest), Some(fewer)) => {
                (*bytes, *count) = (rest, fewer);
                true
            }
            _ => false,
        }
    })
}

fn told(target: &str, finding: &Finding, answer: Answer) -> MendEvidence {
    let (outcome, because) = match answer {
        Answer::Closed { .. } if finding.rule == "root-filesystem-writable" => {
            (CellOutcome::Pass, "`plimsoll fix --read-only-root`".to_owned())
        }
        Answer::Closed { .. } => (CellOutcome::Pass, "`plimsoll fix`".to_owned()),
        Answer::Open(reason) => (CellOutcome::Fail, reason),
    };
    MendEvidence { target: target.to_owned(), finding: finding.id.clone(), outcome, because }
}
