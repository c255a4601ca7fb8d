//! Reading CycloneDX in the shape of its JSON, of any version from 1.2: components at every depth, their dependencies, the distribution.

use std::collections::{BTreeMap, BTreeSet};

use model::purl::Purl;
use model::{Digest, Distribution, DoubtKind, Package};
use serde_json::Value;

use crate::cyclonedx::claims::claims;
use crate::cyclonedx::outline::outline;
use crate::cyclonedx::part::{Part, Said, What, parts, properties};
use crate::identity::clip;
use crate::json::{list, text, texts};
use crate::{Document, Flaw, Format, PACKAGES_MAX, SbomError, Subject};

/// Versions that are read.
const VERSIONS: [&str; 6] = ["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"];

#[derive(Default)]
struct Reader {
    packages: Vec<Package>,
    /// `bom-ref` (or package URL) to the index of its package.
    by_ref: BTreeMap<String, usize>,
    distribution: Option<Distribution>,
    layers: Vec<Digest>,
    /// Packages whose entry Plimsoll wrote.
    own: BTreeSet<usize>,
    flaws: Vec<Flaw>,
}

/// Reads a document that is a tree.
pub(crate) fn read(document: &Value, format: Format) -> Result<(Document, Vec<Flaw>), SbomError> {
    let spec_version = text(document, "specVersion").unwrap_or_default();
    if !is_read(spec_version) {
        return Err(SbomError::Version(clip(spec_version)));
    }
    let root = document.pointer("/metadata/component");
    let mut reader = Reader::new(root);
    reader.components(document, "/components");
    let metadata = document.get("metadata").unwrap_or(&Value::Null);
    let head = Head { format, spec_version, metadata, vulnerabilities: document.get("vulnerabilities") };
    Ok(reader.finish(head, list(document, "dependencies")))
}

/// Reads a document that is plainly CycloneDX, without a tree of the whole; `None` if it is not plain, or anything in it
/// cannot be read.
pub(crate) fn read_text(document: &str) -> Option<(Document, Vec<Flaw>)> {
    let outline = outline(document).filter(|o| is_read(o.spec_version))?;
    let root = outline.metadata.pointer("/component");
    let mut reader = Reader::new(root);
    for (n, component) in outline.components.iter().enumerate() {
        let component: Value = serde_json::from_str(component).ok()?;
        reader.take(parts(&component), &format!("/components/{n}"));
    }
    let dependencies: Option<Value> = outline.dependencies.map(serde_json::from_str).transpose().ok()?;
    let dependencies = dependencies.as_ref().and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let vulnerabilities: Option<Value> =
        outline.vulnerabilities.map(serde_json::from_str).transpose().ok()?;
    let head = Head {
        format: Format::CycloneDxJson,
        spec_version: outline.spec_version,
        metadata: &outline.metadata,
        vulnerabilities: vulnerabilities.as_ref(),
    };
    Some(reader.finish(head, dependencies))
}

/// True for the versions that are read.
pub(crate) fn is_read(spec_version: &str) -> bool {
    VERSIONS.contains(&spec_version)
}

/// What a package of a distribution knows of it, in a document about `whole`.
pub(crate) fn settle_distribution(package: &mut Package, whole: Option<&Distribution>) {
    package.distribution = package.distribution.take().or_else(|| whole.cloned());
    if let (Some(of), Some(whole)) = (&mut package.distribution, whole)
        && of.id == whole.id
    {
        *of = whole.clone();
    }
}

/// The diff ids of an image, base first, where its writer lists them (Trivy does).
fn layers(root: &Value) -> Vec<Digest> {
    properties(root)
        .filter(|(key, _)| key.ends_with(":DiffID") || *key == "plimsoll:layer")
        .filter_map(|(_, value)| value.parse().ok())
        .collect()
}

fn subject(root: &Value) -> Subject {
    let version = text(root, "version").map(str::to_owned);
    let purl = text(root, "purl").map(str::to_owned);
    let of_purl = purl.as_deref().and_then(|p| Purl::parse(p).ok()).and_then(|p| p.version);
    let digest = [version.as_deref(), of_purl.as_deref()].into_iter().flatten().find_map(|d| d.parse().ok());
    Subject { name: text(root, "name").unwrap_or_default().to_owned(), digest, version, purl }
}

/// What a document says of itself.
struct Head<'a> {
    format: Format,
    spec_version: &'a str,
    metadata: &'a Value,
    vulnerabilities: Option<&'a Value>,
}

/// The first tool that is named: a list of tools to 1.4, components since 1.5.
fn tool(metadata: &Value) -> Option<(String, Option<String>)> {
    let tools = metadata.get("tools")?;
    let first = tools.as_array().map(Vec::as_slice).unwrap_or_else(|| list(tools, "components")).first()?;
    let version = text(first, "version").map(clip);
    Some((clip(text(first, "name")?).to_lowercase(), version))
}

impl Reader {
    fn new(root: Option<&Value>) -> Self {
        Self { layers: root.map(layers).unwrap_or_default(), ..Self::default() }
    }

