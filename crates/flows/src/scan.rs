//! `scan`: read targets, judge them by every rule that applies, report.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use api::{Finding, Note, NoteKind, Report, RuleRow, SCHEMA, Tool};
use eval::assess::HoldEvidence;
use eval::gate::{Evidence, Expression};
use eval::suppress::{self, IgnoreFile, Inline, Vex};
use eval::{Outcome, Rule};
use inventory::TargetKind;
use model::{Doubt, DoubtKind, Ledger, Package, Timestamp, Unread};
use ports::knowledge::OpenedDatabase;
use rules_cluster::Custom;
use rules_package::{Knowledge, MaxAge};

use crate::answers;
use crate::diff::NamedReport;
use crate::fresh;
use crate::images::{self, Called, Search};
use crate::import;
use crate::linked;
use crate::manifests::{Asked as Asks, Judged, Manifests};
use crate::read::{Read, read};
use crate::reported::Reported;
use crate::rows;
use crate::world::{FlowError, ScanRequest, World};

/// Scans every target of the request.
///
/// # Errors
/// [`FlowError`] if the request makes no sense; whatever could not be read is a doubt in the report.
pub fn scan(world: &World<'_>, request: &ScanRequest) -> Result<Report, FlowError> {
    let asked = Asked::of(request)?;
    let measured = measure(world, request)?;
    Ok(asked.judge(measured.report, &measured.inlines))
}

/// What the request's own texts say, read before anything else so that a slip costs no scan.
pub(crate) struct Asked {
    gates: Vec<Expression>,
    ignores: Vec<IgnoreFile>,
    vex: Vec<Vex>,
    max_age: MaxAge,
    baseline: Option<Arc<NamedReport>>,
}

impl Asked {
    pub(crate) fn of(request: &ScanRequest) -> Result<Self, FlowError> {
        let usage = |e: &dyn std::fmt::Display| FlowError::Usage(e.to_string());
        if request.targets.is_empty() {
            return Err(FlowError::Usage(
                "no target was given: name an image, a directory or a file".to_owned(),
            ));
        }
        let known = crate::controls()?;
        let gates: Vec<Expression> = request
            .gates
            .iter()
            .map(|g| Expression::parse(g))
            .collect::<Result<_, _>>()
            .map_err(|e| usage(&e))?;
        // A gate compares without letter case.
        let is_named = |id: &str| known.iter().any(|k| k.eq_ignore_ascii_case(id));
        let asked = request.controls.iter().map(String::as_str).filter(|id| !known.iter().any(|k| k == id));
        let named = gates.iter().flat_map(Expression::named_controls).filter(|id| !is_named(id));
        if let Some(id) = asked.chain(named).next() {
            return Err(FlowError::Usage(format!("`{id}` is not a control: one of {}", known.join(", "))));
        }
        Ok(Self {
            max_age: request.max_age,
            baseline: request.baseline.clone(),
            gates,
            ignores: request
                .ignore
                .iter()
                .map(|f| suppress::parse_ignore(&f.name, &f.bytes))
                .collect::<Result<_, _>>()
                .map_err(|e| usage(&e))?,
            vex: request
                .vex
                .iter()
                .map(|f| suppress::parse_vex(&f.name, &f.bytes))
                .collect::<Result<_, _>>()
                .map_err(|e| usage(&e))?,
        })
    }

    /// Suppresses what the user accepted, and what the files themselves do.
    pub(crate) fn suppress(&self, report: &mut Report, inlines: &[Inline]) {
        let context = suppress::Context {
            ignores: &self.ignores,
            inlines,
            vex: &self.vex,
            targets: &report.targets,
            packages: &report.packages,
            as_of: report.as_of,
        };
        let notes = suppress::apply(&mut report.findings, &context).notes;
        report.notes.splice(0..0, notes);
        linked::count(report);
    }

    /// Asks every gate and gives the verdict.
    pub(crate) fn decide(&self, report: Report) -> Report {
        let baseline = self.baseline.as_ref().map(|b| crate::diff::baseline(&b.report, &report));
        self.decide_since(report, baseline.as_ref())
    }

