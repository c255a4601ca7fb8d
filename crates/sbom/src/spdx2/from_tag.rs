//! SPDX tag-value in the shape of SPDX JSON, as far as it is read: one reader for both.
//!
//! Source: SPDX 2.3, clause 5 and annex "Tag-value". A tag belongs to the element that was begun last; annotations name
//! the one they are about.

use std::collections::BTreeMap;

use model::DoubtKind;
use serde_json::{Map, Value, json};

use crate::Flaw;
use crate::identity::clip;

/// Lines that are no tag and are told one by one; more of them say the same.
const FLAWS_MAX: usize = 20;

/// Texts of a package: tag and member.
const PACKAGE_TEXTS: [(&str, &str); 8] = [
    ("PackageVersion", "versionInfo"),
    ("PackageFileName", "packageFileName"),
    ("PrimaryPackagePurpose", "primaryPackagePurpose"),
    ("PackageDownloadLocation", "downloadLocation"),
    ("PackageSourceInfo", "sourceInfo"),
    ("PackageLicenseConcluded", "licenseConcluded"),
    ("PackageLicenseDeclared", "licenseDeclared"),
    ("PackageComment", "comment"),
];

/// Which element the next tag belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    Document,
    Package,
    File,
    License,
    /// Snippets, reviews: nothing that is read.
    Other,
}

#[derive(Default)]
struct Builder {
    document: Map<String, Value>,
    packages: Vec<Map<String, Value>>,
    files: Vec<Map<String, Value>>,
    licenses: Vec<Map<String, Value>>,
    relationships: Vec<Map<String, Value>>,
    /// Comments by the element that they are about.
    annotations: BTreeMap<String, Vec<Value>>,
    about: Option<String>,
    comment: Option<String>,
    flaws: Vec<Flaw>,
}

/// The document; lines that are no tag are flaws with their number.
pub(crate) fn document(text: &str) -> (Value, Vec<Flaw>) {
    let mut builder = Builder::default();
    let mut within = Within::Document;
    let mut lines = text.lines().enumerate();
    while let Some((n, line)) = lines.next() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((tag, value)) = line.split_once(':') else {
            builder.flaw(n, format!("`{}` is no tag", clip(line)));
            continue;
        };
        let value = value.trim();
        let whole = match value.strip_prefix("<text>") {
            None => value.to_owned(),
            Some(first) => match block(first, &mut lines) {
                Some(whole) => whole,
                None => {
                    builder.flaw(n, format!("the text of `{}` does not end", clip(tag)));
                    break;
                }
            },
        };
        builder.tag(tag.trim(), whole, &mut within, n);
    }
    builder.finish()
}

/// A text over several lines, up to `</text>`.
fn block<'t>(first: &str, lines: &mut impl Iterator<Item = (usize, &'t str)>) -> Option<String> {
    if let Some((whole, _)) = first.split_once("</text>") {
        return Some(whole.to_owned());
    }
    let mut out = first.to_owned();
    for (_, line) in lines {
        out.push('\n');
        if let Some((end, _)) = line.split_once("</text>") {
            out.push_str(end);
            return Some(out);
        }
        out.push_str(line);
    }
    None
}

impl Builder {
    fn flaw(&mut self, line: usize, reason: String) {
        if self.flaws.len() < FLAWS_MAX {
            let pointer = format!("line {}", line.saturating_add(1));
            self.flaws.push(Flaw { pointer, reason, kind: DoubtKind::Target });
        }
    }

