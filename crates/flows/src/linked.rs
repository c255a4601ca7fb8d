//! Which workload runs which image: images are had and judged once each, then both sides say so.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use api::{Finding, Link, Match, Report, Run, Status, TargetRow, WorkloadImage, WorkloadRow, WorstFinding};
use inventory::{Problem, Target, TargetKind};
use model::{Doubt, DoubtKind, EVERY_CONTROL, ObjectRef, Severity, Timestamp};
use oci::reference::Reference;
use rules_package::{Knowledge, MaxAge};

use crate::images::{Had, Search, What};
use crate::read::Read;
use crate::scan::Parts;

/// Distinct images that workloads run and that are read.
const IMAGES_MAX: usize = 10_000;

/// Days after which an earlier report says too little of today.
const REPORT_DAYS_MAX: i64 = 30;

/// Findings that a workload names.
const WORST_MAX: usize = 3;

/// What to do about an image that is not there.
const HAVE_IT: &str = "let its registry be asked (`--images`), or name where it lies (`--images-from`)";

/// What is about images: a doubt of one of them leaves no other control in doubt.
pub(crate) fn controls() -> BTreeSet<&'static str> {
    let packages = rules_package::RULES.iter().map(|r| r.control);
    packages.chain(rules_image::RULES.iter().map(|r| r.control)).collect()
}

/// What judging an image needs.
pub(crate) struct Judge<'j> {
    pub(crate) controls: &'j [String],
    pub(crate) knowledge: Option<&'j Knowledge<'j>>,
    pub(crate) as_of: Timestamp,
    pub(crate) max_age: MaxAge,
}

/// Has every image that the workloads of `parts` run and links both; the kinds of the targets that this adds.
pub(crate) fn link(parts: &mut Parts, search: &Search<'_>, judge: &Judge<'_>) -> Vec<TargetKind> {
    let runs = std::mem::take(&mut parts.runs);
    let mut linking = Linking {
        parts,
        judge,
        of: BTreeMap::new(),
        opened: BTreeMap::new(),
        kinds: Vec::new(),
        refused: BTreeSet::new(),
    };
    let mut wanted: BTreeMap<String, Reference> = BTreeMap::new();
    for run in &runs {
        match Reference::parse(&run.image) {
            Ok(reference) => drop(wanted.insert(reference.to_string(), reference)),
            Err(why) => linking.no_name(run, &why),
        }
    }
    for (n, (name, reference)) in wanted.iter().enumerate() {
        if n == IMAGES_MAX {
            linking.skip(wanted.len());
        }
        let had = match n < IMAGES_MAX {
            true => linking.had_already(reference).map_or_else(|| search.obtain(reference), Ok),
            false => Err(format!("workloads run more than {IMAGES_MAX} images")),
        };
        let ids = match had {
            Ok(had) => linking.take(had),
            Err(why) => vec![linking.missing(name, &why)],
        };
        linking.of.insert(name.clone(), ids);
    }
    let Linking { of, kinds, .. } = linking;
    show(parts, runs, &of);
    kinds
}

struct Linking<'l> {
    parts: &'l mut Parts,
    judge: &'l Judge<'l>,
    /// Ids of targets by the whole name of the image.
    of: BTreeMap<String, Vec<String>>,
    /// The same by the target as it is written.
    opened: BTreeMap<String, Vec<String>>,
    kinds: Vec<TargetKind>,
    /// Targets of which nothing was read.
    refused: BTreeSet<String>,
}

