//! CycloneDX 1.6 JSON: the packages of a scan as components, the vulnerabilities that affect them, and of those that
//! were accepted what was said (VEX). Findings that are no vulnerability have no place in it; their number is told.

use std::collections::BTreeMap;
use std::io;

use api::{Finding, PackageRow, Report, Status, Suppression, TargetRow, Vulnerability};
use model::PackageType;
use serde_json::{Map, Value, json};

use crate::identity::uuid;
use crate::text::clean;
use crate::view::View;

/// Licences by their SPDX id where it is one of the most frequent; the schema knows all ids, other texts are names.
const LICENCE_IDS: [&str; 24] = [
    "0BSD",
    "AGPL-3.0-only",
    "AGPL-3.0-or-later",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "EPL-2.0",
    "GPL-2.0-only",
    "GPL-2.0-or-later",
    "GPL-3.0-only",
    "GPL-3.0-or-later",
    "ISC",
    "LGPL-2.1-only",
    "LGPL-2.1-or-later",
    "LGPL-3.0-only",
    "LGPL-3.0-or-later",
    "MIT",
    "MPL-2.0",
    "OpenSSL",
    "PSF-2.0",
    "Python-2.0",
    "Unlicense",
    "Zlib",
];

/// Links of one vulnerability.
const LINKS_MAX: usize = 20;

/// Writes the document.
pub(crate) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let view = View::new(report);
    let mut document = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": metadata(&view),
        "components": report.packages.iter().map(component).collect::<Vec<_>>(),
        "dependencies": dependencies(report),
        "vulnerabilities": vulnerabilities(&view),
    });
    // The serial number stands for the content: equal reports have one.
    let serial = format!("urn:uuid:{}", uuid(5, &document.to_string()));
    if let Some(map) = document.as_object_mut() {
        map.insert("serialNumber".to_owned(), json!(serial));
    }
    let mut buffered = io::BufWriter::with_capacity(1 << 16, out);
    serde_json::to_writer_pretty(&mut buffered, &document).map_err(io::Error::from)?;
    io::Write::write_all(&mut buffered, b"\n")?;
    io::Write::flush(&mut buffered)
}

fn metadata(view: &View<'_>) -> Value {
    let report = view.report;
    let others = view.open().filter(|f| f.vulnerability.is_none()).count();
    let mut properties = vec![
        property("plimsoll:verdict:exit", &report.verdict.exit.to_string()),
        property("plimsoll:findings:other", &others.to_string()),
        property("plimsoll:doubts", &report.doubts.len().to_string()),
    ];
    if let Some(database) = &report.database {
        properties.push(property("plimsoll:database", &database.id));
        properties.push(property("plimsoll:database:built", &database.built.to_string()));
    }
    let subject = match report.targets.as_slice() {
        [only] => target(only),
        several => {
            let parts: Vec<Value> = several.iter().map(target).collect();
            let mut whole = json!({"type": "application", "bom-ref": "scan", "name": "scan"});
            if let (false, Some(map)) = (parts.is_empty(), whole.as_object_mut()) {
                map.insert("components".to_owned(), Value::Array(parts));
            }
            whole
        }
    };
    json!({
        "timestamp": report.as_of.to_string(),
        "tools": {"components": [{"type": "application", "name": "plimsoll", "version": report.tool.version}]},
        "component": subject,
        "properties": properties,
    })
}

fn property(name: &str, value: &str) -> Value {
    json!({"name": name, "value": clean(value)})
}

fn target(target: &TargetRow) -> Value {
    let kind = match target.kind.as_str() {
        "oci" | "docker-archive" | "registry" => "container",
        "rootfs" => "operating-system",
        _ => "application",
    };
    let mut out =
        json!({"type": kind, "bom-ref": reference_of_target(&target.id), "name": clean(&target.name)});
    if let (Some(digest), Some(map)) = (&target.digest, out.as_object_mut()) {
        map.insert("version".to_owned(), json!(digest));
        if let Some(hex) = digest.strip_prefix("sha256:") {
            map.insert("hashes".to_owned(), json!([{"alg": "SHA-256", "content": hex}]));
        }
    }
    out
}

fn reference_of_target(id: &str) -> String {
    format!("target:{}", clean(id))
}

/// The reference of a package within the document.
fn reference(target: &str, id: &str) -> String {
    format!("{} {}", clean(target), clean(id))
}

