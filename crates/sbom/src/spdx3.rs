//! SPDX 3.0 JSON-LD in the shape of SPDX 2 JSON, as far as it is read: one reader for both.
//!
//! Source: SPDX 3.0.1, "Serialization" (one `@graph` of elements, each with `type` and `spdxId`, in the names of
//! <https://spdx.org/rdf/3.0.1/spdx-context.jsonld>). Elements may also stand inside one another where a name would do;
//! such a one counts by its own `spdxId`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::SbomError;
use crate::identity::clip;
use crate::json::{list, text, texts};

/// What the address of the context of every version begins with.
const CONTEXT: &str = "https://spdx.org/rdf/3.0";

/// Where listed licences have their addresses.
const LISTED: &str = "spdx.org/licenses/";

/// True for a document of SPDX 3.
pub(crate) fn is(document: &Value) -> bool {
    let context = document.get("@context");
    let one = context.and_then(Value::as_str).into_iter();
    let is_spdx = one.chain(texts(document, "@context")).any(|c| c.starts_with(CONTEXT));
    is_spdx && document.get("@graph").is_some()
}

/// The document in the shape of SPDX 2 JSON.
///
/// # Errors
/// For versions after 3.0.
pub(crate) fn document(from: &Value) -> Result<Value, SbomError> {
    let graph = list(from, "@graph");
    let of_type = |name: &'static str| graph.iter().filter(move |e| kind(e) == name);
    let version = of_type("CreationInfo").find_map(|c| text(c, "specVersion")).unwrap_or("3.0");
    if version != "3.0" && !version.starts_with("3.0.") {
        return Err(SbomError::Version(clip(version)));
    }
    let licenses: BTreeMap<&str, String> = graph.iter().filter_map(|e| Some((id(e)?, license(e)?))).collect();
    let mut packages: Vec<Map<String, Value>> = graph.iter().filter(|e| is_package(e)).map(package).collect();
    let index: BTreeMap<String, usize> = packages
        .iter()
        .enumerate()
        .filter_map(|(n, p)| Some((p.get("SPDXID")?.as_str()?.to_owned(), n)))
        .collect();
    let mut relationships = Vec::new();
    for relation in graph.iter().filter(|e| kind(e).ends_with("Relationship")) {
        let Some(from) = name_of(relation.get("from")) else { continue };
        for to in targets(relation) {
            match text(relation, "relationshipType").unwrap_or_default() {
                "dependsOn" => relationships.push(edge(from, "DEPENDS_ON", to)),
                "contains" => relationships.push(edge(from, "CONTAINS", to)),
                "describes" => relationships.push(edge(from, "DESCRIBES", to)),
                said @ ("hasDeclaredLicense" | "hasConcludedLicense") => {
                    let member =
                        if said == "hasDeclaredLicense" { "licenseDeclared" } else { "licenseConcluded" };
                    let words = licenses.get(to).cloned().or_else(|| listed(to));
                    if let (Some(package), Some(words)) =
                        (index.get(from).and_then(|n| packages.get_mut(*n)), words)
                    {
                        package.insert(member.to_owned(), words.into());
                    }
                }
                _ => {}
            }
        }
    }
    for annotation in of_type("Annotation") {
        let about = name_of(annotation.get("subject")).and_then(|s| index.get(s));
        if let (Some(package), Some(said)) =
            (about.and_then(|n| packages.get_mut(*n)), text(annotation, "statement"))
        {
            let all = package.entry("annotations".to_owned()).or_insert_with(|| Value::Array(Vec::new()));
            if let Some(all) = all.as_array_mut() {
                all.push(json!({ "comment": said }));
            }
        }
    }
    let roots = of_type("SpdxDocument").chain(of_type("software_Sbom"));
    let described: Vec<&str> = roots
        .flat_map(|d| list(d, "rootElement"))
        .filter_map(|r| name_of(Some(r)))
        .filter(|r| index.contains_key(*r))
        .collect();
    let files: Vec<Value> = of_type("software_File")
        .filter_map(|f| Some(json!({ "SPDXID": id(f)?, "fileName": text(f, "name")? })))
        .collect();
    let name = of_type("SpdxDocument").find_map(|d| text(d, "name")).unwrap_or_default();
    Ok(json!({
        "spdxVersion": format!("SPDX-{version}"),
        "name": name,
        "documentDescribes": described,
        "packages": packages,
        "files": files,
        "relationships": relationships,
    }))
}

