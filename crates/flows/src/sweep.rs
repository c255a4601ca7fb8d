//! `scan registry:HOST/**`: every image of a registry, one after another, so that memory holds one at a time; what was
//! found is kept between runs, and a run that was broken off is continued.

mod name;
mod since;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use api::{
    KeptImage, Report, SWEEP_SCHEMA, SWEEP_STATE_SCHEMA, Status, Sweep, SweepProblem, SweepState,
    SweptFinding, SweptImage, SweptState, Tool, VerdictOutcome,
};
use model::{DoubtKind, Timestamp};
use ports::knowledge::{BuildReport, BuildRequest, Knowledge, KnowledgeError, OpenedDatabase};
use ports::remote::{Choice, Listing};
use ports::source::{Peek, Progress, ReadOptions, SourceError};

pub use self::name::file_name;
use crate::read;
use crate::scan::{Asked, measure};
use crate::world::{FlowError, ScanRequest, World};

/// Images after which what was found is kept.
const KEEP_AFTER: usize = 16;

/// New findings of one image that are kept; the others are counted by severity.
pub const NEW_MAX: usize = 1000;

/// 2013-01-01, before there was an image of this kind. Builds that can be repeated carry an earlier day: 1970 or, as
/// those of Cloud Native Buildpacks, 1980. It says nothing of when they were made.
const FIRST_IMAGES: Timestamp = Timestamp(1_356_998_400);

/// Reasons of one image that are kept.
const REASONS_MAX: usize = 10;

/// A sweep as asked for.
#[derive(Debug, Clone)]
pub struct SweepRequest {
    /// Which images.
    pub choice: Choice,
    /// Leaves out images whose configuration says they were made earlier.
    pub since: Option<Timestamp>,
    /// What the last run kept; `None` if there was none.
    pub state: Option<Vec<u8>>,
    /// Where whole reports go, if anywhere.
    pub reports: Option<String>,
    /// How each image is scanned; its targets are not looked at.
    pub scan: ScanRequest,
}

/// What a sweep hands out while it goes on.
pub struct Keep<'k> {
    /// Keeps the state, whole or not at all.
    pub state: &'k dyn Fn(&[u8]) -> Result<(), String>,
    /// Is given the whole report of each image.
    pub report: &'k dyn Fn(&str, &Report) -> Result<(), String>,
}

/// Scans every image that is chosen.
///
/// # Errors
/// [`FlowError`] if the request makes no sense, the registry cannot be listed, or nothing can be kept.
pub fn sweep(world: &World<'_>, request: &SweepRequest, keep: &Keep<'_>) -> Result<Sweep, FlowError> {
    read::check(&request.scan.read)?;
    let targets = vec![request.choice.registry.clone()];
    let asked = Asked::of(&ScanRequest { targets, images: None, ..request.scan.clone() })?;
    let once = Once { inner: world.knowledge, opened: Mutex::new(None) };
    let silent = |_: &str| {};
    let inner = World { knowledge: &once, note: &silent, ..*world };
    let database = once.open(request.scan.database.as_deref())?;
    let database = rules_package::database_info(database.database.info());
    let mut state = begin(request, &run_name(world, request, &database.id))?;
    let listing = world.sources.list(&request.choice)?;
    let images = {
        let mut swept =
            Swept { world: &inner, request, asked: &asked, keep, state: &mut state, out: Vec::new() };
        swept.all(&listing)?;
        swept.out
    };
    let since_last = state.completed;
    let listed: BTreeSet<&String> = listing.images.iter().collect();
    // A repository that could not be listed has lost nothing, and nobody knows of images that were not asked for.
    let choice = format!("{:?}", request.choice);
    let tells = listing.problems.is_empty() && (state.choice.is_empty() || state.choice == choice);
    let unlisted = state.images.keys().filter(|name| tells && !listed.contains(name));
    let removed: Vec<String> = unlisted.cloned().collect();
    state.choice = choice;
    removed.iter().for_each(|name| {
        state.images.remove(name);
    });
    (state.complete, state.completed) = (true, Some(request.scan.as_of));
    save(&state, keep)?;
    Ok(summary(world, request, Summary { database, since_last, images, removed, listing }))
}

