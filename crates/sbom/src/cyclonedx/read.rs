//! Reading CycloneDX in the shape of its JSON, of any version from 1.2: components at every depth, their dependencies, the distribution.

use std::collections::{BTreeMap, BTreeSet};

use model::purl::Purl;
use model::{Digest, Distribution, DoubtKind, Package};
use serde_json::Value;

use crate::carry::{Carried, add_path, apply_distribution};
use crate::identity::{Named, clip, package};
use crate::json::{list, text, texts};
use crate::{Document, Flaw, Format, PACKAGES_MAX, SbomError, Subject};

/// Components inside components; JSON itself ends at 128 nested values.
const DEPTH_MAX: usize = 60;

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

pub(crate) fn read(document: &Value, format: Format) -> Result<(Document, Vec<Flaw>), SbomError> {
    let spec_version = text(document, "specVersion").unwrap_or_default();
    if !VERSIONS.contains(&spec_version) {
        return Err(SbomError::Version(clip(spec_version)));
    }
    let root = document.pointer("/metadata/component");
    let mut reader = Reader { layers: root.map(layers).unwrap_or_default(), ..Reader::default() };
    reader.components(document, "/components", 0);
    if let Some(root) = root {
        // What the subject is assembled from.
        reader.components(root, "/metadata/component/components", 0);
    }
    reader.dependencies(document, root);
    let Reader { mut packages, distribution, flaws, .. } = reader;
    for package in packages.iter_mut().filter(|p| p.kind.is_distribution()) {
        package.distribution = package.distribution.take().or_else(|| distribution.clone());
        if let (Some(of), Some(whole)) = (&mut package.distribution, &distribution)
            && of.id == whole.id
        {
            *of = whole.clone();
        }
    }
    let distribution = distribution.or_else(|| packages.iter().find_map(|p| p.distribution.clone()));
    let document = Document {
        format,
        spec_version: spec_version.to_owned(),
        subject: root.map(subject),
        packages,
        distribution,
    };
    Ok((document, flaws))
}

fn properties(component: &Value) -> impl Iterator<Item = (&str, &str)> {
    list(component, "properties").iter().filter_map(|p| Some((text(p, "name")?, text(p, "value")?)))
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

impl Reader {
    fn flaw(&mut self, kind: DoubtKind, pointer: &str, reason: String) {
        self.flaws.push(Flaw { pointer: pointer.to_owned(), reason, kind });
    }

    fn components(&mut self, parent: &Value, pointer: &str, depth: usize) {
        match parent.get("components") {
            None | Some(Value::Array(_)) => {}
            Some(_) => self.flaw(DoubtKind::Target, pointer, "components are no list".to_owned()),
        }
        for (n, component) in list(parent, "components").iter().enumerate() {
            let pointer = format!("{pointer}/{n}");
            if !component.is_object() {
                self.flaw(DoubtKind::Target, &pointer, "a component is no object".to_owned());
                continue;
            }
            self.component(component, &pointer);
            if depth < DEPTH_MAX {
                self.components(component, &format!("{pointer}/components"), depth + 1);
            } else if component.get("components").is_some() {
                self.flaw(DoubtKind::Target, &pointer, format!("components nest deeper than {DEPTH_MAX}"));
            }
        }
    }

    fn component(&mut self, component: &Value, pointer: &str) {
        let kind = text(component, "type").unwrap_or_default();
        let purl = text(component, "purl");
        if kind == "operating-system" && purl.is_none() {
            self.distribution.get_or_insert_with(|| distribution(component));
            return;
        }
        if purl.is_none() && !is_software(kind, component) {
            return;
        }
        let named = Named {
            group: text(component, "group").unwrap_or_default(),
            name: text(component, "name").unwrap_or_default(),
            version: text(component, "version").unwrap_or_default(),
        };
        if named.name.is_empty() && purl.is_none() {
            self.flaw(DoubtKind::Target, pointer, "a component has neither name nor package URL".to_owned());
            return;
        }
        if self.packages.len() == PACKAGES_MAX {
            self.flaw(DoubtKind::Target, pointer, format!("more than {PACKAGES_MAX} components"));
            return;
        }
        let (mut package, unknown) = package(purl, named);
        if let Some(why) = unknown {
            self.flaw(DoubtKind::Knowledge, pointer, why);
        }
        package.licenses = licenses(component);
        let mut carried = Carried::default();
        for (key, value) in properties(component) {
            carried.take(&mut package, key, value);
        }
        for occurrence in
            component.pointer("/evidence/occurrences").and_then(Value::as_array).into_iter().flatten()
        {
            add_path(&mut package, text(occurrence, "location").unwrap_or_default());
        }
        if carried.own {
            self.own.insert(self.packages.len());
        }
        for why in carried.finish(&mut package, &self.layers) {
            self.flaw(DoubtKind::Target, pointer, why);
        }
        if package.found_by.is_empty() {
            "bill of materials".clone_into(&mut package.found_by);
        }
        let index = self.packages.len();
        self.packages.push(package);
        let reference = text(component, "bom-ref").or(purl);
        let taken = reference.map(|r| self.by_ref.insert(r.to_owned(), index));
        if let (Some(Some(_)), Some(reference)) = (taken, text(component, "bom-ref")) {
            let why = format!("`bom-ref` `{}` is used twice", clip(reference));
            self.flaw(DoubtKind::Target, pointer, why);
        }
    }

    fn dependencies(&mut self, document: &Value, root: Option<&Value>) {
        let names = reference_names(&self.packages);
        let root_ref = root.and_then(|r| text(r, "bom-ref"));
        let root_kind = root.and_then(|r| text(r, "type")).unwrap_or_default();
        let is_project = matches!(root_kind, "application" | "library" | "framework" | "firmware");
        let mut direct: Vec<usize> = Vec::new();
        for (n, dependency) in list(document, "dependencies").iter().enumerate() {
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

/// True for what is a package even without a package URL. Trivy writes lockfiles as applications without a version.
fn is_software(kind: &str, component: &Value) -> bool {
    match kind {
        "library" | "framework" => true,
        "application" => {
            let is_file =
                properties(component).any(|(key, value)| key.ends_with(":Class") && value == "lang-pkgs");
            !is_file && text(component, "version").is_some()
        }
        _ => false,
    }
}

fn distribution(component: &Value) -> Distribution {
    let mut out = Distribution {
        id: text(component, "name").unwrap_or_default().to_owned(),
        version: text(component, "version").unwrap_or_default().to_owned(),
        ..Distribution::default()
    };
    for (key, value) in properties(component) {
        apply_distribution(&mut out, key, value);
    }
    if out.id == "redhat" {
        "rhel".clone_into(&mut out.id);
    }
    out
}

fn licenses(component: &Value) -> Vec<String> {
    let one = |choice: &Value| {
        let license = choice.get("license");
        let of = |key| license.and_then(|l| text(l, key));
        of("id").or_else(|| of("name")).or_else(|| text(choice, "expression")).map(str::to_owned)
    };
    list(component, "licenses").iter().filter_map(one).collect()
}
