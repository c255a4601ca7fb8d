//! GitLab's security reports, version 15 of their schemas: container scanning where a target is an image or a root
//! file system, static analysis (SAST) where all are manifests, else dependency scanning; a document about an image or a
//! project fits either of the two. The first and the last hold vulnerabilities, static analysis what stands at a line of a
//! file; everything else, and every doubt, is a message of the scan.

use std::collections::BTreeMap;
use std::io;

use api::{Finding, Report};
use model::{Severity, Timestamp};
use serde_json::{Value, json};

use crate::identity::uuid;
use crate::text::{clean, count};
use crate::view::View;

/// Version of the schemas.
const VERSION: &str = "15.2.1";
/// Where the schemas are published.
const SCHEMAS: &str =
    "https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/raw/v15.2.1/dist/";
/// Messages of a scan.
const MESSAGES_MAX: usize = 100;

/// Characters of a name (schema 15.2.1, `vulnerabilities/name`).
const NAME_CHARS_MAX: usize = 255;
/// Characters of a solution.
const SOLUTION_CHARS_MAX: usize = 7000;
/// Bytes of a description.
const DESCRIPTION_CHARS_MAX: usize = 1 << 16;
/// CVSS vectors of one vulnerability.
const VECTORS_MAX: usize = 10;

/// Which of the reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Container,
    Dependency,
    Sast,
}

impl Kind {
    /// The one that fits what was scanned.
    pub(crate) fn of(report: &Report) -> Self {
        let targets = &report.targets;
        let is_system = |t: &api::TargetRow| is_document(&t.kind) && t.distribution.is_some();
        match targets.iter().any(|t| is_container(&t.kind) || is_system(t)) || targets.is_empty() {
            true => Self::Container,
            false if targets.iter().all(|t| t.kind == "manifests") => Self::Sast,
            false => Self::Dependency,
        }
    }

    /// As `scan/type` has it.
    fn word(self) -> &'static str {
        match self {
            Self::Container => "container_scanning",
            Self::Dependency => "dependency_scanning",
            Self::Sast => "sast",
        }
    }

    fn holds(self, view: &View<'_>, finding: &Finding) -> bool {
        let target = view.target(&finding.target).map_or("", |t| t.kind.as_str());
        let (is_container, is_document) = (is_container(target), is_document(target));
        let has_vulnerability = finding.vulnerability.is_some();
        match self {
            Self::Container => has_vulnerability && (is_container || is_document),
            Self::Dependency => has_vulnerability && !is_container,
            Self::Sast => !has_vulnerability && !is_container && !finding.r#where.path.is_empty(),
        }
    }
}

/// Writes the report.
pub(crate) fn write(report: &Report, kind: Kind, out: &mut dyn io::Write) -> io::Result<()> {
    let view = View::new(report);
    let chosen: Vec<&Finding> = view.open().filter(|f| kind.holds(&view, f)).collect();
    let vulnerabilities: Vec<Value> = chosen.iter().map(|f| vulnerability(&view, f, kind)).collect();
    let tool = json!({
        "id": "plimsoll", "name": "Plimsoll", "version": report.tool.version, "vendor": {"name": "Plimsoll"},
    });
    let schema = format!("{SCHEMAS}{}-report-format.json", kind.word().replace('_', "-"));
    let mut document = json!({
        "version": VERSION, "schema": schema,
        "scan": {
            "analyzer": tool, "scanner": tool, "type": kind.word(), "status": "success",
            "start_time": seconds(report.as_of), "end_time": seconds(report.as_of),
            "messages": messages(&view, view.open().count() - chosen.len()),
        },
        "vulnerabilities": vulnerabilities,
        "remediations": [],
    });
    if let (Kind::Dependency, Some(map)) = (kind, document.as_object_mut()) {
        map.insert("dependency_files".to_owned(), dependency_files(report));
    }
    let mut buffered = io::BufWriter::with_capacity(1 << 16, out);
    serde_json::to_writer_pretty(&mut buffered, &document).map_err(io::Error::from)?;
    io::Write::write_all(&mut buffered, b"\n")?;
    io::Write::flush(&mut buffered)
}

fn is_container(kind: &str) -> bool {
    matches!(kind, "oci" | "docker-archive" | "registry" | "rootfs")
}

/// A bill of materials and other scanners' results may be of an image and of a project: they fit either report.
fn is_document(kind: &str) -> bool {
    matches!(kind, "sbom" | "results")
}

/// `2026-11-25T12:00:00`, without a zone: the schema's pattern.
fn seconds(time: Timestamp) -> String {
    time.to_string().trim_end_matches('Z').to_owned()
}