    /// Asks every gate; `new` is what `baseline` says.
    fn decide_since(&self, mut report: Report, baseline: Option<&eval::gate::Baseline>) -> Report {
        let other = report.framework.as_ref().map(|f| f.controls.as_slice()).unwrap_or_default();
        let controls = [report.controls.as_slice(), other].concat();
        let evidence = Evidence {
            findings: &report.findings,
            doubts: &report.doubts,
            packages: &report.packages,
            targets: &report.targets,
            workloads: report.workloads.as_deref(),
            rules: &report.rules,
            controls: &controls,
            database: report.database.as_ref(),
            as_of: report.as_of,
            baseline,
        };
        report.verdict = eval::gate::verdict(eval::gate::evaluate(&self.gates, &evidence), &report.doubts);
        if let MaxAge::AtMost(seconds) = self.max_age {
            fresh::demand(&mut report, seconds);
        }
        report
    }

    pub(crate) fn judge(&self, mut report: Report, inlines: &[Inline]) -> Report {
        self.suppress(&mut report, inlines);
        self.decide(report)
    }

    /// Judges a report of which `since` tells what is new, unless the user named an earlier report.
    pub(crate) fn judge_since(
        &self,
        mut report: Report,
        inlines: &[Inline],
        since: impl FnOnce(&Report) -> eval::gate::Baseline,
    ) -> Report {
        self.suppress(&mut report, inlines);
        if self.baseline.is_some() {
            return self.decide(report);
        }
        let baseline = since(&report);
        self.decide_since(report, Some(&baseline))
    }
}

/// A report without verdict, and what else was seen in the targets.
pub(crate) struct Measured {
    pub(crate) report: Report,
    pub(crate) pipelines: Vec<(String, Vec<u8>)>,
    pub(crate) kinds: Vec<TargetKind>,
    /// What the manifests hold.
    pub(crate) hold: Vec<HoldEvidence>,
    /// What the files accept themselves.
    pub(crate) inlines: Vec<Inline>,
    /// Files of manifests that could be mended, by target; only where they are kept.
    pub(crate) manifests: Vec<(String, Manifests)>,
    /// Packages that a finding names, by target and id; only where they are kept.
    pub(crate) found: BTreeMap<(String, String), Package>,
    /// The database that was asked.
    pub(crate) opened: Option<OpenedDatabase>,
}

/// Reads and judges; suppressions, gates and scorecard come after.
pub(crate) fn measure(world: &World<'_>, request: &ScanRequest) -> Result<Measured, FlowError> {
    measure_into(world, request, Parts::default())
}

/// As [`measure`], and keeps the packages that findings name, to be judged again.
pub(crate) fn measure_with_found(world: &World<'_>, request: &ScanRequest) -> Result<Measured, FlowError> {
    measure_into(world, request, Parts { keeps_found: true, ..Parts::default() })
}

fn measure_into(world: &World<'_>, request: &ScanRequest, mut parts: Parts) -> Result<Measured, FlowError> {
    parts.customs = customs(&request.read.workloads)?;
    let search = request.images.as_ref().map(|i| Search::of(world, &request.read, i)).transpose()?;
    parts.asks_runs = search.is_some();
    let opened = match wants(&request.controls, rules_package::RULES) {
        true => Some(world.knowledge.open(request.database.as_deref())?),
        false => None,
    };
    let reads = read(world, &request.read, &request.targets)?;
    parts.jobs = request.read.jobs;
    parts.no_inline_ignore = request.read.no_inline_ignore;
    let (mut pipelines, mut kinds) = (Vec::new(), Vec::new());
    let knowledge = opened.as_ref().map(|o| Knowledge {
        database: &o.database,
        as_of: request.as_of,
        max_age: request.max_age,
        min_package_age: request.min_package_age,
    });
    for mut read in reads {
        kinds.push(read.facts.target.kind);
        pipelines.append(&mut read.pipelines);
        if wants(&request.controls, rules_cluster::RULES) || parts.asks_runs {
            let manifests = std::mem::take(&mut read.manifests);
            let (render, root) = (world.sources.renderer(), &read.facts.target.name);
            read.manifests = manifests.rendered(render, root, request.read.render.as_ref());
        }
        parts.add(read, &request.controls, knowledge.as_ref(), request.as_of);
    }
    if let Some(search) = &search {
        let judge = linked::Judge {
            controls: &request.controls,
            knowledge: knowledge.as_ref(),
            as_of: request.as_of,
            max_age: request.max_age,
        };
        kinds.append(&mut linked::link(&mut parts, search, &judge));
    }
    let hold = std::mem::take(&mut parts.hold);
    let found = std::mem::take(&mut parts.found);
    let inlines = std::mem::take(&mut parts.inlines);
    let manifests = std::mem::take(&mut parts.manifests);
    let report = parts.report(world.version, request.as_of, opened.as_ref());
    Ok(Measured { report, pipelines, kinds, hold, inlines, manifests, found, opened })
}

