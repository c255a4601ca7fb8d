//! What is one finding, and what is told once.

use super::cases::{database, known, package};
use crate::judge;

const LEFT: &str = r#"{"id":"GHSA-aaaa-bbbb-cccc","affected":[{"package":{"ecosystem":"npm","name":"left"},
    "ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1.2.0"}]}]}]}"#;

#[test]
fn two_versions_in_one_file_are_one_finding() {
    let database = database(&[("left.json", LEFT)], &["npm"]);
    let packages =
        [package("npm left 1.0.0 path=package-lock.json"), package("npm left 1.1.0 path=package-lock.json")];
    let out = judge("t", &packages, &["a".into(), "b".into()], Some(&known(&database))).outcome;
    assert_eq!(out.findings.len(), 1);
    assert_eq!(out.findings[0].packages, ["a", "b"]);
}

#[test]
fn the_same_package_in_two_files_is_two_findings() {
    let database = database(&[("left.json", LEFT)], &["npm"]);
    let packages = [
        package("npm left 1.0.0 path=a/package-lock.json"),
        package("npm left 1.0.0 path=b/package-lock.json"),
    ];
    let out = judge("t", &packages, &["a".into(), "b".into()], Some(&known(&database))).outcome;
    assert_eq!(out.findings.len(), 2);
}

#[test]
fn an_id_does_not_change_with_the_version() {
    let database = database(&[("left.json", LEFT)], &["npm"]);
    let id = |line: &str| {
        judge("t", &[package(line)], &["a".into()], Some(&known(&database))).outcome.findings[0].id.clone()
    };
    assert_eq!(id("npm left 1.0.0 path=package-lock.json"), id("npm left 1.1.0 path=package-lock.json"));
}

#[test]
fn a_partly_covered_ecosystem_is_told_once_and_every_package_of_it_is_unknown() {
    let database = database(&[("left.json", LEFT)], &[]);
    let packages: Vec<_> = (0..50).map(|n| package(&format!("npm right{n} 1.0.0"))).collect();
    let ids: Vec<String> = (0..50).map(|n| n.to_string()).collect();
    let out = judge("t", &packages, &ids, Some(&known(&database))).outcome;
    assert_eq!(out.doubts.len(), 1, "{:?}", out.doubts);
    let row = out.rules.iter().find(|r| r.id == "dependency-vulnerable").unwrap();
    assert_eq!((row.evaluated, row.unknown, row.passed), (50, 50, 0));
}

#[test]
fn without_a_database_nothing_is_known() {
    let out = judge("t", &[package("npm left 1.0.0")], &["a".into()], None).outcome;
    assert_eq!(out.doubts.len(), 1);
    assert_eq!(out.rules.iter().map(|r| r.passed).sum::<u64>(), 0);
}
