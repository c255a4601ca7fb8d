//! `fix`: manifests judged, mended in their text, and judged again as proof.

mod kustomize;
mod mend;
mod proof;
#[cfg(test)]
mod tests;
mod wishes;

use std::collections::{BTreeMap, BTreeSet};

use api::{
    ClosedFinding, FIX_SCHEMA, Finding, FindingRef, FixReport, FixedFile, GateOutcome, OpenFinding, Status,
    Tool,
};
use eval::gate::{Evidence, Expression};
use eval::suppress;
use model::{Doubt, DoubtKind, EVERY_CONTROL, Text, Timestamp};
use ports::source::{Location, TargetSpec};
use rules_cluster::pod_security::Level;
use rules_cluster::remedy::Wishes;
use rules_cluster::{Custom, remedy};

use crate::diff::NamedReport;
use crate::manifests::{self, Judged, Manifests};
use crate::read::{Read, read};
use crate::rows;
use crate::scan::customs;
use crate::world::{FlowError, NamedBytes, ReadRequest, World};

pub(crate) use proof::evidence;
pub use wishes::Amounts;

/// What is to be mended, and how.
#[derive(Debug, Clone)]
pub struct FixRequest {
    /// The target as written.
    pub target: String,
    /// Which findings, an expression of the gate language; all without it.
    pub select: Option<String>,
    /// One of [`fix_levels`]; the strictest without it.
    pub level: Option<String>,
    /// User that containers run as that would be root.
    pub run_as_user: Option<i64>,
    /// Root file systems become read-only.
    pub read_only_root: bool,
    /// Volumes that a level forbids become empty directories, whatever they hold.
    pub empty_volumes: bool,
    /// What containers get that say nothing.
    pub amounts: Amounts,
    /// What containers used: the resource, where the file does not say, and the file.
    pub usage: Vec<(Option<String>, NamedBytes)>,
    /// `IMAGE=DIGEST`.
    pub digests: Vec<String>,
    /// Earlier reports that name digests of images.
    pub reports: Vec<NamedReport>,
    /// Ignore file.
    pub ignore: Option<NamedBytes>,
    /// The moment that entries of the ignore file expire against.
    pub as_of: Timestamp,
    /// How the target is read.
    pub read: ReadRequest,
}

/// A file that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Its path as seen from where the target was named.
    pub path: String,
    /// Its content as it was read.
    pub before: Vec<u8>,
    /// Its content as it should be.
    pub after: Vec<u8>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Fixed {
    /// The account.
    pub report: FixReport,
    /// Whole files, in the order of their paths.
    pub files: Vec<Changed>,
    /// The same changes as a file of Kustomize.
    pub kustomization: String,
}

/// The levels that workloads are brought to, the strictest first.
#[must_use]
pub fn fix_levels() -> [&'static str; 2] {
    [Level::Restricted.as_str(), Level::Baseline.as_str()]
}

/// Mends the manifests of a target, in memory.
///
/// # Errors
/// [`FlowError`] if the request makes no sense, or the target holds no manifests at all.
pub fn fix(world: &World<'_>, request: &FixRequest) -> Result<Fixed, FlowError> {
    let usage = |e: &dyn std::fmt::Display| FlowError::Usage(e.to_string());
    let level = request.level.as_deref().unwrap_or(fix_levels()[0]);
    let level = Level::parse(level).filter(|l| *l != Level::Privileged).ok_or_else(|| {
        FlowError::Usage(format!("`{level}` is no level: one of {}", fix_levels().join(", ")))
    })?;
    let select = request.select.as_deref().map(Expression::parse).transpose().map_err(|e| usage(&e))?;
    let ignores = request.ignore.iter().map(|f| suppress::parse_ignore(&f.name, &f.bytes));
    let ignores = ignores.collect::<Result<Vec<_>, _>>().map_err(|e| usage(&e))?;
    let customs = customs(&request.read.workloads)?;
    let (mut wishes, said) = wishes::of(request)?;
    let is_file = matches!(TargetSpec::parse(&request.target)?.location, Location::Path(_) | Location::Stdin);
    if !is_file {
        let why = format!("`{}` is no file or folder of manifests, which alone are mended", request.target);
        return Err(FlowError::Usage(why));
    }
    let mut reads = read(world, &request.read, std::slice::from_ref(&request.target))?;
    for read in &mut reads {
        read.manifests = std::mem::take(&mut read.manifests).knowing_patches();
        let target = &read.facts.target;
        wishes::note_digest(&mut wishes, &target.name, target.digest.as_ref(), target.platform.as_deref());
    }
    let asked = Asked { request, level, select, ignores, customs, wishes };
    let mut out = Out { notes: said.notes, doubts: said.doubts, ..Out::default() };
    out.notes.extend(wishes::unclaimed(&asked.wishes.usage, &reads, &asked.customs));
    for read in reads.iter().filter(|r| !r.manifests.is_empty()) {
        out.add(&asked, read)?;
    }
    let unread = reads.iter().flat_map(|r| &r.facts.doubts).filter(|d| d.control == EVERY_CONTROL);
    let unread: Vec<Doubt> = unread.cloned().collect();
    if reads.iter().all(|r| r.manifests.is_empty()) && unread.is_empty() {
        return Err(FlowError::Usage(format!("`{}` holds no Kubernetes manifest", request.target)));
    }
    out.doubts.extend(unread);
    Ok(out.fixed(world.version, &asked))
}

