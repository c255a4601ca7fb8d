//! Runs every `cases.md` beside a rule: advisories and packages in, findings out.

use std::sync::Arc;

use advisory::db::{Builder, Database};
use api::Finding;
use model::{Distribution, LayerRef, Package, PackageType, SourcePackage};
use testkit::cases::{Case, cases};

use crate::{Knowledge, MaxAge, judge};

/// What blocks hold.
const KINDS: [&str; 6] = ["advisory", "kev", "epss", "complete", "package", "expect"];

/// `deb curl 7.88.1-10 source=curl/7.88.1-10 distribution=debian:12 path=var/lib/dpkg/status`
pub(crate) fn package(line: &str) -> Package {
    let mut words = line.split_whitespace();
    let kind = PackageType::from_purl_type(words.next().unwrap()).unwrap();
    let name = words.next().unwrap();
    let version = words.next().filter(|v| *v != "-").unwrap_or("");
    let mut out = Package::new(kind, name, version);
    for word in words {
        let (key, value) = word.split_once('=').unwrap();
        let two = |separator| value.split_once(separator).unwrap_or((value, ""));
        match key {
            "source" => {
                out.source = Some(SourcePackage { name: two('/').0.into(), version: two('/').1.into() })
            }
            "distribution" => {
                let (id, version) = two(':');
                out.distribution =
                    Some(Distribution { id: id.into(), version: version.into(), ..Distribution::default() });
            }
            "purl" => value.clone_into(&mut out.purl),
            "path" => out.paths.push(value.to_owned()),
            "published" => out.published = Some(value.parse().unwrap()),
            "module" => out.module = Some(value.to_owned()),
            "owner" => out.owner = Some(value.to_owned()),
            "direct" => out.direct = Some(value == "true"),
            "layer" => {
                out.layer = Some(LayerRef { index: value.parse().unwrap(), diff_id: model::Digest([7; 32]) })
            }
            other => panic!("unknown word {other}"),
        }
    }
    out
}

/// The database, whatever its age.
pub(super) fn known(database: &Database) -> Knowledge<'_> {
    Knowledge { database, as_of: "2026-11-25".parse().unwrap(), max_age: MaxAge::Any, min_package_age: None }
}

pub(crate) fn database(advisories: &[(&str, &str)], complete: &[&str]) -> Database {
    let mut builder = Builder::new();
    for (name, text) in advisories {
        let parsed = advisory::read(name, text.as_bytes());
        assert!(parsed.problems.is_empty(), "{:?}", parsed.problems);
        builder.add(parsed);
    }
    for ecosystem in complete {
        builder.declare(ecosystem, advisory::Coverage::Complete);
    }
    Database::open(Arc::new(builder.finish().unwrap().bytes)).unwrap()
}

