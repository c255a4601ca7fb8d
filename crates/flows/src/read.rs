//! From a target as written to its facts: opened, catalogued, kept for the next run.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use catalogers::Catalogers;
use inventory::{Harvest, Problem, Target, TargetFacts, TargetKind};
use model::{Doubt, DoubtKind, EVERY_CONTROL, Ledger};
use ports::source::{Content, Files, Opened, ReadOptions, SourceError, TargetSpec};
use sbom::Subject;
use sbom::results::Opened as Document;

use crate::import::{self, Imported};
use crate::manifests::Manifests;
use crate::world::{FlowError, ReadRequest, World};

/// Raised whenever facts change for equal content, so that kept facts are made again.
const FACTS_VERSION: u32 = 7;

/// The facts of a target, and the pipeline files in it.
pub(crate) struct Read {
    pub(crate) facts: TargetFacts,
    pub(crate) pipelines: Vec<(String, Vec<u8>)>,
    pub(crate) manifests: Manifests,
    /// What other scanners said of it.
    pub(crate) imported: Vec<Imported>,
    /// What a document says that it describes.
    pub(crate) subject: Option<Subject>,
    /// True if one of its documents lists every package.
    pub(crate) lists_all: bool,
}

impl Read {
    fn of(facts: TargetFacts, pipelines: Vec<(String, Vec<u8>)>) -> Self {
        let manifests = Manifests::default();
        Self { facts, pipelines, manifests, imported: Vec::new(), subject: None, lists_all: false }
    }
}

/// Reads every target named by `written`. A target that exists and cannot be read is one doubt, not an error.
pub(crate) fn read(
    world: &World<'_>,
    request: &ReadRequest,
    written: &[String],
) -> Result<Vec<Read>, FlowError> {
    check(request)?;
    let specs = written.iter().map(|w| TargetSpec::parse(w)).collect::<Result<Vec<_>, _>>()?;
    let mut out: Vec<Read> = Vec::new();
    for spec in &specs {
        match one(world, request, spec) {
            Ok(read) => out.extend(read),
            Err(SourceError::Usage(s) | SourceError::Missing(s)) => return Err(FlowError::Usage(s)),
            Err(SourceError::Unreadable(s)) => out.push(unreadable(spec, s)),
        }
    }
    let mut out = import::unite(out);
    for read in &mut out {
        let more = import::doubts(read);
        read.facts.doubts.extend(more);
    }
    name_apart(&mut out);
    Ok(out)
}

/// Refuses a request that makes no sense, before anything is asked.
pub(crate) fn check(request: &ReadRequest) -> Result<(), FlowError> {
    match &request.platform {
        Some(platform) => oci::check_platform(platform).map_err(FlowError::Usage),
        None => Ok(()),
    }
}

/// Reads what one target names.
///
/// # Errors
/// [`SourceError`] if there is nothing to return at all.
pub(crate) fn one(
    world: &World<'_>,
    request: &ReadRequest,
    spec: &TargetSpec,
) -> Result<Vec<Read>, SourceError> {
    let (kept, options) = (KeptFacts::new(world), options(request));
    let opened = world.sources.open(spec, &Catalogers, &options, world.progress, &|key| kept.find(key));
    let read = opened.map(|opened| opened.into_iter().map(|o| facts(world, &kept, o)).collect());
    for note in world.cache.take_notes() {
        (world.note)(&note);
    }
    read
}

/// How sources are asked.
pub(crate) fn options(request: &ReadRequest) -> ReadOptions {
    ReadOptions {
        platform: request.platform.clone(),
        all_platforms: request.all_platforms,
        verify: request.verify,
        jobs: request.jobs,
        engines: request.engines.clone(),
    }
}

/// Facts that earlier runs kept.
struct KeptFacts<'w> {
    world: &'w World<'w>,
    /// Those that were promised: as often as they were asked for.
    found: RefCell<BTreeMap<String, Vec<TargetFacts>>>,
}

