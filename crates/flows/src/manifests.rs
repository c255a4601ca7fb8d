//! Kubernetes manifests, in a project or as a target, read twice: first for what stands around an object, in whichever file
//! that is, then one batch of objects at a time, judged, forgotten.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, mpsc};
use std::thread;

use api::Run;
use eval::Outcome;
use eval::assess::HoldEvidence;
use eval::suppress::INLINE_COMMENT;
use inventory::{Problem, TargetKind};
use manifest::{Object, Packed, Position};
use model::{Doubt, Ledger};
use oci::Tree;
use ports::render::{Programs, Render};
use ports::source::Files;
use rules_cluster::hold::Labels;
use rules_cluster::{Custom, Subject, Surroundings};

use crate::inline::Inlines;
use crate::owners::Owners;
use crate::render::{REMEDY, Renderings};
use crate::{linked, rows};

/// Folders whose files are others' and are not deployed from here.
pub(crate) const FOREIGN: [&str; 3] = [".git", "node_modules", ".terraform"];

/// Where manifests may stand.
#[derive(Default)]
pub(crate) struct Manifests {
    tree: Arc<Tree>,
    paths: Vec<String>,
    /// A file that is the target, by its name.
    whole: Option<(String, Packed)>,
    /// Manifests are what was asked for, so that none at all is worth a word.
    asked: bool,
    /// A place that the source of the target could not read.
    missed: Option<String>,
    /// Files that read otherwise than they lie there.
    edited: BTreeMap<String, Vec<u8>>,
    /// What charts and kustomizations among them come to.
    renderings: Arc<Renderings>,
}

/// What came of them.
#[derive(Default)]
pub(crate) struct Judged {
    pub(crate) outcome: Outcome,
    pub(crate) doubts: Vec<Doubt>,
    pub(crate) ledger: Ledger,
    pub(crate) hold: Vec<HoldEvidence>,
    pub(crate) inlines: Inlines,
    /// The images that workloads run, if they were asked for.
    pub(crate) runs: Vec<Run>,
}

/// What is asked of objects beside the rules.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Asked<'a> {
    /// Kinds of others that bring pods.
    pub(crate) customs: &'a [Custom],
    /// Which images workloads run, and where.
    pub(crate) runs: bool,
    /// What the files accept themselves is left aside.
    pub(crate) no_inline: bool,
}

impl Manifests {
    /// A file of objects.
    pub(crate) fn file(name: &str, packed: Packed) -> Self {
        Self { whole: Some((name.to_owned(), packed)), asked: true, ..Self::default() }
    }

    /// The YAML and JSON files of a folder.
    pub(crate) fn of(kind: TargetKind, files: &Files) -> Self {
        let asked = kind == TargetKind::Manifests;
        if kind != TargetKind::Dir && !asked {
            return Self::default();
        }
        let fits = |path: &str| {
            [".yaml", ".yml", ".json"].iter().any(|e| path.ends_with(e))
                && !path.split('/').any(|part| FOREIGN.contains(&part))
        };
        let paths = files.tree.iter().filter(|f| fits(f.path)).map(|f| f.path.to_owned()).collect();
        Self { tree: Arc::clone(&files.tree), paths, asked, ..Self::default() }
    }

