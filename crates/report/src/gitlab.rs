//! GitLab's security reports, version 15 of their schemas: container scanning where a target is an image or a root
//! file system, else dependency scanning. They hold vulnerabilities only; everything else, and every doubt, is a message
//! of the scan.

use std::collections::BTreeMap;
use std::io;

use api::{Finding, Report};
use model::{Severity, Timestamp};
use serde_json::{Value, json};

use crate::text::{clean, count};
use crate::view::View;

/// Version of the schemas.
const VERSION: &str = "15.2.1";
/// Messages of a scan.
const MESSAGES_MAX: usize = 100;

/// Writes the report.
pub(crate) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let view = View::new(report);
    let container = report.targets.iter().any(|t| is_container(&t.kind)) || report.targets.is_empty();
    let chosen: Vec<&Finding> =
        view.open().filter(|f| f.vulnerability.is_some() && on_container(&view, f) == container).collect();
    let vulnerabilities: Vec<Value> = chosen.iter().map(|f| vulnerability(&view, f, container)).collect();
    let kind = if container { "container_scanning" } else { "dependency_scanning" };
    let tool = json!({
        "id": "plimsoll", "name": "Plimsoll", "version": report.tool.version, "vendor": {"name": "Plimsoll"},
    });
    let mut document = json!({
        "version": VERSION,
        "scan": {
            "analyzer": tool, "scanner": tool, "type": kind, "status": "success",
            "start_time": seconds(report.as_of), "end_time": seconds(report.as_of),
            "messages": messages(&view, view.open().count() - chosen.len()),
        },
        "vulnerabilities": vulnerabilities,
        "remediations": [],
    });
    if let (false, Some(map)) = (container, document.as_object_mut()) {
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

fn on_container(view: &View<'_>, finding: &Finding) -> bool {
    view.target(&finding.target).is_some_and(|t| is_container(&t.kind))
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

fn vulnerability(view: &View<'_>, finding: &Finding, container: bool) -> Value {
    let severity = match finding.severity {
        Severity::Critical => "Critical",
        Severity::High => "High",
        Severity::Medium => "Medium",
        Severity::Low => "Low",
        Severity::Info => "Info",
        Severity::Unknown => "Unknown",
    };
    let package = view.packages(finding).into_iter().next();
    let dependency = json!({
        "package": {"name": package.map_or("", |p| p.name.as_str())},
        "version": package.map_or("", |p| p.version.as_str()),
    });
    let location = if container {
        let d = view.target(&finding.target).and_then(|t| t.distribution.as_ref());
        let system =
            d.map_or_else(|| "unknown".to_owned(), |d| format!("{} {}", d.id, d.version).trim().to_owned());
        json!({"dependency": dependency, "operating_system": system, "image": image(view, finding)})
    } else {
        json!({"dependency": dependency, "file": finding.r#where.path})
    };
    let mut out = json!({
        "id": uuid(&format!("{} {}", finding.id, finding.target)),
        "name": clean(&finding.title), "description": clean(&finding.message), "severity": severity,
        "identifiers": identifiers(finding), "links": links(finding), "location": location,
    });
    if let (Some(version), Some(map)) =
        (finding.fix.as_ref().and_then(|f| f.version.as_ref()), out.as_object_mut())
    {
        let name = package.map_or("the package", |p| p.name.as_str());
        map.insert("solution".to_owned(), json!(clean(&format!("Upgrade {name} to {version}"))));
    }
    out
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
    let Some(v) = &finding.vulnerability else { return Vec::new() };
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
    for package in &report.packages {
        let path = package.paths.first().map_or("", String::as_str);
        let entry = json!({"package": {"name": package.name}, "version": package.version});
        files.entry((path, package.kind.as_str())).or_default().push(entry);
    }
    let files = files.into_iter().map(|((path, manager), dependencies)| {
        json!({"path": path, "package_manager": manager, "dependencies": dependencies})
    });
    files.collect()
}

/// A UUID in form, made of the text: equal findings keep their id (FNV-1a twice, version 8 of RFC 9562).
fn uuid(text: &str) -> String {
    let hash =
        |seed: u64| text.bytes().fold(seed, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3));
    let bits = (u128::from(hash(0xcbf2_9ce4_8422_2325)) << 64) | u128::from(hash(0x9e37_79b9_7f4a_7c15));
    let bits = (bits & !(0xf000 << 64) & !(0xc000 << 48)) | (0x8000 << 64) | (0x8000 << 48);
    let hex = format!("{bits:032x}");
    let mut out = String::with_capacity(36);
    for (i, c) in hex.chars().enumerate() {
        if matches!(i, 8 | 12 | 16 | 20) {
            out.push('-');
        }
        out.push(c);
    }
    out
}
