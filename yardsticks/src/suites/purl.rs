//! Suite `purl`: parse, build and validate cases of `package-url/purl-spec`, one JSON file a type.

use std::path::Path;

use anyhow::{Context, Result};
use model::purl::Purl;
use serde_json::Value;

use crate::{SuiteResult, walk};

/// Runs every case under `suites/purl`.
pub(crate) fn run(shared: &Path) -> Result<SuiteResult> {
    let mut result = SuiteResult::new("purl");
    let root = shared.join("suites/purl");
    for file in walk::files(&root)?.iter().filter(|f| f.extension().is_some_and(|e| e == "json")) {
        let text = walk::read(file)?;
        let document: Value = serde_json::from_str(&text).with_context(|| file.display().to_string())?;
        let tests = document.get("tests").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for (n, test) in tests.iter().enumerate() {
            let word = |key: &str| test.get(key).and_then(Value::as_str).unwrap_or_default();
            let name =
                format!("{}#{n} {} {}", walk::name(&root, file), word("test_type"), word("description"));
            result.case(&name, judge(test));
        }
    }
    Ok(result)
}

fn judge(test: &Value) -> Result<(), String> {
    let input = test.get("input").unwrap_or(&Value::Null);
    let expected = test.get("expected_output").unwrap_or(&Value::Null);
    let answer = match input {
        Value::String(text) => Purl::parse(text).map_err(|e| e.to_string()),
        parts => build(parts),
    };
    let fails = test.get("expected_failure").and_then(Value::as_bool).unwrap_or(false);
    match (answer, fails) {
        (Err(_), true) => Ok(()),
        (Ok(purl), true) => Err(format!("`{input}` was read as `{purl}`, a failure was expected")),
        (Err(why), false) => Err(format!("`{input}`: {why}")),
        (Ok(purl), false) => match expected {
            Value::String(text) if *text == purl.to_string() => Ok(()),
            Value::Object(_) => match build_difference(&purl, expected) {
                None => Ok(()),
                Some(difference) => Err(difference),
            },
            _ => Err(format!("got `{purl}`, expected {expected}")),
        },
    }
}

fn build(parts: &Value) -> Result<Purl, String> {
    let part = |key: &str| parts.get(key).and_then(Value::as_str).unwrap_or_default();
    let mut builder = Purl::builder(part("type"), part("name"))
        .namespace(part("namespace"))
        .version(part("version"))
        .subpath(part("subpath"));
    for (key, value) in parts.get("qualifiers").and_then(Value::as_object).into_iter().flatten() {
        builder = builder.qualifier(key, value.as_str().unwrap_or_default());
    }
    builder.build().map_err(|e| e.to_string())
}

/// What differs between `purl` and the components of `expected`.
fn build_difference(purl: &Purl, expected: &Value) -> Option<String> {
    let want = |key: &str| expected.get(key).and_then(Value::as_str).unwrap_or_default();
    let have = [
        ("type", purl.kind.as_str()),
        ("namespace", purl.namespace.as_deref().unwrap_or_default()),
        ("name", purl.name.as_str()),
        ("version", purl.version.as_deref().unwrap_or_default()),
        ("subpath", purl.subpath.as_deref().unwrap_or_default()),
    ];
    if let Some((key, value)) = have.iter().find(|(key, value)| want(key) != *value) {
        return Some(format!("{key} is `{value}`, expected `{}`", want(key)));
    }
    let given = expected.get("qualifiers").and_then(Value::as_object);
    let wanted: Vec<(&str, &str)> =
        given.into_iter().flatten().map(|(k, v)| (k.as_str(), v.as_str().unwrap_or_default())).collect();
    let same = wanted.len() == purl.qualifiers.len()
        && wanted.iter().all(|(k, v)| purl.qualifiers.get(*k).is_some_and(|have| have == v));
    (!same).then(|| format!("qualifiers are {:?}, expected {wanted:?}", purl.qualifiers))
}