    fn flaw(&mut self, kind: DoubtKind, pointer: &str, reason: String) {
        self.flaws.push(Flaw { pointer: pointer.to_owned(), reason, kind });
    }

    fn components(&mut self, parent: &Value, pointer: &str) {
        match parent.get("components") {
            None => {}
            Some(Value::Array(components)) => {
                for (n, component) in components.iter().enumerate() {
                    self.take(parts(component), &format!("{pointer}/{n}"));
                }
            }
            Some(_) => self.flaw(DoubtKind::Target, pointer, "components are no list".to_owned()),
        }
    }

    fn take(&mut self, parts: Vec<Part>, pointer: &str) {
        for Part { pointer: inner, what } in parts {
            let pointer = format!("{pointer}{inner}");
            match what {
                What::Flaw(why) => self.flaw(DoubtKind::Target, &pointer, why),
                What::Distribution(distribution) => {
                    self.distribution.get_or_insert(distribution);
                }
                What::Package(said) => self.package(*said, &pointer),
            }
        }
    }

    fn package(&mut self, mut said: Said, pointer: &str) {
        let index = self.packages.len();
        if index == PACKAGES_MAX {
            self.flaw(DoubtKind::Target, pointer, format!("more than {PACKAGES_MAX} components"));
            return;
        }
        for (kind, why) in std::mem::take(&mut said.flaws) {
            self.flaw(kind, pointer, why);
        }
        if said.own {
            self.own.insert(index);
        }
        if let Some(reference) = said.reference.take() {
            if said.is_unique && self.by_ref.contains_key(&reference) {
                let why = format!("`bom-ref` `{}` is used twice", clip(&reference));
                self.flaw(DoubtKind::Target, pointer, why);
            }
            self.by_ref.insert(reference, index);
        }
        self.packages.push(said.among(&self.layers));
    }

    /// What is left once the components are read.
    fn finish(mut self, head: Head<'_>, dependencies: &[Value]) -> (Document, Vec<Flaw>) {
        let root = head.metadata.get("component");
        if let Some(root) = root {
            // What the subject is assembled from.
            self.components(root, "/metadata/component/components");
        }
        self.dependencies(dependencies, root);
        let claims = claims(head.vulnerabilities, &self.by_ref, &self.packages, &mut self.flaws);
        let Self { mut packages, distribution, flaws, .. } = self;
        for package in packages.iter_mut().filter(|p| p.kind.is_distribution()) {
            settle_distribution(package, distribution.as_ref());
        }
        let distribution = distribution.or_else(|| packages.iter().find_map(|p| p.distribution.clone()));
        let document = Document {
            format: head.format,
            spec_version: head.spec_version.to_owned(),
            subject: root.map(subject),
            packages,
            distribution,
            claims,
            tool: tool(head.metadata),
        };
        (document, flaws)
    }

    fn dependencies(&mut self, dependencies: &[Value], root: Option<&Value>) {
        let names = reference_names(&self.packages);
        let root_ref = root.and_then(|r| text(r, "bom-ref"));
        let root_kind = root.and_then(|r| text(r, "type")).unwrap_or_default();
        let is_project = matches!(root_kind, "application" | "library" | "framework" | "firmware");
        let mut direct: Vec<usize> = Vec::new();
        for (n, dependency) in dependencies.iter().enumerate() {
            let Some(from) = text(dependency, "ref") else {
                let why = "a dependency names nothing".to_owned();
                self.flaw(DoubtKind::Target, &format!("/dependencies/{n}"), why);
                continue;
            };
            let targets = texts(dependency, "dependsOn").filter_map(|to| self.by_ref.get(to)).copied();
            if Some(from) == root_ref {
                direct.extend(targets);
                continue;
            }
            // What depends on itself says nothing.
            let own = self.by_ref.get(from).copied();
            let edges: Vec<String> =
                targets.filter(|to| Some(*to) != own).filter_map(|to| names.get(to).cloned()).collect();
            if let Some(package) = self.by_ref.get(from).and_then(|&n| self.packages.get_mut(n)) {
                package.depends_on.extend(edges);
                package.depends_on.sort();
                package.depends_on.dedup();
            }
        }
        if is_project && !direct.is_empty() {
            for (n, package) in self.packages.iter_mut().enumerate() {
                if package.direct.is_none() && !package.kind.is_distribution() && !self.own.contains(&n) {
                    package.direct = Some(direct.contains(&n));
                }
            }
        }
    }
}

/// How the packages are named in `depends_on`: with the version where a name has several.
pub(crate) fn reference_names(packages: &[Package]) -> Vec<String> {
    let mut count: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for package in packages {
        *count.entry((package.kind.as_str(), &package.name)).or_default() += 1;
    }
    let one = |p: &Package| match count.get(&(p.kind.as_str(), p.name.as_str())) {
        Some(2..) if !p.version.is_empty() => format!("{}@{}", p.name, p.version),
        _ => p.name.clone(),
    };
    packages.iter().map(one).collect()
}
