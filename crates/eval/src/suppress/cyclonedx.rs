//! CycloneDX VEX: the vulnerabilities of a bill of materials, or of a document beside one, with their analysis.
//!
//! Source: CycloneDX 1.4 to 1.7, `vulnerabilities[].analysis` and `affects`, and the BOM-Link specification.

use std::collections::{BTreeMap, BTreeSet};

use api::{Note, NoteKind};
use model::Timestamp;
use model::purl::Purl;
use serde_json::Value;

use super::SuppressError;
use super::vex::{Component, Product, Statement, VEX_STATEMENTS_MAX, Vex, VexStatus};

/// Components inside components.
const DEPTH_MAX: usize = 60;

/// CycloneDX' justifications in OpenVEX' words, where there is one (CISA, "Minimum Requirements for VEX").
const JUSTIFIED: [(&str, &str); 9] = [
    ("code_not_present", "vulnerable_code_not_present"),
    ("code_not_reachable", "vulnerable_code_not_in_execute_path"),
    ("requires_configuration", "vulnerable_code_cannot_be_controlled_by_adversary"),
    ("requires_dependency", "component_not_present"),
    ("requires_environment", "vulnerable_code_cannot_be_controlled_by_adversary"),
    ("protected_by_compiler", "inline_mitigations_already_exist"),
    ("protected_at_runtime", "inline_mitigations_already_exist"),
    ("protected_at_perimeter", "inline_mitigations_already_exist"),
    ("protected_by_mitigating_control", "inline_mitigations_already_exist"),
];

pub(super) fn is(document: &Value) -> bool {
    document.get("bomFormat").and_then(Value::as_str) == Some("CycloneDX")
}

pub(super) fn read(name: &str, document: &Value) -> Result<Vex, SuppressError> {
    let fail = |message: String| SuppressError { file: name.to_owned(), line: None, message };
    let Some(all) = document.get("vulnerabilities").and_then(Value::as_array) else {
        return Err(fail("the CycloneDX document has no `vulnerabilities`".to_owned()));
    };
    if VEX_STATEMENTS_MAX < all.len() {
        return Err(fail(format!("more than {VEX_STATEMENTS_MAX} vulnerabilities")));
    }
    let written: Option<Timestamp> =
        document.pointer("/metadata/timestamp").and_then(Value::as_str).and_then(|t| t.parse().ok());
    let author = ["/metadata/authors/0/name", "/metadata/supplier/name", "/metadata/manufacturer/name"]
        .iter()
        .find_map(|p| document.pointer(p).and_then(Value::as_str));
    let mut vex = Vex { name: name.to_owned(), author: author.map(str::to_owned), ..Vex::default() };
    let mut components = BTreeMap::new();
    collect(document, &mut components, 0);
    if let Some(root) = document.pointer("/metadata/component") {
        component(root, &mut components);
        collect(root, &mut components, 0);
    }
    for (n, raw) in all.iter().enumerate() {
        let by = format!("{name}#/vulnerabilities/{n}");
        let mut faults = Vec::new();
        vex.statements.extend(statements(raw, &by, written, &components, &mut faults));
        let note = |message| Note { kind: NoteKind::InvalidStatement, r#where: by.clone(), message };
        vex.notes.extend(faults.into_iter().map(note));
    }
    Ok(vex)
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str).map(str::trim).filter(|t| !t.is_empty())
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn collect<'d>(parent: &'d Value, out: &mut BTreeMap<&'d str, Component>, depth: usize) {
    for raw in list(parent, "components") {
        component(raw, out);
        if depth < DEPTH_MAX {
            collect(raw, out, depth + 1);
        }
    }
}

fn component<'d>(raw: &'d Value, out: &mut BTreeMap<&'d str, Component>) {
    let Some(reference) = text(raw, "bom-ref") else { return };
    let mut named = Component::default();
    named.purls.extend(text(raw, "purl").and_then(|p| Purl::parse(p).ok()));
    // An image names itself by its digest as its version.
    let digest = text(raw, "version").and_then(|v| v.strip_prefix("sha256:"));
    if text(raw, "type") == Some("container") {
        named.sha256.extend(digest.map(str::to_ascii_lowercase));
        if named.purls.is_empty() {
            named.others.extend(text(raw, "name").map(str::to_owned));
        }
    }
    out.insert(reference, named);
}

