//! Writing SPDX 2.3 JSON and tag-value.

use std::collections::{BTreeMap, BTreeSet};

use model::{Distribution, Package};
use serde::Serialize;

use super::{OPERATING_SYSTEM, to_tag};
use crate::carry::{distribution_properties, properties};
use crate::{Input, SubjectKind, cyclonedx, license, uuid};

/// What SPDX writes where nobody says anything.
const NOASSERTION: &str = "NOASSERTION";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document {
    pub(super) spdx_version: &'static str,
    pub(super) data_license: &'static str,
    #[serde(rename = "SPDXID")]
    pub(super) id: &'static str,
    pub(super) name: String,
    pub(super) document_namespace: String,
    pub(super) creation_info: CreationInfo,
    pub(super) packages: Vec<Entry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) has_extracted_licensing_infos: Vec<Extracted>,
    pub(super) relationships: Vec<Relationship>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreationInfo {
    pub(super) created: String,
    pub(super) creators: Vec<String>,
    pub(super) license_list_version: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    #[serde(rename = "SPDXID")]
    pub(super) id: String,
    pub(super) name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) version_info: String,
    pub(super) primary_package_purpose: &'static str,
    pub(super) supplier: &'static str,
    pub(super) download_location: &'static str,
    pub(super) files_analyzed: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) source_info: String,
    pub(super) license_concluded: &'static str,
    pub(super) license_declared: String,
    pub(super) copyright_text: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) checksums: Vec<Checksum>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) external_refs: Vec<ExternalRef>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) annotations: Vec<Annotation>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Checksum {
    pub(super) algorithm: &'static str,
    pub(super) checksum_value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExternalRef {
    pub(super) reference_category: &'static str,
    pub(super) reference_type: &'static str,
    pub(super) reference_locator: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Annotation {
    pub(super) annotation_date: String,
    pub(super) annotation_type: &'static str,
    pub(super) annotator: String,
    pub(super) comment: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Extracted {
    pub(super) license_id: String,
    pub(super) extracted_text: String,
    pub(super) name: String,
}

#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "camelCase")]
pub(super) struct Relationship {
    pub(super) spdx_element_id: String,
    pub(super) relationship_type: &'static str,
    pub(super) related_spdx_element: String,
}

/// What every entry of one document shares, and the licences met on the way.
struct Writer<'a> {
    input: &'a Input<'a>,
    extracted: BTreeMap<String, String>,
}

/// The document as JSON.
pub(crate) fn write(input: &Input<'_>) -> String {
    text(&document(input))
}

/// The document as tag-value.
pub(crate) fn write_tag(input: &Input<'_>) -> String {
    to_tag::text(&document(input))
}

fn document(input: &Input<'_>) -> Document {
    let mut writer = Writer { input, extracted: BTreeMap::new() };
    let root = writer.root();
    let os = input.distribution.map(|d| writer.operating_system(d));
    let (root_id, os_id) = (root.id.clone(), os.as_ref().map(|o| o.id.clone()));
    let mut packages = vec![root];
    packages.extend(os);
    packages.extend(input.packages.iter().map(|(id, package)| writer.package(id, package)));
    let extracted = writer.extracted.into_iter();
    let mut document = Document {
        spdx_version: "SPDX-2.3",
        data_license: "CC0-1.0",
        id: "SPDXRef-DOCUMENT",
        name: input.name.to_owned(),
        document_namespace: String::new(),
        creation_info: CreationInfo {
            created: input.as_of.to_string(),
            creators: vec![tool(input)],
            license_list_version: license_list_version(),
        },
        packages,
        has_extracted_licensing_infos: extracted
            .map(|(license_id, words)| Extracted { license_id, extracted_text: words.clone(), name: words })
            .collect(),
        relationships: relationships(input, &root_id, os_id),
    };
    let unsigned = text(&document);
    document.document_namespace = format!("urn:uuid:{}", uuid::from_content(unsigned.as_bytes()));
    document
}

fn text(document: &Document) -> String {
    let mut out =
        serde_json::to_string_pretty(document).expect("a tree of texts and booleans always becomes JSON");
    out.push('\n');
    out
}

fn tool(input: &Input<'_>) -> String {
    format!("Tool: plimsoll-{}", input.tool_version)
}

/// `M.N`, as the specification wants it, of the list that identifiers are checked against.
fn license_list_version() -> String {
    let version = spdx::license_version();
    version.split('.').take(2).collect::<Vec<_>>().join(".")
}

/// Identifiers may have letters, digits, `.` and `-` alone; package ids have more.
fn element(id: &str) -> String {
    format!("SPDXRef-Package-{}", uuid::short(id.as_bytes()))
}

impl Writer<'_> {
    fn entry(&self, id: String, name: &str, purpose: &'static str) -> Entry {
        Entry {
            id,
            name: name.to_owned(),
            version_info: String::new(),
            primary_package_purpose: purpose,
            supplier: NOASSERTION,
            download_location: NOASSERTION,
            files_analyzed: false,
            source_info: String::new(),
            license_concluded: NOASSERTION,
            license_declared: NOASSERTION.to_owned(),
            copyright_text: NOASSERTION,
            checksums: Vec::new(),
            external_refs: Vec::new(),
            annotations: Vec::new(),
        }
    }

    fn root(&self) -> Entry {
        let purpose = match self.input.kind {
            SubjectKind::Container => "CONTAINER",
            SubjectKind::OperatingSystem => OPERATING_SYSTEM,
            SubjectKind::Application => "APPLICATION",
        };
        let digest = self.input.digest;
        let checksum = |d: model::Digest| Checksum { algorithm: "SHA256", checksum_value: d.hex() };
        Entry {
            version_info: digest.map(|d| d.to_string()).unwrap_or_default(),
            checksums: digest.map(checksum).into_iter().collect(),
            external_refs: cyclonedx::image_purl(self.input).map(external_ref).into_iter().collect(),
            ..self.entry("SPDXRef-Target".to_owned(), self.input.name, purpose)
        }
    }

    fn operating_system(&self, distribution: &Distribution) -> Entry {
        Entry {
            version_info: distribution.version.clone(),
            annotations: self.annotations(distribution_properties(distribution)),
            ..self.entry("SPDXRef-Distribution".to_owned(), &distribution.id, OPERATING_SYSTEM)
        }
    }

    fn package(&mut self, id: &str, package: &Package) -> Entry {
        let purpose = if cyclonedx::is_program(package) { "APPLICATION" } else { "LIBRARY" };
        let source_info = match package.paths.as_slice() {
            [] => String::new(),
            paths => format!("found by {} in {}", package.found_by, paths.join(", ")),
        };
        let mut carried = properties(package);
        carried.extend(package.paths.iter().map(|p| ("plimsoll:path", p.clone())));
        Entry {
            version_info: package.version.clone(),
            source_info,
            license_declared: self.license(&package.licenses),
            external_refs: (!package.purl.is_empty())
                .then(|| external_ref(package.purl.clone()))
                .into_iter()
                .collect(),
            annotations: self.annotations(carried),
            ..self.entry(element(id), &package.name, purpose)
        }
    }

    fn annotations(&self, carried: Vec<(&'static str, String)>) -> Vec<Annotation> {
        let one = |(key, value)| Annotation {
            annotation_date: self.input.as_of.to_string(),
            annotation_type: "OTHER",
            annotator: tool(self.input),
            comment: format!("{key}={value}"),
        };
        carried.into_iter().map(one).collect()
    }

    /// One expression; words that are none become references to extracted texts.
    fn license(&mut self, licenses: &[String]) -> String {
        let expressions: Vec<String> = licenses
            .iter()
            .map(|text| {
                if license::is_expression(text) {
                    return text.clone();
                }
                let id = format!("LicenseRef-{}", uuid::short(text.as_bytes()));
                self.extracted.insert(id.clone(), text.clone());
                id
            })
            .collect();
        license::join(&expressions).unwrap_or_else(|| NOASSERTION.to_owned())
    }
}

fn external_ref(purl: String) -> ExternalRef {
    ExternalRef { reference_category: "PACKAGE-MANAGER", reference_type: "purl", reference_locator: purl }
}

fn relationships(input: &Input<'_>, root: &str, os: Option<String>) -> Vec<Relationship> {
    let relation = |from: &str, kind: &'static str, to: &str| Relationship {
        spdx_element_id: from.to_owned(),
        relationship_type: kind,
        related_spdx_element: to.to_owned(),
    };
    let mut out = vec![relation("SPDXRef-DOCUMENT", "DESCRIBES", root)];
    out.extend(os.map(|os| relation(root, "CONTAINS", &os)));
    out.extend(input.packages.iter().map(|(id, _)| relation(root, "CONTAINS", &element(id))));
    let known: BTreeSet<&str> = input.packages.iter().map(|(id, _)| id.as_str()).collect();
    let is_edge = |(from, to): &&(String, String)| {
        from != to && known.contains(from.as_str()) && known.contains(to.as_str())
    };
    let mut edges: Vec<Relationship> = input
        .dependencies
        .iter()
        .filter(is_edge)
        .map(|(from, to)| relation(&element(from), "DEPENDS_ON", &element(to)))
        .collect();
    edges.sort();
    edges.dedup();
    out.extend(edges);
    out
}
