//! Reading SPDX in the shape of 2.2 and 2.3 JSON: packages, what describes the whole, dependencies, files as evidence.

use std::collections::{BTreeMap, BTreeSet};

use model::purl::Purl;
use model::{Digest, Distribution, DoubtKind, Package};
use serde_json::Value;

use crate::carry::{Carried, add_path, apply_distribution};
use crate::cyclonedx::reference_names;
use crate::identity::{Named, clip, package};
use crate::json::{list, text, texts};
use crate::{Document, Flaw, Format, PACKAGES_MAX, SbomError, Subject};

/// Versions that are read.
const VERSIONS: [&str; 2] = ["SPDX-2.2", "SPDX-2.3"];

/// The document's own identifier.
const DOCUMENT: &str = "SPDXRef-DOCUMENT";

#[derive(Default)]
struct Reader<'a> {
    packages: Vec<Package>,
    by_id: BTreeMap<&'a str, usize>,
    /// Texts of licences that are not on SPDX' list, by `LicenseRef-…`.
    extracted: BTreeMap<&'a str, &'a str>,
    distribution: Option<Distribution>,
    flaws: Vec<Flaw>,
}

/// Refuses versions that are not read.
pub(crate) fn check_version(document: &Value) -> Result<(), SbomError> {
    let spec_version = text(document, "spdxVersion").unwrap_or_default();
    if VERSIONS.contains(&spec_version) { Ok(()) } else { Err(SbomError::Version(clip(spec_version))) }
}

/// Reads a document in the shape of SPDX 2 JSON, of a version that the caller has checked.
pub(crate) fn read(document: &Value, format: Format) -> (Document, Vec<Flaw>) {
    let spec_version = text(document, "spdxVersion").unwrap_or_default();
    let mut reader = Reader { extracted: extracted(document), ..Reader::default() };
    let described = described(document);
    // Some writers let the document describe every package: then none of them is the whole.
    let subject_id = match (described.iter().next(), described.len()) {
        (Some(only), 1) if 1 < list(document, "packages").len() => Some(*only),
        _ => None,
    };
    let mut subject = None;
    for (n, entry) in list(document, "packages").iter().enumerate() {
        let pointer = format!("/packages/{n}");
        match text(entry, "SPDXID") {
            Some(id) if Some(id) == subject_id => subject = Some(self::subject(entry)),
            id => reader.package(entry, id, &pointer),
        }
    }
    let files = list(document, "files").iter();
    let files: BTreeMap<&str, &str> =
        files.filter_map(|f| Some((text(f, "SPDXID")?, text(f, "fileName")?))).collect();
    reader.relationships(document, subject_id, &files);
    let Reader { mut packages, distribution, flaws, .. } = reader;
    for package in packages.iter_mut().filter(|p| p.kind.is_distribution()) {
        package.distribution = match (package.distribution.take(), &distribution) {
            (Some(of), Some(whole)) if of.id == whole.id => Some(whole.clone()),
            (of, whole) => of.or_else(|| whole.clone()),
        };
    }
    let distribution = distribution.or_else(|| packages.iter().find_map(|p| p.distribution.clone()));
    let document = Document {
        format,
        spec_version: spec_version.to_owned(),
        subject: subject.or_else(|| text(document, "name").map(named_subject)),
        packages,
        distribution,
        claims: Vec::new(),
        tool: None,
    };
    (document, flaws)
}

fn extracted(document: &Value) -> BTreeMap<&str, &str> {
    list(document, "hasExtractedLicensingInfos")
        .iter()
        .filter_map(|info| {
            let name = text(info, "name").filter(|n| *n != "NOASSERTION");
            Some((text(info, "licenseId")?, name.or_else(|| text(info, "extractedText"))?))
        })
        .collect()
}

/// What the document says it describes, by relationship or, in 2.2, by list.
fn described(document: &Value) -> BTreeSet<&str> {
    let mut out: BTreeSet<&str> = texts(document, "documentDescribes").collect();
    for relation in list(document, "relationships") {
        let (from, to) = (text(relation, "spdxElementId"), text(relation, "relatedSpdxElement"));
        match text(relation, "relationshipType") {
            Some("DESCRIBES") if from == Some(DOCUMENT) => out.extend(to),
            Some("DESCRIBED_BY") if to == Some(DOCUMENT) => out.extend(from),
            _ => {}
        }
    }
    out
}