fn statements(
    raw: &Value,
    by: &str,
    written: Option<Timestamp>,
    components: &BTreeMap<&str, Component>,
    faults: &mut Vec<String>,
) -> Vec<Statement> {
    let Some(analysis) = raw.get("analysis") else {
        // A finding without analysis decides nothing.
        return Vec::new();
    };
    let references = list(raw, "references").iter().filter_map(|r| text(r, "id"));
    let names: BTreeSet<String> =
        text(raw, "id").into_iter().chain(references).map(str::to_ascii_lowercase).collect();
    if names.is_empty() {
        faults.push("names no vulnerability; not applied".to_owned());
        return Vec::new();
    }
    let state = text(analysis, "state").unwrap_or_default();
    let status = match state {
        "not_affected" | "false_positive" => VexStatus::NotAffected,
        "resolved" | "resolved_with_pedigree" => VexStatus::Fixed,
        "exploitable" => VexStatus::Affected,
        "in_triage" => VexStatus::UnderInvestigation,
        other => {
            faults.push(format!("`{other}` is no state of an analysis; not applied"));
            return Vec::new();
        }
    };
    let justification = text(analysis, "justification");
    let words =
        justification.map(|j| JUSTIFIED.iter().find(|(own, _)| *own == j).map_or(j, |(_, word)| *word));
    let detail = text(analysis, "detail");
    if status == VexStatus::NotAffected && state == "not_affected" && words.is_none() && detail.is_none() {
        faults.push("says not_affected without `justification` or `detail`; not applied".to_owned());
        return Vec::new();
    }
    let said = if state == "false_positive" { Some("false_positive") } else { None };
    let reason = [said, words, detail].into_iter().flatten().collect::<Vec<_>>().join(": ");
    let moment = |v: &Value, key: &str| -> Option<Timestamp> { text(v, key).and_then(|t| t.parse().ok()) };
    let own = moment(analysis, "lastUpdated").max(moment(analysis, "firstIssued"));
    let at = own.or_else(|| moment(raw, "updated").max(moment(raw, "published"))).max(own).or(written);
    let mut by_status: BTreeMap<&str, (VexStatus, Vec<Product>)> = BTreeMap::new();
    for affected in list(raw, "affects") {
        for (status, component) in affects(affected, status, components, faults) {
            let products = &mut by_status.entry(status.as_str()).or_insert((status, Vec::new())).1;
            products.push(Product { component, parts: Vec::new() });
        }
    }
    if by_status.is_empty() {
        faults.push("names no product that can be compared; not applied".to_owned());
    }
    let statement = |(status, products): (VexStatus, Vec<Product>)| Statement {
        by: by.to_owned(),
        names: names.iter().cloned().collect(),
        products,
        status,
        reason: reason.clone(),
        at,
    };
    by_status.into_values().map(statement).collect()
}

/// What a reference stands for, and each of its versions with its own status where the document lists them.
fn affects(
    raw: &Value,
    status: VexStatus,
    components: &BTreeMap<&str, Component>,
    faults: &mut Vec<String>,
) -> Vec<(VexStatus, Component)> {
    let Some(reference) = text(raw, "ref") else {
        faults.push("an entry of `affects` names nothing".to_owned());
        return Vec::new();
    };
    let Some(component) = resolve(reference, components) else {
        faults.push(format!("`{reference}` has neither a package URL nor a digest; left out"));
        return Vec::new();
    };
    let versions = list(raw, "versions");
    if versions.is_empty() {
        return vec![(status, component)];
    }
    let mut out = Vec::new();
    for entry in versions {
        let status = match text(entry, "status") {
            Some("affected") | None => status,
            // The analysis is about the affected ones; these are said not to be.
            Some("unaffected") => VexStatus::NotAffected,
            Some(_) => VexStatus::UnderInvestigation,
        };
        let Some(version) = text(entry, "version") else {
            faults
                .push(format!("the versions of `{reference}` are a range, which is not compared; left out"));
            continue;
        };
        let mut one = component.clone();
        for purl in &mut one.purls {
            purl.version = Some(version.to_owned());
        }
        out.push((status, one));
    }
    out
}

/// A `bom-ref` of this document, a package URL, or a BOM-Link whose element is one of them.
fn resolve(reference: &str, components: &BTreeMap<&str, Component>) -> Option<Component> {
    let usable = |c: &&Component| !c.purls.is_empty() || !c.others.is_empty() || !c.sha256.is_empty();
    if let Some(component) = components.get(reference).filter(usable) {
        return Some(component.clone());
    }
    let element = match reference.strip_prefix("urn:cdx:") {
        Some(link) => decoded(link.split_once('#')?.1)?,
        None => reference.to_owned(),
    };
    if let Some(component) = components.get(element.as_str()).filter(usable) {
        return Some(component.clone());
    }
    let purl = Purl::parse(&element).ok()?;
    Some(Component { purls: vec![purl], ..Component::default() })
}

/// The text behind percent signs. A package URL reads the same with and without an encoding of its own.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        match (first, after) {
            (b'%', [high, low, after @ ..]) => {
                let digit = |b: u8| char::from(b).to_digit(16);
                bytes.push(u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()?);
                rest = after;
            }
            (byte, after) => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).ok()
}