fn kind(element: &Value) -> &str {
    text(element, "type").or_else(|| text(element, "@type")).unwrap_or_default()
}

fn id(element: &Value) -> Option<&str> {
    text(element, "spdxId").or_else(|| text(element, "@id"))
}

/// The element that a member names, by its address or by standing there itself.
fn name_of(value: Option<&Value>) -> Option<&str> {
    value.and_then(|v| v.as_str().or_else(|| id(v)))
}

fn targets(relation: &Value) -> Vec<&str> {
    match relation.get("to") {
        Some(Value::Array(all)) => all.iter().filter_map(|t| name_of(Some(t))).collect(),
        one => name_of(one).into_iter().collect(),
    }
}

fn is_package(element: &Value) -> bool {
    matches!(kind(element), "software_Package" | "ai_AIPackage" | "dataset_DatasetPackage")
}

fn edge(from: &str, kind: &str, to: &str) -> Value {
    json!({ "spdxElementId": from, "relationshipType": kind, "relatedSpdxElement": to })
}

fn package(element: &Value) -> Map<String, Value> {
    let mut out = Map::new();
    let mut set = |member: &str, value: Option<&str>| {
        if let Some(value) = value {
            out.insert(member.to_owned(), value.into());
        }
    };
    set("SPDXID", id(element));
    set("name", text(element, "name"));
    set("versionInfo", text(element, "software_packageVersion"));
    set("sourceInfo", text(element, "software_sourceInfo"));
    let purpose = match text(element, "software_primaryPurpose") {
        Some("operatingSystem") => Some(crate::spdx2::OPERATING_SYSTEM.to_owned()),
        other => other.map(str::to_ascii_uppercase),
    };
    set("primaryPackagePurpose", purpose.as_deref());
    let external = list(element, "externalIdentifier").iter();
    let mut purls = external
        .filter(|i| matches!(text(i, "externalIdentifierType"), Some("packageUrl" | "packageURL" | "purl")))
        .filter_map(|i| text(i, "identifier"));
    if let Some(purl) = text(element, "software_packageUrl").or_else(|| purls.next()) {
        let reference = json!([{ "referenceType": "purl", "referenceLocator": purl }]);
        out.insert("externalRefs".to_owned(), reference);
    }
    let sums: Vec<Value> = list(element, "verifiedUsing")
        .iter()
        .filter_map(|h| {
            let algorithm = text(h, "algorithm")?.to_ascii_uppercase();
            Some(json!({ "algorithm": algorithm, "checksumValue": text(h, "hashValue")? }))
        })
        .collect();
    out.insert("checksums".to_owned(), sums.into());
    let attribution: Vec<&str> = texts(element, "software_attributionText").collect();
    out.insert("attributionTexts".to_owned(), attribution.into());
    out
}

/// What a licence element says, as an expression or in words.
fn license(element: &Value) -> Option<String> {
    let said = match kind(element) {
        "simplelicensing_LicenseExpression" => text(element, "simplelicensing_licenseExpression"),
        "simplelicensing_SimpleLicensingText"
        | "expandedlicensing_CustomLicense"
        | "expandedlicensing_ListedLicense" => {
            if let Some(listed) = id(element).and_then(listed) {
                return Some(listed);
            }
            text(element, "name").or_else(|| text(element, "simplelicensing_licenseText"))
        }
        _ => None,
    };
    said.map(str::to_owned)
}

/// `https://spdx.org/licenses/MIT`.
fn listed(address: &str) -> Option<String> {
    let (_, name) = address.split_once(LISTED)?;
    let name = name.trim_end_matches(".html");
    (!name.is_empty() && !name.contains('/')).then(|| name.to_owned())
}
