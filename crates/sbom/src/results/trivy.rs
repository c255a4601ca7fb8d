//! Trivy's JSON report, schema version 2, of one artefact or of a cluster (`trivy k8s`).
//!
//! Source: Trivy's documentation, "Reporting", and the field names of its `pkg/types/report.go`,
//! `pkg/fanal/types/artifact.go` and `pkg/k8s/report/report.go`.

use std::collections::BTreeMap;

use model::{Distribution, DoubtKind, LayerRef, SourcePackage};
use serde_json::Value;

use super::build::{Builder, Found, line, moment, number, of_distribution, severity, title};
use super::{About, Claim, Class, Gap, Results, Score, unknown_version};
use crate::identity::clip;
use crate::json::{list, text, texts};
use crate::{Flaw, Subject};

/// Versions of the schema that are known.
const SCHEMA: u64 = 2;

/// Where the report of a cluster has its resources: `--report all`, `--report summary`, and what Trivy before 0.30 wrote.
const RESOURCES: [&str; 4] = ["Resources", "Findings", "Vulnerabilities", "Misconfigurations"];

pub(super) fn is(document: &Value) -> bool {
    let is_report = document.get("ArtifactName").is_some() && document.get("ArtifactType").is_some();
    let is_artifact =
        document.get("SchemaVersion").is_some() && (is_report || document.get("Results").is_some());
    is_artifact || is_cluster(document)
}

fn is_cluster(document: &Value) -> bool {
    let has_resources = || RESOURCES.iter().any(|key| document.get(key).is_some_and(Value::is_array));
    let is_empty = || document.get("SchemaVersion").is_some();
    document.get("ClusterName").is_some_and(Value::is_string) && (has_resources() || is_empty())
}

pub(super) fn read(document: &Value, flaws: &mut Vec<Flaw>) -> Results {
    let version = document.get("SchemaVersion");
    // Reports of clusters had none for long.
    let is_known =
        version.and_then(Value::as_u64) == Some(SCHEMA) || (version.is_none() && is_cluster(document));
    if !is_known {
        let found = version.map(ToString::to_string).unwrap_or_default();
        unknown_version(flaws, "/SchemaVersion", "Trivy", &found, "2");
    }
    let mut builder = Builder::new(flaws);
    let mut seen = Seen::default();
    for part in parts(document) {
        if let Some(error) = part.error {
            let why = format!("Trivy could not scan {}: {}", clip(&part.within), title(error));
            builder.flaw(DoubtKind::Target, &part.pointer, why);
        }
        builder = part.read(builder, &mut seen);
    }
    let distribution = document.pointer("/Metadata/OS").and_then(distribution);
    let (packages, claims) = (builder.packages, builder.claims);
    let version = document.pointer("/Trivy/Version").and_then(Value::as_str);
    Results {
        tool: "trivy".to_owned(),
        tool_version: version.map(str::to_owned),
        subject: subject(document),
        packages,
        distribution,
        claims,
        gaps: gaps(&seen, document),
    }
}

/// Results with what they are about: the artefact of a report, or a resource of a cluster.
struct Part<'d> {
    /// `Namespace/Kind/Name` of a resource, before every path; of an artefact empty.
    within: String,
    distribution: Option<Distribution>,
    layers: Vec<&'d str>,
    results: &'d [Value],
    error: Option<&'d str>,
    pointer: String,
}

