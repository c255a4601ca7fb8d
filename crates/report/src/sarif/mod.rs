//! SARIF 2.1.0: findings as results, doubts as notifications of the invocation, suppressions kept visible.
//!
//! Each vulnerability is a rule of its own (`vulnerable-package/CVE-2024-1234`, a hierarchical id by 3.5.4), since
//! services that read SARIF rank by `security-severity` of the rule.

mod rules;
mod types;

use std::collections::BTreeMap;
use std::io;

use api::{Finding, Report, Status};
use model::{Doubt, DoubtKind, Severity};

use crate::RuleHelp;
use crate::sarif::rules::Catalogue;
use crate::sarif::types::{
    ArtifactLocation, AutomationDetails, BaseId, Driver, Invocation, Location, Log, LogicalLocation,
    Notification, PhysicalLocation, Reference, Region, ResultProperties, Run, RunProperties, Text, Tool,
};
use crate::text::clean;
use crate::view::{DatabaseLines, View};

/// The schema that editors look up.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// Base of paths in a project.
const SOURCE_ROOT: &str = "%SRCROOT%";
/// Base of paths in an image.
const IMAGE_ROOT: &str = "IMAGEROOT";

/// Writes the report.
pub(crate) fn write(report: &Report, help: &[RuleHelp], out: &mut dyn io::Write) -> io::Result<()> {
    let view = View::new(report);
    let catalogue = Catalogue::new(report, help);
    let suppressed = view.suppressed() != 0;
    let results = report.findings.iter().map(|f| result(&view, &catalogue, f, suppressed)).collect();
    let verb = if report.controls.is_empty() { "scan" } else { "assess" };
    let run = Run {
        tool: Tool {
            driver: Driver {
                name: "Plimsoll",
                version: report.tool.version.clone(),
                rules: catalogue.into_rules(),
            },
        },
        automation_details: AutomationDetails { id: format!("plimsoll/{verb}/") },
        invocations: [invocation(report)],
        original_uri_base_ids: bases(report),
        column_kind: "unicodeCodePoints",
        results,
        properties: RunProperties {
            as_of: report.as_of.to_string(),
            database: DatabaseLines::new(report).what,
            outcome: report.verdict.outcome,
        },
    };
    let log = Log { schema: SCHEMA, version: "2.1.0", runs: [run] };
    let mut buffered = io::BufWriter::with_capacity(1 << 16, out);
    serde_json::to_writer_pretty(&mut buffered, &log).map_err(io::Error::from)?;
    io::Write::write_all(&mut buffered, b"\n")?;
    io::Write::flush(&mut buffered)
}

fn bases(report: &Report) -> BTreeMap<&'static str, BaseId> {
    let mut out = BTreeMap::new();
    for target in &report.targets {
        let (id, text) = match base(&target.kind) {
            SOURCE_ROOT => {
                (SOURCE_ROOT, "where the scan ran, or the directory that was scanned by a path from the root")
            }
            _ => (IMAGE_ROOT, "the root of the image's file system"),
        };
        out.entry(id).or_insert_with(|| BaseId { description: Text { text: text.to_owned() } });
    }
    out
}

fn base(kind: &str) -> &'static str {
    if matches!(kind, "dir" | "sbom" | "results" | "git" | "manifests") { SOURCE_ROOT } else { IMAGE_ROOT }
}

