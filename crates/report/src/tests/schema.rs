//! Reports against the committed schema, and SARIF against the official one.

use std::path::{Path, PathBuf};

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::tests::{running, sample};
use crate::{Format, RuleHelp, TableStyle};

fn rendered(format: Format, report: &api::Report) -> Value {
    serde_json::from_str(&crate::render(format, report, &TableStyle::default())).unwrap()
}

fn schema() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schema/plimsoll.report-1.schema.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn complaints(validator: &Validator, document: &Value) -> Vec<String> {
    validator.iter_errors(document).take(10).map(|e| format!("{}: {e}", e.instance_path())).collect()
}

/// The schema as it would be if fields could not be added: every field we write must be described.
fn closed(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if map.get("type") == Some(&json!("object")) && map.contains_key("properties") {
                map.insert("additionalProperties".to_owned(), json!(false));
            }
            map.values_mut().for_each(closed);
        }
        Value::Array(list) => list.iter_mut().for_each(closed),
        _ => {}
    }
}

#[test]
fn reports_fit_the_schema_and_every_field_is_described() {
    let mut strict = schema();
    closed(&mut strict);
    for schema in [schema(), strict] {
        let validator = jsonschema::validator_for(&schema).unwrap();
        for report in [
            sample::scan(),
            sample::assess(),
            sample::framework(),
            running::report(),
            api::Report { database: None, ..sample::scan() },
        ] {
            assert_eq!(complaints(&validator, &rendered(Format::Json, &report)), [] as [String; 0]);
        }
    }
}

#[test]
fn a_report_read_back_is_the_report() {
    for report in [sample::scan(), sample::assess(), running::report()] {
        let text = crate::render(Format::Json, &report, &TableStyle::default());
        assert_eq!(serde_json::from_str::<api::Report>(&text).unwrap(), report);
    }
}

#[test]
fn the_schema_refuses_wrong_reports() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let right = rendered(Format::Json, &sample::assess());
    for (pointer, wrong) in [
        ("/schema", json!("plimsoll.report/2")),
        ("/as_of", json!("2026-11-25 12:00")),
        ("/as_of", json!(1_764_072_000)),
        ("/database", json!("none")),
        ("/database/sources/0/coverage", json!("full")),
        ("/targets/0/kind", json!("zip")),
        ("/targets/0/digest", json!("sha256:abc")),
        ("/packages/0/type", json!("apt")),
        ("/packages/0/purl", json!("openssl")),
        ("/packages/0/licenses", json!("MIT")),
        ("/rules/0/evaluated", json!(-1)),
        ("/findings/0/id", json!("CVE-2024-0001")),
        ("/findings/0/severity", json!("High")),
        ("/findings/0/where/path", json!("/etc/passwd")),
        ("/findings/0/where", json!({"path": "a", "line": 0})),
        ("/findings/0/status", json!("suppressed")),
        ("/findings/0/vulnerability/cvss/0/score", json!(11)),
        ("/findings/0/vulnerability/epss/score", json!(94.2)),
        ("/findings/0/vulnerability/kev/added", json!("March")),
        ("/findings/0/fix/kind", json!("advice")),
        ("/doubts/0/kind", json!("other")),
        ("/ledger/files", json!(1.5)),
        ("/controls/0/see/outcome", json!("not_applicable")),
        ("/controls/0/see", json!("pass")),
        ("/score/value", json!("2")),
        ("/verdict/exit", json!(2)),
        ("/verdict/exit", json!(0)),
        ("/verdict/outcome", json!("pass")),
    ] {
        let mut document = right.clone();
        *document.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer} is not in the sample")) =
            wrong.clone();
        assert!(!validator.is_valid(&document), "{pointer} = {wrong} is accepted");
    }
    for field in
        ["schema", "tool", "as_of", "database", "targets", "findings", "doubts", "ledger", "verdict", "score"]
    {
        let mut document = right.clone();
        document.as_object_mut().unwrap().remove(field).unwrap();
        assert!(!validator.is_valid(&document), "a report without {field} is accepted");
    }
}