    /// The same, of a target that its source could not read whole: what an object seems to lack may stand there.
    pub(crate) fn missing(self, doubts: &[Doubt]) -> Self {
        Self { missed: doubts.first().map(|d| d.r#where.clone()), ..self }
    }

    /// The same, with other contents of some files.
    pub(crate) fn edited(&self, edited: BTreeMap<String, Vec<u8>>) -> Self {
        let Self { tree, paths, whole, asked, missed, renderings, .. } = self;
        let (tree, paths, renderings) = (Arc::clone(tree), paths.clone(), Arc::clone(renderings));
        Self { tree, paths, whole: whole.clone(), asked: *asked, missed: missed.clone(), edited, renderings }
    }

    /// The same, with its charts and kustomizations rendered if there are `programs` for it; the target is the folder
    /// `root`.
    pub(crate) fn rendered(self, render: &dyn Render, root: &str, programs: Option<&Programs>) -> Self {
        let renderings = Arc::new(Renderings::of(&self.tree, root, render, programs));
        let hidden = renderings.undone.iter().find(|u| u.hides).map(|u| u.place.clone());
        Self { missed: self.missed.or(hidden), renderings, ..self }
    }

    /// The same, which of its files are patches of kustomizations being known, and nothing rendered or missed.
    pub(crate) fn knowing_patches(self) -> Self {
        let renderings = Arc::new(Renderings::patches(&self.tree));
        Self { renderings, ..self }
    }

    /// True for the manifests that were made of a chart or a kustomization, which stand in no file.
    pub(crate) fn is_rendered(&self, path: &str) -> bool {
        self.renderings.files.contains_key(path)
    }

    /// True for a file that a kustomization of the target lays over objects.
    pub(crate) fn is_patch(&self, path: &str) -> bool {
        self.renderings.patches.contains(path)
    }

    /// The files that may hold objects, by path.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        let Renderings { files, covered, .. } = &*self.renderings;
        let written = self.paths.iter().filter(|p| !covered.contains(*p) && !files.contains_key(*p));
        written.chain(self.whole.iter().map(|(name, _)| name)).chain(files.keys()).map(String::as_str)
    }

    /// Whether there is nothing to look at.
    pub(crate) fn is_empty(&self) -> bool {
        self.paths.is_empty() && self.whole.is_none() && self.renderings.files.is_empty()
    }

    /// True if the target is one file of objects, not a folder.
    pub(crate) fn is_file(&self) -> bool {
        self.whole.is_some()
    }

    /// The content of a file.
    pub(crate) fn open(&self, path: &str) -> Result<Text<'_>, oci::OpenError> {
        if let Some(bytes) = self.renderings.files.get(path) {
            return Ok(Text::Rendered(bytes));
        }
        match (self.edited.get(path), &self.whole) {
            (Some(bytes), _) => Ok(Text::Whole(Cow::Borrowed(bytes))),
            (None, Some((name, packed))) if name == path => Ok(Text::Packed(packed)),
            (None, _) => {
                self.tree.open(path, manifest::FILE_BYTES_MAX).map(|bytes| Text::Whole(Cow::Owned(bytes)))
            }
        }
    }

    /// Judges every object in them.
    pub(crate) fn judge(&self, target: &str, asked: Asked<'_>) -> Judged {
        let inlines = Inlines::new(!asked.no_inline);
        let (mut judged, mut labels) = (Judged { inlines, ..Judged::default() }, Labels::default());
        let (around, owners) = self.around(asked);
        let file = File { path: "", target, around: &around, runs: asked.runs };
        for path in self.paths() {
            let text = match self.open(path) {
                Ok(text) => text,
                Err(e) => {
                    let (reason, remedy) = self.unopened(path, &e);
                    judged.doubt(target, |control| Problem::unread(control, path, reason.clone(), remedy));
                    continue;
                }
            };
            if self.is_file() || text.may_hold_objects() {
                judged.file(File { path, ..file }, &text, &mut labels);
            }
        }
        judged.undone(target, &self.renderings);
        if self.asked && judged.ledger.objects == 0 && judged.doubts.is_empty() {
            let place = self.whole.as_ref().map_or("", |(name, _)| name.as_str());
            judged.doubt(target, |control| {
                Problem::unread(control, place, "no Kubernetes object is in it", "give manifests")
            });
        }
        owners.fold(&mut judged.outcome.findings);
        owners.fold_runs(&mut judged.runs);
        judged.hold.extend(labels.evidence());
        judged
    }

    /// Why a file could not be opened, and what to do.
    fn unopened(&self, path: &str, e: &oci::OpenError) -> (String, &'static str) {
        let is_link = || self.tree.get(path).is_some_and(|f| f.kind == oci::FileKind::Symlink);
        match e {
            oci::OpenError::Missing | oci::OpenError::NotRegular if is_link() => {
                (catalogers::lang::LEADS_NOWHERE.to_owned(), catalogers::lang::REPAIR)
            }
            e => (e.to_string(), "make the file readable, or smaller"),
        }
    }

