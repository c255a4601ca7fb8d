//! Grype's JSON report.
//!
//! Source: the field names of its `grype/presenter/models`.

use std::collections::BTreeMap;

use model::{Distribution, DoubtKind, SourcePackage};
use serde_json::Value;

use super::build::{Builder, Found, moment, number, of_distribution, severity, title};
use super::{About, Claim, Class, Exploited, Gap, Results, Score};
use crate::json::{list, text, texts};
use crate::{Flaw, Subject};

/// Kinds of warnings that are told one by one.
const ALERTS_MAX: usize = 20;

pub(super) fn is(document: &Value) -> bool {
    let named = document.pointer("/descriptor/name").and_then(Value::as_str) == Some("grype");
    document.get("matches").is_some() && (named || document.get("source").is_some())
}

pub(super) fn read(document: &Value, flaws: &mut Vec<Flaw>) -> Results {
    let distribution = distribution(document);
    let mut builder = Builder::new(flaws);
    if document.pointer("/descriptor/version").is_none() {
        let why =
            "the file does not say which version of Grype wrote it; it was read as that of 0.7x and later";
        builder.flaw(DoubtKind::Knowledge, "/descriptor", why.to_owned());
    }
    if document.get("matches").and_then(Value::as_array).is_none() {
        builder.flaw(DoubtKind::Target, "/matches", "the matches are no list".to_owned());
    }
    for (n, found) in list(document, "matches").iter().enumerate() {
        let pointer = format!("/matches/{n}");
        let index = package(&mut builder, found, distribution.as_ref(), &pointer);
        let claim = claim(found, index);
        builder.claim(claim, &pointer);
    }
    let ignored = list(document, "ignoredMatches").len();
    if ignored != 0 {
        let why = format!("Grype's own configuration ignored {ignored} matches; they are not taken over");
        builder.flaw(DoubtKind::Knowledge, "/ignoredMatches", why);
    }
    alerts(&mut builder, document);
    let (mut packages, claims) = (builder.packages, builder.claims);
    for package in packages.iter_mut().filter(|p| p.kind.is_distribution()) {
        package.distribution = distribution.clone().or(package.distribution.take());
    }
    Results {
        tool: "grype".to_owned(),
        tool_version: document.pointer("/descriptor/version").and_then(Value::as_str).map(str::to_owned),
        subject: subject(document),
        packages,
        distribution,
        claims,
        gaps: vec![Gap {
            about: About::Packages,
            reason: "the file names packages with findings alone; what else is installed was not seen"
                .to_owned(),
            remedy: "give Syft's JSON, or a bill of materials, of the same target beside it".to_owned(),
        }],
    }
}

fn distribution(document: &Value) -> Option<Distribution> {
    let distro = document.get("distro")?;
    let id = match text(distro, "name")? {
        "redhat" => "rhel",
        "amazonlinux" => "amzn",
        "oraclelinux" => "ol",
        "rockylinux" => "rocky",
        other => other,
    };
    let version = text(distro, "version").unwrap_or_default().to_owned();
    let id_like = texts(distro, "idLike").map(str::to_owned).collect();
    Some(Distribution { id: id.to_owned(), version, id_like, ..Distribution::default() })
}

/// What Grype could not be sure of, package by package: a distribution past its end has no new records (0.9x and later).
fn alerts(builder: &mut Builder<'_>, document: &Value) {
    let mut said: BTreeMap<&str, usize> = BTreeMap::new();
    for alert in list(document, "alertsByPackage").iter().flat_map(|p| list(p, "alerts")) {
        *said
            .entry(text(alert, "message").or_else(|| text(alert, "type")).unwrap_or("an alert"))
            .or_default() += 1;
    }
    for (n, (message, packages)) in said.into_iter().enumerate() {
        if ALERTS_MAX <= n {
            builder.flaw(DoubtKind::Knowledge, "/alertsByPackage", "Grype warns of more".to_owned());
            return;
        }
        let why = format!("Grype warns: {} (packages: {packages})", title(message));
        builder.flaw(DoubtKind::Knowledge, "/alertsByPackage", why);
    }
}

/// `source` of Grype, and of Syft, whose target is called `metadata`.
pub(super) fn subject(document: &Value) -> Subject {
    let source = document.get("source").unwrap_or(&Value::Null);
    let target = source.get("target").or_else(|| source.get("metadata")).unwrap_or(&Value::Null);
    let name = target.as_str().or_else(|| text(target, "userInput")).or_else(|| text(source, "name"));
    let path = text(target, "path");
    Subject {
        name: name.or(path).unwrap_or_default().to_owned(),
        version: text(target, "imageID").map(str::to_owned),
        purl: None,
        digest: text(target, "manifestDigest").and_then(|d| d.parse().ok()),
    }
}

