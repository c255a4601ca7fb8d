//! Reports against the committed schema, and SARIF against the official one.

use std::path::{Path, PathBuf};

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::tests::sample;
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
        for report in [sample::scan(), sample::assess(), api::Report { database: None, ..sample::scan() }] {
            assert_eq!(complaints(&validator, &rendered(Format::Json, &report)), [] as [String; 0]);
        }
    }
}

#[test]
fn a_report_read_back_is_the_report() {
    for report in [sample::scan(), sample::assess()] {
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
    let openssl = rules.iter().find(|r| r["id"] == "vulnerable-package/CVE-2024-0001").unwrap();
    assert_eq!(openssl["properties"]["security-severity"], "9.8");
    assert_eq!(openssl["helpUri"], "https://example.com/CVE-2024-0001");
    let notifications = run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    assert_eq!(notifications.len(), report.doubts.len(), "doubts never disappear");
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
}