    /// Hands on every object and the path of its file, and notes what could not be read and why; counts what was read.
    pub(crate) fn each(
        &self,
        each: &mut dyn FnMut(&str, &Object),
        flaws: &mut Vec<(String, String)>,
    ) -> Ledger {
        let mut ledger = Ledger::default();
        for path in self.paths() {
            let text = match self.open(path) {
                Ok(text) if self.is_file() || text.may_hold_objects() => text,
                Ok(_) => continue,
                Err(e) => {
                    flaws.push((path.to_owned(), e.to_string()));
                    continue;
                }
            };
            let summary = text.read(&mut |object| each(path, &object));
            ledger.documents += summary.documents;
            ledger.objects += summary.objects;
            flaws.extend(summary.flaws.into_iter().map(|flaw| (at(path, flaw.at), flaw.reason)));
        }
        ledger
    }

    /// What stands around each object, and which object a controller made of which.
    pub(crate) fn around(&self, asked: Asked<'_>) -> (Surroundings, Owners) {
        let around = Surroundings::knowing(asked.customs.to_vec());
        let mut around = if asked.runs { around.with_reach() } else { around };
        let mut owners = Owners::default();
        let mut see = |path: &str, text: &Text<'_>| {
            let summary = text.read(&mut |object| {
                around.see(&object);
                owners.see(&object);
            });
            if !summary.flaws.is_empty() {
                around.miss(path);
            }
        };
        let mut unread = self.missed.as_deref();
        for path in self.paths() {
            match self.open(path) {
                Ok(text) if self.is_file() || text.may_hold_objects() => see(path, &text),
                Ok(_) => {}
                Err(_) => unread = Some(path),
            }
        }
        if let Some(path) = unread {
            around.miss(path);
        }
        (around, owners)
    }

    /// Every object that can be read, by itself; what cannot is told where it is judged.
    pub(crate) fn each_subject(&self, customs: &[Custom], see: &mut dyn FnMut(&Subject<'_>)) {
        let around = Surroundings::knowing(customs.to_vec());
        for path in self.paths() {
            if let Some(text) = self.open(path).ok().filter(|t| self.is_file() || t.may_hold_objects()) {
                drop(text.read(&mut |object| see(&Subject::of(path, &object, &around))));
            }
        }
    }
}

/// The control that a pod which is not judged leaves without an answer.
const PODS: &str = "pod-security";

/// Objects of a file that are in memory at once.
const BATCH_OBJECTS_MAX: usize = 1_000;

/// Batches that are read and wait to be judged.
const BATCHES_WAITING_MAX: usize = 2;

/// Bytes of a file for which a second thread is not worth its start.
const ALONE_BYTES_MAX: u64 = 1 << 20;

/// What a file holds.
pub(crate) enum Text<'f> {
    Whole(Cow<'f, [u8]>),
    Packed(&'f Packed),
    /// What a program made, whose lines are nowhere to be looked up.
    Rendered(&'f [u8]),
}

impl Text<'_> {
    fn may_hold_objects(&self) -> bool {
        match self {
            Self::Whole(bytes) => manifest::looks_like_manifest(bytes),
            Self::Packed(_) | Self::Rendered(_) => true,
        }
    }

    /// All of it at once.
    pub(crate) fn bytes(&self) -> io::Result<Cow<'_, [u8]>> {
        match self {
            Self::Whole(bytes) => Ok(Cow::Borrowed(bytes)),
            Self::Packed(packed) => packed.unpacked().map(Cow::Owned),
            Self::Rendered(bytes) => Ok(Cow::Borrowed(bytes)),
        }
    }

    fn read(&self, each: &mut dyn FnMut(Object)) -> manifest::Summary {
        match self {
            Self::Whole(bytes) => manifest::read(bytes, each),
            Self::Packed(packed) => manifest::read_packed(packed, each),
            Self::Rendered(bytes) => {
                let mut summary = manifest::read(bytes, &mut |mut object| {
                    object.node.forget_places();
                    each(object);
                });
                summary.flaws.iter_mut().for_each(|flaw| flaw.at = Position::default());
                summary
            }
        }
    }

    /// All of it if `word` stands in it, else nothing.
    fn holding(&self, word: &str) -> Cow<'_, [u8]> {
        match self {
            Self::Whole(bytes) => Cow::Borrowed(bytes),
            // What cannot be unpacked is named by `read`.
            Self::Packed(packed) => Cow::Owned(packed.holding(word).ok().flatten().unwrap_or_default()),
            // A comment is about the lines around it, which are not known.
            Self::Rendered(_) => Cow::Borrowed(&[]),
        }
    }

    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Whole(bytes) => bytes.len() as u64,
            Self::Packed(packed) => packed.len(),
            Self::Rendered(bytes) => bytes.len() as u64,
        }
    }
}