impl Linking<'_> {
    /// An image among the targets that the command names.
    fn had_already(&self, wanted: &Reference) -> Option<Had> {
        let (by, id) = self.parts.called.iter().find_map(|(id, c)| Some((c.fits(wanted)?, id)))?;
        let by = Match { by, from: "target".to_owned(), as_of: None };
        Some(Had { what: What::Target(id.clone()), by })
    }

    fn take(&mut self, had: Had) -> Vec<String> {
        let ids = match had.what {
            What::Target(id) => vec![id],
            What::Again(written) => self.opened.get(&written).cloned().unwrap_or_default(),
            What::Read(written, reads) => {
                let ids: Vec<String> = reads.into_iter().map(|read| self.read(read)).collect();
                self.opened.insert(written, ids.clone());
                ids
            }
            What::Report(report, target) => vec![self.reported(&report, &target, &had.by)],
        };
        let is_had = |t: &&mut TargetRow| ids.contains(&t.id) && !self.refused.contains(&t.id);
        for row in self.parts.targets.iter_mut().filter(is_had) {
            row.matched.get_or_insert_with(|| had.by.clone());
        }
        ids
    }

    /// A target that has this content already: of two names of one image only one is shown.
    fn same(&self, digest: Option<&str>, platform: Option<&str>) -> Option<String> {
        let is = |t: &&TargetRow| {
            t.digest.is_some() && t.digest.as_deref() == digest && t.platform.as_deref() == platform
        };
        self.parts.targets.iter().find(is).map(|t| t.id.clone())
    }

    fn read(&mut self, mut read: Read) -> String {
        let target = &mut read.facts.target;
        let digest = target.digest.as_ref().map(ToString::to_string);
        if let Some(id) = self.same(digest.as_deref(), target.platform.as_deref()) {
            return id;
        }
        target.id = self.free(&target.id);
        let (id, kind) = (target.id.clone(), target.kind);
        read.facts.doubts = narrowed(&read.facts.doubts, &id);
        // Its configuration is the first that is read of an image: without it, nothing was.
        if read.facts.image.is_none() && !read.facts.doubts.is_empty() {
            self.refused.insert(id.clone());
        }
        self.kinds.push(kind);
        self.parts.add(read, self.judge.controls, self.judge.knowledge, self.judge.as_of);
        id
    }

    /// An id that no target has.
    fn free(&self, id: &str) -> String {
        let is_free = |id: &String| self.parts.targets.iter().all(|t| t.id != *id);
        let numbered = (2..).map(|n: u64| format!("{id}#{n}"));
        std::iter::once(id.to_owned()).chain(numbered).find(is_free).unwrap_or_default()
    }

    /// Takes an image over from an earlier report.
    fn reported(&mut self, report: &Arc<Report>, target: &str, by: &Match) -> String {
        let Some(row) = report.targets.iter().find(|t| t.id == target) else {
            return self.missing(target, "the report does not hold it");
        };
        if let Some(id) = self.same(row.digest.as_deref(), row.platform.as_deref()) {
            return id;
        }
        let id = self.free(target);
        let mut part = crate::reported::of(report, row, &id);
        let days = self.judge.as_of.days_since(report.as_of);
        for source in &mut part.row.sources {
            source.age_days = source.snapshot.map(|s| self.judge.as_of.days_since(s));
        }
        if self.judge.max_age_days().is_some_and(|max| max < days) {
            let reason = format!("the report is {days} days old: what became known since then is not in it");
            let remedy = "scan the image again, or accept its age with `--max-database-age any`";
            let doubt = |control| Problem::unknown(control, by.from.clone(), reason.clone(), remedy);
            part.doubts.extend(["dependencies", "image-scanning"].map(|c| doubt(c).into_doubt(&id)));
        }
        self.kinds.extend(kind(&row.kind));
        self.parts.add_reported(part, self.judge.controls);
        id
    }

    /// An image that cannot be had is a target of which nothing is known.
    fn missing(&mut self, name: &str, why: &str) -> String {
        let id = self.free(&format!("registry:{name}"));
        let target = Target::new(id.clone(), TargetKind::Registry, name);
        let problem = |control: &str| Problem::unread(control, name, why, HAVE_IT).into_doubt(&id);
        self.parts.doubts.extend(controls().into_iter().map(problem));
        self.parts.targets.push(crate::rows::target(target, Vec::new()));
        self.kinds.push(TargetKind::Registry);
        id
    }

    fn no_name(&mut self, run: &Run, why: &str) {
        let reason = format!("`{}` is no image's name: {why}", run.image);
        let place = named(&run.object);
        let problem =
            |control: &str| Problem::unread(control, place.clone(), reason.clone(), "name an image");
        self.parts.doubts.extend(controls().into_iter().map(|c| problem(c).into_doubt(&run.target)));
    }

    fn skip(&mut self, count: usize) {
        let (r#where, bound) = (format!("{count} images of workloads"), "IMAGES_MAX".to_owned());
        self.parts.ledger.skipped.push(model::Skipped { r#where, bound, limit: IMAGES_MAX as u64 });
    }
}

impl Judge<'_> {
    /// Days that an earlier report may be old.
    fn max_age_days(&self) -> Option<i64> {
        match self.max_age {
            MaxAge::Usual => Some(REPORT_DAYS_MAX),
            MaxAge::AtMost(seconds) => Some(seconds / 86_400),
            MaxAge::Any => None,
        }
    }
}

fn kind(word: &str) -> Option<TargetKind> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
}