fn package(
    builder: &mut Builder<'_>,
    found: &Value,
    distribution: Option<&Distribution>,
    pointer: &str,
) -> Option<usize> {
    let artifact = found.get("artifact").unwrap_or(&Value::Null);
    let kind = text(artifact, "type").unwrap_or_default();
    let of_system = matches!(kind, "deb" | "apk" | "rpm" | "alpm");
    let id = distribution.map(|d| d.id.as_str()).unwrap_or_default();
    let path = list(artifact, "locations").first().and_then(|l| text(l, "path")).unwrap_or_default();
    let index = builder.package(&Found {
        purl: text(artifact, "purl"),
        kind: if of_system { of_distribution(id).or(system(kind)) } else { language(kind) },
        namespace: if of_system { id } else { "" },
        name: text(artifact, "name").unwrap_or_default(),
        version: text(artifact, "version").unwrap_or_default(),
        path,
        pointer: pointer.to_owned(),
        found_by: format!("grype {kind}"),
    })?;
    let package = builder.packages.get_mut(index)?;
    if let (Some(upstream), None) = (list(artifact, "upstreams").first(), &package.source)
        && let Some(name) = text(upstream, "name")
    {
        let version = text(upstream, "version").map_or_else(|| package.version.clone(), str::to_owned);
        package.source = Some(SourcePackage { name: name.to_owned(), version });
    }
    if package.licenses.is_empty() {
        package.licenses = texts(artifact, "licenses").map(str::to_owned).collect();
    }
    Some(index)
}

fn system(kind: &str) -> Option<&'static str> {
    ["deb", "apk", "rpm", "alpm"].into_iter().find(|k| *k == kind)
}

/// The type of package URL for Syft's types of packages.
pub(super) fn language(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "npm" => "npm",
        "python" => "pypi",
        "go-module" => "golang",
        "rust-crate" => "cargo",
        "java-archive" | "jenkins-plugin" => "maven",
        "gem" => "gem",
        "php-composer" => "composer",
        "dotnet" => "nuget",
        "hex" => "hex",
        "dart-pub" => "pub",
        "swift" => "swift",
        "pod" => "cocoapods",
        "conan" => "conan",
        "conda" => "conda",
        "hackage" => "hackage",
        "R-package" => "cran",
        "github-action" => "github",
        "bitnami" => "bitnami",
        _ => return None,
    })
}

fn claim(found: &Value, package: Option<usize>) -> Claim {
    let v = found.get("vulnerability").unwrap_or(&Value::Null);
    let related = list(found, "relatedVulnerabilities");
    let word = text(v, "severity").unwrap_or_default();
    let fix = v.get("fix").unwrap_or(&Value::Null);
    let said = std::iter::once(v).chain(related).find_map(|r| text(r, "description")).unwrap_or_default();
    let range = list(found, "matchDetails").iter().find_map(|d| {
        d.pointer("/found/versionConstraint").and_then(Value::as_str).filter(|r| !r.starts_with("none"))
    });
    let artifact = found.get("artifact").unwrap_or(&Value::Null);
    let path = list(artifact, "locations").first().and_then(|l| text(l, "path")).unwrap_or_default();
    Claim {
        class: Class::Vulnerability,
        package,
        id: text(v, "id").unwrap_or_default().to_owned(),
        aliases: related.iter().filter_map(|r| text(r, "id")).map(str::to_owned).collect(),
        severity: severity(word),
        severity_said: word.to_owned(),
        severity_by: text(v, "namespace").unwrap_or_default().to_owned(),
        title: title(said),
        range: range.unwrap_or_default().to_owned(),
        fixed: texts(fix, "versions").map(str::to_owned).collect(),
        urls: text(v, "dataSource").into_iter().map(str::to_owned).collect(),
        scores: std::iter::once(v).chain(related).flat_map(scores).collect(),
        published: moment(v, "publishedDate"),
        modified: moment(v, "modifiedDate"),
        path: path.trim_start_matches('/').to_owned(),
        line: None,
        state: text(fix, "state").unwrap_or_default().to_owned(),
        about: String::new(),
        exploited: std::iter::once(v).chain(related).find_map(exploited),
        epss: std::iter::once(v).chain(related).find_map(epss),
    }
}

/// `knownExploited` (0.9x and later).
fn exploited(v: &Value) -> Option<Exploited> {
    let entries = list(v, "knownExploited").iter();
    let day = |text: &str| {
        text.get(..10).filter(|d| d.bytes().all(|b| b.is_ascii_digit() || b == b'-')).map(str::to_owned)
    };
    entries
        .filter_map(|entry| {
            Some(Exploited {
                added: text(entry, "dateAdded").and_then(day)?,
                due: text(entry, "dueDate").and_then(day),
                ransomware: text(entry, "knownRansomwareCampaignUse")
                    .is_some_and(|u| u.eq_ignore_ascii_case("known")),
            })
        })
        .min_by(|a, b| a.added.cmp(&b.added))
}

fn epss(v: &Value) -> Option<(f64, f64)> {
    let ranged = |one: &Value, key| number(one, key).filter(|n| (0.0..=1.0).contains(n));
    list(v, "epss").iter().find_map(|one| Some((ranged(one, "epss")?, ranged(one, "percentile")?)))
}

fn scores(v: &Value) -> Vec<Score> {
    let namespace = text(v, "namespace").unwrap_or_default();
    let one = |c: &Value| {
        Some(Score {
            version: text(c, "version").unwrap_or_default().to_owned(),
            vector: text(c, "vector").unwrap_or_default().to_owned(),
            score: number(c.get("metrics")?, "baseScore")?,
            source: text(c, "source").unwrap_or(namespace).to_owned(),
        })
    };
    list(v, "cvss").iter().filter_map(one).collect()
}