fn parts(document: &Value) -> Vec<Part<'_>> {
    if !is_cluster(document) {
        let metadata = document.get("Metadata").unwrap_or(&Value::Null);
        return vec![Part {
            within: String::new(),
            distribution: metadata.get("OS").and_then(distribution),
            layers: texts(metadata, "DiffIDs").collect(),
            results: list(document, "Results"),
            error: None,
            pointer: String::new(),
        }];
    }
    let all = RESOURCES
        .iter()
        .flat_map(|key| list(document, key).iter().enumerate().map(move |(n, r)| (key, n, r)));
    all.map(|(key, n, resource)| {
        let names = ["Namespace", "Kind", "Name"].into_iter().filter_map(|k| text(resource, k));
        let metadata = list(resource, "Metadata");
        let mut systems = metadata.iter().filter_map(|m| m.get("OS")).filter_map(distribution);
        let first = systems.next();
        // Images of several distributions in one resource: which is whose is told by the packages alone.
        let is_one = systems.all(|other| first.as_ref() == Some(&other));
        Part {
            within: names.collect::<Vec<_>>().join("/"),
            distribution: first.filter(|_| is_one),
            layers: match metadata {
                [one] => texts(one, "DiffIDs").collect(),
                _ => Vec::new(),
            },
            results: list(resource, "Results"),
            error: text(resource, "Error"),
            pointer: format!("/{key}/{n}"),
        }
    })
    .collect()
}

impl Part<'_> {
    fn read<'f>(self, builder: Builder<'f>, seen: &mut Seen) -> Builder<'f> {
        let before = builder.packages.len();
        let Part { within, distribution, layers, results, pointer, .. } = self;
        let mut reader = Reader { builder, by_id: BTreeMap::new(), layers, distribution, within };
        for (n, result) in results.iter().enumerate() {
            seen.add(result);
            reader.result(result, &format!("{pointer}/Results/{n}"));
        }
        let Reader { mut builder, distribution, .. } = reader;
        for package in builder.packages.iter_mut().skip(before).filter(|p| p.kind.is_distribution()) {
            package.distribution = distribution.clone().or(package.distribution.take());
        }
        builder
    }
}

fn distribution(os: &Value) -> Option<Distribution> {
    let id = match text(os, "Family")? {
        "redhat" => "rhel",
        "alma" => "almalinux",
        "amazon" => "amzn",
        "oracle" => "ol",
        "opensuse.leap" => "opensuse-leap",
        "opensuse.tumbleweed" => "opensuse-tumbleweed",
        other => other,
    };
    Some(Distribution {
        id: id.to_owned(),
        version: text(os, "Name").unwrap_or_default().to_owned(),
        ..Distribution::default()
    })
}

fn subject(document: &Value) -> Subject {
    let metadata = document.get("Metadata").unwrap_or(&Value::Null);
    let repository = texts(metadata, "RepoDigests").find_map(|d| d.rsplit_once('@'));
    let name = text(document, "ArtifactName").or_else(|| text(document, "ClusterName"));
    Subject {
        name: name.unwrap_or_default().to_owned(),
        version: text(metadata, "ImageID").map(str::to_owned),
        purl: None,
        digest: repository.and_then(|(_, digest)| digest.parse().ok()),
    }
}

/// Which classes of results the file holds, and whether it lists what it found nothing about.
#[derive(Default)]
struct Seen {
    system: bool,
    dependencies: bool,
    /// Every result with vulnerabilities lists its packages.
    unlisted: bool,
}

impl Seen {
    fn add(&mut self, result: &Value) {
        let is_package_class = match text(result, "Class") {
            Some("os-pkgs") => {
                self.system = true;
                true
            }
            Some("lang-pkgs") => {
                self.dependencies = true;
                true
            }
            _ => result.get("Vulnerabilities").is_some(),
        };
        self.unlisted |= is_package_class && list(result, "Packages").is_empty();
    }
}

fn gaps(seen: &Seen, document: &Value) -> Vec<Gap> {
    let mut out = Vec::new();
    let mut gap = |about, reason: &str, remedy: &str| {
        out.push(Gap { about, reason: reason.to_owned(), remedy: remedy.to_owned() });
    };
    let remedy =
        "let Trivy write with `--format json --list-all-pkgs --scanners vuln`, or scan the target itself";
    if seen.unlisted {
        gap(
            About::Packages,
            "the file names packages with findings alone; what else is installed was not seen",
            remedy,
        );
    }
    let has_system = text(document, "ArtifactType") == Some("container_image") || is_cluster(document);
    if has_system && !seen.system {
        gap(About::System, "the file holds no results about packages of the distribution", remedy);
    }
    if !seen.dependencies {
        gap(About::Dependencies, "the file holds no results about packages of applications", remedy);
    }
    out
}