/// Doubts of an image, each for what is about images instead of everything.
fn narrowed(doubts: &[Doubt], target: &str) -> Vec<Doubt> {
    let mut out = Vec::new();
    for doubt in doubts {
        let doubt = Doubt { target: target.to_owned(), ..doubt.clone() };
        match doubt.kind == DoubtKind::Target && doubt.control == EVERY_CONTROL {
            true => {
                out.extend(controls().into_iter().map(|c| Doubt { control: c.to_owned(), ..doubt.clone() }));
            }
            false => out.push(doubt),
        }
    }
    out
}

/// `Deployment shop/web`.
fn named(object: &ObjectRef) -> String {
    match object.namespace.as_str() {
        "" => format!("{} {}", object.kind, object.name),
        namespace => format!("{} {namespace}/{}", object.kind, object.name),
    }
}

/// Writes into both sides what runs where.
fn show(parts: &mut Parts, runs: Vec<Run>, of: &BTreeMap<String, Vec<String>>) {
    let mut by_target: BTreeMap<&str, Vec<&Run>> = BTreeMap::new();
    let mut rows: Vec<WorkloadRow> = Vec::new();
    let mut at: BTreeMap<String, usize> = BTreeMap::new();
    for run in &runs {
        let name = Reference::parse(&run.image).map(|r| r.to_string()).unwrap_or_default();
        let targets = of.get(&name).map_or(&[][..], Vec::as_slice);
        for target in targets {
            by_target.entry(target).or_default().push(run);
        }
        let id = format!("{} {}", run.target, named(&run.object));
        let index = *at.entry(id.clone()).or_insert(rows.len());
        if index == rows.len() {
            rows.push(empty(id, run));
        }
        let Some(row) = rows.get_mut(index) else { continue };
        row.privileged = any(row.privileged, run.privileged);
        row.exposed = any(row.exposed, run.exposed);
        let (container, image) = (run.container.clone(), run.image.clone());
        row.images.push(WorkloadImage { container, image, targets: targets.to_vec() });
    }
    for target in &mut parts.targets {
        let runs = by_target.get(target.id.as_str());
        target.runs_in = runs.into_iter().flatten().map(|r| Run::clone(r)).collect();
        target.runs_in.sort();
    }
    rows.sort_by(|a, b| a.id.cmp(&b.id));
    let mut links: Vec<Link> = rows.iter().flat_map(links).collect();
    links.dedup();
    parts.links.append(&mut links);
    parts.workloads = Some(rows);
}

fn links(row: &WorkloadRow) -> BTreeSet<Link> {
    let targets = row.images.iter().flat_map(|i| &i.targets);
    targets.map(|to| Link { from: row.id.clone(), to: to.clone(), kind: "runs".to_owned() }).collect()
}

