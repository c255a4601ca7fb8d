//! The findings as the page's script reads them: JSON that cannot leave its `script` element.

use std::collections::BTreeMap;
use std::io;

use api::{Because, Finding, Fix, Report, Suppression, Vulnerability};
use model::Severity;
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use crate::view::{View, place_line};

#[derive(Serialize)]
struct Data<'r> {
    targets: Vec<&'r str>,
    findings: Vec<Row<'r>>,
}

#[derive(Serialize)]
struct Row<'r> {
    id: &'r str,
    /// Index into [`Severity::WORST_FIRST`].
    severity: usize,
    control: &'r str,
    rule: &'r str,
    title: &'r str,
    message: &'r str,
    /// Index into `targets`.
    target: usize,
    place: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    layer: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    instruction: Option<&'r str>,
    packages: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vulnerability: Option<&'r Vulnerability>,
    because: &'r [Because],
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<&'r Fix>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fixed: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppression: Option<&'r Suppression>,
}

/// The content of the data element.
pub(super) fn json(view: &View<'_>, findings: &[&Finding]) -> io::Result<String> {
    let report: &Report = view.report;
    let index: BTreeMap<&str, usize> =
        report.targets.iter().enumerate().map(|(i, t)| (t.id.as_str(), i)).collect();
    let rows = findings.iter().map(|f| Row {
        id: &f.id,
        severity: Severity::WORST_FIRST.iter().position(|s| *s == f.severity).unwrap_or(5),
        control: &f.control,
        rule: &f.rule,
        title: &f.title,
        message: &f.message,
        target: index.get(f.target.as_str()).copied().unwrap_or(0),
        place: place_line(f),
        layer: f.r#where.layer.as_deref(),
        instruction: f.r#where.instruction.as_deref(),
        packages: view.packages(f).into_iter().map(|p| format!("{} {}", p.name, p.version)).collect(),
        vulnerability: f.vulnerability.as_deref(),
        because: &f.because,
        fix: f.fix.as_deref(),
        fixed: f.fix.as_ref().and_then(|x| x.version.as_deref()),
        suppression: f.suppression.as_deref(),
    });
    let data =
        Data { targets: report.targets.iter().map(|t| t.id.as_str()).collect(), findings: rows.collect() };
    let mut out = Vec::new();
    data.serialize(&mut Serializer::with_formatter(&mut out, Inert)).map_err(io::Error::from)?;
    String::from_utf8(out).map_err(io::Error::other)
}

/// Writes `<`, `>` and `&` of strings as escapes, so that no text can end the element or begin a comment in it (HTML
/// Living Standard, 4.12.1.3, "Restrictions for contents of script elements").
struct Inert;

impl Formatter for Inert {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(['<', '>', '&']) {
            let (before, after) = rest.split_at(at);
            out.write_all(before.as_bytes())?;
            let mut chars = after.chars();
            match chars.next() {
                Some('<') => out.write_all(b"\\u003c")?,
                Some('>') => out.write_all(b"\\u003e")?,
                _ => out.write_all(b"\\u0026")?,
            }
            rest = chars.as_str();
        }
        out.write_all(rest.as_bytes())
    }
}