/// The kinds of others that bring pods.
pub(crate) fn customs(texts: &[String]) -> Result<Vec<Custom>, FlowError> {
    if rules_cluster::KINDS_MAX < texts.len() {
        let why = format!("`--workload` names more than {} kinds", rules_cluster::KINDS_MAX);
        return Err(FlowError::Usage(why));
    }
    let custom =
        |text: &String| Custom::parse(text).map_err(|e| FlowError::Usage(format!("`--workload`: {e}")));
    texts.iter().map(custom).collect()
}

fn wants<S: eval::Subject>(controls: &[String], rules: &[Rule<S>]) -> bool {
    rules.iter().any(|r| is_asked(controls, r.control))
}

/// Whether `control` is among those asked for; naming none asks for all.
fn is_asked(controls: &[String], control: &str) -> bool {
    controls.is_empty() || controls.iter().any(|c| c == control)
}

/// A report in the making.
#[derive(Default)]
pub(crate) struct Parts {
    pub(crate) targets: Vec<api::TargetRow>,
    packages: Vec<api::PackageRow>,
    pub(crate) links: Vec<api::Link>,
    pub(crate) workloads: Option<Vec<api::WorkloadRow>>,
    rules: Vec<RuleRow>,
    findings: Vec<Finding>,
    pub(crate) doubts: Vec<Doubt>,
    pub(crate) ledger: Ledger,
    notes: Vec<Note>,
    hold: Vec<HoldEvidence>,
    inlines: Vec<Inline>,
    no_inline_ignore: bool,
    manifests: Vec<(String, Manifests)>,
    found: BTreeMap<(String, String), Package>,
    keeps_found: bool,
    /// Worker threads; 0 for one a core.
    jobs: usize,
    customs: Vec<Custom>,
    /// Which images workloads run is asked.
    asks_runs: bool,
    /// The containers of workloads and their images.
    pub(crate) runs: Vec<api::Run>,
    /// What the images among the targets are called.
    pub(crate) called: Vec<(String, Called)>,
}

impl Parts {
    pub(crate) fn add(
        &mut self,
        read: Read,
        controls: &[String],
        knowledge: Option<&Knowledge<'_>>,
        as_of: Timestamp,
    ) {
        let facts = read.facts;
        let target = &facts.target.id;
        let ids = rows::package_ids(&facts.packages);
        let mut outcome = Outcome::default();
        let mut sources = Vec::new();
        if wants(controls, rules_package::RULES) {
            let claims = import::claims(&read.imported, knowledge.map(|k| k.database));
            let claims = claims.unwrap_or_else(|problem| {
                outcome.doubts.push(problem.into_doubt(target));
                BTreeMap::new()
            });
            let packages = &facts.packages;
            let answers = knowledge.map(|k| answers::of(packages, k.database, self.jobs)).unwrap_or_default();
            let judged = rules_package::judge_claimed(target, packages, &ids, claims, knowledge, &answers);
            extend(&mut outcome, judged.outcome);
            sources = judged.sources;
            self.notes.extend(judged.overruled.into_iter().map(|message| Note {
                kind: NoteKind::Overruled,
                r#where: target.clone(),
                message,
            }));
        }
        let subject = rules_image::Subject::of(&facts, as_of);
        let mut of_image = eval::run(rules_image::RULES, subject.iter(), target);
        of_image.doubt_passes(&facts.doubts);
        extend(&mut outcome, of_image);
        let mut manifests = Judged::default();
        if wants(controls, rules_cluster::RULES) || self.asks_runs {
            let asks =
                Asks { customs: &self.customs, runs: self.asks_runs, no_inline: self.no_inline_ignore };
            manifests = read.manifests.judge(target, asks);
            manifests.inlines.retain(|control| is_asked(controls, control));
            extend(&mut outcome, std::mem::take(&mut manifests.outcome));
        }
        let (findings, rules) = import::findings(target, &read.imported);
        extend(&mut outcome, Outcome { rules, findings, doubts: Vec::new() });
        outcome.rules.retain(|r| is_asked(controls, &r.control));
        outcome.findings.retain(|f| is_asked(controls, &f.control));
        outcome.doubts.retain(|d| is_asked(controls, &d.control));
        let mut doubts = facts.doubts;
        doubts.append(&mut manifests.doubts);
        self.hold.append(&mut manifests.hold);
        self.inlines.append(&mut manifests.inlines.accepted);
        self.notes.append(&mut manifests.inlines.refused);
        self.runs.append(&mut manifests.runs);
        // What could not be read counts for every control; what is not known only for those asked for.
        doubts.retain(|d| d.kind == DoubtKind::Target || is_asked(controls, &d.control));
        doubts.append(&mut outcome.doubts);
        doubts.sort();
        doubts.dedup();
        self.doubts.append(&mut doubts);
        rows::add_rules(&mut self.rules, outcome.rules);
        self.links.append(&mut rows::links(&facts.packages, &ids));
        // Objects of a cluster stand in no file.
        let has_files = !read.manifests.is_empty() && facts.target.kind != TargetKind::Cluster;
        if self.keeps_found && has_files {
            self.manifests.push((target.clone(), read.manifests));
        }
        if self.keeps_found {
            let named: BTreeSet<&String> = outcome.findings.iter().flat_map(|f| &f.packages).collect();
            let named = ids.iter().zip(&facts.packages).filter(|(id, _)| named.contains(id));
            self.found.extend(named.map(|(id, package)| ((target.clone(), id.clone()), package.clone())));
        }
        append(&mut self.findings, rows::findings_in_order(outcome.findings));
        self.packages.extend(rows::packages(facts.packages, ids, target));
        if self.asks_runs && facts.target.kind.is_image() {
            self.called.push((target.clone(), images::of_target(&facts.target)));
        }
        self.targets.push(rows::target(facts.target, sources));
        self.ledger.add(facts.ledger);
        self.ledger.add(manifests.ledger);
    }

