//! Charts and kustomizations of a folder, rendered by a program that is a table.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use api::Report;
use inventory::{Target, TargetKind};
use model::DoubtKind;
use oci::TreeBuilder;
use ports::render::{Form, Programs, Render, Rendered, Unrendered, Wanted};
use ports::source::{Content, Files, Opened, Progress, ReadOptions, SourceError, Sources, TargetSpec};

use crate::fakes::{KeepAll, Memory, request, world};
use crate::scan;

/// A folder, what its charts and kustomizations come to by their folders, and what was asked for.
#[derive(Default)]
struct Folder {
    files: Vec<(&'static str, &'static str)>,
    comes_to: BTreeMap<&'static str, &'static str>,
    asked: Mutex<Vec<String>>,
}

impl Render for Folder {
    fn render(&self, wanted: &Wanted<'_>) -> Result<Rendered, Unrendered> {
        let Wanted { form, root, folder, release, .. } = wanted;
        self.asked.lock().unwrap().push(format!("{} {root}/{folder} {release}", form.as_str()));
        let by = if *form == Form::Chart { "helm v1" } else { "kustomize v1" };
        match self.comes_to.get(folder) {
            Some(text) => Ok(Rendered { bytes: text.as_bytes().to_vec(), by: by.to_owned() }),
            None => {
                Err(Unrendered { reason: "not rendered: it fails".to_owned(), remedy: "mend it".to_owned() })
            }
        }
    }
}

