//! Writing CycloneDX 1.6 JSON.

use std::collections::{BTreeMap, BTreeSet};

use model::purl::Purl;
use model::{Distribution, Package, PackageType};
use serde::Serialize;

use crate::carry::{distribution_properties, properties};
use crate::{Input, SubjectKind, license, uuid};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bom {
    #[serde(rename = "$schema")]
    schema: &'static str,
    bom_format: &'static str,
    spec_version: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    serial_number: String,
    version: u32,
    metadata: Metadata,
    components: Vec<Component>,
    dependencies: Vec<Dependency>,
}

#[derive(Serialize)]
struct Metadata {
    timestamp: String,
    tools: Tools,
    component: Component,
}

#[derive(Serialize)]
struct Tools {
    components: Vec<Component>,
}

#[derive(Serialize, Default)]
struct Component {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "bom-ref", skip_serializing_if = "String::is_empty")]
    bom_ref: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    group: String,
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    version: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    licenses: Vec<LicenseChoice>,
    #[serde(skip_serializing_if = "String::is_empty")]
    purl: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Evidence>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    properties: Vec<Property>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum LicenseChoice {
    License { license: License },
    Expression { expression: String },
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum License {
    Id(String),
    Name(String),
}

#[derive(Serialize)]
struct Evidence {
    occurrences: Vec<Occurrence>,
}

#[derive(Serialize)]
struct Occurrence {
    location: String,
}

#[derive(Serialize)]
struct Property {
    name: &'static str,
    value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Dependency {
    r#ref: String,
    depends_on: Vec<String>,
}

pub(crate) fn write(input: &Input<'_>) -> String {
    let root = root(input);
    let root_ref = root.bom_ref.clone();
    let distribution = input.distribution.map(|d| operating_system(d, input));
    let os_ref = distribution.as_ref().map(|d| d.bom_ref.clone());
    let components = distribution.into_iter().chain(input.packages.iter().map(|(id, p)| component(id, p)));
    let mut bom = Bom {
        schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
        bom_format: "CycloneDX",
        spec_version: "1.6",
        serial_number: String::new(),
        version: 1,
        metadata: Metadata {
            timestamp: input.as_of.to_string(),
            tools: Tools {
                components: vec![Component {
                    kind: "application",
                    name: "plimsoll".to_owned(),
                    version: input.tool_version.to_owned(),
                    ..Component::default()
                }],
            },
            component: root,
        },
        components: components.collect(),
        dependencies: dependencies(input, &root_ref, os_ref),
    };
    let unsigned = text(&bom);
    bom.serial_number = format!("urn:uuid:{}", uuid::from_content(unsigned.as_bytes()));
    text(&bom)
}

fn text(bom: &Bom) -> String {
    let mut out = serde_json::to_string_pretty(bom).expect("a tree of texts and numbers always becomes JSON");
    out.push('\n');
    out
}

/// An id that no package has: packages are named by their package URL.
fn reference(prefix: &str, name: &str, input: &Input<'_>) -> String {
    let mut id = format!("{prefix}:{name}");
    while input.packages.iter().any(|(taken, _)| *taken == id) {
        id.push('#');
    }
    id
}

fn root(input: &Input<'_>) -> Component {
    let kind = match input.kind {
        SubjectKind::Container => "container",
        SubjectKind::OperatingSystem => "operating-system",
        SubjectKind::Application => "application",
    };
    Component {
        kind,
        bom_ref: reference("target", input.name, input),
        name: input.name.to_owned(),
        version: input.digest.map(|d| d.to_string()).unwrap_or_default(),
        purl: image_purl(input).unwrap_or_default(),
        ..Component::default()
    }
}

/// The package URL of an image: the last part of its name, and its digest.
pub(crate) fn image_purl(input: &Input<'_>) -> Option<String> {
    let digest = input.digest.filter(|_| input.kind == SubjectKind::Container)?;
    let last = input.name.rsplit('/').next()?;
    let name = last.split(['@', ':']).find(|s| !s.is_empty())?;
    Purl::builder("oci", name).version(&digest.to_string()).build().ok().map(|p| p.to_string())
}

fn operating_system(distribution: &Distribution, input: &Input<'_>) -> Component {
    Component {
        kind: "operating-system",
        bom_ref: reference("distribution", &distribution.id, input),
        name: distribution.id.clone(),
        version: distribution.version.clone(),
        properties: as_properties(distribution_properties(distribution)),
        ..Component::default()
    }
}

fn as_properties(from: Vec<(&'static str, String)>) -> Vec<Property> {
    from.into_iter().map(|(name, value)| Property { name, value }).collect()
}

fn component(id: &str, package: &Package) -> Component {
    let (group, name) = match (package.kind, package.name.split_once(':')) {
        (PackageType::Maven, Some((group, artifact))) => (group, artifact),
        _ => ("", package.name.as_str()),
    };
    let occurrences: Vec<_> = package.paths.iter().map(|p| Occurrence { location: p.clone() }).collect();
    Component {
        kind: if package.kind == PackageType::Generic { "application" } else { "library" },
        bom_ref: id.to_owned(),
        group: group.to_owned(),
        name: name.to_owned(),
        version: package.version.clone(),
        licenses: licenses(&package.licenses),
        purl: package.purl.clone(),
        evidence: (!occurrences.is_empty()).then_some(Evidence { occurrences }),
        properties: as_properties(properties(package)),
    }
}

/// The schema takes identifiers and names in any number, or one expression alone.
fn licenses(from: &[String]) -> Vec<LicenseChoice> {
    let is_compound = from.iter().any(|l| !license::is_spdx_id(l) && license::is_expression(l));
    if is_compound && let Some(expression) = license::join(from) {
        return vec![LicenseChoice::Expression { expression }];
    }
    let one = |text: &String| {
        let license =
            if license::is_spdx_id(text) { License::Id(text.clone()) } else { License::Name(text.clone()) };
        LicenseChoice::License { license }
    };
    from.iter().map(one).collect()
}

/// Every component is declared, also those that depend on nothing; the target depends on what nothing else does.
fn dependencies(input: &Input<'_>, root: &str, os: Option<String>) -> Vec<Dependency> {
    let mut edges: BTreeMap<&str, BTreeSet<&str>> =
        input.packages.iter().map(|(id, _)| (id.as_str(), BTreeSet::new())).collect();
    let mut wanted: BTreeSet<&str> = BTreeSet::new();
    for (from, to) in input.dependencies {
        if from != to
            && edges.contains_key(to.as_str())
            && let Some(targets) = edges.get_mut(from.as_str())
        {
            targets.insert(to);
            wanted.insert(to);
        }
    }
    let is_top = |(id, p): &&(String, &Package)| p.direct == Some(true) || !wanted.contains(id.as_str());
    let tops = input.packages.iter().filter(is_top).map(|(id, _)| id.clone());
    let of_root: BTreeSet<String> = os.iter().cloned().chain(tops).collect();
    let first = Dependency { r#ref: root.to_owned(), depends_on: of_root.into_iter().collect() };
    let second = os.map(|os| Dependency { r#ref: os, depends_on: Vec::new() });
    let rest = edges.into_iter().map(|(from, targets)| Dependency {
        r#ref: from.to_owned(),
        depends_on: targets.into_iter().map(str::to_owned).collect(),
    });
    std::iter::once(first).chain(second).chain(rest).collect()
}