impl<'w> KeptFacts<'w> {
    fn new(world: &'w World<'w>) -> Self {
        Self { world, found: RefCell::default() }
    }

    /// True if they are here, and whole: then [`KeptFacts::take`] gives them, whatever becomes of the cache.
    fn find(&self, key: &str) -> bool {
        let facts = self.load(key);
        let found = facts.is_some();
        self.found.borrow_mut().entry(key.to_owned()).or_default().extend(facts);
        found
    }

    fn take(&self, key: &str) -> Option<TargetFacts> {
        let promised = self.found.borrow_mut().get_mut(key).and_then(Vec::pop);
        promised.or_else(|| self.load(key))
    }

    /// `None` as well if they are not whole, so that they are made again.
    fn load(&self, key: &str) -> Option<TargetFacts> {
        serde_json::from_slice(&self.world.cache.get(&cache_key(key))?).ok()
    }

    fn put(&self, key: &str, facts: &TargetFacts) {
        if let Ok(bytes) = serde_json::to_vec(facts) {
            self.world.cache.put(&cache_key(key), &bytes);
        }
    }
}

fn cache_key(key: &str) -> String {
    format!("facts-{FACTS_VERSION}-{key}")
}

/// Gives every target an id of its own, however often it was named.
fn name_apart(reads: &mut [Read]) {
    let mut seen = BTreeMap::<String, u32>::new();
    for read in reads {
        let count = seen.entry(read.facts.target.id.clone()).or_default();
        *count += 1;
        if *count == 1 {
            continue;
        }
        let id = format!("{}#{count}", read.facts.target.id);
        for doubt in &mut read.facts.doubts {
            doubt.target.clone_from(&id);
        }
        read.facts.target.id = id;
    }
}

fn unreadable(spec: &TargetSpec, reason: String) -> Read {
    let kind = spec.kind.unwrap_or(TargetKind::Dir);
    let id = match spec.kind {
        Some(_) => spec.written.clone(),
        None => format!("{}:{}", kind.as_str(), spec.written),
    };
    // `cluster:` is the one of the current context, which has no name as long as none was found.
    let name = spec.written.strip_suffix(':').unwrap_or(&spec.written);
    unread(Target::new(id, kind, name.to_owned()), reason)
}

fn unread(target: Target, reason: String) -> Read {
    let doubt = Doubt {
        control: EVERY_CONTROL.to_owned(),
        rule: None,
        target: target.id.clone(),
        kind: DoubtKind::Target,
        r#where: target.name.clone(),
        reason,
        remedy: "give a target that can be read".to_owned(),
    };
    Read::of(TargetFacts { doubts: vec![doubt], ..TargetFacts::of(target) }, Vec::new())
}

fn facts(world: &World<'_>, kept: &KeptFacts<'_>, opened: Opened) -> Read {
    for note in &opened.notes {
        (world.note)(note);
    }
    let Opened { target, content, doubts, ledger, .. } = opened;
    match content {
        Content::Document(bytes) => document(target, &bytes, doubts, ledger),
        Content::Objects(bytes) => {
            // Objects of a cluster stand in no file.
            let name = if target.kind == TargetKind::Cluster { "" } else { target.name.as_str() };
            objects(Manifests::file(name, bytes), target, doubts, ledger)
        }
        Content::Files(files) if target.kind == TargetKind::Manifests => {
            objects(Manifests::of(target.kind, &files), target, doubts, ledger)
        }
        Content::Files(files) => from_files(kept, target, &files, doubts, ledger),
        Content::Kept(key) => match kept.take(&key) {
            Some(facts) => Read::of(of_now(facts, target, doubts, ledger), Vec::new()),
            None => unread(target, "it was said to be known, and is not".to_owned()),
        },
    }
}

/// A target that is Kubernetes objects alone.
fn objects(manifests: Manifests, target: Target, doubts: Vec<Doubt>, ledger: Ledger) -> Read {
    let manifests = manifests.missing(&doubts);
    let facts = TargetFacts { doubts, ledger, ..TargetFacts::of(target) };
    Read { manifests, ..Read::of(facts, Vec::new()) }
}