    fn tag(&mut self, tag: &str, value: String, within: &mut Within, line: usize) {
        let begun = |name: &str, value: String| Map::from_iter([(name.to_owned(), Value::from(value))]);
        match tag {
            "SPDXVersion" => drop(self.document.insert("spdxVersion".to_owned(), value.into())),
            "DocumentName" => drop(self.document.insert("name".to_owned(), value.into())),
            "PackageName" => {
                *within = Within::Package;
                self.packages.push(begun("name", value));
            }
            "FileName" => {
                *within = Within::File;
                self.files.push(begun("fileName", value));
            }
            "LicenseID" => {
                *within = Within::License;
                self.licenses.push(begun("licenseId", value));
            }
            "SnippetSPDXID" => *within = Within::Other,
            "SPDXID" => {
                let of = match within {
                    Within::Package => self.packages.last_mut(),
                    Within::File => self.files.last_mut(),
                    _ => None,
                };
                of.map(|element| element.insert("SPDXID".to_owned(), value.into()));
            }
            "Relationship" => self.relationship(&value, line),
            "RelationshipComment" => {
                let last = self.relationships.last_mut();
                last.map(|r| r.insert("comment".to_owned(), value.into()));
            }
            "Annotator" => (self.about, self.comment) = (None, None),
            "SPDXREF" => {
                self.about = Some(value);
                self.annotation();
            }
            "AnnotationComment" => {
                self.comment = Some(value);
                self.annotation();
            }
            "ExtractedText" | "LicenseName" => {
                let name = if tag == "LicenseName" { "name" } else { "extractedText" };
                self.licenses.last_mut().map(|l| l.insert(name.to_owned(), value.into()));
            }
            _ if *within == Within::Package => self.package(tag, value, line),
            _ => {}
        }
    }

    fn annotation(&mut self) {
        if let (Some(about), Some(comment)) = (&self.about, &self.comment) {
            self.annotations.entry(about.clone()).or_default().push(json!({ "comment": comment }));
            (self.about, self.comment) = (None, None);
        }
    }

    fn relationship(&mut self, value: &str, line: usize) {
        let mut words = value.split_whitespace();
        let (Some(from), Some(kind), Some(to), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return self.flaw(line, format!("`{}` is no relationship `A KIND B`", clip(value)));
        };
        self.relationships.push(Map::from_iter([
            ("spdxElementId".to_owned(), from.into()),
            ("relationshipType".to_owned(), kind.into()),
            ("relatedSpdxElement".to_owned(), to.into()),
        ]));
    }

    fn package(&mut self, tag: &str, value: String, line: usize) {
        if tag == "ExternalRef" && value.split_whitespace().count() != 3 {
            return self.flaw(line, format!("`{}` is no external reference", clip(&value)));
        }
        let Some(package) = self.packages.last_mut() else { return };
        let mut push = |list: &str, item: Value| {
            let list = package.entry(list.to_owned()).or_insert_with(|| Value::Array(Vec::new()));
            if let Some(list) = list.as_array_mut() {
                list.push(item);
            }
        };
        match tag {
            "ExternalRef" => {
                let mut words = value.split_whitespace();
                let (category, kind, locator) = (words.next(), words.next(), words.next());
                push(
                    "externalRefs",
                    json!({ "referenceCategory": category, "referenceType": kind, "referenceLocator": locator }),
                );
            }
            "PackageChecksum" => {
                if let Some((algorithm, sum)) = value.split_once(':') {
                    push("checksums", json!({ "algorithm": algorithm.trim(), "checksumValue": sum.trim() }));
                }
            }
            "PackageAttributionText" => push("attributionTexts", value.into()),
            _ => {
                if let Some((_, member)) = PACKAGE_TEXTS.iter().find(|(t, _)| *t == tag) {
                    package.insert((*member).to_owned(), value.into());
                }
            }
        }
    }

    fn finish(mut self) -> (Value, Vec<Flaw>) {
        for package in &mut self.packages {
            let id = package.get("SPDXID").and_then(Value::as_str).unwrap_or_default().to_owned();
            if let Some(annotations) = self.annotations.remove(&id) {
                package.insert("annotations".to_owned(), annotations.into());
            }
        }
        let all = |list: Vec<Map<String, Value>>| Value::Array(list.into_iter().map(Value::Object).collect());
        self.document.insert("packages".to_owned(), all(self.packages));
        self.document.insert("files".to_owned(), all(self.files));
        self.document.insert("hasExtractedLicensingInfos".to_owned(), all(self.licenses));
        self.document.insert("relationships".to_owned(), all(self.relationships));
        (Value::Object(self.document), self.flaws)
    }
}