fn purl(entry: &Value) -> Option<&str> {
    let is_purl = |r: &&Value| {
        text(r, "referenceType").is_some_and(|t| t == "purl" || t.ends_with("/purl") || t.ends_with("#purl"))
    };
    list(entry, "externalRefs").iter().find(is_purl).and_then(|r| text(r, "referenceLocator"))
}

fn subject(entry: &Value) -> Subject {
    let version = text(entry, "versionInfo").map(str::to_owned);
    let purl = purl(entry).map(str::to_owned);
    let of_purl = purl.as_deref().and_then(|p| Purl::parse(p).ok()).and_then(|p| p.version);
    let digest = [version.as_deref(), of_purl.as_deref()].into_iter().flatten().find_map(|d| d.parse().ok());
    let checksum = || {
        let sha256 = list(entry, "checksums").iter().find(|c| text(c, "algorithm") == Some("SHA256"))?;
        format!("sha256:{}", text(sha256, "checksumValue")?).parse::<Digest>().ok()
    };
    Subject {
        name: text(entry, "name").unwrap_or_default().to_owned(),
        digest: digest.or_else(checksum),
        version,
        purl,
    }
}

fn named_subject(name: &str) -> Subject {
    Subject { name: name.to_owned(), ..Subject::default() }
}

/// `key=value` and Trivy's `Key: value` in the comments of annotations and in attribution texts.
fn annotations(entry: &Value) -> impl Iterator<Item = (String, &str)> {
    let comments = list(entry, "annotations").iter().filter_map(|a| text(a, "comment"));
    comments.chain(texts(entry, "attributionTexts")).filter_map(|comment| {
        if comment.starts_with("plimsoll:") {
            let (key, value) = comment.split_once('=')?;
            return Some((key.to_owned(), value));
        }
        let (key, value) = comment.split_once(": ")?;
        Some((format!("aquasecurity:trivy:{key}"), value))
    })
}

impl<'a> Reader<'a> {
    fn flaw(&mut self, kind: DoubtKind, pointer: &str, reason: String) {
        self.flaws.push(Flaw { pointer: pointer.to_owned(), reason, kind });
    }

    fn package(&mut self, entry: &'a Value, id: Option<&'a str>, pointer: &str) {
        let purpose = text(entry, "primaryPackagePurpose").unwrap_or_default();
        let purl = purl(entry);
        let named = Named {
            group: "",
            name: text(entry, "name").unwrap_or_default(),
            version: text(entry, "versionInfo").filter(|v| *v != "NOASSERTION").unwrap_or_default(),
        };
        if matches!(purpose, super::OPERATING_SYSTEM | "OPERATING-SYSTEM") && purl.is_none() {
            self.distribution.get_or_insert_with(|| distribution(entry, named));
            return;
        }
        // Trivy writes lockfiles as applications without a version; files and images are no packages.
        let is_container = matches!(purpose, "CONTAINER" | "FILE" | "ARCHIVE" | "SOURCE");
        let is_lockfile = purpose == "APPLICATION" && named.version.is_empty();
        if purl.is_none() && (is_container || is_lockfile) {
            return;
        }
        if named.name.is_empty() && purl.is_none() {
            self.flaw(DoubtKind::Target, pointer, "a package has neither name nor package URL".to_owned());
            return;
        }
        if self.packages.len() == PACKAGES_MAX {
            self.flaw(DoubtKind::Target, pointer, format!("more than {PACKAGES_MAX} packages"));
            return;
        }
        let (mut package, unknown) = package(purl, named);
        if let Some(why) = unknown {
            self.flaw(DoubtKind::Knowledge, pointer, why);
        }
        package.licenses = self.licenses(entry);
        let mut carried = Carried::default();
        for (key, value) in annotations(entry) {
            carried.take(&mut package, &key, value);
        }
        source_info(entry, &mut package);
        package.layer = carried.placed().and_then(|l| l.among(&[]));
        for why in carried.settle(&mut package) {
            self.flaw(DoubtKind::Target, pointer, why);
        }
        if package.found_by.is_empty() {
            "bill of materials".clone_into(&mut package.found_by);
        }
        if let Some(id) = id
            && self.by_id.insert(id, self.packages.len()).is_some()
        {
            self.flaw(DoubtKind::Target, pointer, format!("`SPDXID` `{}` is used twice", clip(id)));
        }
        self.packages.push(package);
    }