struct Summary {
    database: api::DatabaseInfo,
    since_last: Option<Timestamp>,
    images: Vec<SweptImage>,
    removed: Vec<String>,
    listing: Listing,
}

fn summary(world: &World<'_>, request: &SweepRequest, found: Summary) -> Sweep {
    let mut problems: Vec<SweepProblem> = found
        .listing
        .problems
        .into_iter()
        .map(|(place, reason)| SweepProblem { r#where: place, reason })
        .collect();
    // A slip in a pattern must not be a registry without faults.
    if found.images.is_empty() && problems.is_empty() {
        problems.push(SweepProblem {
            r#where: format!("{}/{}", request.choice.registry, request.choice.pattern),
            reason: "no image of the registry fits the pattern, `--include` and `--exclude`".to_owned(),
        });
    }
    let worst =
        found.images.iter().map(|i| (rank(i.exit), i.exit, i.outcome)).max_by_key(|(rank, _, _)| *rank);
    let (mut exit, mut outcome) =
        worst.map_or((0, VerdictOutcome::Ungated), |(_, exit, outcome)| (exit, outcome));
    if exit == 0 && !problems.is_empty() {
        (exit, outcome) = (3, VerdictOutcome::Incomplete);
    }
    Sweep {
        schema: SWEEP_SCHEMA.to_owned(),
        tool: Tool { name: "plimsoll".to_owned(), version: world.version.to_owned() },
        as_of: request.scan.as_of,
        registry: request.choice.registry.clone(),
        pattern: request.choice.pattern.clone(),
        database: Some(found.database),
        since_last: found.since_last,
        images: found.images,
        removed: found.removed,
        problems,
        outcome,
        exit,
    }
}

/// The contract's precedence: what is known to be wrong before what is not known.
fn rank(exit: u8) -> u8 {
    match exit {
        1 => 2,
        3 => 1,
        _ => 0,
    }
}

/// Equal for runs of which one may continue the other.
fn run_name(world: &World<'_>, request: &SweepRequest, database: &str) -> String {
    let scan = &request.scan;
    let ignore = scan.ignore.iter().chain(&scan.vex).map(|f| oci::sha256(&f.bytes).to_string());
    let ignore: Vec<String> = ignore.collect();
    let text = format!(
        "{} {database} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {ignore:?} {:?} {:?}",
        world.version,
        request.choice,
        request.since,
        scan.controls,
        scan.gates,
        scan.read.platform,
        scan.read.all_platforms,
        scan.max_age,
        scan.min_package_age,
        request.reports
    );
    oci::sha256(text.as_bytes()).to_string()
}

/// The state to go on from: that of a run that was broken off as it is, else with its findings as those of before.
fn begin(request: &SweepRequest, run: &str) -> Result<SweepState, FlowError> {
    let mut state = match &request.state {
        None => SweepState::default(),
        Some(bytes) => {
            let state: SweepState = serde_json::from_slice(bytes).map_err(|e| {
                FlowError::Usage(format!(
                    "the state of the last sweep cannot be read: {e}; remove it to begin anew"
                ))
            })?;
            if state.schema != SWEEP_STATE_SCHEMA {
                return Err(FlowError::Usage(format!(
                    "the state of the last sweep is `{}`, not `{SWEEP_STATE_SCHEMA}`; remove it to begin anew",
                    state.schema
                )));
            }
            state
        }
    };
    SWEEP_STATE_SCHEMA.clone_into(&mut state.schema);
    if state.complete {
        for kept in state.images.values_mut() {
            kept.before = Some(std::mem::take(&mut kept.now));
            kept.seen_before = kept.seen.take();
            kept.last = None;
        }
    } else if state.run != run {
        // Another question than the one that was broken off: nothing of it is taken over, but what was before stays.
        for kept in state.images.values_mut() {
            (kept.last, kept.seen, kept.now) = (None, None, BTreeSet::new());
        }
    }
    run.clone_into(&mut state.run);
    state.complete = false;
    Ok(state)
}

fn save(state: &SweepState, keep: &Keep<'_>) -> Result<(), FlowError> {
    let bytes = serde_json::to_vec(state).map_err(|e| FlowError::Unreadable(e.to_string()))?;
    (keep.state)(&bytes).map_err(FlowError::Usage)
}

struct Swept<'s> {
    world: &'s World<'s>,
    request: &'s SweepRequest,
    asked: &'s Asked,
    keep: &'s Keep<'s>,
    state: &'s mut SweepState,
    out: Vec<SweptImage>,
}

impl Swept<'_> {
    fn all(&mut self, listing: &Listing) -> Result<(), FlowError> {
        save(self.state, self.keep)?;
        for (done, name) in listing.images.iter().enumerate() {
            let image = self.one(name)?;
            self.out.push(image);
            if (done + 1) % KEEP_AFTER == 0 {
                save(self.state, self.keep)?;
            }
        }
        Ok(())
    }

    fn one(&mut self, name: &str) -> Result<SweptImage, FlowError> {
        let scan = &self.request.scan;
        let options = ReadOptions {
            platform: scan.read.platform.clone(),
            all_platforms: scan.read.all_platforms,
            verify: scan.read.verify,
            jobs: scan.read.jobs,
            ..ReadOptions::default()
        };
        let peeked = self.world.sources.peek(name, &options);
        let digests: Vec<String> = match &peeked {
            Ok(peek) => peek.iter().map(|p| p.digest.to_string()).collect(),
            Err(_) => Vec::new(),
        };
        let kept = self.state.images.entry(name.to_owned()).or_default();
        // What could not be read is tried again.
        let taken = |l: &&SweptImage| {
            l.digests == digests
                && !digests.is_empty()
                && (l.reasons.is_empty() || l.state == SweptState::LeftOut)
        };
        if let Some(last) = kept.last.as_ref().filter(taken) {
            let state = if last.state == SweptState::Scanned { SweptState::Resumed } else { last.state };
            return Ok(SweptImage { state, ..last.clone() });
        }
        match peeked {
            // No image: a chart, a signature.
            Err(SourceError::Usage(ref reason)) => {
                let image = left_out(name, digests, reason.clone(), kept.before.is_none());
                kept.last = Some(image.clone());
                return Ok(image);
            }
            Err(SourceError::Missing(reason)) => return Ok(self.missing(name, reason)),
            _ => {}
        }
        if let (Ok(peek), Some(since)) = (&peeked, self.request.since)
            && is_older(peek, since)
        {
            as_before(kept);
            let image = left_out(name, digests, format!("made before {since}"), kept.before.is_none());
            kept.last = Some(image.clone());
            return Ok(image);
        }
        let request = ScanRequest {
            targets: vec![format!("registry:{name}")],
            images: None,
            ..self.request.scan.clone()
        };
        let report = match measure(self.world, &request) {
            Ok(measured) => {
                kept.seen = Some(since::seen(&measured.report, &digests));
                self.asked
                    .judge_since(measured.report, &measured.inlines, |report| since::baseline(report, kept))
            }
            Err(FlowError::Usage(reason)) => {
                let image = left_out(name, digests, reason, kept.before.is_none());
                kept.last = Some(image.clone());
                return Ok(image);
            }
            Err(e) => return Err(e),
        };
        (self.keep.report)(name, &report).map_err(FlowError::Usage)?;
        let image = swept(name, digests, &report, kept);
        kept.last = Some(image.clone());
        Ok(image)
    }

    /// An image that was listed and is not there. One that was deleted meanwhile is gone from the list as well; of one
    /// that still stands in it nobody knows what those hold who pulled it.
    fn missing(&mut self, name: &str, reason: String) -> SweptImage {
        let pattern = name.split_once('/').map_or(name, |(_, pattern)| pattern).to_owned();
        let choice = Choice { pattern, ..self.request.choice.clone() };
        let is_gone = match self.world.sources.list(&choice) {
            Ok(listing) => listing.problems.is_empty() && !listing.images.iter().any(|i| i == name),
            Err(e) => matches!(e, SourceError::Missing(_)),
        };
        let kept = self.state.images.entry(name.to_owned()).or_default();
        as_before(kept);
        let image = left_out(name, Vec::new(), reason, kept.before.is_none());
        match is_gone {
            true => image,
            false => SweptImage {
                state: SweptState::Scanned,
                reasons: vec![format!("{name}: listed, and not there: {}", image.reasons.join("; "))],
                outcome: VerdictOutcome::Incomplete,
                exit: 3,
                ..image
            },
        }
    }
}