/// The official schema is not ours to carry: it comes from `PLIMSOLL_SARIF_SCHEMA`, or from the source of the crate
/// `serde-sarif` where cargo has fetched that.
fn official_sarif() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("PLIMSOLL_SARIF_SCHEMA") {
        return Some(PathBuf::from(path));
    }
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".cargo")))?;
    let registries = std::fs::read_dir(home.join("registry/src")).ok()?;
    let crates = registries.flatten().filter_map(|r| std::fs::read_dir(r.path()).ok()).flatten().flatten();
    let ours = crates.filter(|c| c.file_name().to_string_lossy().starts_with("serde-sarif-"));
    ours.map(|c| c.path().join("src/schema.json")).find(|p| p.is_file())
}

#[test]
fn sarif_fits_the_official_schema() {
    let Some(path) = official_sarif() else {
        eprintln!(
            "SKIPPED: SARIF against the official schema: set PLIMSOLL_SARIF_SCHEMA to sarif-schema-2.1.0.json"
        );
        return;
    };
    let mut schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    // The official pattern of `language` has an unbalanced bracket; we write no language.
    for definition in schema["definitions"].as_object_mut().unwrap().values_mut() {
        if let Some(language) = definition.pointer_mut("/properties/language") {
            language.as_object_mut().unwrap().remove("pattern");
        }
    }
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    for report in [sample::scan(), sample::assess()] {
        assert_eq!(complaints(&validator, &rendered(Format::Sarif, &report)), [] as [String; 0]);
    }
    let mut wrong = rendered(Format::Sarif, &sample::scan());
    wrong["runs"][0]["results"][0]["level"] = json!("critical");
    assert!(!validator.is_valid(&wrong), "the official schema refuses nothing");
}

#[test]
fn sarif_results_name_their_rules_and_rank_by_severity() {
    let report = sample::scan();
    let help = [RuleHelp {
        id: "image-setuid".into(),
        title: "No set-user-id".into(),
        page: "# Page\n\ntext".into(),
        tags: vec!["checkov:CKV_K8S_1".to_owned()],
    }];
    let options = crate::Options { rules: &help, ..crate::Options::default() };
    let mut out = Vec::new();
    crate::write(Format::Sarif, &report, &options, &mut out).unwrap();
    let sarif: Value = serde_json::from_slice(&out).unwrap();
    let run = &sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), report.findings.len());
    let mut fingerprints = std::collections::BTreeSet::new();
    for result in results {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(result["locations"][0]["physicalLocation"]["region"]["startLine"].as_u64().unwrap() >= 1);
        let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
        assert!(!uri.is_empty() && uri.is_ascii() && !uri.contains([' ', '<', ':', '\\']), "{uri}");
        assert!(fingerprints.insert(result["partialFingerprints"]["plimsoll/v1"].to_string()));
        assert!(result["suppressions"].is_array(), "all or none: SARIF 3.27.23");
    }
    let setuid = rules.iter().find(|r| r["id"] == "image-setuid").unwrap();
    assert_eq!(setuid["help"]["markdown"], "# Page\n\ntext");
    assert_eq!(setuid["properties"]["security-severity"], "5.5");
    let tags = setuid["properties"]["tags"].as_array().unwrap();
    assert!(tags.contains(&json!("checkov:CKV_K8S_1")), "{tags:?}");
    let openssl = rules.iter().find(|r| r["id"] == "vulnerable-package/CVE-2024-0001").unwrap();
    assert_eq!(openssl["properties"]["security-severity"], "9.8");
    assert_eq!(openssl["helpUri"], "https://example.com/CVE-2024-0001");
    let notifications = run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    assert_eq!(notifications.len(), report.doubts.len(), "doubts never disappear");
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
}

/// The shared material's schemas of CycloneDX; `None` where there are none.
fn official_cyclonedx() -> Option<PathBuf> {
    let shared = std::env::var_os("PLIMSOLL_SHARED").map(PathBuf::from);
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = shared.unwrap_or_else(beside).join("suites/cyclonedx/schema");
    folder.is_dir().then_some(folder)
}

