//! Kubernetes manifests, in a project or as a target: read one file at a time, judged, forgotten.

use std::sync::Arc;

use eval::Outcome;
use eval::assess::HoldEvidence;
use inventory::{Problem, TargetKind};
use model::{Doubt, Ledger};
use oci::Tree;
use ports::source::Files;
use rules_cluster::Subject;
use rules_cluster::hold::Labels;

use crate::rows;

/// Folders whose files are others' and are not deployed from here.
const FOREIGN: [&str; 3] = [".git", "node_modules", ".terraform"];

/// Where manifests may stand.
#[derive(Default)]
pub(crate) struct Manifests {
    tree: Arc<Tree>,
    paths: Vec<String>,
    /// A file that is the target, by its name.
    whole: Option<(String, Vec<u8>)>,
    /// Manifests are what was asked for, so that none at all is worth a word.
    asked: bool,
}

/// What came of them.
#[derive(Default)]
pub(crate) struct Judged {
    pub(crate) outcome: Outcome,
    pub(crate) doubts: Vec<Doubt>,
    pub(crate) ledger: Ledger,
    pub(crate) hold: Vec<HoldEvidence>,
}

impl Manifests {
    /// A file of objects.
    pub(crate) fn file(name: &str, bytes: Vec<u8>) -> Self {
        Self { whole: Some((name.to_owned(), bytes)), asked: true, ..Self::default() }
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
        Self { tree: Arc::clone(&files.tree), paths, whole: None, asked }
    }

    /// Judges every object in them.
    pub(crate) fn judge(&self, target: &str) -> Judged {
        let (mut judged, mut labels) = (Judged::default(), Labels::default());
        for path in &self.paths {
            let bytes = match self.tree.open(path, manifest::FILE_BYTES_MAX) {
                Ok(bytes) => bytes,
                Err(e) => {
                    judged.doubt(target, |control| {
                        Problem::unread(control, path, e.to_string(), "make the file readable, or smaller")
                    });
                    continue;
                }
            };
            if manifest::looks_like_manifest(&bytes) {
                judged.file(path, &bytes, target, &mut labels);
            }
        }
        if let Some((name, bytes)) = &self.whole {
            judged.file(name, bytes, target, &mut labels);
        }
        if self.asked && judged.ledger.objects == 0 && judged.doubts.is_empty() {
            let place = self.whole.as_ref().map_or("", |(name, _)| name.as_str());
            judged.doubt(target, |control| {
                Problem::unread(control, place, "no Kubernetes object is in it", "give manifests")
            });
        }
        judged.hold.extend(labels.evidence());
        judged
    }
}

/// The control that a pod which is not judged leaves without an answer.
const PODS: &str = "pod-security";

/// The controls that a manifest which cannot be read leaves without an answer: those of the rules about objects.
const CONTROLS: [&str; 2] = [PODS, "rbac"];

/// What is done about a template.
const RENDER: &str = "render it (`helm template`, `kustomize build`) and scan the result";

impl Judged {
    fn file(&mut self, path: &str, bytes: &[u8], target: &str, labels: &mut Labels) {
        let mut objects = Vec::new();
        let summary = manifest::read(bytes, &mut |object| objects.push(object));
        let subjects: Vec<Subject<'_>> = objects.iter().map(|object| Subject::of(path, object)).collect();
        subjects.iter().for_each(|s| labels.see(s));
        for subject in &subjects {
            let Some(field) = rules_cluster::workload::hidden_pod(subject.object) else { continue };
            let at = subject.object.node.at;
            let place = format!("{path}:{}:{}", at.line, at.column);
            let reason = format!("{} brings a pod at `{field}`, which is not judged", subject.name());
            let remedy = "judge it by hand, or scan the objects that its controller makes of it";
            self.doubts.push(Problem::unknown(PODS, place, reason, remedy).into_doubt(target));
        }
        let more = eval::run(rules_cluster::RULES, subjects.iter(), target);
        rows::add_rules(&mut self.outcome.rules, more.rules);
        self.outcome.findings.extend(more.findings);
        self.outcome.doubts.extend(more.doubts);
        self.ledger.documents += summary.documents;
        self.ledger.objects += summary.objects;
        for flaw in summary.flaws {
            let place = format!("{path}:{}:{}", flaw.at.line, flaw.at.column);
            self.doubt(target, |control| match flaw.is_template {
                true => Problem::unknown(control, place.clone(), flaw.reason.clone(), RENDER),
                false => Problem::unread(control, place.clone(), flaw.reason.clone(), "mend the file"),
            });
        }
    }

    /// Notes that every rule about objects lacks something.
    fn doubt(&mut self, target: &str, problem: impl Fn(&str) -> Problem) {
        self.doubts.extend(CONTROLS.map(|control| problem(control).into_doubt(target)));
    }
}
