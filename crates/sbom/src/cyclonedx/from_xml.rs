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
    let mut metadata = Map::new();
    if let Some(of) = root.child("metadata") {
        if let Some(subject) = of.child("component") {
            metadata.insert("component".to_owned(), component(subject));
        }
        // To 1.4 a list, since 1.5 components as well.
        let components = of.child("tools").into_iter().flat_map(|t| t.items("components", "component"));
        let tools: Vec<Value> =
            of.items("tools", "tool").chain(components).map(|t| texts(t, &["name", "version"])).collect();
        metadata.insert("tools".to_owned(), tools.into());
    }
    if !metadata.is_empty() {
        out.insert("metadata".to_owned(), metadata.into());
    }
    let vulnerabilities: Vec<Value> =
        root.items("vulnerabilities", "vulnerability").map(vulnerability).collect();
    if !vulnerabilities.is_empty() {
        out.insert("vulnerabilities".to_owned(), vulnerabilities.into());
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

fn texts(element: &Element, names: &[&str]) -> Value {
    let all =
        names.iter().filter_map(|name| Some(((*name).to_owned(), element.child(name)?.text.trim().into())));
    Value::Object(all.collect())
}

fn vulnerability(element: &Element) -> Value {
    let texts_of = ["id", "description", "detail", "published", "updated", "rejected"];
    let mut out = texts(element, &texts_of);
    let ratings: Vec<Value> = element.items("ratings", "rating").map(rating).collect();
    let references: Vec<Value> =
        element.items("references", "reference").map(|r| texts(r, &["id"])).collect();
    let advisories: Vec<Value> =
        element.items("advisories", "advisory").map(|a| texts(a, &["url"])).collect();
    let affects = element.items("affects", "target").map(|target| {
        let versions: Vec<Value> =
            target.items("versions", "version").map(|v| texts(v, &["version", "range", "status"])).collect();
        let reference = target.child("ref").map_or("", |r| r.text.trim());
        json!({ "ref": reference, "versions": versions })
    });
    let affects: Vec<Value> = affects.collect();
    if let Some(map) = out.as_object_mut() {
        map.insert("ratings".to_owned(), ratings.into());
        map.insert("references".to_owned(), references.into());
        map.insert("advisories".to_owned(), advisories.into());
        map.insert("affects".to_owned(), affects.into());
        for (key, names) in [("source", &["name", "url"][..]), ("analysis", &["state"][..])] {
            if let Some(child) = element.child(key) {
                map.insert(key.to_owned(), texts(child, names));
            }
        }
    }
    out
}

fn rating(element: &Element) -> Value {
    let mut out = texts(element, &["severity", "method", "vector"]);
    if let Some(map) = out.as_object_mut() {
        if let Some(score) = element.child("score").and_then(|s| s.text.trim().parse::<f64>().ok()) {
            map.insert("score".to_owned(), json!(score));
        }
        if let Some(source) = element.child("source") {
            map.insert("source".to_owned(), texts(source, &["name"]));
        }
    }
    out
}

fn dependency(element: &Element) -> Value {
    let inner = element.children.iter().filter(|c| c.name == "dependency");
    let targets: Vec<&str> = inner.filter_map(|c| c.attribute("ref")).collect();
    json!({ "ref": element.attribute("ref").unwrap_or_default(), "dependsOn": targets })
}