    fn licenses(&self, entry: &Value) -> Vec<String> {
        let says = |key| text(entry, key).filter(|l| !matches!(*l, "NOASSERTION" | "NONE"));
        // What the package's authors declare is what the metadata said; the conclusion is a tool's or person's.
        let Some(expression) = says("licenseDeclared").or_else(|| says("licenseConcluded")) else {
            return Vec::new();
        };
        match self.extracted.get(expression) {
            Some(words) => vec![(*words).to_owned()],
            None => vec![expression.to_owned()],
        }
    }

    fn relationships(&mut self, document: &Value, subject: Option<&str>, files: &BTreeMap<&str, &str>) {
        let names = reference_names(&self.packages);
        let mut direct: BTreeSet<usize> = BTreeSet::new();
        for relation in list(document, "relationships") {
            let (Some(from), Some(to), Some(kind)) = (
                text(relation, "spdxElementId"),
                text(relation, "relatedSpdxElement"),
                text(relation, "relationshipType"),
            ) else {
                continue;
            };
            let (from, to) = match kind {
                "DEPENDS_ON" => (from, to),
                "DEPENDENCY_OF"
                | "RUNTIME_DEPENDENCY_OF"
                | "DEV_DEPENDENCY_OF"
                | "OPTIONAL_DEPENDENCY_OF"
                | "BUILD_DEPENDENCY_OF"
                | "PROVIDED_DEPENDENCY_OF"
                | "TEST_DEPENDENCY_OF" => (to, from),
                "OTHER" | "CONTAINS" => {
                    self.evidence(relation, from, files.get(to).copied());
                    continue;
                }
                _ => continue,
            };
            let Some(&target) = self.by_id.get(to) else { continue };
            if Some(from) == subject {
                direct.insert(target);
            } else if let (Some(package), Some(name)) =
                (self.by_id.get(from).and_then(|&n| self.packages.get_mut(n)), names.get(target))
            {
                package.depends_on.push(name.clone());
            }
        }
        for (n, package) in self.packages.iter_mut().enumerate() {
            package.depends_on.sort();
            package.depends_on.dedup();
            if !direct.is_empty() && package.direct.is_none() && !package.kind.is_distribution() {
                package.direct = Some(direct.contains(&n));
            }
        }
    }

    /// Syft ties a package to the files that show it by a comment on the relationship.
    fn evidence(&mut self, relation: &Value, from: &str, file: Option<&str>) {
        let shows = text(relation, "comment").is_some_and(|c| c.starts_with("evident-by"));
        if let (true, Some(file), Some(&n)) = (shows, file, self.by_id.get(from))
            && let Some(package) = self.packages.get_mut(n)
        {
            add_path(package, file);
        }
    }
}

fn distribution(entry: &Value, named: Named<'_>) -> Distribution {
    let mut out = Distribution {
        id: named.name.to_owned(),
        version: named.version.to_owned(),
        ..Distribution::default()
    };
    for (key, value) in annotations(entry) {
        apply_distribution(&mut out, &key, value);
    }
    if out.id == "redhat" {
        "rhel".clone_into(&mut out.id);
    }
    out
}

/// `acquired package info from DPKG DB: /var/lib/dpkg/status, …` (Syft), `found by dpkg: var/lib/dpkg/status` (ours).
/// Trivy's `built package from: SOURCE VERSION` names the source package.
fn source_info(entry: &Value, package: &mut Package) {
    let Some(info) = text(entry, "sourceInfo") else { return };
    if let Some(built) = info.strip_prefix("built package from: ") {
        if let Some((name, version)) = built.rsplit_once(' ').filter(|_| package.source.is_none()) {
            package.source =
                Some(model::SourcePackage { name: name.to_owned(), version: version.to_owned() });
        }
        return;
    }
    let paths = match info.strip_prefix("acquired package info from ") {
        Some(rest) => rest.split_once(": ").map(|(_, paths)| paths),
        None => None,
    };
    for path in paths.into_iter().flat_map(|p| p.split(", ")) {
        add_path(package, path.trim());
    }
}