struct Reader<'f, 'd> {
    builder: Builder<'f>,
    /// Trivy's own id of a package in one result, to its index.
    by_id: BTreeMap<(String, String), usize>,
    layers: Vec<&'d str>,
    distribution: Option<Distribution>,
    within: String,
}

impl Reader<'_, '_> {
    /// A path of the resource that holds it.
    fn path(&self, path: &str) -> String {
        match (self.within.as_str(), path.trim_start_matches('/')) {
            ("", _) => path.to_owned(),
            (within, "") => within.to_owned(),
            (within, path) => format!("{within}/{path}"),
        }
    }

    fn result(&mut self, result: &Value, pointer: &str) {
        let kind = text(result, "Type").unwrap_or_default();
        let of_system = text(result, "Class") == Some("os-pkgs");
        let target = text(result, "Target").unwrap_or_default();
        // The packages of these types lie each in a file of its own; the target is a word (`Node.js`).
        let gathered = matches!(kind, "node-pkg" | "python-pkg" | "gemspec" | "jar" | "conda-pkg");
        let target = if of_system || gathered { "" } else { target };
        let target = self.path(target);
        let target = target.as_str();
        for (n, package) in list(result, "Packages").iter().enumerate() {
            let at = format!("{pointer}/Packages/{n}");
            let path = text(package, "FilePath").map_or_else(|| target.to_owned(), |p| self.path(p));
            let path = path.as_str();
            let index = self.package(package, kind, of_system, path, at);
            if let Some(index) = index {
                for name in names(package, "Identifier", "ID", path) {
                    self.by_id.entry((pointer.to_owned(), name)).or_insert(index);
                }
            }
        }
        for (n, v) in list(result, "Vulnerabilities").iter().enumerate() {
            let at = format!("{pointer}/Vulnerabilities/{n}");
            let path = text(v, "PkgPath").map_or_else(|| target.to_owned(), |p| self.path(p));
            let path = path.as_str();
            let known = names(v, "PkgIdentifier", "PkgID", path)
                .into_iter()
                .find_map(|name| self.by_id.get(&(pointer.to_owned(), name)).copied());
            let index = known.or_else(|| self.package(v, kind, of_system, path, at.clone()));
            let claim = vulnerability(v, index, path);
            self.builder.claim(claim, &at);
        }
        self.rest(result, target, pointer);
    }

    /// What is about no package, or about more than its version.
    fn rest(&mut self, result: &Value, target: &str, pointer: &str) {
        let mut excepted = 0_usize;
        for (n, m) in list(result, "Misconfigurations").iter().enumerate() {
            match text(m, "Status") {
                None | Some("FAIL") => {
                    let claim = configuration(m, target);
                    self.builder.claim(claim, &format!("{pointer}/Misconfigurations/{n}"));
                }
                Some("EXCEPTION") => excepted += 1,
                Some(_) => {}
            }
        }
        for (n, s) in list(result, "Secrets").iter().enumerate() {
            let claim = Claim {
                class: Class::Secret,
                line: line(s, "StartLine"),
                ..ruled(s, text(s, "RuleID"), text(s, "Title"), target)
            };
            self.builder.claim(claim, &format!("{pointer}/Secrets/{n}"));
        }
        for (n, l) in list(result, "Licenses").iter().enumerate() {
            let said = format!(
                "{} has licence {}",
                text(l, "PkgName").unwrap_or(target),
                text(l, "Name").unwrap_or("unknown")
            );
            // Trivy lists every licence; those that its policy does not mind are no findings.
            if matches!(
                severity(text(l, "Severity").unwrap_or_default()),
                model::Severity::High | model::Severity::Critical
            ) {
                let path = text(l, "FilePath").map_or_else(|| target.to_owned(), |p| self.path(p));
                let claim = Claim {
                    class: Class::License,
                    about: text(l, "PkgName").unwrap_or_default().to_owned(),
                    ..ruled(l, text(l, "Name"), Some(&said), &path)
                };
                self.builder.claim(claim, &format!("{pointer}/Licenses/{n}"));
            }
        }
        if result.get("ExperimentalModifiedFindings").is_some() || excepted != 0 {
            let why =
                "Trivy left out findings that its own configuration or VEX accepts; they are not taken over";
            self.builder.flaw(DoubtKind::Knowledge, pointer, why.to_owned());
        }
    }

