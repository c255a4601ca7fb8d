//! A conversion of policies: its schema, its table, its labels.

use std::collections::BTreeMap;

use api::{
    ConvertedPolicy, NamespaceLevel, POLICY_CONVERSION_SCHEMA, PolicyConversion, PolicyRemainder,
    PolicySubject, RemainderKind, Tool,
};
use model::{Doubt, DoubtKind, Ledger, Place};
use serde_json::Value;

use crate::{PolicyFormat, render_policies};

fn namespace(name: &str, uncertain: bool) -> NamespaceLevel {
    NamespaceLevel {
        name: name.to_owned(),
        level: "baseline".to_owned(),
        but_for_node_profiles: uncertain.then(|| "restricted".to_owned()),
        labels: BTreeMap::from([("pod-security.kubernetes.io/enforce".to_owned(), "baseline".to_owned())]),
        because: vec!["default: baseline by policy web".to_owned(); 4],
        now: Some("privileged".to_owned()),
        workloads: Some("restricted".to_owned()),
        uncertain,
    }
}

fn conversion() -> PolicyConversion {
    let remainder = |kind, field: &str, message: &str, below: Option<&str>| PolicyRemainder {
        kind,
        field: field.to_owned(),
        line: Some(7),
        message: message.to_owned(),
        below: below.map(str::to_owned),
    };
    PolicyConversion {
        schema: POLICY_CONVERSION_SCHEMA.to_owned(),
        tool: Tool { name: "plimsoll".to_owned(), version: "0.1.0".to_owned() },
        policies: vec![ConvertedPolicy {
            name: "web".to_owned(),
            r#where: Place { path: "psp.yaml".into(), line: Some(1), column: Some(1), ..Place::default() },
            level: "baseline".to_owned(),
            but_for_node_profiles: Some("restricted".to_owned()),
            remainder: vec![
                remainder(
                    RemainderKind::Permits,
                    "spec.runAsUser",
                    "its rule is RunAsAny",
                    Some("restricted"),
                ),
                remainder(RemainderKind::Changes, "spec.fsGroup", "it sets the group", None),
            ],
        }],
        subjects: vec![PolicySubject {
            kind: "ServiceAccount".to_owned(),
            namespace: "shop".to_owned(),
            name: "default".to_owned(),
            within: String::new(),
            policies: vec!["web".to_owned()],
            level: "baseline".to_owned(),
            through: vec!["ClusterRoleBinding web -> ClusterRole web".to_owned()],
        }],
        namespaces: vec![namespace("shop", false), namespace("nodes", true), namespace("a\nb: c", false)],
        doubts: vec![Doubt {
            control: "pod-security".to_owned(),
            rule: None,
            target: "manifests:psp.yaml".to_owned(),
            kind: DoubtKind::Knowledge,
            r#where: "psp.yaml:9".to_owned(),
            reason: "the role is not in this input".to_owned(),
            remedy: "add it".to_owned(),
        }],
        ledger: Ledger::default(),
        exit: 3,
    }
}

#[test]
fn a_conversion_fits_its_schema_and_is_read_back() {
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schema/plimsoll.policy-conversion-1.schema.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let text = render_policies(PolicyFormat::Json, &conversion());
    let document: Value = serde_json::from_str(&text).unwrap();
    let complaints: Vec<String> = validator.iter_errors(&document).map(|e| e.to_string()).collect();
    assert_eq!(complaints, [] as [String; 0]);
    assert_eq!(serde_json::from_str::<PolicyConversion>(&text).unwrap(), conversion());
    for (pointer, value) in [
        ("/policies/0/level", Value::from("strict")),
        ("/policies/0/remainder/0/kind", Value::from("forbids")),
        ("/namespaces/0/because", Value::from("")),
        ("/exit", Value::from(1)),
    ] {
        let mut wrong = document.clone();
        *wrong.pointer_mut(pointer).unwrap() = value;
        assert!(!validator.is_valid(&wrong), "{pointer}");
    }
}

#[test]
fn a_person_reads_levels_what_remains_and_the_commands() {
    let table = render_policies(PolicyFormat::Table, &conversion());
    for line in [
        "  web: baseline (restricted but for SELinux and AppArmor, left to the node)  psp.yaml:1",
        "    permits  spec.runAsUser:7: its rule is RunAsAny (not restricted)",
        "    changes  spec.fsGroup:7: it sets the group",
        "  ServiceAccount shop/default in every namespace: baseline by web, through ClusterRoleBinding web",
        "  shop: baseline, enforces privileged now, its workloads keep to restricted",
        "    and 1 more, see --format json",
        "\nkubectl label --overwrite namespace shop pod-security.kubernetes.io/enforce=baseline",
        "# uncertain: kubectl label --overwrite namespace nodes",
        "#   or pod-security.kubernetes.io/enforce=restricted, if no pod asks for SELinux options",
        "psp.yaml:9: the role is not in this input; add it",
    ] {
        assert!(table.contains(line), "{line}\n{table}");
    }
}

#[test]
fn labels_are_yaml_and_a_name_that_is_none_is_left_out() {
    let yaml = render_policies(PolicyFormat::Yaml, &conversion());
    assert_eq!(yaml.matches("kind: Namespace").count(), 2, "{yaml}");
    assert!(
        yaml.contains("  name: \"shop\"\n  labels:\n    pod-security.kubernetes.io/enforce: baseline\n"),
        "{yaml}"
    );
    assert!(yaml.contains("# Uncertain") && !yaml.contains("b: c"), "{yaml}");
}
