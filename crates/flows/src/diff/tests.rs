//! Two reports, and what a person wants to hear of the difference.

use std::sync::Arc;

use api::{
    Change, DatabaseInfo, Direction, Finding, GateOutcome, PackageRow, Report, RuleRow, Status, Suppression,
    TargetRow, Tool, Vulnerability, WhyKind,
};
use model::{Doubt, DoubtKind, Ledger, PackageType, Place, Severity};

use super::{NamedReport, diff};

fn package(name: &str, version: &str) -> PackageRow {
    PackageRow {
        id: format!("pkg:deb/debian/{name}@{version}"),
        target: "oci:shop".to_owned(),
        name: name.to_owned(),
        version: version.to_owned(),
        kind: PackageType::Deb,
        purl: format!("pkg:deb/debian/{name}@{version}"),
        source: None,
        architecture: None,
        licenses: Vec::new(),
        paths: vec!["var/lib/dpkg/status".to_owned()],
        layer: None,
        instruction: None,
        direct: None,
        development: false,
        reached: None,
    }
}

fn finding(id: &str, package: &PackageRow) -> Finding {
    Finding {
        id: format!("{id}-{}", package.name),
        control: "image-scanning".into(),
        rule: "os-package-vulnerable".into(),
        severity: Severity::High,
        title: format!("{id} in {}", package.name).into(),
        message: String::new(),
        target: "oci:shop".into(),
        r#where: Place::file("var/lib/dpkg/status"),
        packages: vec![package.id.clone()],
        vulnerability: Some(Arc::new(Vulnerability { id: id.to_owned(), ..Vulnerability::default() })),
        because: Vec::new(),
        fix: None,
        status: Status::Open,
        suppression: None,
    }
}

fn report(digest: &str, database: &str, packages: &[PackageRow], findings: &[Finding]) -> Report {
    let rule = RuleRow {
        id: "os-package-vulnerable".to_owned(),
        control: "image-scanning".to_owned(),
        ..RuleRow::default()
    };
    Report {
        schema: api::SCHEMA.to_owned(),
        tool: Tool { name: "plimsoll".to_owned(), version: "1".to_owned() },
        as_of: "2026-11-25".parse().unwrap(),
        database: Some(DatabaseInfo {
            id: database.to_owned(),
            built: database.parse().unwrap(),
            sources: Vec::new(),
        }),
        targets: vec![TargetRow {
            id: "oci:shop".to_owned(),
            kind: "oci".to_owned(),
            name: "shop".to_owned(),
            digest: Some(digest.to_owned()),
            platform: None,
            distribution: None,
            sources: Vec::new(),
            runs_in: Vec::new(),
            matched: None,
        }],
        packages: packages.to_vec(),
        rules: vec![rule],
        links: Vec::new(),
        workloads: None,
        findings: findings.to_vec(),
        doubts: Vec::new(),
        ledger: Ledger::default(),
        notes: Vec::new(),
        controls: Vec::new(),
        score: None,
        framework: None,
        verdict: eval::gate::verdict(Vec::new(), &[]),
    }
}

fn compare(old: &Report, new: &Report, gates: &[&str]) -> api::Diff {
    let named = |name: &str, report: &Report| NamedReport { name: name.to_owned(), report: report.clone() };
    let gates: Vec<String> = gates.iter().map(|g| (*g).to_owned()).collect();
    diff(&named("old", old), &named("new", new), &gates, "1").unwrap()
}

#[test]
fn versions_go_by_the_order_of_their_ecosystem() {
    let old =
        report("a", "2026-01-01", &[package("a", "1.9"), package("b", "1.0"), package("c", "1:1")], &[]);
    let new =
        report("b", "2026-01-01", &[package("a", "1.10"), package("b", "1.0~rc1"), package("d", "2")], &[]);
    let diff = compare(&old, &new, &[]);
    let said: Vec<_> = diff.packages.iter().map(|p| (p.change, p.name.as_str(), p.direction)).collect();
    assert_eq!(
        said,
        [
            (Change::Added, "d", None),
            (Change::Changed, "a", Some(Direction::Up)),
            (Change::Changed, "b", Some(Direction::Down)),
            (Change::Removed, "c", None),
        ]
    );
    assert_eq!((diff.counts.packages.added, diff.counts.packages.changed), (1, 2));
}