/// The request, read.
struct Asked<'r> {
    request: &'r FixRequest,
    level: Level,
    select: Option<Expression>,
    ignores: Vec<suppress::IgnoreFile>,
    customs: Vec<Custom>,
    wishes: Wishes,
}

impl Asked<'_> {
    /// What is asked of objects beside the rules.
    fn of_objects(&self) -> manifests::Asked<'_> {
        let no_inline = self.request.read.no_inline_ignore;
        manifests::Asked { customs: &self.customs, runs: false, no_inline }
    }

    /// The findings that are to be closed.
    fn selected(&self, judged: &Judged, read: &Read) -> Result<Vec<Finding>, FlowError> {
        let mut findings = rows::findings_in_order(judged.outcome.findings.clone());
        let targets = [rows::target(read.facts.target.clone(), Vec::new())];
        let context = suppress::Context {
            ignores: &self.ignores,
            inlines: &judged.inlines.accepted,
            vex: &[],
            targets: &targets,
            packages: &[],
            as_of: self.request.as_of,
        };
        drop(suppress::apply(&mut findings, &context));
        findings.retain(|f| f.status == Status::Open && !remedy::is_beyond(&f.rule, self.level));
        let Some(select) = &self.select else { return Ok(findings) };
        let mut chosen = Vec::new();
        for finding in findings {
            let evidence = Evidence {
                findings: std::slice::from_ref(&finding),
                doubts: &[],
                packages: &[],
                targets: &targets,
                workloads: None,
                rules: &judged.outcome.rules,
                controls: &[],
                database: None,
                as_of: self.request.as_of,
                baseline: None,
            };
            let gates = eval::gate::evaluate(std::slice::from_ref(select), &evidence);
            if let Some(gate) = gates.first().filter(|g| g.outcome == GateOutcome::Incomplete) {
                return Err(FlowError::Usage(format!("`--select`: {}", gate.because)));
            }
            if gates.iter().any(|g| g.outcome == GateOutcome::Fail) {
                chosen.push(finding);
            }
        }
        Ok(chosen)
    }

    /// A path as seen from where the target was named.
    fn shown(&self, manifests: &Manifests, path: &str) -> String {
        let location = TargetSpec::parse(&self.request.target).map(|s| s.location);
        match location {
            Ok(Location::Path(root)) if manifests.is_file() => root,
            Ok(Location::Path(root)) => match root.trim_end_matches('/').trim_start_matches("./") {
                "" if root.starts_with('/') => format!("/{path}"),
                "" | "." => path.to_owned(),
                root => format!("{root}/{path}"),
            },
            _ => path.to_owned(),
        }
    }
}

/// How a finding was answered.
enum Answer {
    Closed { edits: Vec<String>, notes: Vec<String> },
    Open(String),
}

/// What is gathered over the parts of a target.
#[derive(Default)]
struct Out {
    files: Vec<Changed>,
    closed: Vec<ClosedFinding>,
    open: Vec<OpenFinding>,
    notes: Vec<String>,
    doubts: Vec<Doubt>,
    /// Objects before and after, for Kustomize.
    pairs: Vec<kustomize::Pair>,
}

impl Out {
    fn add(&mut self, asked: &Asked<'_>, read: &Read) -> Result<(), FlowError> {
        let manifests = &read.manifests;
        let target = read.facts.target.id.as_str();
        let judged = manifests.judge(target, asked.of_objects());
        let selected = asked.selected(&judged, read)?;
        let mending = Mending { manifests, target, asked: asked.of_objects(), wishes: &asked.wishes };
        let files = mending.files(&selected, &judged);
        for file in files {
            self.take(asked, manifests, file);
        }
        self.doubts.extend(judged.doubts);
        Ok(())
    }

    fn take(&mut self, asked: &Asked<'_>, manifests: &Manifests, file: mend::File<'_>) {
        let path = asked.shown(manifests, file.path);
        for (finding, answer) in file.answers {
            let finding = FindingRef {
                id: finding.id.clone(),
                rule: finding.rule.to_string(),
                control: finding.control.to_string(),
                severity: finding.severity,
                title: finding.title.to_string(),
                r#where: finding.r#where.clone(),
            };
            match answer {
                Answer::Closed { edits, notes } => self.closed.push(ClosedFinding { finding, edits, notes }),
                Answer::Open(reason) => self.open.push(OpenFinding { finding, reason }),
            }
        }
        if file.before != file.after {
            self.pairs.extend(kustomize::pairs(&path, &file.before, &file.after));
            self.files.push(Changed { path, before: file.before, after: file.after });
        }
    }