fn empty(id: String, run: &Run) -> WorkloadRow {
    WorkloadRow {
        id,
        target: run.target.clone(),
        object: ObjectRef { field: None, ..run.object.clone() },
        privileged: Some(false),
        exposed: Some(false),
        images: Vec::new(),
        findings: BTreeMap::new(),
        fixable: 0,
        worst: Vec::new(),
    }
}

/// Whether one of several is: one that is decides, one that is not known leaves it open.
fn any(so_far: Option<bool>, next: Option<bool>) -> Option<bool> {
    match (so_far, next) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

/// What the open findings of an image come to.
#[derive(Default)]
struct Sum<'r> {
    findings: BTreeMap<Severity, u64>,
    fixable: u64,
    all: Vec<&'r Finding>,
}

/// Says of each workload what the open findings of its images come to.
pub(crate) fn count(report: &mut Report) {
    let Some(mut rows) = report.workloads.take() else { return };
    let images: BTreeSet<&str> =
        rows.iter().flat_map(|r| &r.images).flat_map(|i| &i.targets).map(String::as_str).collect();
    let mut sums: BTreeMap<String, Sum<'_>> = BTreeMap::new();
    let is_counted = |f: &&Finding| f.status == Status::Open && images.contains(f.target.as_str());
    for finding in report.findings.iter().filter(is_counted) {
        let sum = sums.entry(finding.target.to_string()).or_default();
        *sum.findings.entry(finding.severity).or_default() += 1;
        sum.fixable += u64::from(finding.fix.is_some());
        sum.all.push(finding);
    }
    for sum in sums.values_mut() {
        sum.all.sort_by(|a, b| worst_first(a, b));
        let mut told = BTreeSet::new();
        sum.all.retain(|f| told.len() < WORST_MAX && told.insert(what(f)));
    }
    for row in &mut rows {
        let targets: BTreeSet<&String> = row.images.iter().flat_map(|i| &i.targets).collect();
        let mut worst: Vec<&Finding> = Vec::new();
        for sum in targets.into_iter().filter_map(|t| sums.get(t)) {
            for (severity, n) in &sum.findings {
                *row.findings.entry(*severity).or_default() += n;
            }
            row.fixable += sum.fixable;
            worst.extend(&sum.all);
        }
        worst.sort_by(|a, b| worst_first(a, b));
        // One vulnerability of several packages is told once.
        let mut told = BTreeSet::new();
        let worst = worst.into_iter().map(worst_finding).filter(|w| told.insert(w.what.clone()));
        row.worst = worst.take(WORST_MAX).collect();
    }
    report.workloads = Some(rows);
}

/// By severity, exploited, likely to be, and then by names.
fn worst_first(a: &Finding, b: &Finding) -> Ordering {
    let exploited = |f: &Finding| f.vulnerability.as_ref().is_some_and(|v| v.kev.is_some());
    let likely = |f: &Finding| f.vulnerability.as_ref().and_then(|v| v.epss).map_or(0.0, |e| e.score);
    let by_names = || (&a.target, &a.id).cmp(&(&b.target, &b.id));
    let by_worth = (b.severity, exploited(b)).cmp(&(a.severity, exploited(a)));
    by_worth.then_with(|| likely(b).total_cmp(&likely(a))).then_with(by_names)
}

/// Its vulnerability, or its rule where it is about none.
fn what(f: &Finding) -> &str {
    f.vulnerability.as_ref().map_or(f.rule.as_str(), |v| v.id.as_str())
}

fn worst_finding(f: &Finding) -> WorstFinding {
    WorstFinding {
        target: f.target.to_string(),
        finding: f.id.clone(),
        severity: f.severity,
        what: what(f).to_owned(),
        fixed: f.fix.as_ref().and_then(|fix| fix.version.clone()),
    }
}
