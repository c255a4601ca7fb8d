//! Writing CycloneDX JSON and XML, 1.3 to 1.7. Version 1.2 has no properties and would lose what the others carry.

use std::collections::{BTreeMap, BTreeSet};

use model::purl::Purl;
use model::{Distribution, Package, PackageType};
use serde::Serialize;

use super::to_xml;
use crate::carry::{distribution_properties, properties};
use crate::{CycloneDxVersion, Input, SubjectKind, license, uuid};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Bom {
    #[serde(rename = "$schema")]
    pub(super) schema: String,
    pub(super) bom_format: &'static str,
    pub(super) spec_version: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) serial_number: String,
    pub(super) version: u32,
    pub(super) metadata: Metadata,
    pub(super) components: Vec<Component>,
    pub(super) dependencies: Vec<Dependency>,
}

#[derive(Serialize)]
pub(super) struct Metadata {
    pub(super) timestamp: String,
    pub(super) tools: Tools,
    pub(super) component: Component,
}

/// Since 1.5 tools are components.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Tools {
    Components { components: Vec<Component> },
    List(Vec<Tool>),
}

#[derive(Serialize)]
pub(super) struct Tool {
    pub(super) name: String,
    pub(super) version: String,
}

#[derive(Serialize, Default)]
pub(super) struct Component {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    #[serde(rename = "bom-ref", skip_serializing_if = "String::is_empty")]
    pub(super) bom_ref: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) group: String,
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) licenses: Vec<LicenseChoice>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) purl: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) evidence: Option<Evidence>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) properties: Vec<Property>,
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum LicenseChoice {
    License { license: License },
    Expression { expression: String },
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum License {
    Id(String),
    Name(String),
}

#[derive(Serialize)]
pub(super) struct Evidence {
    pub(super) occurrences: Vec<Occurrence>,
}

#[derive(Serialize)]
pub(super) struct Occurrence {
    pub(super) location: String,
}

#[derive(Serialize)]
pub(super) struct Property {
    pub(super) name: &'static str,
    pub(super) value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Dependency {
    pub(super) r#ref: String,
    pub(super) depends_on: Vec<String>,
}

/// The document as JSON.
pub(crate) fn write(input: &Input<'_>, version: CycloneDxVersion) -> String {
    text(&bom(input, version))
}

/// The document as XML.
pub(crate) fn write_xml(input: &Input<'_>, version: CycloneDxVersion) -> String {
    to_xml::text(&bom(input, version))
}

fn bom(input: &Input<'_>, version: CycloneDxVersion) -> Bom {
    let root = root(input, version);
    let root_ref = root.bom_ref.clone();
    let distribution = input.distribution.map(|d| operating_system(d, input));
    let os_ref = distribution.as_ref().map(|d| d.bom_ref.clone());
    let packages = input.packages.iter().map(|(id, p)| component(id, p, version));
    let mut bom = Bom {
        schema: format!("http://cyclonedx.org/schema/bom-{}.schema.json", version.as_str()),
        bom_format: "CycloneDX",
        spec_version: version.as_str(),
        serial_number: String::new(),
        version: 1,
        metadata: Metadata {
            timestamp: input.as_of.to_string(),
            tools: tools(input.tool_version, version),
            component: root,
        },
        components: distribution.into_iter().chain(packages).collect(),
        dependencies: dependencies(input, &root_ref, os_ref),
    };
    let unsigned = text(&bom);
    bom.serial_number = format!("urn:uuid:{}", uuid::from_content(unsigned.as_bytes()));
    bom
}

fn tools(tool_version: &str, version: CycloneDxVersion) -> Tools {
    let name = "plimsoll".to_owned();
    if version < CycloneDxVersion::V1_5 {
        return Tools::List(vec![Tool { name, version: tool_version.to_owned() }]);
    }
    let version = Some(tool_version.to_owned());
    let tool = Component { kind: "application", name, version, ..Component::default() };
    Tools::Components { components: vec![tool] }
}

/// Where nobody names a version, 1.3 wants an empty one.
fn known(text: &str, version: CycloneDxVersion) -> Option<String> {
    (!text.is_empty() || version == CycloneDxVersion::V1_3).then(|| text.to_owned())
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

fn root(input: &Input<'_>, version: CycloneDxVersion) -> Component {
    let kind = match input.kind {
        SubjectKind::Container => "container",
        SubjectKind::OperatingSystem => "operating-system",
        SubjectKind::Application => "application",
    };
    Component {
        kind,
        bom_ref: reference("target", input.name, input),
        name: input.name.to_owned(),
        version: known(&input.digest.map(|d| d.to_string()).unwrap_or_default(), version),
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
        version: Some(distribution.version.clone()),
        properties: as_properties(distribution_properties(distribution)),
        ..Component::default()
    }
}

/// Software of no ecosystem. An application without a version is a file to many readers.
pub(crate) fn is_program(package: &Package) -> bool {
    package.kind == PackageType::Generic && !package.version.is_empty()
}

fn as_properties(from: Vec<(&'static str, String)>) -> Vec<Property> {
    from.into_iter().map(|(name, value)| Property { name, value }).collect()
}

fn component(id: &str, package: &Package, version: CycloneDxVersion) -> Component {
    let (group, name) = match (package.kind, package.name.split_once(':')) {
        (PackageType::Maven, Some((group, artifact))) => (group, artifact),
        _ => ("", package.name.as_str()),
    };
    let mut carried = as_properties(properties(package));
    let mut occurrences = Vec::new();
    for path in &package.paths {
        match version {
            // Occurrences came with 1.5.
            CycloneDxVersion::V1_3 | CycloneDxVersion::V1_4 => {
                carried.push(Property { name: "plimsoll:path", value: path.clone() });
            }
            _ => occurrences.push(Occurrence { location: path.clone() }),
        }
    }
    Component {
        kind: if is_program(package) { "application" } else { "library" },
        bom_ref: id.to_owned(),
        group: group.to_owned(),
        name: name.to_owned(),
        version: known(&package.version, version),
        licenses: licenses(&package.licenses),
        purl: package.purl.clone(),
        evidence: (!occurrences.is_empty()).then_some(Evidence { occurrences }),
        properties: carried,
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