/// Runs a case on one rule; returns what is wrong with it.
fn run(rule: &str, case: &Case) -> Result<(), String> {
    let of = |kind: &str| case.texts(kind);
    let advisories: Vec<(&str, &str)> = of("advisory")
        .into_iter()
        .map(|text| (if text.starts_with('{') { "case.json" } else { "case.yaml" }, text))
        .chain(of("kev").into_iter().map(|t| ("kev.json", t)))
        .chain(of("epss").into_iter().map(|t| ("epss.csv", t)))
        .collect();
    // A database holds something, if only about something else.
    let other = r#"{"id":"X-1","affected":[{"package":{"ecosystem":"Other","name":"x"},"versions":["1"]}]}"#;
    let advisories = if advisories.is_empty() { vec![("other.json", other)] } else { advisories };
    let complete: Vec<&str> = of("complete").into_iter().flat_map(str::lines).collect();
    let database = database(&advisories, &complete);
    let packages: Vec<Package> = of("package").into_iter().flat_map(str::lines).map(package).collect();
    let ids: Vec<String> = packages.iter().map(|p| format!("{}@{}", p.name, p.version)).collect();
    // Only one rule asks for ages.
    let min_package_age = (rule == "dependency-too-new").then_some(7 * 86_400);
    let knowledge = Knowledge { min_package_age, ..known(&database) };
    let outcome = judge("target", &packages, &ids, Some(&knowledge)).outcome;
    let row = outcome.rules.iter().find(|r| r.id == rule).unwrap();
    let mut found: Vec<&Finding> = outcome.findings.iter().filter(|f| f.rule == rule).collect();
    found.sort_by(|a, b| a.title.cmp(&b.title));
    let expected = of("expect").concat();
    let mut left = found.clone();
    for line in expected.lines() {
        match line.split_once(": ").unwrap_or((line, "")) {
            ("pass", _) if row.passed == row.evaluated && row.evaluated != 0 => {}
            ("not applicable", _) if row.evaluated == 0 => {}
            ("unknown", text)
                if outcome.doubts.iter().any(|d| format!("{}: {}", d.r#where, d.reason).contains(text)) => {}
            ("because", text) => {
                let says =
                    |f: &Finding| f.because.iter().any(|b| format!("{} ({})", b.what, b.from).contains(text));
                if !found.iter().any(|f| says(f)) {
                    return Err(format!(
                        "no step says `{text}`: {:#?}",
                        found.iter().map(|f| &f.because).collect::<Vec<_>>()
                    ));
                }
            }
            ("command", text) => {
                let commands: Vec<_> = found.iter().filter_map(|f| f.fix.as_ref()?.command.clone()).collect();
                if !commands.iter().any(|c| c == text) {
                    return Err(format!("no command is `{text}`: {commands:?}"));
                }
            }
            (finding, fixed) => {
                let Some(at) = left.iter().position(|f| {
                    let Some(v) = &f.vulnerability else {
                        let key = format!("{} {}", f.severity, packages_of(f, &packages, &ids));
                        return line == key;
                    };
                    format!("{} {} in {}", f.severity, v.id, f.packages.join(" ")) == finding
                        && v.fixed.join(", ") == fixed
                }) else {
                    return Err(format!(
                        "`{line}` not met by {:#?}; doubts {:?}",
                        shown(&found),
                        outcome.doubts
                    ));
                };
                left.remove(at);
            }
        }
    }
    if left.is_empty() { Ok(()) } else { Err(format!("more than expected: {:#?}", shown(&left))) }
}

/// `pypi:requests` of a finding that is about no vulnerability.
fn packages_of(finding: &Finding, packages: &[Package], ids: &[String]) -> String {
    let named = packages.iter().zip(ids).filter(|(_, id)| finding.packages.contains(id));
    named.map(|(p, _)| format!("{}:{}", p.kind, p.name)).collect::<Vec<_>>().join(" ")
}

fn shown(findings: &[&Finding]) -> Vec<String> {
    let line = |f: &&Finding| {
        let Some(v) = &f.vulnerability else { return format!("{} {}", f.severity, f.title) };
        format!("{} {} in {}: {}", f.severity, v.id, f.packages.join(" "), v.fixed.join(", "))
    };
    findings.iter().map(line).collect()
}

fn all(rule: &str, text: &str) {
    let cases = cases(text, &KINDS).unwrap();
    assert!(3 <= cases.len(), "{rule}: a pass, a fail, an unknown");
    let wrong: Vec<String> =
        cases.iter().filter_map(|c| run(rule, c).err().map(|e| format!("{}: {e}", c.title))).collect();
    assert!(wrong.is_empty(), "{rule}\n{}", wrong.join("\n"));
}

#[test]
fn cases_of_os_package_vulnerable() {
    all("os-package-vulnerable", include_str!("../rules/os_package_vulnerable/cases.md"));
}

#[test]
fn cases_of_dependency_vulnerable() {
    all("dependency-vulnerable", include_str!("../rules/dependency_vulnerable/cases.md"));
}

#[test]
fn cases_of_dependency_malicious() {
    all("dependency-malicious", include_str!("../rules/dependency_malicious/cases.md"));
}

#[test]
fn cases_of_dependency_too_new() {
    all("dependency-too-new", include_str!("../rules/dependency_too_new/cases.md"));
}

#[test]
fn cases_of_runtime_end_of_life() {
    all("runtime-end-of-life", include_str!("../rules/runtime_end_of_life/cases.md"));
}
