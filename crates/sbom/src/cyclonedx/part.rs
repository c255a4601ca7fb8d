//! What a component says, whatever document it stands in: equal components of many documents are read once.

use model::{Digest, Distribution, DoubtKind, LayerRef, Package};
use serde_json::Value;

use crate::carry::{Carried, Placed, add_path, apply_distribution};
use crate::identity::{Named, package};
use crate::json::{list, text};

/// Components inside components; JSON itself ends at 128 nested values.
const DEPTH_MAX: usize = 60;

/// One thing that a component says, or one inside it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    /// The place within the component: empty, `/components/3`.
    pub(crate) pointer: String,
    /// What is said there.
    pub(crate) what: What,
}

/// What is said.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum What {
    /// Something that makes no sense.
    Flaw(String),
    /// The distribution.
    Distribution(Distribution),
    /// A package.
    Package(Box<Said>),
}

/// A package as its component has it: without what only the whole document knows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Said {
    /// The package.
    pub(crate) package: Package,
    /// The layer, whose place the document may know.
    pub(crate) layer: Option<Placed>,
    /// True if Plimsoll wrote the entry.
    pub(crate) own: bool,
    /// What other entries call it.
    pub(crate) reference: Option<String>,
    /// True if that is its `bom-ref`, which nothing else may have.
    pub(crate) is_unique: bool,
    /// What is not known of it, and what makes no sense.
    pub(crate) flaws: Vec<(DoubtKind, String)>,
}

/// Everything that `component` says, in the order of the document.
pub(crate) fn parts(component: &Value) -> Vec<Part> {
    let mut out = Vec::new();
    component_parts(component, String::new(), 0, &mut out);
    out
}

/// The name and the value of every property.
pub(crate) fn properties(component: &Value) -> impl Iterator<Item = (&str, &str)> {
    list(component, "properties").iter().filter_map(|p| Some((text(p, "name")?, text(p, "value")?)))
}

fn component_parts(component: &Value, pointer: String, depth: usize, out: &mut Vec<Part>) {
    let flaw = |pointer: &str, why: String| Part { pointer: pointer.to_owned(), what: What::Flaw(why) };
    if !component.is_object() {
        out.push(flaw(&pointer, "a component is no object".to_owned()));
        return;
    }
    out.extend(what(component).map(|what| Part { pointer: pointer.clone(), what }));
    let inner = component.get("components");
    if DEPTH_MAX <= depth {
        if inner.is_some() {
            out.push(flaw(&pointer, format!("components nest deeper than {DEPTH_MAX}")));
        }
        return;
    }
    match inner {
        None => {}
        Some(Value::Array(inner)) => {
            for (n, component) in inner.iter().enumerate() {
                component_parts(component, format!("{pointer}/components/{n}"), depth + 1, out);
            }
        }
        Some(_) => {
            out.push(flaw(&format!("{pointer}/components"), "components are no list".to_owned()));
        }
    }
}

fn what(component: &Value) -> Option<What> {
    let kind = text(component, "type").unwrap_or_default();
    let purl = text(component, "purl");
    if kind == "operating-system" && purl.is_none() {
        return Some(What::Distribution(distribution(component)));
    }
    if purl.is_none() && !is_software(kind, component) {
        return None;
    }
    let named = Named {
        group: text(component, "group").unwrap_or_default(),
        name: text(component, "name").unwrap_or_default(),
        version: text(component, "version").unwrap_or_default(),
    };
    if named.name.is_empty() && purl.is_none() {
        return Some(What::Flaw("a component has neither name nor package URL".to_owned()));
    }
    Some(What::Package(Box::new(said(component, purl, named))))
}

fn said(component: &Value, purl: Option<&str>, named: Named<'_>) -> Said {
    let (mut package, unknown) = package(purl, named);
    let mut flaws: Vec<(DoubtKind, String)> =
        unknown.map(|why| (DoubtKind::Knowledge, why)).into_iter().collect();
    package.licenses = licenses(component);
    let mut carried = Carried::default();
    for (key, value) in properties(component) {
        carried.take(&mut package, key, value);
    }
    let occurrences = component.pointer("/evidence/occurrences").and_then(Value::as_array);
    for occurrence in occurrences.into_iter().flatten() {
        add_path(&mut package, text(occurrence, "location").unwrap_or_default());
    }
    let (own, layer) = (carried.own, carried.placed());
    flaws.extend(carried.settle(&mut package).into_iter().map(|why| (DoubtKind::Target, why)));
    if package.found_by.is_empty() {
        "bill of materials".clone_into(&mut package.found_by);
    }
    let bom_ref = text(component, "bom-ref");
    let reference = bom_ref.or(purl).map(str::to_owned);
    Said { package, layer, own, reference, is_unique: bom_ref.is_some(), flaws }
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

impl Said {
    /// The package in an image of these layers, base first.
    pub(crate) fn among(self, layers: &[Digest]) -> Package {
        let layer: Option<LayerRef> = self.layer.and_then(|l| l.among(layers));
        Package { layer, ..self.package }
    }
}