fn component(package: &PackageRow) -> Value {
    let mut out = Map::new();
    let library = !package.kind.is_distribution() && package.kind != PackageType::Generic;
    out.insert("type".to_owned(), json!(if library { "library" } else { "application" }));
    out.insert("bom-ref".to_owned(), json!(reference(&package.target, &package.id)));
    match (package.kind, package.name.split_once(':')) {
        (PackageType::Maven, Some((group, name))) => {
            out.insert("group".to_owned(), json!(clean(group)));
            out.insert("name".to_owned(), json!(clean(name)));
        }
        _ => {
            out.insert("name".to_owned(), json!(clean(&package.name)));
        }
    }
    out.insert("version".to_owned(), json!(clean(&package.version)));
    out.insert("purl".to_owned(), json!(clean(&package.purl)));
    if !package.licenses.is_empty() {
        let one = |text: &String| match LICENCE_IDS.binary_search(&text.as_str()) {
            Ok(_) => json!({"license": {"id": text}}),
            Err(_) => json!({"license": {"name": clean(text)}}),
        };
        out.insert("licenses".to_owned(), package.licenses.iter().map(one).collect());
    }
    let mut properties = vec![property("plimsoll:target", &package.target)];
    properties.extend(package.paths.iter().map(|p| property("plimsoll:path", p)));
    properties.extend(package.layer.iter().map(|l| property("plimsoll:layer", &l.diff_id.to_string())));
    out.insert("properties".to_owned(), Value::Array(properties));
    Value::Object(out)
}

/// Who depends on whom, within one target.
fn dependencies(report: &Report) -> Vec<Value> {
    let mut targets: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in &report.packages {
        targets.entry(&package.id).or_default().push(&package.target);
    }
    let mut edges: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for link in report.links.iter().filter(|l| l.kind == "depends-on") {
        let ends = (targets.get(link.from.as_str()), targets.get(link.to.as_str()));
        let (Some(from), Some(to)) = ends else { continue };
        for target in from.iter().filter(|t| to.contains(t)) {
            edges.entry(reference(target, &link.from)).or_default().push(reference(target, &link.to));
        }
    }
    edges
        .into_iter()
        .map(|(from, mut to)| {
            to.sort();
            to.dedup();
            json!({"ref": from, "dependsOn": to})
        })
        .collect()
}

/// Findings of one vulnerability about which one thing was said are one entry.
fn vulnerabilities(view: &View<'_>) -> Vec<Value> {
    type Key<'r> = (&'r str, Option<(&'r str, &'r str)>);
    let mut groups: BTreeMap<Key<'_>, Vec<&Finding>> = BTreeMap::new();
    for finding in &view.report.findings {
        let Some(v) = &finding.vulnerability else { continue };
        let said = finding.suppression.as_ref().filter(|_| finding.status == Status::Suppressed);
        let key = (v.id.as_str(), said.map(|s| (s.by.as_str(), s.reason.as_str())));
        groups.entry(key).or_default().push(finding);
    }
    groups.into_iter().filter_map(|((id, said), findings)| entry(view, id, said, &findings)).collect()
}

fn entry(view: &View<'_>, id: &str, said: Option<(&str, &str)>, findings: &[&Finding]) -> Option<Value> {
    let first = findings.first()?;
    let vulnerability = first.vulnerability.as_deref()?;
    let by = said.map_or("", |(by, _)| by);
    let mut out = json!({
        "bom-ref": format!("vulnerability:{} {}", clean(id), clean(by)).trim_end(),
        "id": clean(id),
        "source": source(id),
        "ratings": ratings(findings, vulnerability),
        "affects": affects(view, findings),
    });
    let map = out.as_object_mut()?;
    let references: Vec<Value> = vulnerability
        .aliases
        .iter()
        .filter(|alias| *alias != id)
        .map(|alias| json!({"id": clean(alias), "source": source(alias)}))
        .collect();
    if !references.is_empty() {
        map.insert("references".to_owned(), Value::Array(references));
    }
    if let Some(summary) = &vulnerability.summary {
        map.insert("description".to_owned(), json!(clean(summary)));
    }
    if let Some(fixed) = vulnerability.fixed.first() {
        map.insert("recommendation".to_owned(), json!(format!("Upgrade to {}", clean(fixed))));
    }
    let web = vulnerability.urls.iter().filter(|u| u.starts_with("https://") || u.starts_with("http://"));
    let links: Vec<Value> = web.take(LINKS_MAX).map(|u| json!({"url": escaped(u)})).collect();
    if !links.is_empty() {
        map.insert("advisories".to_owned(), Value::Array(links));
    }
    for (key, at) in [("published", vulnerability.published), ("updated", vulnerability.modified)] {
        if let Some(at) = at {
            map.insert(key.to_owned(), json!(at.to_string()));
        }
    }
    if let Some(suppression) = first.suppression.as_ref().filter(|_| said.is_some()) {
        map.insert("analysis".to_owned(), analysis(suppression));
    }
    let mut properties = Vec::new();
    if let Some(kev) = &vulnerability.kev {
        properties.push(property("plimsoll:kev", &kev.added));
    }
    if let Some(epss) = vulnerability.epss {
        properties.push(property("plimsoll:epss", &epss.score.to_string()));
    }
    if !properties.is_empty() {
        map.insert("properties".to_owned(), Value::Array(properties));
    }
    Some(out)
}

