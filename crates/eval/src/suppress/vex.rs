//! VEX documents: what all formats share, and OpenVEX, version 0.2.0 and the older shape where a vulnerability and a product are plain texts.

use std::collections::BTreeMap;

use api::{Note, NoteKind};
use model::Timestamp;
use model::purl::Purl;
use serde_json::Value;

use super::SuppressError;

/// Bytes of the largest VEX document.
pub const VEX_BYTES_MAX: usize = 64 << 20;

/// Statements of one VEX document.
pub const VEX_STATEMENTS_MAX: usize = 100_000;

/// Justifications of OpenVEX 0.2.0, "Status Justifications".
pub(super) const JUSTIFICATIONS: [&str; 5] = [
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
];

/// A VEX document that has been read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Vex {
    /// As the user wrote it.
    pub name: String,
    /// `author`.
    pub author: Option<String>,
    pub(super) statements: Vec<Statement>,
    /// Statements that break the format's rules.
    pub notes: Vec<Note>,
}

/// What a statement says of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VexStatus {
    /// The vulnerability does no harm here.
    NotAffected,
    /// It does.
    Affected,
    /// This version contains the fix.
    Fixed,
    /// Nobody knows yet.
    UnderInvestigation,
}

impl VexStatus {
    /// The word of the format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotAffected => "not_affected",
            Self::Affected => "affected",
            Self::Fixed => "fixed",
            Self::UnderInvestigation => "under_investigation",
        }
    }

    /// Whether a finding it covers is suppressed.
    #[must_use]
    pub fn suppresses(self) -> bool {
        matches!(self, Self::NotAffected | Self::Fixed)
    }

    fn parse(text: &str) -> Option<Self> {
        let all = [Self::NotAffected, Self::Affected, Self::Fixed, Self::UnderInvestigation];
        all.into_iter().find(|s| s.as_str() == text)
    }
}

/// A statement.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Statement {
    /// `vendor.vex.json#/statements/3`.
    pub(super) by: String,
    /// Every id of the vulnerability, lower case.
    pub(super) names: Vec<String>,
    pub(super) products: Vec<Product>,
    pub(super) status: VexStatus,
    /// Justification and impact, as far as given.
    pub(super) reason: String,
    /// The newer of its own times; the newer of the document's where it has none.
    pub(super) at: Option<Timestamp>,
}

/// A product, and the parts of it that the statement is about; none for the whole.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Product {
    pub(super) component: Component,
    pub(super) parts: Vec<Component>,
}

/// A thing by all its names.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Component {
    pub(super) purls: Vec<Purl>,
    /// Ids that are no package URLs.
    pub(super) others: Vec<String>,
    /// SHA-256, hexadecimal.
    pub(super) sha256: Vec<String>,
}

