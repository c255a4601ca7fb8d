//! A difference against its schema, and what a person sees of it.

use api::{
    Change, Counts, DIFF_SCHEMA, Diff, DiffCounts, DiffSide, Direction, FindingChange, PackageChange, Was,
    Why, WhyKind,
};
use api::{DoubtChange, TargetChange};
use model::{PackageType, Severity};
use serde_json::Value;

use super::sample;
use crate::{DiffFormat, TableStyle, render_diff};

fn diff() -> Diff {
    let report = sample::scan();
    let side = |name: &str| DiffSide {
        name: name.to_owned(),
        as_of: report.as_of,
        version: "0.1.0".to_owned(),
        database: report.database.as_ref().map(|d| d.id.clone()),
        built: report.database.as_ref().map(|d| d.built),
        open: 3,
        packages: 4,
        doubts: 1,
    };
    let target = |change, old: Option<&str>, new: Option<&str>| TargetChange {
        change,
        old: old.map(str::to_owned),
        new: new.map(str::to_owned),
    };
    let package = |change, old: Option<&str>, new: Option<&str>, direction| PackageChange {
        change,
        target: "oci:shop".to_owned(),
        kind: PackageType::Deb,
        name: "libssl3".to_owned(),
        old: old.map(str::to_owned),
        new: new.map(str::to_owned),
        direction,
        path: "var/lib/dpkg/status".to_owned(),
    };
    let why = |kind, what: &str| vec![Why { kind, what: what.to_owned() }];
    let finding = report.findings[0].clone();
    let was = Was { severity: Severity::Low, status: api::Status::Open, fixed: vec!["2".to_owned()] };
    let one = Counts { added: 1, changed: 1, removed: 0 };
    Diff {
        schema: DIFF_SCHEMA.to_owned(),
        tool: report.tool.clone(),
        old: side("before.json"),
        new: DiffSide { database: None, built: None, ..side("oci:shop:`2`") },
        targets: vec![target(Change::Changed, Some("a"), Some("b")), target(Change::Added, None, Some("c"))],
        packages: vec![
            package(Change::Added, None, Some("3.0.13"), None),
            package(Change::Changed, Some("3.0.11"), Some("3.0.13"), Some(Direction::Up)),
        ],
        findings: vec![
            FindingChange {
                change: Change::Added,
                finding: finding.clone(),
                was: None,
                why: why(WhyKind::Package, "libssl3 3.0.13 is new | here"),
                unclear: true,
            },
            FindingChange {
                change: Change::Changed,
                finding,
                was: Some(was),
                why: why(WhyKind::Knowledge, "severity low became high"),
                unclear: false,
            },
        ],
        doubts: vec![DoubtChange { change: Change::Added, doubt: report.doubts[0].clone() }],
        counts: DiffCounts { packages: one, findings: one, doubts: Counts { added: 1, ..Counts::default() } },
        verdict: report.verdict,
    }
}

#[test]
fn a_difference_fits_its_schema_and_is_read_back() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schema/plimsoll.diff-1.schema.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let text = render_diff(DiffFormat::Json, &diff(), &TableStyle::default());
    let document: Value = serde_json::from_str(&text).unwrap();
    let complaints: Vec<String> = validator.iter_errors(&document).map(|e| e.to_string()).collect();
    assert_eq!(complaints, [] as [String; 0]);
    assert_eq!(serde_json::from_str::<Diff>(&text).unwrap(), diff());
    let mut wrong = document;
    wrong["findings"][0]["why"] = serde_json::json!([]);
    assert!(!validator.is_valid(&wrong), "a change without a reason");
}

#[test]
fn a_person_reads_what_changed_and_why() {
    let style = TableStyle { width: 100, colour: false, unicode: false };
    let table = render_diff(DiffFormat::Table, &diff(), &style);
    for line in [
        "Packages: 1 added, 1 changed, 0 removed",
        "~ deb libssl3 3.0.11 -> 3.0.13 (up)",
        "perhaps not new",
        "no advisories asked",
    ] {
        assert!(table.contains(line), "{line}\n{table}");
    }
    let page = render_diff(DiffFormat::Markdown, &diff(), &style);
    assert!(page.contains("is new \\| here"), "{page}");
    assert!(page.contains("oci:shop:\\`2\\`"), "{page}");
}