impl Sources for Folder {
    fn open(
        &self,
        spec: &TargetSpec,
        _: &dyn oci::Analyzer,
        _: &ReadOptions,
        _: &dyn Progress,
        _: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<Opened>, SourceError> {
        let mut builder = TreeBuilder::default();
        for (path, text) in &self.files {
            builder.file(path, 0o644, text.as_bytes(), &KeepAll);
        }
        let files = Files::of(Arc::new(builder.build(None)));
        let target = Target::new(spec.written.clone(), TargetKind::Manifests, "deploy");
        Ok(vec![Opened::whole(target, Content::Files(Box::new(files)))])
    }

    fn renderer(&self) -> &dyn Render {
        self
    }
}

impl Folder {
    fn scan(&self, render: bool) -> Report {
        let mut request = request(&["manifests:deploy"]);
        request.controls = vec!["pod-security".to_owned()];
        request.read.render = render.then(Programs::default);
        scan(&world(self, &Memory::default()), &request).unwrap()
    }
}

/// Path and object of what is privileged.
fn privileged(report: &Report) -> Vec<String> {
    let found = report.findings.iter().filter(|f| f.message.contains("privileged"));
    let place = |f: &api::Finding| {
        assert_eq!((f.r#where.line, f.r#where.column), (None, None), "{:?}", f.r#where);
        format!("{} {}", f.r#where.path, f.r#where.object.as_ref().unwrap().name)
    };
    let mut found: Vec<String> = found.map(place).collect();
    found.dedup();
    found
}

fn doubts(report: &Report) -> Vec<(DoubtKind, &str, &str)> {
    report
        .doubts
        .iter()
        .filter(|d| d.control == "pod-security" && d.rule.is_none())
        .map(|d| (d.kind, d.r#where.as_str(), d.reason.as_str()))
        .collect()
}

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - name: web\n      image: web:1\n      securityContext: {privileged: true}\n";
const OTHER: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: other}\nspec:\n  containers:\n    - name: web\n      image: web:1\n      securityContext: {privileged: true}\n";
const TEMPLATE: &str = "apiVersion: v1\nkind: Pod\nmetadata: {{ toYaml .Values.meta }}\n";
const CHART: &str = "apiVersion: v2\nname: shop\nversion: 1.0.0\n";
const OF_CHART: &str = "---\n# Source: shop/templates/web.yaml\napiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - name: web\n      image: web:1\n      securityContext: {privileged: true}\n---\n# Source: shop/charts/cache/templates/pod.yaml\napiVersion: v1\nkind: Pod\nmetadata: {name: cache}\nspec:\n  containers:\n    - name: web\n      image: web:1\n      securityContext: {privileged: true}\n---\n# Source: shop/../../escaped.yaml\napiVersion: v1\nkind: Pod\nmetadata: {name: away}\nspec:\n  containers:\n    - name: web\n      image: web:1\n      securityContext: {privileged: true}\n";

fn chart() -> Folder {
    Folder {
        files: vec![
            ("charts/shop/Chart.yaml", CHART),
            ("charts/shop/templates/web.yaml", TEMPLATE),
            ("charts/shop/charts/cache/Chart.yaml", CHART),
            ("charts/shop/charts/cache/templates/pod.yaml", TEMPLATE),
            ("charts/shop/examples/pod.yaml", OTHER),
        ],
        comes_to: [("charts/shop", OF_CHART)].into(),
        ..Folder::default()
    }
}

#[test]
fn a_chart_is_judged_as_what_it_comes_to_and_found_at_its_templates() {
    let folder = chart();
    let report = folder.scan(true);
    assert_eq!(*folder.asked.lock().unwrap(), ["chart deploy/charts/shop shop"]);
    let found: Vec<&str> = report.findings.iter().map(|f| f.r#where.path.as_str()).collect();
    for path in [
        "charts/shop/Chart.yaml",
        "charts/shop/charts/cache/templates/pod.yaml",
        "charts/shop/examples/pod.yaml",
        "charts/shop/templates/web.yaml",
    ] {
        assert!(found.contains(&path), "{path} of {found:?}");
    }
    assert_eq!(doubts(&report), []);
    assert_eq!(report.ledger.objects, 4);
    let rendered = &report.ledger.rendered;
    assert_eq!((rendered.len(), rendered[0].by.as_str()), (1, "helm v1"));
    assert_eq!(rendered[0].r#where, "charts/shop/Chart.yaml");
    assert_eq!(serde_json::to_string(&report).unwrap(), serde_json::to_string(&folder.scan(true)).unwrap());
}

#[test]
fn without_being_asked_nothing_is_rendered_and_that_is_not_passing() {
    let folder = chart();
    let report = folder.scan(false);
    assert!(folder.asked.lock().unwrap().is_empty());
    let doubts = doubts(&report);
    let whole =
        (DoubtKind::Knowledge, "charts/shop/Chart.yaml", "a chart is not rendered, unless you ask for it");
    assert!(doubts.contains(&whole), "{doubts:?}");
    assert_eq!(doubts.len(), 3, "the chart and both templates: {doubts:?}");
    assert!(
        report
            .doubts
            .iter()
            .filter(|d| d.rule.is_none())
            .all(|d| d.remedy.starts_with("scan with `--render`"))
    );
    assert!(report.ledger.rendered.is_empty());
}

#[test]
fn what_cannot_be_rendered_leaves_the_target_incomplete_and_its_files_are_judged_as_they_are() {
    let folder = Folder { comes_to: BTreeMap::new(), ..chart() };
    let report = folder.scan(true);
    let failed = (DoubtKind::Target, "charts/shop/Chart.yaml", "not rendered: it fails");
    assert!(doubts(&report).contains(&failed), "{:?}", doubts(&report));
    assert_eq!(report.verdict.exit, 3);
    assert!(report.ledger.rendered.is_empty());
}

#[test]
fn a_base_is_judged_as_its_overlays_make_it_and_not_by_itself() {
    let overlay = "resources: [../base, pod.yaml]\npatches: [{path: patch.yaml}]\n";
    let folder = Folder {
        files: vec![
            ("base/Kustomization", "resources:\n  - web.yaml\n"),
            ("base/web.yaml", POD),
            ("base/beside.yaml", OTHER),
            ("flux/kustomization.yaml", "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"),
            ("prod/kustomization.yaml", overlay),
            ("prod/patch.yaml", OTHER),
            ("prod/pod.yaml", POD),
        ],
        comes_to: [("prod", POD)].into(),
        ..Folder::default()
    };
    let report = folder.scan(true);
    assert_eq!(*folder.asked.lock().unwrap(), ["kustomization deploy/prod "]);
    let rendered = |report: &Report| {
        let found: BTreeSet<String> = report.findings.iter().map(|f| f.r#where.path.to_string()).collect();
        Vec::from_iter(found)
    };
    assert_eq!(rendered(&report), ["base/beside.yaml", "prod/kustomization.yaml"]);
    assert_eq!(doubts(&report), []);
    let report = folder.scan(false);
    assert_eq!(rendered(&report), ["base/beside.yaml", "base/web.yaml", "prod/patch.yaml", "prod/pod.yaml"]);
    let unknown = "a kustomization is not rendered, unless you ask for it";
    assert_eq!(doubts(&report), [(DoubtKind::Knowledge, "prod/kustomization.yaml", unknown)]);
}

#[test]
fn kustomizations_in_a_circle_are_asked_for_once_and_rendered_findings_have_no_lines() {
    let folder = Folder {
        files: vec![
            ("a/kustomization.yaml", "resources: [../b]\n"),
            ("b/kustomization.yaml", "resources: [../a, ../../outside, https://example.org/x]\n"),
        ],
        comes_to: [("a", POD)].into(),
        ..Folder::default()
    };
    let report = folder.scan(true);
    assert_eq!(*folder.asked.lock().unwrap(), ["kustomization deploy/a "]);
    assert_eq!(privileged(&report), ["a/kustomization.yaml web"]);
}

#[test]
fn a_library_chart_has_no_objects_of_its_own() {
    let folder = Folder {
        files: vec![
            ("Chart.yaml", "apiVersion: v2\nname: lib\ntype: library\n"),
            ("templates/pod.yaml", TEMPLATE),
            ("pod.yaml", POD),
        ],
        ..Folder::default()
    };
    let report = folder.scan(true);
    assert!(folder.asked.lock().unwrap().is_empty());
    assert_eq!(doubts(&report), []);
}

#[test]
fn charts_beyond_the_bound_are_named_and_not_rendered() {
    let chart = |n: usize| -> (&'static str, &'static str) { (format!("{n:03}/Chart.yaml").leak(), CHART) };
    let folder = Folder { files: (0..201).map(chart).collect(), ..Folder::default() };
    let report = folder.scan(true);
    assert_eq!(folder.asked.lock().unwrap().len(), 200);
    let last = doubts(&report).pop().unwrap();
    assert_eq!((last.0, last.1), (DoubtKind::Target, "200/Chart.yaml"));
    assert!(last.2.starts_with("not rendered: the target has more than 200 charts"), "{}", last.2);
}
