//! Writing SPDX 2.3 tag-value: the same tree as the JSON.

use std::fmt::Write;

use super::write::{Document, Entry};

/// The document as tag-value.
pub(super) fn text(document: &Document) -> String {
    let mut out = String::new();
    line(&mut out, "SPDXVersion", document.spdx_version);
    line(&mut out, "DataLicense", document.data_license);
    line(&mut out, "SPDXID", document.id);
    line(&mut out, "DocumentName", &document.name);
    line(&mut out, "DocumentNamespace", &document.document_namespace);
    line(&mut out, "LicenseListVersion", &document.creation_info.license_list_version);
    for creator in &document.creation_info.creators {
        line(&mut out, "Creator", creator);
    }
    line(&mut out, "Created", &document.creation_info.created);
    for entry in &document.packages {
        package(&mut out, entry);
    }
    for extracted in &document.has_extracted_licensing_infos {
        out.push('\n');
        line(&mut out, "LicenseID", &extracted.license_id);
        block(&mut out, "ExtractedText", &extracted.extracted_text);
        line(&mut out, "LicenseName", &extracted.name);
    }
    out.push('\n');
    for r in &document.relationships {
        let said = format!("{} {} {}", r.spdx_element_id, r.relationship_type, r.related_spdx_element);
        line(&mut out, "Relationship", &said);
    }
    for entry in &document.packages {
        for annotation in &entry.annotations {
            out.push('\n');
            line(&mut out, "Annotator", &annotation.annotator);
            line(&mut out, "AnnotationDate", &annotation.annotation_date);
            line(&mut out, "AnnotationType", annotation.annotation_type);
            line(&mut out, "SPDXREF", &entry.id);
            block(&mut out, "AnnotationComment", &annotation.comment);
        }
    }
    out
}

fn package(out: &mut String, entry: &Entry) {
    out.push('\n');
    line(out, "PackageName", &entry.name);
    line(out, "SPDXID", &entry.id);
    if !entry.version_info.is_empty() {
        line(out, "PackageVersion", &entry.version_info);
    }
    line(out, "PackageSupplier", entry.supplier);
    line(out, "PackageDownloadLocation", entry.download_location);
    line(out, "FilesAnalyzed", if entry.files_analyzed { "true" } else { "false" });
    for sum in &entry.checksums {
        line(out, "PackageChecksum", &format!("{}: {}", sum.algorithm, sum.checksum_value));
    }
    if !entry.source_info.is_empty() {
        block(out, "PackageSourceInfo", &entry.source_info);
    }
    line(out, "PackageLicenseConcluded", entry.license_concluded);
    line(out, "PackageLicenseDeclared", &entry.license_declared);
    line(out, "PackageCopyrightText", entry.copyright_text);
    for r in &entry.external_refs {
        let said = format!("{} {} {}", r.reference_category, r.reference_type, r.reference_locator);
        line(out, "ExternalRef", &said);
    }
    line(out, "PrimaryPackagePurpose", &entry.primary_package_purpose.replace('_', "-"));
}

/// A value on one line. What would end the line, or begin a text, would be read as something else.
fn line(out: &mut String, tag: &str, value: &str) {
    let value = value.replace(['\n', '\r'], " ").replace("<text>", "< text>");
    let _ = writeln!(out, "{tag}: {value}");
}

/// A value of any number of lines.
fn block(out: &mut String, tag: &str, value: &str) {
    let _ = writeln!(out, "{tag}: <text>{}</text>", value.replace("</text>", "< /text>"));
}