fn from_files(
    kept: &KeptFacts<'_>,
    target: Target,
    files: &Files,
    mut doubts: Vec<Doubt>,
    ledger: Ledger,
) -> Read {
    let kind = target.kind;
    let (pipelines, problems) = match kind {
        TargetKind::Dir => pipelines(files),
        _ => (Vec::new(), Vec::new()),
    };
    let known = files.facts_key.as_ref().and_then(|key| kept.take(key));
    let facts = known.unwrap_or_else(|| {
        let made = catalogued(&target, files);
        if let Some(key) = &files.facts_key {
            kept.put(key, &made);
        }
        made
    });
    doubts.extend(problems.into_iter().map(|p| p.into_doubt(&target.id)));
    let facts = of_now(facts, target, doubts, ledger);
    Read { manifests: Manifests::of(kind, files), ..Read::of(facts, pipelines) }
}

/// Facts of the content as facts of `target`: the same content may be named twice in different words; only what was
/// read depends on the content.
fn of_now(mut facts: TargetFacts, target: Target, doubts: Vec<Doubt>, ledger: Ledger) -> TargetFacts {
    facts.target = Target { distribution: facts.target.distribution.take(), ..target };
    for doubt in &mut facts.doubts {
        doubt.target.clone_from(&facts.target.id);
    }
    let told: BTreeSet<(&str, &str)> = doubts
        .iter()
        .filter(|d| d.control == EVERY_CONTROL && d.kind == DoubtKind::Target)
        .map(|d| (d.r#where.as_str(), d.reason.as_str()))
        .collect();
    facts.doubts.retain(|d| !is_told(&told, d));
    facts.doubts.extend(doubts);
    facts.ledger.add(ledger);
    facts
}

/// True if whoever read the target has said the same of the place already, for every control.
fn is_told(told: &BTreeSet<(&str, &str)>, doubt: &Doubt) -> bool {
    let place = doubt.r#where.as_str();
    let same = |(_, reason): &(&str, &str)| reason.ends_with(doubt.reason.as_str());
    doubt.kind == DoubtKind::Target && told.range((place, "")..).take_while(|(p, _)| *p == place).any(same)
}

fn catalogued(target: &Target, files: &Files) -> TargetFacts {
    let tree = &files.tree;
    let Harvest { mut packages, problems, documents } = catalogers::catalog(tree, target.kind);
    if let Some(image) = &files.image {
        catalogers::attribute(&mut packages, tree, image);
    }
    let surface = (target.kind != TargetKind::Dir).then(|| {
        let mut surface = catalogers::surface(tree, &packages);
        surface.wasted_bytes = files.wasted_bytes;
        surface.wasted.clone_from(&files.wasted);
        if let Some(image) = &files.image {
            for fact in &mut surface.notable {
                let index = tree.get(&fact.path).map(|f| f.layer);
                fact.layer = image.layers.iter().find(|l| Some(l.index) == index).cloned();
                fact.instruction = image
                    .history
                    .iter()
                    .find(|h| h.layer.is_some() && h.layer == index)
                    .map(|h| h.created_by.clone());
            }
        }
        surface
    });
    for package in &mut packages {
        package.owned_files = Vec::new();
    }
    let mut target = target.clone();
    target.distribution = catalogers::distribution(tree);
    let doubts = problems.into_iter().map(|p| p.into_doubt(&target.id)).collect();
    let ledger = Ledger { documents, ..Ledger::default() };
    TargetFacts { target, packages, image: files.image.clone(), surface, doubts, ledger }
}

fn document(target: Target, bytes: &[u8], mut doubts: Vec<Doubt>, mut ledger: Ledger) -> Read {
    let mut facts = TargetFacts::of(target);
    let (mut imported, mut subject, mut lists_all) = (Vec::new(), None, false);
    match sbom::open(bytes) {
        Ok((document, flaws)) => {
            ledger.documents += 1;
            match document {
                Document::Bill(bill) => {
                    let (said, of) = import::take_bill(&mut facts, *bill);
                    imported.extend(said);
                    (subject, lists_all) = (of, true);
                }
                Document::Results(results) => {
                    let (tool, of) = import::take(&mut facts, *results);
                    imported.push(tool);
                    subject = Some(of);
                }
            }
            let problems = flaws.into_iter().map(|f| Problem {
                kind: f.kind,
                ..Problem::unread("dependencies", f.pointer, f.reason, "mend the document, or write it anew")
            });
            doubts.extend(problems.map(|p| p.into_doubt(&facts.target.id)));
        }
        Err(e) => doubts.push(
            Problem::unread(
                "dependencies",
                facts.target.name.clone(),
                e.to_string(),
                "give CycloneDX, SPDX or the JSON of another scanner",
            )
            .into_doubt(&facts.target.id),
        ),
    }
    facts.doubts = doubts;
    facts.ledger = ledger;
    Read { imported, subject, lists_all, ..Read::of(facts, Vec::new()) }
}

/// The pipeline files of a project, and those that could not be read.
fn pipelines(files: &Files) -> (Vec<(String, Vec<u8>)>, Vec<Problem>) {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for file in files.tree.iter().filter(|f| rules_image::hold::is_pipeline(f.path)) {
        match files.tree.open(file.path, rules_image::hold::PIPELINE_BYTES_MAX) {
            Ok(bytes) => found.push((file.path.to_owned(), bytes)),
            Err(e) => problems.push(Problem::unread(
                "build-pipeline",
                file.path,
                e.to_string(),
                "make the file readable, or smaller",
            )),
        }
    }
    (found, problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_reader_of_the_target_told_of_a_file_is_not_told_again_by_who_wanted_it() {
        let doubt = |control: &str, place: &str, reason: &str| Doubt {
            control: control.to_owned(),
            rule: None,
            target: "dir:a".to_owned(),
            kind: DoubtKind::Target,
            r#where: place.to_owned(),
            reason: reason.to_owned(),
            remedy: String::new(),
        };
        let target = || Target::new("dir:a".to_owned(), TargetKind::Dir, "a".to_owned());
        let mut facts = TargetFacts::of(target());
        facts.doubts = vec![
            doubt("dependencies", "a.txt", "Permission denied"),
            doubt("dependencies", "a.txt", "line 3 is broken"),
            doubt("dependencies", "b.txt", "Permission denied"),
        ];
        let whole = vec![
            doubt(EVERY_CONTROL, "a.txt", "the file cannot be read: Permission denied"),
            doubt("secrets", "b.txt", "the file cannot be read: Permission denied"),
        ];
        let told = of_now(facts, target(), whole, Ledger::default()).doubts;
        let places: Vec<(&str, &str, &str)> =
            told.iter().map(|d| (d.control.as_str(), d.r#where.as_str(), d.reason.as_str())).collect();
        assert_eq!(
            places,
            [
                ("dependencies", "a.txt", "line 3 is broken"),
                ("dependencies", "b.txt", "Permission denied"),
                (EVERY_CONTROL, "a.txt", "the file cannot be read: Permission denied"),
                ("secrets", "b.txt", "the file cannot be read: Permission denied"),
            ]
        );
    }

    #[test]
    fn a_cluster_without_a_name_is_told_without_a_second_colon() {
        let spec = |written: &str| TargetSpec::parse(written).unwrap();
        let doubt = |written: &str| unreadable(&spec(written), "refused".to_owned()).facts.doubts.remove(0);
        assert_eq!(
            (doubt("cluster:").r#where, doubt("cluster:").target),
            ("cluster".into(), "cluster:".into())
        );
        assert_eq!(doubt("cluster:shop").r#where, "cluster:shop");
    }
}
