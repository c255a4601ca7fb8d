//! What is written holds against the official JSON schemas, where they are at hand.

use std::path::PathBuf;

use serde_json::Value;

use super::{cyclonedx, with_input};
use crate::{write_spdx, write_spdx_tag};

pub(super) fn schema_folder() -> Option<PathBuf> {
    let shared = std::env::var_os("PLIMSOLL_SHARED").map(PathBuf::from);
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = shared.unwrap_or_else(beside).join("suites/cyclonedx/schema");
    folder.is_dir().then_some(folder)
}

#[test]
fn cyclonedx_holds_against_the_official_schema() {
    let Some(folder) = schema_folder() else {
        println!("SKIPPED: no `suites/cyclonedx/schema` in the shared folder, the schema was not asked");
        return;
    };
    let load = |name: &str| -> Value {
        serde_json::from_str(&std::fs::read_to_string(folder.join(name)).unwrap()).unwrap()
    };
    let address = |name: &str| format!("http://cyclonedx.org/schema/{name}");
    let mut registry = jsonschema::Registry::new();
    for name in ["spdx.schema.json", "jsf-0.82.schema.json", "cryptography-defs.schema.json"] {
        registry = registry.add(address(name), load(name)).unwrap();
    }
    let registry = registry.prepare().unwrap();
    let validator = jsonschema::options()
        .with_registry(&registry)
        .should_validate_formats(true)
        .build(&load("bom-1.6.schema.json"))
        .unwrap();
    let document: Value = serde_json::from_str(&with_input(cyclonedx)).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&document).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert_eq!(errors, Vec::<String>::new());
}

#[test]
fn spdx_holds_before_the_consortium_s_own_validator() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in
        [("bill.spdx.json", with_input(write_spdx)), ("bill.spdx", with_input(write_spdx_tag))]
    {
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        match std::process::Command::new("pyspdxtools").arg("--infile").arg(&file).output() {
            Err(_) => {
                println!(
                    "SKIPPED: `pyspdxtools` (PyPI `spdx-tools`) is not installed, {name} was not validated"
                );
            }
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success(), "{name}: {said}");
            }
        }
    }
}