fn invocation(report: &Report) -> Invocation {
    let whole = report.doubts.iter().all(|d| d.kind != DoubtKind::Target);
    let notes = report.notes.iter().map(|note| Notification {
        level: "warning",
        message: Text { text: clean(&format!("{}: {}", note.r#where, note.message)).into_owned() },
        descriptor: None,
        properties: BTreeMap::new(),
    });
    Invocation {
        execution_successful: whole,
        exit_code: report.verdict.exit,
        tool_execution_notifications: report.doubts.iter().map(doubt).collect(),
        tool_configuration_notifications: notes.collect(),
    }
}

fn doubt(doubt: &Doubt) -> Notification {
    let (level, kind) = match doubt.kind {
        DoubtKind::Target => ("error", "target"),
        DoubtKind::Knowledge => ("warning", "knowledge"),
    };
    let place = if doubt.r#where.is_empty() { &doubt.target } else { &doubt.r#where };
    let text = format!("could not be known: {place}: {}. To know it: {}", doubt.reason, doubt.remedy);
    Notification {
        level,
        message: Text { text: clean(&text).into_owned() },
        descriptor: doubt.rule.clone().map(|id| Reference { id }),
        properties: BTreeMap::from([
            ("control", doubt.control_text().to_owned()),
            ("kind", kind.to_owned()),
            ("remedy", doubt.remedy.clone()),
            ("target", doubt.target.clone()),
            ("where", doubt.r#where.clone()),
        ]),
    }
}

fn result<'r>(
    view: &View<'r>,
    catalogue: &Catalogue,
    finding: &'r Finding,
    suppressed: bool,
) -> types::Result<'r> {
    let rule_id = rules::id(finding);
    let vulnerability = finding.vulnerability.as_deref();
    types::Result {
        rule_index: catalogue.index(&rule_id),
        rule_id,
        level: level(finding.severity),
        message: Text { text: clean(&finding.message).into_owned() },
        locations: [location(view, finding)],
        partial_fingerprints: BTreeMap::from([("plimsoll/v1", format!("{}:{}", finding.id, finding.target))]),
        suppressions: suppressed.then(|| suppressions(finding)),
        properties: ResultProperties {
            target: &finding.target,
            control: &finding.control,
            severity: finding.severity,
            security_severity: rules::security_severity(finding).map(rules::number),
            packages: &finding.packages,
            layer: finding.r#where.layer.as_deref(),
            instruction: finding.r#where.instruction.as_deref(),
            because: &finding.because,
            fix: finding.fix.as_deref(),
            epss: vulnerability.and_then(|v| v.epss),
            kev: vulnerability.and_then(|v| v.kev.as_ref()),
        },
    }
}

fn suppressions(finding: &Finding) -> Vec<types::Suppression<'_>> {
    let all = finding.suppression.iter().filter(|_| finding.status == Status::Suppressed);
    all.map(|s| types::Suppression {
        kind: if s.in_source { "inSource" } else { "external" },
        status: "accepted",
        justification: clean(&s.reason).into_owned(),
        properties: s,
    })
    .collect()
}

/// A file of the target; a finding about the whole target stands at the target's own name.
fn location(view: &View<'_>, finding: &Finding) -> Location {
    let place = &finding.r#where;
    let target = view.target(&finding.target);
    let artifact_location = if place.path.is_empty() {
        ArtifactLocation { uri: uri(view.target_name(&finding.target)), uri_base_id: None }
    } else {
        let kind = target.map_or("", |t| t.kind.as_str());
        ArtifactLocation { uri: uri(&view.file(finding)), uri_base_id: Some(base(kind)) }
    };
    let mut logical_locations =
        vec![LogicalLocation { fully_qualified_name: clean(&finding.target).into_owned(), kind: "target" }];
    if let Some(o) = &place.object {
        let parts =
            [o.api_version.as_str(), &o.kind, &o.namespace, &o.name, o.field.as_deref().unwrap_or("")];
        let parts: Vec<&str> = parts.into_iter().filter(|p| !p.is_empty()).collect();
        logical_locations.push(LogicalLocation {
            fully_qualified_name: clean(&parts.join("/")).into_owned(),
            kind: "object",
        });
    }
    logical_locations.extend(
        view.packages(finding)
            .into_iter()
            .map(|p| LogicalLocation { fully_qualified_name: clean(&p.purl).into_owned(), kind: "package" }),
    );
    // Without a line the finding is about the file: services want a region, and line 1 is where a file begins.
    let region =
        Region { start_line: place.line.unwrap_or(1).max(1), start_column: place.column.filter(|c| *c != 0) };
    Location { physical_location: PhysicalLocation { artifact_location, region }, logical_locations }
}

/// A relative URI reference (RFC 3986): everything but unreserved characters and `/` is percent-encoded.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len() + 8);
    for byte in path.trim_start_matches('/').bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte))
            }
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    if out.is_empty() { ".".to_owned() } else { out }
}

/// `level`, 3.27.10. What nobody rated is a warning, not a note.
fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium | Severity::Unknown => "warning",
        Severity::Low | Severity::Info => "note",
    }
}