#[test]
fn cyclonedx_fits_the_official_schema() {
    let Some(folder) = official_cyclonedx() else {
        eprintln!(
            "SKIPPED: vulnerabilities in CycloneDX against the official schema: no `suites/cyclonedx/schema`"
        );
        return;
    };
    let load = |name: &str| -> Value {
        serde_json::from_str(&std::fs::read_to_string(folder.join(name)).unwrap()).unwrap()
    };
    let mut registry = jsonschema::Registry::new();
    for name in ["spdx.schema.json", "jsf-0.82.schema.json", "cryptography-defs.schema.json"] {
        registry = registry.add(format!("http://cyclonedx.org/schema/{name}"), load(name)).unwrap();
    }
    let registry = registry.prepare().unwrap();
    let validator = jsonschema::options()
        .with_registry(&registry)
        .should_validate_formats(true)
        .build(&load("bom-1.6.schema.json"))
        .unwrap();
    for report in [
        sample::scan(),
        sample::assess(),
        sample::framework(),
        api::Report { targets: Vec::new(), ..sample::scan() },
    ] {
        assert_eq!(complaints(&validator, &rendered(Format::CycloneDx, &report)), [] as [String; 0]);
    }
    let mut wrong = rendered(Format::CycloneDx, &sample::scan());
    wrong["vulnerabilities"][0]["ratings"][0]["severity"] = json!("awful");
    assert!(!validator.is_valid(&wrong), "the official schema refuses nothing");
}

#[test]
fn cyclonedx_names_every_vulnerability_and_what_was_said_of_it() {
    let report = sample::scan();
    let document = rendered(Format::CycloneDx, &report);
    let references: std::collections::BTreeSet<&str> =
        document["components"].as_array().unwrap().iter().map(|c| c["bom-ref"].as_str().unwrap()).collect();
    assert_eq!(references.len(), report.packages.len(), "every reference is one package's");
    let vulnerabilities = document["vulnerabilities"].as_array().unwrap();
    let ids: std::collections::BTreeSet<&str> =
        vulnerabilities.iter().map(|v| v["id"].as_str().unwrap()).collect();
    let expected: std::collections::BTreeSet<&str> =
        report.findings.iter().filter_map(|f| f.vulnerability.as_ref().map(|v| v.id.as_str())).collect();
    assert_eq!(ids, expected);
    for vulnerability in vulnerabilities {
        for affected in vulnerability["affects"].as_array().unwrap() {
            assert!(references.contains(affected["ref"].as_str().unwrap()), "{affected}");
        }
    }
    let said = vulnerabilities.iter().filter(|v| v.get("analysis").is_some()).count();
    let suppressed =
        report.findings.iter().filter(|f| f.status == api::Status::Suppressed && f.vulnerability.is_some());
    assert_eq!(said, suppressed.count());
}

