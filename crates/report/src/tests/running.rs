//! A report whose images are linked to the workloads that run them.

use api::{
    ContainerRole, Match, MatchedBy, Report, Run, TargetRow, WorkloadImage, WorkloadRow, WorstFinding,
};
use model::{ObjectRef, Severity};

use crate::tests::{golden, sample};
use crate::{Format, TableStyle};

fn run(kind: &str, name: &str, privileged: Option<bool>, by: Option<&[&str]>) -> Run {
    Run {
        target: "manifests:deploy".into(),
        object: object(kind, name, Some("spec.template.spec.containers[0].image")),
        container: name.into(),
        role: ContainerRole::Container,
        image: "images.example/checkout:2".into(),
        privileged,
        exposed: by.map(|ways| !ways.is_empty()),
        exposed_by: by.unwrap_or_default().iter().map(|w| (*w).to_owned()).collect(),
    }
}

fn object(kind: &str, name: &str, field: Option<&str>) -> ObjectRef {
    ObjectRef {
        api_version: "apps/v1".into(),
        kind: kind.into(),
        namespace: "shop".into(),
        name: name.into(),
        field: field.map(str::to_owned),
    }
}

fn target(id: &str, runs_in: Vec<Run>, matched: Option<Match>) -> TargetRow {
    TargetRow {
        id: format!("registry:{id}"),
        kind: "registry".into(),
        name: id.into(),
        digest: None,
        platform: None,
        distribution: None,
        sources: Vec::new(),
        runs_in,
        matched,
    }
}

/// The sample's image runs in three workloads, another one could not be had.
pub(super) fn report() -> Report {
    let mut report = sample::scan();
    let matched = Some(Match { by: MatchedBy::Reference, from: "oci:images/shop".into(), as_of: None });
    let image = report.targets[0].id.clone();
    report.targets[0].runs_in = vec![
        run("DaemonSet", "agent", Some(true), None),
        run(
            "Deployment",
            "checkout",
            Some(false),
            Some(&["Ingress shop/web", "Service shop/checkout (NodePort)"]),
        ),
        run("Deployment", "worker", Some(false), Some(&[])),
    ];
    report.targets[0].matched = matched;
    let missing = "images.example/a-name-that-is-long/and-goes-on/payments:1.12.0";
    let payments = Run { image: missing.into(), ..run("Deployment", "payments", Some(false), Some(&[])) };
    report.targets.push(target(missing, vec![payments], None));
    report.targets.push(TargetRow {
        kind: "manifests".into(),
        id: "manifests:deploy".into(),
        ..target("deploy", Vec::new(), None)
    });
    let of = |kind: &str, name: &str, privileged, exposed| WorkloadRow {
        id: format!("manifests:deploy {kind} shop/{name}"),
        target: "manifests:deploy".into(),
        object: object(kind, name, None),
        privileged,
        exposed,
        images: vec![WorkloadImage {
            container: name.into(),
            image: "images.example/checkout:2".into(),
            targets: vec![image.clone()],
        }],
        findings: [(Severity::Critical, 1), (Severity::Medium, 2)].into(),
        fixable: 2,
        worst: vec![WorstFinding {
            target: image.clone(),
            finding: report.findings[0].id.clone(),
            severity: Severity::Critical,
            what: "CVE-2024-0001".into(),
            fixed: Some("3.0.11-1".into()),
        }],
    };
    report.workloads = Some(vec![
        of("DaemonSet", "agent", Some(true), None),
        of("Deployment", "checkout", Some(false), Some(true)),
        WorkloadRow {
            findings: [].into(),
            worst: Vec::new(),
            fixable: 0,
            ..of("Deployment", "payments", Some(false), Some(false))
        },
        of("Deployment", "worker", Some(false), Some(false)),
    ]);
    report
}

/// A section of a text, from its heading to the next.
fn section<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let at = text.find(from).unwrap_or_else(|| panic!("no `{from}`:\n{text}"));
    let rest = &text[at..];
    &rest[..rest.find(to).unwrap_or(rest.len())]
}

#[test]
fn where_it_runs_is_told_in_every_format_for_people() {
    let report = report();
    let table = |width| {
        let style = TableStyle { width, colour: false, unicode: true };
        crate::render(Format::Table, &report, &style)
    };
    let of_table = |text: &str| section(text, "Where it runs", "What could not be known").to_owned();
    let (usual, narrow) = (of_table(&table(100)), of_table(&table(60)));
    assert!(narrow.lines().all(|l| crate::text::width(l) <= 60), "{narrow}");
    let style = TableStyle::default();
    let markdown = crate::render(Format::Markdown, &report, &style);
    let markdown = section(&markdown, "### Where it runs", "### What could not be known").to_owned();
    let html = crate::render(Format::Html, &report, &style);
    let html = section(&html, "<h2>Where it runs", "</section>").to_owned();
    golden::compare("running.txt", &[usual, narrow, markdown, html].join("\n=====\n"));
}

#[test]
fn a_report_without_images_says_nothing_of_them() {
    let table = crate::render(Format::Table, &sample::scan(), &TableStyle::default());
    assert!(!table.contains("Where it runs"));
    let mut report = sample::scan();
    report.workloads = Some(Vec::new());
    let table = crate::render(Format::Table, &report, &TableStyle::default());
    assert!(table.contains("no workload of the targets runs an image"), "{table}");
}
