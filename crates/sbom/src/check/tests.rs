//! What the table lets through and what it names.

use serde_json::{Value, json};

use super::check;

fn document(minor: u8, member: &str, value: Value) -> Value {
    json!({"bomFormat": "CycloneDX", "specVersion": format!("1.{minor}"), "version": 1, member: value})
}

/// Pointers of what is wrong with a document that has `member` beside the least it must have.
fn wrong(minor: u8, member: &str, value: Value) -> Vec<String> {
    check(&document(minor, member, value)).into_iter().map(|v| v.pointer).collect()
}

#[test]
fn versions_differ_as_the_specification_does() {
    let library = json!([{"type": "library", "name": "a"}]);
    assert_eq!(wrong(2, "components", library.clone()), ["/components/0"], "1.2 asks for a version");
    assert_eq!(wrong(4, "components", library), [""; 0]);
    let odd = json!([{"type": "library", "name": "a", "version": "1", "colour": "red"}]);
    assert_eq!(wrong(3, "components", odd.clone()), [""; 0], "1.3 takes other fields");
    assert_eq!(wrong(4, "components", odd), ["/components/0/colour"]);
    let model = json!([{"type": "machine-learning-model", "name": "m"}]);
    assert_eq!(wrong(4, "components", model.clone()), ["/components/0/type"]);
    assert_eq!(wrong(5, "components", model), [""; 0]);
    assert_eq!(check(&json!({"bomFormat": "CycloneDX", "specVersion": "1.1"})).len(), 1);
    assert_eq!(check(&json!({"bomFormat": "Other", "specVersion": "1.6"})).len(), 1);
    assert_eq!(check(&json!([])).len(), 1);
}

#[test]
fn licences_are_a_list_or_one_expression() {
    let with = |licenses: Value| json!([{"type": "library", "name": "a", "licenses": licenses}]);
    let mit = json!({"license": {"id": "MIT"}});
    let expression = json!({"expression": "MIT OR Apache-2.0"});
    assert_eq!(wrong(6, "components", with(json!([mit, {"license": {"name": "Mine"}}]))), [""; 0]);
    assert_eq!(wrong(6, "components", with(json!([expression]))), [""; 0]);
    assert!(!wrong(6, "components", with(json!([expression, expression]))).is_empty());
    assert_eq!(wrong(7, "components", with(json!([expression, mit]))), [""; 0], "1.7 mixes them");
    let both = json!([{"license": {"id": "MIT", "name": "MIT"}}]);
    assert_eq!(wrong(6, "components", with(both)), ["/components/0/licenses/0/license"]);
    let unknown = json!([{"license": {"id": "Apache-2"}}]);
    assert_eq!(wrong(6, "components", with(unknown)), ["/components/0/licenses/0/license/id"]);
}

#[test]
fn references_are_used_once() {
    let twice = json!([
        {"type": "library", "bom-ref": "x", "name": "a"},
        {"type": "library", "bom-ref": "y", "name": "b", "components": [{"type": "library", "bom-ref": "x", "name": "c"}]}
    ]);
    assert_eq!(wrong(6, "components", twice), ["/components/1/components/0/bom-ref"]);
    let equal = json!([{"type": "library", "name": "a"}, {"type": "library", "name": "a"}]);
    assert_eq!(wrong(6, "components", equal), ["/components/1"]);
}

#[test]
fn ranges_of_versions_are_for_external_components() {
    let with = |more: Value| {
        let mut component = json!({"type": "library", "name": "a", "versionRange": "vers:npm/>=1"});
        component.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        wrong(7, "components", json!([component]))
    };
    assert_eq!(with(json!({"isExternal": true})), [""; 0]);
    assert_eq!(with(json!({})), ["/components/0"]);
    assert_eq!(with(json!({"isExternal": true, "version": "1"})), ["/components/0"]);
}

#[test]
fn signatures_are_one_of_three_and_keys_have_their_curve() {
    let key = json!({"kty": "EC", "crv": "P-256", "x": "a", "y": "b"});
    let signer = json!({"algorithm": "ES256", "publicKey": key, "value": "v"});
    assert_eq!(wrong(6, "signature", signer.clone()), [""; 0]);
    assert_eq!(wrong(6, "signature", json!({"signers": [signer]})), [""; 0]);
    assert!(!wrong(6, "signature", json!({})).is_empty(), "fits two alternatives");
    let other = json!({"algorithm": "ES256", "publicKey": {"kty": "RSA", "n": "a"}, "value": "v"});
    assert!(!wrong(6, "signature", other).is_empty());
}

#[test]
fn pointers_are_escaped_and_violations_are_bounded() {
    assert_eq!(wrong(6, "a/b~c", json!(1)), ["/a~1b~0c"]);
    let many: Vec<Value> = (0..2000).map(|n| json!({"n": n})).collect();
    assert_eq!(wrong(6, "components", json!(many)).len(), super::VIOLATIONS_MAX);
}
