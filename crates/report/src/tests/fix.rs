//! The account of `fix` against its schema.

use api::{ClosedFinding, FIX_SCHEMA, FindingRef, FixReport, FixedFile, OpenFinding, Tool};
use model::{ObjectRef, Place, Severity};
use serde_json::Value;

fn account() -> FixReport {
    let object = ObjectRef {
        api_version: "v1".into(),
        kind: "Pod".into(),
        name: "web".into(),
        field: Some("spec.hostPID".to_owned()),
        ..ObjectRef::default()
    };
    let finding = FindingRef {
        id: "00aa".to_owned(),
        rule: "pod-host-namespace".to_owned(),
        control: "pod-security".to_owned(),
        severity: Severity::High,
        title: "A pod shares a namespace of the node".to_owned(),
        r#where: Place { line: Some(6), object: Some(object), ..Place::file("web.yaml") },
    };
    FixReport {
        schema: FIX_SCHEMA.to_owned(),
        tool: Tool { name: "plimsoll".to_owned(), version: "1".to_owned() },
        target: "web.yaml".to_owned(),
        level: "restricted".to_owned(),
        files: vec![FixedFile { path: "web.yaml".to_owned(), diff: "--- a/web.yaml\n".to_owned() }],
        closed: vec![ClosedFinding {
            finding: finding.clone(),
            edits: vec!["spec.hostPID".to_owned()],
            notes: vec!["it sees its node no more".to_owned()],
        }],
        open: vec![OpenFinding { finding, reason: "a person decides".to_owned() }],
        notes: Vec::new(),
        doubts: Vec::new(),
        exit: 1,
    }
}

#[test]
fn the_account_of_a_fix_fits_its_schema_and_is_read_back() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schema/plimsoll.fix-1.schema.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let document = serde_json::to_value(account()).unwrap();
    let complaints: Vec<String> = validator.iter_errors(&document).map(|e| e.to_string()).collect();
    assert_eq!(complaints, [] as [String; 0]);
    assert_eq!(serde_json::from_value::<FixReport>(document.clone()).unwrap(), account());
    let mut wrong = document;
    wrong["open"][0]["reason"] = Value::from("");
    assert!(!validator.is_valid(&wrong), "what stays open says why");
}