/// Characters that no URI holds, escaped (RFC 3986, section 2).
fn escaped(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    for byte in url.bytes() {
        match byte {
            b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' | 0..=0x20 | 0x7f.. => {
                out.push_str(&format!("%{byte:02X}"));
            }
            byte => out.push(char::from(byte)),
        }
    }
    out
}

/// Who gave an id, by how it begins.
fn source(id: &str) -> Value {
    match id.split('-').next() {
        Some("CVE") => {
            json!({"name": "NVD", "url": format!("https://nvd.nist.gov/vuln/detail/{}", escaped(id))})
        }
        Some("GHSA") => {
            json!({"name": "GitHub", "url": format!("https://github.com/advisories/{}", escaped(id))})
        }
        _ => json!({"name": "OSV", "url": format!("https://osv.dev/vulnerability/{}", escaped(id))}),
    }
}

/// The rating that decided first, then each score.
fn ratings(findings: &[&Finding], vulnerability: &Vulnerability) -> Vec<Value> {
    let worst = findings.iter().map(|f| f.severity).max().unwrap_or_default();
    let mut out =
        vec![json!({"source": {"name": "plimsoll"}, "severity": worst.as_str(), "method": "other"})];
    for cvss in &vulnerability.cvss {
        let method = match cvss.version.as_str() {
            "2.0" | "2" => "CVSSv2",
            "3.0" => "CVSSv3",
            "3.1" => "CVSSv31",
            v if v.starts_with('4') => "CVSSv4",
            _ => "other",
        };
        out.push(json!({
            "source": {"name": clean(&cvss.source)}, "score": cvss.score, "method": method,
            "vector": clean(&cvss.vector),
        }));
    }
    out
}

fn affects(view: &View<'_>, findings: &[&Finding]) -> Vec<Value> {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for finding in findings {
        for package in view.packages(finding) {
            all.insert(reference(&package.target, &package.id), package.version.clone());
        }
    }
    let one = |(reference, version): (String, String)| match version.is_empty() {
        true => json!({"ref": reference}),
        false => json!({"ref": reference, "versions": [{"version": clean(&version), "status": "affected"}]}),
    };
    all.into_iter().map(one).collect()
}

/// What was said of an accepted vulnerability. A statement of a VEX document keeps its state; an entry of an ignore file
/// accepts a risk and says nothing of the state.
fn analysis(suppression: &Suppression) -> Value {
    let owner = suppression.owner.as_ref().map_or(String::new(), |o| format!(" ({o})"));
    let until = suppression.until.as_ref().map_or(String::new(), |u| format!(", until {u}"));
    let detail = format!("{}{owner}{until}: {}", suppression.reason, suppression.by);
    let reason = suppression.reason.as_str();
    let justification = [
        ("component_not_present", "code_not_present"),
        ("vulnerable_code_not_present", "code_not_present"),
        ("vulnerable_code_not_in_execute_path", "code_not_reachable"),
        ("vulnerable_code_cannot_be_controlled_by_adversary", "requires_environment"),
        ("inline_mitigations_already_exist", "protected_by_mitigating_control"),
    ];
    let mut out = json!({"detail": clean(&detail)});
    let Some(map) = out.as_object_mut() else { return out };
    if reason.starts_with("not_affected") {
        map.insert("state".to_owned(), json!("not_affected"));
        if let Some((_, word)) = justification.iter().find(|(vex, _)| reason.contains(vex)) {
            map.insert("justification".to_owned(), json!(word));
        }
    } else if reason.starts_with("fixed") {
        map.insert("state".to_owned(), json!("resolved"));
    } else {
        map.insert("response".to_owned(), json!(["will_not_fix"]));
    }
    out
}