#[test]
fn a_package_in_several_versions_is_paired_by_place_then_by_order() {
    let at = |version: &str, path: &str| PackageRow { paths: vec![path.to_owned()], ..package("a", version) };
    let old = report("a", "2026-01-01", &[at("1", "x"), at("2", "y"), at("3", "z")], &[]);
    let new = report("b", "2026-01-01", &[at("1", "moved"), at("5", "y"), at("4", "w"), at("6", "v")], &[]);
    let said: Vec<_> = compare(&old, &new, &[]).packages.into_iter().map(|p| (p.old, p.new)).collect();
    let text = |s: &str| Some(s.to_owned());
    assert_eq!(said, [(None, text("6")), (text("2"), text("5")), (text("3"), text("4"))]);
}

#[test]
fn a_finding_came_because_of_the_package_or_because_of_what_is_known() {
    let (same, old_ssl, new_ssl, fresh) =
        (package("zlib", "1"), package("ssl", "1"), package("ssl", "2"), package("curl", "8"));
    let old = report("a", "2026-01-01", &[same.clone(), old_ssl.clone()], &[finding("CVE-9", &old_ssl)]);
    let mut learned = finding("CVE-1", &same);
    Arc::make_mut(learned.vulnerability.as_mut().unwrap()).published = "2026-03-01".parse().ok();
    let new = report(
        "b",
        "2026-06-01",
        &[same, new_ssl.clone(), fresh.clone()],
        &[learned, finding("CVE-2", &new_ssl), finding("CVE-3", &fresh)],
    );
    let diff = compare(&old, &new, &["new", "new && severity>=critical"]);
    let why = |id: &str| {
        let change = diff.findings.iter().find(|f| f.finding.title.starts_with(id)).unwrap();
        (change.change, change.why[0].kind, change.why[0].what.clone())
    };
    let (change, kind, what) = why("CVE-1");
    assert_eq!((change, kind), (Change::Added, WhyKind::Knowledge));
    assert!(what.contains("published 2026-03-01, after the old database of 2026-01-01"), "{what}");
    assert_eq!(why("CVE-2"), (Change::Added, WhyKind::Package, "ssl went from 1 to 2".to_owned()));
    assert_eq!(why("CVE-3"), (Change::Added, WhyKind::Package, "curl 8 is new here".to_owned()));
    assert_eq!(why("CVE-9"), (Change::Removed, WhyKind::Package, "ssl went from 1 to 2".to_owned()));
    assert_eq!(diff.verdict.gates[0].outcome, GateOutcome::Fail);
    assert_eq!(diff.verdict.gates[0].matched.len(), 3);
    assert_eq!(diff.verdict.gates[1].outcome, GateOutcome::Pass);
    assert_eq!(diff.verdict.exit, 1);
}

#[test]
fn a_finding_that_is_known_no_more_is_withdrawn_knowledge() {
    let ssl = package("ssl", "1");
    let old = report("a", "2026-01-01", std::slice::from_ref(&ssl), &[finding("CVE-1", &ssl)]);
    let new = report("a", "2026-06-01", &[ssl], &[]);
    let diff = compare(&old, &new, &["new"]);
    assert_eq!(diff.findings[0].why[0].kind, WhyKind::Knowledge);
    assert!(diff.findings[0].why[0].what.contains("withdrawn or changed"));
    assert_eq!(diff.verdict.exit, 0);
}

#[test]
fn a_decision_and_a_severity_are_changes_and_nothing_new() {
    let ssl = package("ssl", "1");
    let was = finding("CVE-1", &ssl);
    let mut now = was.clone();
    now.status = Status::Suppressed;
    now.severity = Severity::Low;
    now.suppression = Some(Box::new(Suppression {
        by: "ignore.toml:1".to_owned(),
        reason: "so".to_owned(),
        owner: None,
        until: None,
        in_source: false,
    }));
    let old = report("a", "2026-01-01", std::slice::from_ref(&ssl), &[was]);
    let new = report("a", "2026-01-01", &[ssl], &[now]);
    let diff = compare(&old, &new, &["new"]);
    let kinds: Vec<_> = diff.findings[0].why.iter().map(|w| w.kind).collect();
    assert_eq!(
        (diff.findings[0].change, kinds),
        (Change::Changed, vec![WhyKind::Knowledge, WhyKind::Decision])
    );
    assert_eq!(diff.findings[0].was.as_ref().unwrap().severity, Severity::High);
    assert_eq!(diff.verdict.exit, 0);
}