/// What was found in an image that nobody looks at now stays known, so that it is not new once somebody does.
fn as_before(kept: &mut KeptImage) {
    kept.now = kept.before.clone().unwrap_or_default();
    kept.seen = kept.seen_before.clone();
}

/// True if every platform says it was made before `since`; one that does not say is looked at.
fn is_older(peek: &[Peek], since: Timestamp) -> bool {
    let made = |p: &Peek| p.created.as_ref().and_then(|c| c.parse::<Timestamp>().ok());
    let says = |t: Timestamp| FIRST_IMAGES <= t;
    !peek.is_empty() && peek.iter().all(|p| made(p).is_some_and(|t| says(t) && t < since))
}

fn left_out(name: &str, digests: Vec<String>, reason: String, first: bool) -> SweptImage {
    SweptImage {
        name: name.to_owned(),
        digests,
        state: SweptState::LeftOut,
        reasons: vec![reason],
        first,
        findings: BTreeMap::new(),
        new: Vec::new(),
        gone: 0,
        outcome: VerdictOutcome::Ungated,
        exit: 0,
    }
}

fn swept(name: &str, digests: Vec<String>, report: &Report, kept: &mut KeptImage) -> SweptImage {
    let open = report.findings.iter().filter(|f| f.status == Status::Open);
    let mut findings = BTreeMap::new();
    let mut new = Vec::new();
    let mut now = BTreeSet::new();
    for finding in open {
        // An image of several platforms has most findings several times.
        if !now.insert(finding.id.clone()) {
            continue;
        }
        *findings.entry(finding.severity).or_insert(0) += 1;
        if !kept.before.as_ref().is_some_and(|before| before.contains(&finding.id)) {
            new.push(SweptFinding {
                id: finding.id.clone(),
                severity: finding.severity,
                rule: finding.rule.to_string(),
                title: finding.title.to_string(),
            });
        }
    }
    new.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.cmp(b)));
    new.truncate(NEW_MAX);
    let gone = kept.before.as_ref().map_or(0, |before| before.difference(&now).count());
    kept.now = now;
    let unread = report.doubts.iter().filter(|d| d.kind == DoubtKind::Target);
    let mut reasons: Vec<String> = unread.map(|d| format!("{}: {}", d.r#where, d.reason)).collect();
    reasons.sort();
    reasons.dedup();
    reasons.truncate(REASONS_MAX);
    SweptImage {
        name: name.to_owned(),
        digests,
        state: SweptState::Scanned,
        reasons,
        first: kept.before.is_none(),
        findings,
        new,
        gone: u32::try_from(gone).unwrap_or(u32::MAX),
        outcome: report.verdict.outcome,
        exit: report.verdict.exit,
    }
}

/// One database for all images.
struct Once<'k> {
    inner: &'k dyn Knowledge,
    opened: Mutex<Option<OpenedDatabase>>,
}

impl Knowledge for Once<'_> {
    fn open(&self, path: Option<&str>) -> Result<OpenedDatabase, KnowledgeError> {
        let mut opened = self.opened.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(known) = &*opened {
            return Ok(known.clone());
        }
        let found = self.inner.open(path)?;
        *opened = Some(found.clone());
        Ok(found)
    }

    fn build(&self, request: &BuildRequest, progress: &dyn Progress) -> Result<BuildReport, KnowledgeError> {
        self.inner.build(request, progress)
    }
}
