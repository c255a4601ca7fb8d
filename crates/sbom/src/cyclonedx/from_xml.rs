//! CycloneDX XML in the shape of CycloneDX JSON, as far as it is read: one reader for both.

use serde_json::{Map, Value, json};

use crate::xml::Element;

/// What the namespace of every version begins with.
const NAMESPACE: &str = "http://cyclonedx.org/schema/bom/";

/// Texts of a component.
const TEXTS: [&str; 6] = ["group", "name", "version", "purl", "cpe", "scope"];

/// The document; `None` if the element is no bill of materials of CycloneDX.
pub(crate) fn document(root: &Element) -> Option<Value> {
    let mut namespaces = root.attributes.iter().filter_map(|(_, value)| value.strip_prefix(NAMESPACE));
    let version = namespaces.next().filter(|_| root.name == "bom")?;
    let mut out = Map::new();
    out.insert("bomFormat".to_owned(), "CycloneDX".into());
    out.insert("specVersion".to_owned(), version.trim_end_matches('/').into());
    if let Some(serial) = root.attribute("serialNumber") {
        out.insert("serialNumber".to_owned(), serial.into());
    }
    if let Some(subject) = root.child("metadata").and_then(|m| m.child("component")) {
        out.insert("metadata".to_owned(), json!({ "component": component(subject) }));
    }
    components(root, &mut out);
    let dependencies: Vec<Value> = root.items("dependencies", "dependency").map(dependency).collect();
    out.insert("dependencies".to_owned(), dependencies.into());
    Some(Value::Object(out))
}

fn components(parent: &Element, out: &mut Map<String, Value>) {
    if parent.child("components").is_some() {
        let inner: Vec<Value> = parent.items("components", "component").map(component).collect();
        out.insert("components".to_owned(), inner.into());
    }
}

fn component(element: &Element) -> Value {
    let mut out = Map::new();
    for (key, name) in [("type", "type"), ("bom-ref", "bom-ref")] {
        if let Some(value) = element.attribute(key) {
            out.insert(name.to_owned(), value.trim().into());
        }
    }
    for name in TEXTS {
        if let Some(child) = element.child(name) {
            out.insert(name.to_owned(), child.text.trim().into());
        }
    }
    let licenses: Vec<Value> =
        element.child("licenses").into_iter().flat_map(|l| &l.children).map(license).collect();
    if !licenses.is_empty() {
        out.insert("licenses".to_owned(), licenses.into());
    }
    let properties: Vec<Value> = element.items("properties", "property").map(property).collect();
    if !properties.is_empty() {
        out.insert("properties".to_owned(), properties.into());
    }
    let occurrences =
        element.child("evidence").into_iter().flat_map(|e| e.items("occurrences", "occurrence"));
    let occurrences: Vec<Value> = occurrences
        .filter_map(|o| o.child("location"))
        .map(|location| json!({ "location": location.text.trim() }))
        .collect();
    if !occurrences.is_empty() {
        out.insert("evidence".to_owned(), json!({ "occurrences": occurrences }));
    }
    components(element, &mut out);
    Value::Object(out)
}

fn license(element: &Element) -> Value {
    if element.name == "expression" {
        return json!({ "expression": element.text.trim() });
    }
    let mut out = Map::new();
    for name in ["id", "name"] {
        if let Some(child) = element.child(name) {
            out.insert(name.to_owned(), child.text.trim().into());
        }
    }
    json!({ "license": out })
}

fn property(element: &Element) -> Value {
    // A value may begin or end with blanks that mean something.
    json!({ "name": element.attribute("name").unwrap_or_default(), "value": element.text })
}

fn dependency(element: &Element) -> Value {
    let inner = element.children.iter().filter(|c| c.name == "dependency");
    let targets: Vec<&str> = inner.filter_map(|c| c.attribute("ref")).collect();
    json!({ "ref": element.attribute("ref").unwrap_or_default(), "dependsOn": targets })
}