#[test]
fn oscal_refers_to_nothing_that_it_does_not_hold() {
    for report in [sample::scan(), sample::assess()] {
        let document = rendered(Format::Oscal, &report);
        let result = &document["assessment-results"]["results"][0];
        let uuids = |list: &Value| -> std::collections::BTreeSet<String> {
            list.as_array().into_iter().flatten().map(|o| o["uuid"].as_str().unwrap().to_owned()).collect()
        };
        let observations = uuids(&result["observations"]);
        let items = uuids(&result["local-definitions"]["inventory-items"]);
        assert_eq!(observations.len(), report.findings.len() + report.doubts.len(), "nothing disappears");
        for risk in result["risks"].as_array().unwrap() {
            let observation = risk["related-observations"][0]["observation-uuid"].as_str().unwrap();
            assert!(observations.contains(observation), "{risk}");
        }
        for observation in result["observations"].as_array().unwrap() {
            for subject in observation["subjects"].as_array().into_iter().flatten() {
                assert!(items.contains(subject["subject-uuid"].as_str().unwrap()), "{observation}");
            }
        }
        let states: std::collections::BTreeSet<&str> = result["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| f["target"]["status"]["state"].as_str().unwrap())
            .collect();
        assert!(states.contains("not-satisfied"), "{states:?}");
    }
}

const RIGHT_VECTOR: &str = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";

/// One vector that GitLab's pattern takes, and others.
fn vectors() -> Vec<api::Cvss> {
    let all = [format!("{RIGHT_VECTOR}/"), RIGHT_VECTOR.replace("AV:N", "AV:Q"), RIGHT_VECTOR.to_owned()];
    let score = |vector| api::Cvss { version: "3.1".into(), vector, score: 9.8, source: String::new() };
    all.map(score).into()
}

/// The bounds of GitLab's schema 15.2.1, in our words; the schema itself is asked where `PLIMSOLL_GITLAB_SCHEMAS` names
/// a folder of it.
#[test]
fn gitlab_reports_keep_the_bounds_of_their_schema() {
    let mut report = sample::scan();
    for finding in &mut report.findings {
        finding.message = "x".repeat(2_000_000);
        if let Some(v) = finding.vulnerability.as_mut().map(std::sync::Arc::make_mut) {
            v.summary = Some("ä".repeat(400));
            v.cvss = vectors();
        }
    }
    let mut project = report.clone();
    project.targets[0].kind = "dir".into();
    project.packages.iter_mut().for_each(|p| p.paths.clear());
    for (report, format, name) in [
        (&report, Format::GitlabContainer, "container-scanning"),
        (&project, Format::GitlabDependency, "dependency-scanning"),
        (&report, Format::Gitlab, "container-scanning"),
        (&project, Format::Gitlab, "dependency-scanning"),
    ] {
        let document = rendered(format, report);
        assert_eq!(document["scan"]["type"].as_str().unwrap().replace('_', "-"), name);
        let all = document["vulnerabilities"].as_array().unwrap();
        assert!(!all.is_empty(), "{name}");
        for one in all {
            let length = |key: &str| one[key].as_str().map_or(0, |s| s.chars().count());
            assert!((1..=255).contains(&length("name")) && length("description") <= 1_048_576);
            assert!(length("solution") <= 7000);
            assert!(!one["identifiers"].as_array().unwrap().is_empty());
            assert!(
                one["identifiers"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(|i| !i["value"].as_str().unwrap().is_empty())
            );
            let vectors = one["cvss_vectors"].as_array().unwrap();
            assert!(
                vectors.len() == 1 && vectors[0]["vector"] == RIGHT_VECTOR,
                "of another GitLab takes none"
            );
            let place = &one["location"];
            let needed =
                if name == "container-scanning" { ["operating_system", "image"] } else { ["file", "file"] };
            assert!(needed.iter().all(|key| !place[key].as_str().unwrap().is_empty()), "{place}");
        }
        if let Some(folder) = std::env::var_os("PLIMSOLL_GITLAB_SCHEMAS") {
            let path = Path::new(&folder).join(format!("{name}-report-format.json"));
            let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
            let validator = jsonschema::validator_for(&schema).unwrap();
            assert_eq!(complaints(&validator, &document), [] as [String; 0]);
        }
    }
    static_analysis(project);
    let empty = rendered(Format::GitlabDependency, &report);
    assert_eq!(empty["vulnerabilities"], json!([]));
    assert!(empty["scan"]["messages"].to_string().contains("this format has no place for"));
}

#[test]
fn what_others_found_of_an_image_is_no_clean_image_at_gitlab() {
    let mut report = sample::scan();
    report.targets.iter_mut().for_each(|t| t.kind = "results".into());
    for format in [Format::Gitlab, Format::GitlabContainer, Format::GitlabDependency] {
        assert_ne!(rendered(format, &report)["vulnerabilities"], json!([]));
    }
}

/// What stands at a line of a manifest, with the path that the forge knows.
fn static_analysis(mut report: api::Report) {
    report.targets[0].name = "./deploy/".to_owned();
    let target = report.targets[0].id.as_str().into();
    report.findings.truncate(1);
    let finding = &mut report.findings[0];
    (finding.target, finding.vulnerability) = (target, None);
    (finding.r#where.path, finding.r#where.line) = ("web.yaml".into(), Some(12));
    let document = rendered(Format::GitlabSast, &report);
    assert_eq!(document["scan"]["type"], "sast");
    let one = &document["vulnerabilities"][0];
    assert_eq!(one["location"], json!({"file": "deploy/web.yaml", "start_line": 12}));
    assert_eq!(one["identifiers"][0]["value"], report.findings[0].rule.as_ref());
    assert!(document.get("dependency_files").is_none());
    report.targets[0].kind = "manifests".into();
    assert_eq!(rendered(Format::Gitlab, &report)["scan"]["type"], "sast");
    let sarif = rendered(Format::Sarif, &report);
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(place["uri"], "deploy/web.yaml");
    for named in ["/srv/deploy", "../deploy", "."] {
        report.targets[0].name = named.to_owned();
        let document = rendered(Format::GitlabSast, &report);
        assert_eq!(document["vulnerabilities"][0]["location"]["file"], "web.yaml", "{named}");
    }
}