fn messages(view: &View<'_>, elsewhere: usize) -> Vec<Value> {
    let message = |level: &str, text: &str| json!({"level": level, "value": clean(text)});
    let doubts = &view.report.doubts;
    let shown = doubts.iter().take(MESSAGES_MAX);
    let mut out: Vec<Value> = shown
        .map(|d| message("warn", &format!("not known: {}: {}; {}", d.r#where, d.reason, d.remedy)))
        .collect();
    if MESSAGES_MAX < doubts.len() {
        out.push(message("warn", &format!("{} more could not be known", doubts.len() - MESSAGES_MAX)));
    }
    if elsewhere != 0 {
        let text = count(elsewhere as u64, "finding that this format", "findings that this format");
        out.push(message("info", &format!("{text} has no place for; see --format json")));
    }
    out
}

fn severity(finding: &Finding) -> &'static str {
    match finding.severity {
        Severity::Critical => "Critical",
        Severity::High => "High",
        Severity::Medium => "Medium",
        Severity::Low => "Low",
        Severity::Info => "Info",
        Severity::Unknown => "Unknown",
    }
}

/// Where it is, in the words of each report.
fn location(view: &View<'_>, finding: &Finding, kind: Kind) -> Value {
    if kind == Kind::Sast {
        let line = finding.r#where.line.unwrap_or(1).max(1);
        return json!({"file": clean(&view.file(finding)), "start_line": line});
    }
    let package = view.packages(finding).into_iter().next();
    let mut dependency = json!({
        "package": {"name": package.map_or("", |p| p.name.as_str())},
        "version": package.map_or("", |p| p.version.as_str()),
    });
    if let (Some(direct), Some(map)) = (package.and_then(|p| p.direct), dependency.as_object_mut()) {
        map.insert("direct".to_owned(), json!(direct));
    }
    if kind == Kind::Container {
        let d = view.target(&finding.target).and_then(|t| t.distribution.as_ref());
        let system = d.map(|d| format!("{} {}", d.id, d.version).trim().to_owned()).filter(|s| !s.is_empty());
        let system = system.unwrap_or_else(|| "unknown".to_owned());
        json!({"dependency": dependency, "operating_system": system, "image": image(view, finding)})
    } else {
        json!({"dependency": dependency, "file": file(view, finding)})
    }
}

fn vulnerability(view: &View<'_>, finding: &Finding, kind: Kind) -> Value {
    let package = view.packages(finding).into_iter().next();
    let mut out = json!({
        "id": uuid(8, &format!("{} {}", finding.id, finding.target)),
        "name": cut(&name(finding), NAME_CHARS_MAX), "description": cut(&finding.message, DESCRIPTION_CHARS_MAX),
        "severity": severity(finding),
        "identifiers": identifiers(finding), "links": links(finding), "location": location(view, finding, kind),
    });
    if let (Some(version), Some(map)) =
        (finding.fix.as_ref().and_then(|f| f.version.as_ref()), out.as_object_mut())
    {
        let name = package.map_or("the package", |p| p.name.as_str());
        let command = finding.fix.as_ref().and_then(|f| f.command.as_ref());
        let how = command.map_or(String::new(), |c| format!(": {c}"));
        let solution = cut(&format!("Upgrade {name} to {version}{how}"), SOLUTION_CHARS_MAX);
        map.insert("solution".to_owned(), json!(solution));
    } else if let (Some(command), Some(map)) =
        (finding.fix.as_ref().and_then(|f| f.command.as_ref()), out.as_object_mut())
    {
        map.insert("solution".to_owned(), json!(cut(command, SOLUTION_CHARS_MAX)));
    }
    let vectors = vectors(finding);
    if let (false, Some(map)) = (vectors.is_empty(), out.as_object_mut()) {
        map.insert("cvss_vectors".to_owned(), Value::Array(vectors));
    }
    out
}

/// What is wrong, without the place: the schema asks for a name that other findings share.
fn name(finding: &Finding) -> String {
    let vulnerability = finding.vulnerability.as_deref();
    let summary = vulnerability.and_then(|v| v.summary.as_deref()).filter(|s| !s.trim().is_empty());
    match (vulnerability, summary) {
        (Some(v), Some(summary)) => format!("{}: {summary}", v.id),
        (Some(v), None) => v.id.clone(),
        (None, _) => finding.title.to_string(),
    }
}

/// Cleaned and cut at a character.
fn cut(text: &str, chars_max: usize) -> String {
    let text = clean(text);
    if text.chars().count() <= chars_max {
        return text.into_owned();
    }
    text.chars().take(chars_max.saturating_sub(1)).chain(['…']).collect()
}

/// The file that declares the dependency; of a bill of materials, which says none, its own name.
fn file(view: &View<'_>, finding: &Finding) -> String {
    let path = view.file(finding);
    let name = if path.is_empty() { view.target_name(&finding.target) } else { &path };
    if name.is_empty() { "unknown".to_owned() } else { name.to_owned() }
}

/// Vectors of the versions that the schema has patterns for: 3.0 and 3.1.
fn vectors(finding: &Finding) -> Vec<Value> {
    let all = finding.vulnerability.iter().flat_map(|v| &v.cvss);
    let known = all.filter(|c| is_vector(&c.vector));
    let vendor =
        |source: &str| if source.is_empty() { "unknown".to_owned() } else { clean(source).into_owned() };
    known.take(VECTORS_MAX).map(|c| json!({"vendor": vendor(&c.source), "vector": c.vector})).collect()
}

/// True for what the schema's pattern takes: one vector that it does not take would make GitLab refuse the whole report, and
/// other tools' results and advisories bring any text.
fn is_vector(text: &str) -> bool {
    let metrics = text.strip_prefix("CVSS:3.0/").or_else(|| text.strip_prefix("CVSS:3.1/"));
    (32..=128).contains(&text.len()) && metrics.is_some_and(|m| m.split('/').all(is_metric))
}

/// A metric of CVSS 3.1 with its value (specification, table 15).
fn is_metric(text: &str) -> bool {
    let Some((metric, value)) = text.split_once(':') else { return false };
    let values = match metric {
        "AV" => "NALP",
        "AC" => "LH",
        "PR" | "C" | "I" | "A" => "NLH",
        "UI" => "NR",
        "S" => "UC",
        "E" => "XUPFH",
        "RL" => "XOTWU",
        "RC" => "XURC",
        "CR" | "IR" | "AR" => "XLMH",
        "MAV" => "XNALP",
        "MAC" => "XLH",
        "MPR" | "MC" | "MI" | "MA" => "XNLH",
        "MUI" => "XNR",
        "MS" => "XUC",
        _ => return false,
    };
    value.len() == 1 && values.contains(value)
}

/// The image with a tag, which the schema asks for.
fn image(view: &View<'_>, finding: &Finding) -> String {
    let target = view.target(&finding.target);
    let name = target.map_or(finding.target.as_str(), |t| t.name.as_str());
    let last = name.rsplit('/').next().unwrap_or(name);
    if last.contains(':') {
        return name.to_owned();
    }
    let digest = target.and_then(|t| t.digest.as_deref()).and_then(|d| d.strip_prefix("sha256:"));
    let tag: String = digest.map_or_else(|| "latest".to_owned(), |d| d.chars().take(12).collect());
    format!("{name}:{tag}")
}

fn identifiers(finding: &Finding) -> Vec<Value> {
    let Some(v) = &finding.vulnerability else {
        return vec![json!({"type": "plimsoll_rule", "name": finding.rule, "value": finding.rule})];
    };
    let kind = |id: &str| match id.split('-').next() {
        Some("CVE") => "cve",
        Some("GHSA") => "ghsa",
        _ => "plimsoll",
    };
    let all = std::iter::once(&v.id).chain(&v.aliases);
    all.take(20).map(|id| json!({"type": kind(id), "name": clean(id), "value": clean(id)})).collect()
}

fn links(finding: &Finding) -> Vec<Value> {
    let urls = finding.vulnerability.iter().flat_map(|v| &v.urls);
    let web = urls.filter(|u| u.starts_with("https://") || u.starts_with("http://"));
    web.take(20).map(|u| json!({"url": clean(u)})).collect()
}

fn dependency_files(report: &Report) -> Value {
    let mut files: BTreeMap<(&str, &str), Vec<Value>> = BTreeMap::new();
    let kinds: BTreeMap<&str, &api::TargetRow> = report.targets.iter().map(|t| (t.id.as_str(), t)).collect();
    for package in &report.packages {
        let target = kinds.get(package.target.as_str());
        if target.is_some_and(|t| is_container(&t.kind)) {
            continue;
        }
        let path = package
            .paths
            .first()
            .map(String::as_str)
            .or(target.map(|t| t.name.as_str()))
            .unwrap_or("unknown");
        let mut entry = json!({"package": {"name": package.name}, "version": package.version});
        if let (Some(direct), Some(map)) = (package.direct, entry.as_object_mut()) {
            map.insert("direct".to_owned(), json!(direct));
        }
        files.entry((path, package.kind.as_str())).or_default().push(entry);
    }
    let files = files.into_iter().map(|((path, manager), dependencies)| {
        json!({"path": path, "package_manager": manager, "dependencies": dependencies})
    });
    files.collect()
}
