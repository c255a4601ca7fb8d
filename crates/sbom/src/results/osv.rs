//! OSV-Scanner's JSON report, 1.x and 2.x.
//!
//! Source: OSV-Scanner's documentation, "Output", and the OSV schema for what stands in `vulnerabilities`.

use std::collections::BTreeSet;

use model::SourcePackage;
use serde_json::Value;

use super::build::{Builder, Found, is_vulnerability_id, moment, of_distribution, severity, title};
use super::{About, Claim, Class, Gap, Results};
use crate::json::{list, text, texts};
use crate::{Flaw, Subject};

/// Every member of the report's root (`models.VulnerabilityResults`).
const ROOT: [&str; 5] =
    ["results", "experimental_config", "experimental_generic_findings", "image_metadata", "license_summary"];

/// A report without results is known by having no member that OSV-Scanner does not write: others write an empty
/// `results` as well.
pub(super) fn is(document: &Value) -> bool {
    let first = list(document, "results").first();
    let is_result = |r: &Value| r.get("packages").is_some() && r.get("source").is_some();
    let is_empty = document.get("results").and_then(Value::as_array).is_some_and(Vec::is_empty);
    let is_root = || document.as_object().is_some_and(|o| o.keys().all(|k| ROOT.contains(&k.as_str())));
    first.is_some_and(is_result) || (is_empty && is_root())
}

pub(super) fn read(document: &Value, flaws: &mut Vec<Flaw>) -> Results {
    let mut builder = Builder::new(flaws);
    let mut clean = false;
    for (n, result) in list(document, "results").iter().enumerate() {
        let path = result.pointer("/source/path").and_then(Value::as_str).unwrap_or_default();
        for (m, entry) in list(result, "packages").iter().enumerate() {
            let pointer = format!("/results/{n}/packages/{m}");
            // Packages are also listed for their licences alone.
            clean |= ["vulnerabilities", "license_violations"].iter().all(|k| list(entry, k).is_empty());
            package(&mut builder, entry, path, &pointer);
        }
    }
    for (n, finding) in list(document, "experimental_generic_findings").iter().enumerate() {
        builder.claim(generic(finding), &format!("/experimental_generic_findings/{n}"));
    }
    let reason = "the file names packages with findings alone; what else is there was not seen";
    let gap = Gap {
        about: About::Packages,
        reason: reason.to_owned(),
        remedy: "let OSV-Scanner write with `--all-packages`, or scan the target itself".to_owned(),
    };
    let system = Gap {
        about: About::System,
        reason: "the file holds no results about packages of a distribution".to_owned(),
        ..gap.clone()
    };
    let has_system = builder.packages.iter().any(|p| p.kind.is_distribution());
    let mut gaps = Vec::new();
    gaps.extend((!clean).then_some(gap));
    gaps.extend((clean && !has_system && document.get("image_metadata").is_some()).then_some(system));
    let first = list(document, "results").first();
    let name = first.and_then(|r| r.pointer("/source/path")).and_then(Value::as_str);
    let (packages, claims) = (builder.packages, builder.claims);
    Results {
        tool: "osv-scanner".to_owned(),
        tool_version: None,
        subject: Subject { name: name.unwrap_or_default().to_owned(), ..Subject::default() },
        distribution: packages.iter().find_map(|p| p.distribution.clone()),
        packages,
        claims,
        gaps,
    }
}

fn package(builder: &mut Builder<'_>, entry: &Value, path: &str, pointer: &str) {
    let named = entry.get("package").unwrap_or(&Value::Null);
    let ecosystem = text(named, "ecosystem").unwrap_or_default();
    let (base, release) = ecosystem.split_once(':').unwrap_or((ecosystem, ""));
    let id = distribution_id(base);
    // Of a distribution's package `name` is the source; what is installed stands beside it (2.x).
    let (name, version) =
        (text(named, "name").unwrap_or_default(), text(named, "version").unwrap_or_default());
    let installed = text(named, "os_package_name").filter(|_| id.is_some());
    let index = builder.package(&Found {
        purl: None,
        kind: id.and_then(of_distribution).or_else(|| language(base)),
        namespace: id.unwrap_or_default(),
        name: installed.unwrap_or(name),
        version,
        path,
        pointer: pointer.to_owned(),
        found_by: format!("osv-scanner {ecosystem}"),
    });
    if let (Some(package), Some(_)) = (index.and_then(|i| builder.packages.get_mut(i)), installed) {
        package.source = Some(SourcePackage { name: name.to_owned(), version: version.to_owned() });
    }
    if let (Some(package), Some(id)) = (index.and_then(|i| builder.packages.get_mut(i)), id) {
        package.distribution = Some(model::Distribution {
            id: id.to_owned(),
            version: release.trim_start_matches('v').to_owned(),
            ..model::Distribution::default()
        });
    }
    for license in texts(entry, "license_violations") {
        let said = format!("{name} has licence {license}, which is not allowed");
        let claim = Claim {
            class: Class::License,
            package: index,
            id: license.to_owned(),
            about: name.to_owned(),
            title: title(&said),
            path: path.to_owned(),
            ..Claim::default()
        };
        builder.claim(claim, pointer);
    }
    let groups = list(entry, "groups");
    for record in list(entry, "vulnerabilities") {
        builder.claim(claim(record, groups, named, index, path), pointer);
    }
}