/// Hands on the objects of a file, some at a time.
fn in_batches(text: &Text<'_>, each: &mut dyn FnMut(Vec<Object>)) -> manifest::Summary {
    let mut batch = Vec::new();
    let summary = text.read(&mut |object| {
        batch.push(object);
        if batch.len() == BATCH_OBJECTS_MAX {
            each(std::mem::take(&mut batch));
        }
    });
    each(batch);
    summary
}

/// `deploy/web.yaml:12:3`; of what a cluster sent, where in it.
fn at(path: &str, position: Position) -> String {
    match path {
        "" => format!("the server's lists:{}:{}", position.line, position.column),
        path if position.line == 0 => path.to_owned(),
        path => format!("{path}:{}:{}", position.line, position.column),
    }
}

/// A file of objects.
#[derive(Clone, Copy)]
struct File<'f> {
    path: &'f str,
    target: &'f str,
    around: &'f Surroundings,
    /// Which images workloads run is asked.
    runs: bool,
}

impl Judged {
    fn file(&mut self, file: File<'_>, text: &Text<'_>, labels: &mut Labels) {
        let File { path, target, .. } = file;
        self.inlines.file(target, path, &text.holding(INLINE_COMMENT));
        let summary = if text.len() < ALONE_BYTES_MAX {
            in_batches(text, &mut |batch| self.objects(file, &batch, labels))
        } else {
            // One thread reads, the other judges what was read, in the same order.
            thread::scope(|scope| {
                let (send, receive) = mpsc::sync_channel::<Vec<Object>>(BATCHES_WAITING_MAX);
                let objects = &mut *self;
                scope.spawn(move || receive.iter().for_each(|batch| objects.objects(file, &batch, labels)));
                // The judge ends only when nothing more is sent; a panic of its own ends this scope.
                in_batches(text, &mut |batch| drop(send.send(batch)))
            })
        };
        self.ledger.documents += summary.documents;
        self.ledger.objects += summary.objects;
        for flaw in summary.flaws {
            let place = at(path, flaw.at);
            self.doubt(target, |control| match flaw.is_template {
                true => Problem::unknown(control, place.clone(), flaw.reason.clone(), REMEDY),
                false => Problem::unread(control, place.clone(), flaw.reason.clone(), "mend the file"),
            });
        }
    }

    fn objects(
        &mut self,
        File { path, target, around, runs }: File<'_>,
        objects: &[Object],
        labels: &mut Labels,
    ) {
        let subjects: Vec<Subject<'_>> = objects.iter().map(|o| Subject::of(path, o, around)).collect();
        for subject in &subjects {
            labels.see(subject);
            self.inlines.object(target, subject);
            if runs {
                self.images(subject, target);
            }
            let Some(field) = rules_cluster::workload::hidden_pod(subject.object, around.customs()) else {
                continue;
            };
            let place = match path {
                "" => subject.name(),
                _ => at(path, subject.object.node.at),
            };
            let reason = format!("{} brings a pod at `{field}`, which is not judged", subject.name());
            let remedy = "judge it by hand, or scan the objects that its controller makes of it";
            self.doubts.push(Problem::unknown(PODS, place, reason, remedy).into_doubt(target));
        }
        let more = eval::run(rules_cluster::RULES, subjects.iter(), target);
        rows::add_rules(&mut self.outcome.rules, more.rules);
        self.outcome.findings.extend(more.findings);
        self.outcome.doubts.extend(more.doubts);
    }