    fn fixed(mut self, version: &str, asked: &Asked<'_>) -> Fixed {
        self.files.sort_by(|a, b| a.path.cmp(&b.path));
        self.doubts.sort();
        self.doubts.dedup();
        let is_whole = self.doubts.iter().all(|d| d.kind != DoubtKind::Target);
        let exit = match (&asked.select, self.open.is_empty(), is_whole) {
            (Some(_), false, _) => 1,
            (_, _, false) => 3,
            _ => 0,
        };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let diff = |f: &Changed| FixedFile {
            path: f.path.clone(),
            diff: report::unified(&f.path, &text(&f.before), &text(&f.after)),
        };
        let report = FixReport {
            schema: FIX_SCHEMA.to_owned(),
            tool: Tool { name: "plimsoll".to_owned(), version: version.to_owned() },
            target: asked.request.target.clone(),
            level: asked.level.to_string(),
            files: self.files.iter().map(diff).collect(),
            closed: self.closed,
            open: self.open,
            notes: self.notes,
            doubts: self.doubts,
            exit,
        };
        Fixed { report, files: self.files, kustomization: kustomize::write(&self.pairs) }
    }
}

/// Why a patch is left alone: what it is silent about is said where it is laid over.
const PATCH: &str = "it is a patch of a kustomization: mend the object that it is for";

/// Manifests that are mended.
struct Mending<'m> {
    manifests: &'m Manifests,
    target: &'m str,
    asked: manifests::Asked<'m>,
    wishes: &'m Wishes,
}

impl Mending<'_> {
    /// The files of the findings, mended as far as they can be and judged again together.
    fn files<'f>(&self, selected: &'f [Finding], before: &Judged) -> Vec<mend::File<'f>> {
        let mut by_path: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
        for finding in selected {
            by_path.entry(&finding.r#where.path).or_default().push(finding);
        }
        let (around, _) = self.manifests.around(self.asked);
        let scene = mend::Scene { around: &around, target: self.target, wishes: self.wishes };
        let mut files = Vec::new();
        for (path, findings) in by_path {
            let why = match path {
                _ if self.manifests.is_rendered(path) => {
                    Some("it is made of a chart or a kustomization, which is to be changed by hand")
                }
                _ if self.manifests.is_patch(path) => Some(PATCH),
                _ => None,
            };
            if let Some(why) = why {
                files.push(mend::File::refused(path, &findings, why));
                continue;
            }
            let text = self.manifests.open(path).map_err(|e| e.to_string());
            let bytes =
                text.as_ref().map_err(Clone::clone).and_then(|t| t.bytes().map_err(|e| e.to_string()));
            match bytes {
                Ok(bytes) => files.push(scene.file(path, &bytes, &findings)),
                Err(e) => files.push(mend::File::refused(path, &findings, &e)),
            }
        }
        prove(self, before, &mut files);
        files
    }
}

/// Judges everything again as it would be. A file whose change brings a finding or a doubt anywhere is left as it was,
/// or all of them are, where it cannot be said which.
fn prove(mending: &Mending<'_>, before: &Judged, files: &mut [mend::File<'_>]) {
    let findings = |judged: &Judged| -> BTreeMap<String, (Text, Text)> {
        let key = |f: &Finding| (f.id.clone(), (f.r#where.path.clone(), f.rule.clone()));
        judged.outcome.findings.iter().map(key).collect()
    };
    let doubts = |judged: &Judged| judged.doubts.len() + judged.outcome.doubts.len();
    let was = findings(before);
    // Each round leaves at least one file more as it was.
    for _ in 0..=files.len() {
        let changed = files.iter().filter(|f| f.before != f.after);
        let edited: BTreeMap<String, Vec<u8>> =
            changed.map(|f| (f.path.to_owned(), f.after.clone())).collect();
        if edited.is_empty() {
            return;
        }
        let again = mending.manifests.edited(edited.clone()).judge(mending.target, mending.asked);
        let is = findings(&again);
        let new: BTreeSet<&(Text, Text)> =
            is.iter().filter(|(id, _)| !was.contains_key(*id)).map(|(_, place)| place).collect();
        let stays = |f: &mend::File<'_>| f.closed().any(|id| is.contains_key(id));
        let is_to_blame = |f: &mend::File<'_>| stays(f) || new.iter().any(|(path, _)| path == f.path);
        let more_doubts = doubts(before) < doubts(&again);
        if new.is_empty() && !more_doubts && !files.iter().any(stays) {
            return;
        }
        let rules: BTreeSet<&str> = new.iter().map(|(_, rule)| rule.as_str()).collect();
        let what = match rules.is_empty() {
            true => "it could not be judged again".to_owned(),
            false => format!("judged again among the others it brings {}", Vec::from_iter(rules).join(", ")),
        };
        let known = files.iter().any(|f| edited.contains_key(f.path) && is_to_blame(f));
        for file in files.iter_mut().filter(|f| edited.contains_key(f.path)) {
            if !known || is_to_blame(file) {
                file.put_back(&what);
            }
        }
    }
}