/// A finding about no package, such as a weak password (`inventory.GenericFinding` of OSV-SCALIBR, whose members are
/// written as Go names them).
fn generic(finding: &Value) -> Claim {
    let said = finding.get("Adv").unwrap_or(&Value::Null);
    // `SeverityEnum`.
    let severity = match said.get("Sev").and_then(Value::as_u64) {
        Some(1) => model::Severity::Info,
        Some(2) => model::Severity::Low,
        Some(3) => model::Severity::Medium,
        Some(4) => model::Severity::High,
        Some(5) => model::Severity::Critical,
        _ => model::Severity::Unknown,
    };
    let id = said.pointer("/ID/Reference").and_then(Value::as_str).unwrap_or("finding");
    Claim {
        class: if is_vulnerability_id(id) { Class::Vulnerability } else { Class::Other },
        id: id.to_owned(),
        severity,
        severity_said: if severity == model::Severity::Unknown {
            String::new()
        } else {
            severity.to_string()
        },
        title: title(text(said, "Title").or_else(|| text(said, "Description")).unwrap_or_default()),
        ..Claim::default()
    }
}

fn distribution_id(ecosystem: &str) -> Option<&'static str> {
    Some(match ecosystem {
        "Debian" => "debian",
        "Ubuntu" => "ubuntu",
        "Alpine" => "alpine",
        "Wolfi" => "wolfi",
        "Chainguard" => "chainguard",
        "AlmaLinux" => "almalinux",
        "Rocky Linux" => "rocky",
        "Red Hat" => "rhel",
        "openSUSE" => "opensuse-leap",
        "SUSE" => "sles",
        "Photon OS" => "photon",
        "Azure Linux" => "azurelinux",
        _ => return None,
    })
}

fn language(ecosystem: &str) -> Option<&'static str> {
    Some(match ecosystem {
        "npm" => "npm",
        "PyPI" => "pypi",
        "Go" => "golang",
        "crates.io" => "cargo",
        "Maven" => "maven",
        "RubyGems" => "gem",
        "Packagist" => "composer",
        "NuGet" => "nuget",
        "Hex" => "hex",
        "Pub" => "pub",
        "SwiftURL" => "swift",
        "ConanCenter" => "conan",
        "Hackage" => "hackage",
        "CRAN" => "cran",
        "GitHub Actions" => "github",
        "Bitnami" => "bitnami",
        _ => return None,
    })
}

fn claim(record: &Value, groups: &[Value], named: &Value, package: Option<usize>, path: &str) -> Claim {
    let id = text(record, "id").unwrap_or_default();
    let mut aliases: BTreeSet<&str> = texts(record, "aliases").collect();
    let group = groups.iter().find(|g| texts(g, "ids").any(|i| i == id));
    if let Some(group) = group {
        aliases.extend(texts(group, "ids").chain(texts(group, "aliases")));
    }
    aliases.remove(id);
    let stated = record.pointer("/database_specific/severity").and_then(Value::as_str);
    let score = group.and_then(|g| text(g, "max_severity")).and_then(|s| s.parse::<f64>().ok());
    let (severity, said) = match (stated, score) {
        (Some(word), _) => (severity(word), word.to_owned()),
        (None, Some(score)) => (model::Severity::from_cvss(score), format!("CVSS {score}")),
        (None, None) => (model::Severity::Unknown, String::new()),
    };
    Claim {
        class: Class::Vulnerability,
        package,
        id: id.to_owned(),
        aliases: aliases.into_iter().map(str::to_owned).collect(),
        severity,
        severity_said: said,
        severity_by: if stated.is_some() { id.to_owned() } else { String::new() },
        title: title(text(record, "summary").or_else(|| text(record, "details")).unwrap_or_default()),
        fixed: fixed(record, named),
        urls: list(record, "references")
            .iter()
            .filter_map(|r| text(r, "url"))
            .take(5)
            .map(str::to_owned)
            .collect(),
        published: moment(record, "published"),
        modified: moment(record, "modified"),
        path: path.trim_start_matches('/').to_owned(),
        ..Claim::default()
    }
}

/// Versions that fix it, of the ranges about this package.
fn fixed(record: &Value, named: &Value) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for affected in list(record, "affected") {
        let of = affected.get("package").unwrap_or(&Value::Null);
        if text(of, "name") != text(named, "name") {
            continue;
        }
        for range in list(affected, "ranges").iter().filter(|r| text(r, "type") != Some("GIT")) {
            for version in list(range, "events").iter().filter_map(|e| text(e, "fixed")) {
                if !out.iter().any(|v| v == version) {
                    out.push(version.to_owned());
                }
            }
        }
    }
    out
}
