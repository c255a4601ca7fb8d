//! Images and workloads in the order in which a person should look at them: what can be reached or rules its node first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use api::{Run, TargetRow, WorkloadRow};
use model::{ObjectRef, Severity};

use crate::text::{count, thousands};
use crate::view::{Counts, View};

/// Workloads named in one line.
const NAMED_MAX: usize = 4;

/// An image and where it runs.
pub(crate) struct Image<'r> {
    /// Its target.
    pub row: &'r TargetRow,
    /// Its open findings.
    pub counts: Counts,
}

/// The images that workloads run, the most urgent first; empty where they were not asked for.
pub(crate) fn images<'r>(view: &View<'r>) -> Vec<Image<'r>> {
    if view.report.workloads.is_none() {
        return Vec::new();
    }
    let mut counts: BTreeMap<&str, Counts> = BTreeMap::new();
    for finding in view.open() {
        counts.entry(finding.target.as_str()).or_default().add(finding.severity);
    }
    let of =
        |row: &'r TargetRow| Image { row, counts: counts.get(row.id.as_str()).copied().unwrap_or_default() };
    let rows = view.report.targets.iter().filter(|t| !t.runs_in.is_empty());
    let mut images: Vec<Image<'r>> = rows.map(of).collect();
    images.sort_by_key(|i| (Reverse((i.is(|r| r.exposed), i.counts, i.is(|r| r.privileged))), &i.row.id));
    images
}

/// The workloads with findings in their images, the most urgent first.
pub(crate) fn workloads<'r>(view: &View<'r>) -> Vec<&'r WorkloadRow> {
    let rows = view.report.workloads.iter().flatten();
    let mut rows: Vec<&WorkloadRow> = rows.filter(|w| !w.findings.is_empty()).collect();
    rows.sort_by_key(|w| {
        let is = |flag: Option<bool>| flag == Some(true);
        (Reverse((is(w.exposed), counts_of(w), is(w.privileged))), &w.id)
    });
    rows
}

/// Findings of a workload's images.
pub(crate) fn counts_of(row: &WorkloadRow) -> Counts {
    let mut counts = Counts::default();
    for (n, severity) in counts.by.iter_mut().zip(Severity::WORST_FIRST) {
        *n = row.findings.get(&severity).copied().unwrap_or(0);
    }
    counts
}

impl Image<'_> {
    fn is(&self, flag: impl Fn(&Run) -> Option<bool>) -> bool {
        self.row.runs_in.iter().any(|r| flag(r) == Some(true))
    }

    /// What workloads call it.
    pub(crate) fn name(&self) -> String {
        let names: BTreeSet<&str> = self.row.runs_in.iter().map(|r| r.image.as_str()).collect();
        some(names.into_iter().map(str::to_owned).collect())
    }

    /// One line each, with the word before it: who exposes it and how, who runs it privileged, of whom either is not known
    /// (`exposed?`), who else runs it, and where it was found if that is no registry.
    pub(crate) fn lines(&self) -> Vec<(&'static str, String)> {
        let runs = &self.row.runs_in;
        let exposed: Vec<&Run> = runs.iter().filter(|r| r.exposed == Some(true)).collect();
        let privileged: Vec<&Run> = runs.iter().filter(|r| r.privileged == Some(true)).collect();
        let maybe_exposed: Vec<&Run> = runs.iter().filter(|r| r.exposed.is_none()).collect();
        let maybe_privileged: Vec<&Run> = runs.iter().filter(|r| r.privileged.is_none()).collect();
        let told = |r: &&Run| r.exposed != Some(false) || r.privileged != Some(false);
        let others: Vec<&Run> = runs.iter().filter(|r| !told(r)).collect();
        let by: BTreeSet<&str> = exposed.iter().flat_map(|r| &r.exposed_by).map(String::as_str).collect();
        let mut lines = Vec::new();
        if !exposed.is_empty() {
            let by = some(by.iter().map(|w| (*w).to_owned()).collect());
            lines.push(("exposed", format!("{} by {by}", names(&exposed))));
        }
        for (word, runs) in [
            ("exposed?", maybe_exposed),
            ("privileged", privileged),
            ("privileged?", maybe_privileged),
            ("runs in", others),
        ] {
            if !runs.is_empty() {
                lines.push((word, names(&runs)));
            }
        }
        match &self.row.matched {
            Some(matched) if matched.as_of.is_some() => lines.push(("known by", matched.from.clone())),
            Some(_) if self.row.kind != "registry" => lines.push(("found in", self.row.id.clone())),
            _ => {}
        }
        lines
    }
}

/// Each workload once, as many as there is room for.
fn names(runs: &[&Run]) -> String {
    let names: BTreeSet<String> = runs.iter().map(|r| named(&r.object)).collect();
    some(names.into_iter().collect())
}

fn some(names: Vec<String>) -> String {
    let more = names.len().saturating_sub(NAMED_MAX);
    let more = if more == 0 { String::new() } else { format!(" and {} more", thousands(more as u64)) };
    let shown: Vec<String> = names.into_iter().take(NAMED_MAX).collect();
    format!("{}{more}", shown.join(", "))
}

/// `Deployment shop/web`.
pub(crate) fn named(object: &ObjectRef) -> String {
    match object.namespace.as_str() {
        "" => format!("{} {}", object.kind, object.name),
        namespace => format!("{} {namespace}/{}", object.kind, object.name),
    }
}

/// What a workload's row says beside its counts: `exposed, privileged`, and its worst finding.
pub(crate) fn flags(row: &WorkloadRow) -> String {
    let word = |flag: Option<bool>, yes: &str| match flag {
        Some(true) => Some(yes.to_owned()),
        Some(false) => None,
        None => Some(format!("{yes}?")),
    };
    let words = [word(row.exposed, "exposed"), word(row.privileged, "privileged")];
    words.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// `CVE-2026-9001 (fixed in 1.2), CVE-2026-9002; 7 of 12 with a fix`.
pub(crate) fn worst(row: &WorkloadRow) -> String {
    let each = row.worst.iter().map(|w| match &w.fixed {
        Some(version) => format!("{} (fixed in {version})", w.what),
        None => w.what.clone(),
    });
    let total = thousands(counts_of(row).total());
    let fixable = match row.fixable {
        0 => String::new(),
        n => format!("; {} of {total} with a fix", thousands(n)),
    };
    format!("{}{fixable}", each.collect::<Vec<_>>().join(", "))
}

/// `3 images in 5 workloads`.
pub(crate) fn remark(view: &View<'_>, images: usize) -> String {
    let workloads = view.report.workloads.as_ref().map_or(0, Vec::len);
    let images = count(images as u64, "image", "images");
    format!("{images} in {}", count(workloads as u64, "workload", "workloads"))
}