    /// A package of `Packages`, or that of a vulnerability where the file lists no packages.
    fn package(
        &mut self,
        of: &Value,
        kind: &str,
        of_system: bool,
        path: &str,
        pointer: String,
    ) -> Option<usize> {
        let name = text(of, "Name").or_else(|| text(of, "PkgName")).unwrap_or_default();
        let version = whole(of, "Version", "Release", "Epoch")
            .or_else(|| text(of, "InstalledVersion").map(str::to_owned));
        let version = version.unwrap_or_default();
        let identifier = of.get("Identifier").or_else(|| of.get("PkgIdentifier")).unwrap_or(&Value::Null);
        let family = self.distribution.as_ref().map(|d| d.id.clone()).unwrap_or_default();
        let made = if of_system {
            of_distribution(if family.is_empty() { kind } else { &family })
        } else {
            language(kind)
        };
        let index = self.builder.package(&Found {
            purl: text(identifier, "PURL"),
            kind: made,
            namespace: if of_system { &family } else { "" },
            name,
            version: &version,
            path,
            pointer: pointer.clone(),
            found_by: format!("trivy {kind}"),
        })?;
        let diff_id = of.pointer("/Layer/DiffID").and_then(Value::as_str);
        let layer = diff_id.and_then(|id| {
            let position = self.layers.iter().position(|l| *l == id)?;
            Some(LayerRef { index: u32::try_from(position).ok()?, diff_id: id.parse().ok()? })
        });
        let package = self.builder.packages.get_mut(index)?;
        package.layer = package.layer.take().or(layer);
        if let (Some(name), true) = (text(of, "SrcName"), of_system) {
            let version =
                whole(of, "SrcVersion", "SrcRelease", "SrcEpoch").unwrap_or_else(|| package.version.clone());
            package.source = Some(SourcePackage { name: name.to_owned(), version });
        }
        if package.licenses.is_empty() {
            package.licenses = texts(of, "Licenses").map(str::to_owned).collect();
        }
        package.direct = match text(of, "Relationship") {
            Some("direct") => Some(true),
            Some("indirect") => Some(false),
            _ => package.direct,
        };
        package.dev |= of.get("Dev").and_then(Value::as_bool).unwrap_or(false);
        Some(index)
    }
}

/// The names by which a result refers to a package, the surest first: one package may lie in several files.
fn names(of: &Value, identifier: &str, id: &str, path: &str) -> Vec<String> {
    let uid = of.get(identifier).and_then(|i| text(i, "UID"));
    let id = text(of, id);
    let with_path = id.map(|id| format!("{id} {path}"));
    uid.map(str::to_owned).into_iter().chain(with_path).chain(id.map(str::to_owned)).collect()
}

/// `epoch:version-release`.
fn whole(of: &Value, version: &str, release: &str, epoch: &str) -> Option<String> {
    let version = text(of, version)?;
    let release = text(of, release).map_or(String::new(), |r| format!("-{r}"));
    let epoch =
        of.get(epoch).and_then(Value::as_u64).filter(|e| *e != 0).map_or(String::new(), |e| format!("{e}:"));
    Some(format!("{epoch}{version}{release}"))
}