fn doubt(kind: DoubtKind) -> Doubt {
    Doubt {
        control: "image-scanning".to_owned(),
        rule: None,
        target: "oci:shop".to_owned(),
        kind,
        r#where: "layer 2".to_owned(),
        reason: "it does not open".to_owned(),
        remedy: String::new(),
    }
}

#[test]
fn what_the_old_side_could_not_see_is_perhaps_not_new() {
    let ssl = package("ssl", "1");
    let mut old = report("a", "2026-01-01", &[], &[]);
    old.doubts.push(doubt(DoubtKind::Target));
    let new = report("b", "2026-01-01", std::slice::from_ref(&ssl), &[finding("CVE-1", &ssl)]);
    let diff = compare(&old, &new, &["new"]);
    assert!(diff.findings[0].unclear);
    assert_eq!((diff.verdict.gates[0].outcome, diff.verdict.exit), (GateOutcome::Incomplete, 3));
    assert_eq!(compare(&old, &new, &["severity==high"]).verdict.exit, 1);
}

#[test]
fn a_doubt_on_both_sides_hides_nothing_new_only_if_nothing_else_changed() {
    let ssl = package("ssl", "1");
    let mut old = report("a", "2026-01-01", std::slice::from_ref(&ssl), &[]);
    old.doubts.push(doubt(DoubtKind::Knowledge));
    let same = old.clone();
    assert_eq!(compare(&old, &same, &["new"]).verdict.exit, 0);
    let mut grown = old.clone();
    grown.targets[0].digest = Some("b".to_owned());
    assert_eq!(compare(&old, &grown, &["new"]).verdict.exit, 0, "the same packages");
    grown.packages.push(package("curl", "8"));
    assert_eq!(compare(&old, &grown, &["new"]).verdict.exit, 3);
    let mut learned = old.clone();
    learned.database.as_mut().unwrap().id = "other".to_owned();
    assert_eq!(compare(&old, &learned, &["new"]).verdict.exit, 3);
    let mut more = report("a", "2026-01-01", &[ssl], &[]);
    more.doubts.push(Doubt { reason: "another".to_owned(), ..doubt(DoubtKind::Knowledge) });
    assert_eq!(compare(&old, &more, &["new"]).verdict.exit, 3);
}

#[test]
fn a_bill_of_materials_before_an_image_cannot_say_what_files_are_new() {
    let mut old = report("a", "2026-01-01", &[], &[]);
    old.targets[0].kind = "sbom".to_owned();
    let about_a_file =
        Finding { packages: Vec::new(), vulnerability: None, ..finding("x", &package("a", "1")) };
    let new = report("b", "2026-01-01", &[], &[about_a_file]);
    let diff = compare(&old, &new, &["new"]);
    assert!(diff.findings[0].unclear);
    assert_eq!(diff.verdict.exit, 3);
}

#[test]
fn targets_of_several_are_paired_by_name_and_the_rest_is_told() {
    let row = |id: &str, name: &str| TargetRow {
        id: id.to_owned(),
        name: name.to_owned(),
        ..report("a", "2026-01-01", &[], &[]).targets[0].clone()
    };
    let mut old = report("a", "2026-01-01", &[], &[]);
    old.targets = vec![row("oci:a:1", "a:1"), row("oci:b", "b"), row("oci:gone", "gone")];
    let mut new = old.clone();
    new.targets = vec![row("oci:b", "b"), row("oci:a:2", "a:2"), row("oci:c", "c"), row("oci:d", "d")];
    let said: Vec<_> =
        compare(&old, &new, &[]).targets.into_iter().map(|t| (t.change, t.old, t.new)).collect();
    let text = |s: &str| Some(s.to_owned());
    assert_eq!(
        said,
        [
            (Change::Changed, text("oci:a:1"), text("oci:a:2")),
            (Change::Same, text("oci:b"), text("oci:b")),
            (Change::Added, None, text("oci:c")),
            (Change::Added, None, text("oci:d")),
            (Change::Removed, text("oci:gone"), None),
        ]
    );
}