    /// Takes over a target of an earlier report.
    pub(crate) fn add_reported(&mut self, mut part: Reported, controls: &[String]) {
        part.rules.retain(|r| is_asked(controls, &r.control));
        part.findings.retain(|f| is_asked(controls, &f.control));
        part.doubts.retain(|d| d.kind == DoubtKind::Target || is_asked(controls, &d.control));
        part.doubts.sort();
        self.targets.push(part.row);
        self.packages.append(&mut part.packages);
        self.links.append(&mut part.links);
        rows::add_rules(&mut self.rules, part.rules);
        self.findings.append(&mut part.findings);
        self.doubts.append(&mut part.doubts);
    }

    /// Names in the ledger whatever a doubt says was not read, unless a bound there already says so.
    fn account(&mut self) {
        let skipped: BTreeSet<&str> = self.ledger.skipped.iter().map(|s| s.r#where.as_str()).collect();
        let unread = self.doubts.iter().filter(|d| d.kind == DoubtKind::Target).map(|d| Unread {
            r#where: if d.r#where.is_empty() { d.target.clone() } else { d.r#where.clone() },
            reason: d.reason.clone(),
        });
        self.ledger.unread.extend(unread.filter(|u| !skipped.contains(u.r#where.as_str())));
        self.ledger.skipped.sort();
        self.ledger.unread.sort();
        self.ledger.unread.dedup();
    }

    fn report(mut self, version: &str, as_of: Timestamp, opened: Option<&OpenedDatabase>) -> Report {
        self.account();
        Report {
            schema: SCHEMA.to_owned(),
            tool: Tool { name: "plimsoll".to_owned(), version: version.to_owned() },
            as_of,
            database: opened.map(|o| rules_package::database_info(o.database.info())),
            targets: self.targets,
            packages: self.packages,
            rules: self.rules,
            links: self.links,
            workloads: self.workloads,
            findings: self.findings,
            doubts: self.doubts,
            ledger: self.ledger,
            notes: self.notes,
            controls: Vec::new(),
            score: None,
            framework: None,
            verdict: eval::gate::verdict(Vec::new(), &[]),
        }
    }
}

fn extend(outcome: &mut Outcome, more: Outcome) {
    outcome.rules.extend(more.rules);
    append(&mut outcome.findings, more.findings);
    append(&mut outcome.doubts, more.doubts);
}

/// Puts `more` behind `to`, without another copy of what comes first: a large cluster has some hundred megabytes of it.
fn append<T>(to: &mut Vec<T>, more: Vec<T>) {
    if to.is_empty() {
        *to = more;
    } else {
        to.extend(more);
    }
}