/// The type of package URL for Trivy's types of languages.
fn language(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "npm" | "yarn" | "pnpm" | "bun" | "node-pkg" | "javascript" => "npm",
        "pip" | "pipenv" | "poetry" | "uv" | "pylock" | "python-pkg" => "pypi",
        "gomod" | "gobinary" => "golang",
        "cargo" | "rustbinary" => "cargo",
        "jar" | "pom" | "gradle" | "sbt" => "maven",
        "bundler" | "gemspec" => "gem",
        "composer" | "composer-vendor" => "composer",
        "nuget" | "dotnet-core" | "packages-props" => "nuget",
        "hex" => "hex",
        "pub" => "pub",
        "swift" => "swift",
        "cocoapods" => "cocoapods",
        "conan" => "conan",
        "conda-pkg" | "conda-environment" => "conda",
        "julia" => "julia",
        _ => return None,
    })
}

fn vulnerability(v: &Value, package: Option<usize>, path: &str) -> Claim {
    let word = text(v, "Severity").unwrap_or_default();
    let fixed = text(v, "FixedVersion").unwrap_or_default();
    let mut scores = Vec::new();
    for (source, of) in v.get("CVSS").and_then(Value::as_object).into_iter().flatten() {
        for (version, vector, score) in
            [("4.0", "V40Vector", "V40Score"), ("3", "V3Vector", "V3Score"), ("2.0", "V2Vector", "V2Score")]
        {
            if let Some(score) = number(of, score) {
                let vector = text(of, vector).unwrap_or_default().to_owned();
                let version =
                    vector.strip_prefix("CVSS:").and_then(|v| v.split('/').next()).unwrap_or(version);
                scores.push(Score {
                    version: version.to_owned(),
                    score,
                    source: source.clone(),
                    vector: vector.clone(),
                });
            }
        }
    }
    Claim {
        class: Class::Vulnerability,
        package,
        id: text(v, "VulnerabilityID").unwrap_or_default().to_owned(),
        aliases: texts(v, "VendorIDs").map(str::to_owned).collect(),
        severity: severity(word),
        severity_said: word.to_owned(),
        severity_by: text(v, "SeveritySource").unwrap_or_default().to_owned(),
        title: title(text(v, "Title").or_else(|| text(v, "Description")).unwrap_or_default()),
        range: String::new(),
        fixed: fixed.split(',').map(|f| f.trim().to_owned()).filter(|f| !f.is_empty()).collect(),
        urls: text(v, "PrimaryURL").into_iter().map(str::to_owned).collect(),
        scores,
        published: moment(v, "PublishedDate"),
        modified: moment(v, "LastModifiedDate"),
        path: path.to_owned(),
        state: text(v, "Status").unwrap_or_default().to_owned(),
        ..Claim::default()
    }
}

fn ruled(of: &Value, id: Option<&str>, said: Option<&str>, path: &str) -> Claim {
    let word = text(of, "Severity").unwrap_or_default();
    Claim {
        id: id.unwrap_or_default().to_owned(),
        severity: severity(word),
        severity_said: word.to_owned(),
        title: title(said.unwrap_or_default()),
        path: path.to_owned(),
        ..Claim::default()
    }
}

fn configuration(m: &Value, target: &str) -> Claim {
    let cause = m.get("CauseMetadata").unwrap_or(&Value::Null);
    let said = text(m, "Message").or_else(|| text(m, "Title"));
    Claim {
        class: Class::Configuration,
        line: line(cause, "StartLine"),
        urls: text(m, "PrimaryURL").into_iter().map(str::to_owned).collect(),
        aliases: text(m, "AVDID").into_iter().map(str::to_owned).collect(),
        ..ruled(m, text(m, "ID"), said, target)
    }
}