/// Reads an OpenVEX, CSAF or CycloneDX document; statements that break the format's rules become notes.
///
/// # Errors
/// [`SuppressError`] if it is none of them.
pub fn parse_vex(name: &str, bytes: &[u8]) -> Result<Vex, SuppressError> {
    let fail = |line: Option<usize>, message: &str| {
        Err(SuppressError { file: name.to_owned(), line, message: message.to_owned() })
    };
    if VEX_BYTES_MAX < bytes.len() {
        return fail(None, &format!("larger than {VEX_BYTES_MAX} bytes"));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let document: Value = match serde_json::from_slice(bytes) {
        Ok(document) => document,
        Err(e) => return fail(Some(e.line()), &format!("not JSON: {e}")),
    };
    if super::csaf::is(&document) {
        return super::csaf::read(name, &document);
    }
    if super::cyclonedx::is(&document) {
        return super::cyclonedx::read(name, &document);
    }
    let context = match document.get("@context") {
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).find(|s| s.contains("openvex.dev")),
        other => other.and_then(Value::as_str),
    };
    let Some(version) = context.and_then(|c| c.strip_prefix("https://openvex.dev/ns")) else {
        return fail(
            None,
            "neither OpenVEX (`@context` is not `https://openvex.dev/ns/v0.2.0`), CSAF 2.0 nor CycloneDX",
        );
    };
    let known = ["/v0.0.", "/v0.1.", "/v0.2."].iter().any(|v| version.starts_with(v));
    if !known && !matches!(version, "" | "/") {
        let version = version.trim_matches('/');
        return fail(None, &format!("OpenVEX {version} is not known: versions up to v0.2 are read"));
    }
    let Some(statements) = document.get("statements").and_then(Value::as_array) else {
        return fail(None, "the document has no `statements`");
    };
    if VEX_STATEMENTS_MAX < statements.len() {
        return fail(None, &format!("more than {VEX_STATEMENTS_MAX} statements"));
    }
    let author = document.get("author").and_then(Value::as_str).map(str::to_owned);
    let mut vex = Vex { name: name.to_owned(), author, ..Vex::default() };
    let document_time = newest(&document);
    for (n, raw) in statements.iter().enumerate() {
        let by = format!("{name}#/statements/{n}");
        let mut faults = Vec::new();
        let read = statement(raw, &by, document_time, &mut faults);
        vex.statements.extend(read);
        let note = |message| Note { kind: NoteKind::InvalidStatement, r#where: by.clone(), message };
        vex.notes.extend(faults.into_iter().map(note));
    }
    Ok(vex)
}

/// The newer of `last_updated` and `timestamp`.
fn newest(value: &Value) -> Option<Timestamp> {
    let at = |key| value.get(key).and_then(Value::as_str).and_then(|t: &str| t.parse::<Timestamp>().ok());
    at("last_updated").max(at("timestamp"))
}

/// The statement, if it may be applied. One that says "affected" is kept in spite of its faults: dropping it could let
/// an older "not affected" win.
fn statement(
    raw: &Value,
    by: &str,
    document_time: Option<Timestamp>,
    faults: &mut Vec<String>,
) -> Option<Statement> {
    let text = |key: &str| raw.get(key).and_then(Value::as_str).map(str::trim).filter(|t| !t.is_empty());
    let names = vulnerability(raw);
    if names.is_empty() {
        faults.push("names no vulnerability; not applied".to_owned());
        return None;
    }
    let Some(status) = text("status").and_then(VexStatus::parse) else {
        let found = text("status").unwrap_or("");
        faults.push(format!(
            "`{found}` is no status (not_affected, affected, fixed, under_investigation); not applied"
        ));
        return None;
    };
    let before = faults.len();
    if let Some(t) = raw.get("timestamp").and_then(Value::as_str)
        && t.parse::<Timestamp>().is_err()
    {
        faults.push(format!("`{t}` is no time; the document's is used"));
    }
    let products = products(raw, faults);
    let mut usable = true;
    if products.is_empty() {
        faults.push("names no product; not applied".to_owned());
        return None;
    }
    let (justification, impact) = (text("justification"), text("impact_statement"));
    if let Some(j) = justification.filter(|j| !JUSTIFICATIONS.contains(j)) {
        faults.push(format!("`{j}` is no justification ({})", JUSTIFICATIONS.join(", ")));
        usable &= impact.is_some();
    }
    if status == VexStatus::NotAffected && justification.is_none() && impact.is_none() {
        faults.push("says not_affected without `justification` or `impact_statement`".to_owned());
        usable = false;
    }
    if status == VexStatus::Affected && text("action_statement").is_none() {
        faults.push("says affected without `action_statement`".to_owned());
    }
    if !usable && status.suppresses() {
        for fault in faults.iter_mut().skip(before) {
            fault.push_str("; not applied");
        }
        return None;
    }
    let notes = text("status_notes");
    let reason = [justification, impact, notes].into_iter().flatten().collect::<Vec<_>>().join(": ");
    let at = newest(raw).or(document_time);
    Some(Statement { by: by.to_owned(), names, products, status, reason, at })
}

fn vulnerability(raw: &Value) -> Vec<String> {
    let mut names = Vec::new();
    match raw.get("vulnerability") {
        Some(Value::String(id)) => names.push(id.as_str()),
        Some(object @ Value::Object(_)) => {
            names.extend(object.get("name").and_then(Value::as_str));
            // An IRI whose last part is the id, `https://nvd.nist.gov/vuln/detail/CVE-2026-1`.
            let iri = object.get("@id").and_then(Value::as_str);
            names.extend(iri.and_then(|i| i.rsplit('/').next()));
            names.extend(
                object
                    .get("aliases")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str),
            );
        }
        _ => {}
    }
    let mut names: Vec<String> =
        names.into_iter().map(|n| n.trim().to_ascii_lowercase()).filter(|n| !n.is_empty()).collect();
    names.sort();
    names.dedup();
    names
}

fn products(raw: &Value, faults: &mut Vec<String>) -> Vec<Product> {
    let list =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    // Before 0.2.0 the subcomponents stood beside the products and held for all of them.
    let shared: Vec<Component> =
        list(raw, "subcomponents").iter().filter_map(|c| component(c, faults)).collect();
    let mut out = Vec::new();
    for product in list(raw, "products") {
        let named_parts = list(&product, "subcomponents");
        let mut parts: Vec<Component> = named_parts.iter().filter_map(|c| component(c, faults)).collect();
        parts.extend(shared.iter().cloned());
        if parts.is_empty() && !named_parts.is_empty() {
            // Parts that cannot be read must not widen the statement to the whole product.
            faults.push("none of a product's subcomponents can be read; the product is left out".to_owned());
            continue;
        }
        out.extend(component(&product, faults).map(|component| Product { component, parts }));
    }
    out
}

fn component(raw: &Value, faults: &mut Vec<String>) -> Option<Component> {
    let mut out = Component::default();
    let mut ids: Vec<&str> = Vec::new();
    match raw {
        Value::String(id) => ids.push(id),
        Value::Object(_) => {
            ids.extend(raw.get("@id").and_then(Value::as_str));
            ids.extend(raw.pointer("/identifiers/purl").and_then(Value::as_str));
        }
        _ => {}
    }
    for id in ids.into_iter().map(str::trim).filter(|id| !id.is_empty()) {
        if !id.starts_with("pkg:") {
            out.others.push(id.to_owned());
            continue;
        }
        match Purl::parse(id) {
            Ok(purl) if out.purls.contains(&purl) => {}
            Ok(purl) => out.purls.push(purl),
            Err(e) => faults.push(format!("`{id}`: {e}")),
        }
    }
    let hashes: BTreeMap<&str, &Value> = raw
        .get("hashes")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(k, v)| (k.as_str(), v))
        .collect();
    let sha256 = hashes.get("sha-256").or(hashes.get("sha256")).and_then(|v| v.as_str());
    out.sha256.extend(sha256.map(str::to_ascii_lowercase));
    let empty = out.purls.is_empty() && out.others.is_empty() && out.sha256.is_empty();
    (!empty).then_some(out)
}