    /// Notes which images a workload runs.
    fn images(&mut self, subject: &Subject<'_>, target: &str) {
        match rules_cluster::runs::of(subject, target) {
            Ok(mut runs) => self.runs.append(&mut runs),
            Err(why) => {
                let reason = format!("which images {} runs is not known: {why}", subject.name());
                let place = match subject.path {
                    "" => subject.name(),
                    path => at(path, subject.object.node.at),
                };
                let problem = |control| Problem::unread(control, &*place, &*reason, "mend the object");
                let doubts = linked::controls().into_iter().map(|c| problem(c).into_doubt(target));
                self.doubts.extend(doubts);
            }
        }
    }

    /// Notes what was rendered, and what was not.
    fn undone(&mut self, target: &str, renderings: &Renderings) {
        self.ledger.rendered.extend(renderings.done.iter().cloned());
        for undone in &renderings.undone {
            // What was asked for and not had leaves the target unread in part.
            let problem = if undone.is_asked { Problem::unread } else { Problem::unknown };
            self.doubt(target, |c| problem(c, undone.place.clone(), undone.reason.clone(), &undone.remedy));
        }
    }

    /// Notes that every rule about objects lacks something.
    fn doubt(&mut self, target: &str, problem: impl Fn(&str) -> Problem) {
        let controls: BTreeSet<&str> = rules_cluster::RULES.iter().map(|r| r.control).collect();
        self.doubts.extend(controls.into_iter().map(|control| problem(control).into_doubt(target)));
    }
}

#[cfg(test)]
mod tests {
    use model::{DoubtKind, EVERY_CONTROL};

    use super::*;

    const TWICE: &str = r#"{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"replicas": 2, "template": {"spec": {"containers": [{"name": "web", "image": "web"}]}}}}"#;

    #[test]
    fn a_link_that_leads_nowhere_is_told_in_the_words_of_who_reads_lockfiles() {
        let mut builder = oci::TreeBuilder::default();
        builder.symlink("package-lock.json", "nowhere").symlink("here.json", "there.json");
        builder.symlink("there.json", "here.json");
        let files = Files::of(Arc::new(builder.build(None)));
        let judged = Manifests::of(TargetKind::Dir, &files).judge("dir:a", Asked::default());
        let harvest = catalogers::catalog(&files.tree, TargetKind::Dir);
        let lockfile = harvest.problems.iter().find(|p| p.r#where == "package-lock.json").unwrap();
        let told: BTreeSet<(&str, &str, &str)> = judged
            .doubts
            .iter()
            .map(|d| (d.r#where.as_str(), d.reason.as_str(), d.remedy.as_str()))
            .collect();
        let of = |place: &str| told.iter().filter(|(p, ..)| *p == place).copied().collect::<Vec<_>>();
        assert_eq!(
            of("package-lock.json"),
            [("package-lock.json", lockfile.reason.as_str(), lockfile.remedy.as_str())]
        );
        assert_eq!(of("here.json").len(), 1, "{told:?}");
    }

    #[test]
    fn what_a_cluster_did_not_let_be_listed_may_be_what_an_object_seems_to_lack() {
        let forbidden = Doubt {
            control: EVERY_CONTROL.to_owned(),
            rule: None,
            target: "cluster:a".to_owned(),
            kind: DoubtKind::Target,
            r#where: "poddisruptionbudgets.policy".to_owned(),
            reason: "403".to_owned(),
            remedy: String::new(),
        };
        let judged = |doubts: &[Doubt]| {
            Manifests::file("", TWICE.as_bytes().into()).missing(doubts).judge("cluster:a", Asked::default())
        };
        let lacks =
            |judged: &Judged| judged.outcome.findings.iter().any(|f| f.rule == "disruption-budget-missing");
        let (whole, part) = (judged(&[]), judged(&[forbidden]));
        assert!(lacks(&whole) && !lacks(&part));
        let unknown =
            part.outcome.doubts.iter().find(|d| d.rule.as_deref() == Some("disruption-budget-missing"));
        let unknown = unknown.unwrap();
        assert!(unknown.reason.contains("poddisruptionbudgets.policy"), "{}", unknown.reason);
        assert_eq!(unknown.r#where, "Deployment web", "objects of a cluster stand in no file");
        let place = &whole.outcome.findings.first().unwrap().r#where;
        assert_eq!((place.path.as_str(), place.line), ("", None));
    }
}
