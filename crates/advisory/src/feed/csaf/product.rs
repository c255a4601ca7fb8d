//! The product tree of CSAF: which package of which product, in which version, a product id stands for.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::feed::lenient::{Text, Word, nullable};

/// Branches within branches that are looked into; vendors use six.
const DEPTH_MAX: usize = 32;

#[derive(Deserialize, Default)]
pub(super) struct Tree<'a> {
    #[serde(borrow, default, deserialize_with = "nullable")]
    branches: Vec<Branch<'a>>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    relationships: Vec<Relationship<'a>>,
}

#[derive(Deserialize)]
struct Branch<'a> {
    #[serde(borrow, default, deserialize_with = "nullable")]
    branches: Vec<Branch<'a>>,
    #[serde(borrow, default)]
    product: Option<Product<'a>>,
}

#[derive(Deserialize)]
struct Product<'a> {
    #[serde(borrow, default)]
    name: Word<'a>,
    #[serde(borrow, default)]
    product_id: Text<'a>,
    #[serde(borrow, default)]
    product_identification_helper: Helper<'a>,
}

#[derive(Deserialize, Default)]
struct Helper<'a> {
    #[serde(borrow, default)]
    cpe: Word<'a>,
    #[serde(borrow, default)]
    purl: Word<'a>,
}

#[derive(Deserialize)]
struct Relationship<'a> {
    #[serde(borrow)]
    full_product_name: Product<'a>,
    #[serde(borrow, default)]
    product_reference: Text<'a>,
    #[serde(borrow, default)]
    relates_to_product_reference: Text<'a>,
}

/// A package of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Component {
    /// Ecosystem of the product, `Red Hat:enterprise_linux:9::baseos`.
    pub(super) ecosystem: String,
    /// Package.
    pub(super) name: String,
    /// Version, `1:7.76.1-26.el9`.
    pub(super) version: Option<String>,
    /// Module stream, `nodejs:18`.
    pub(super) stream: Option<String>,
    /// The source package that it was built from, where the document says so and it has another name.
    pub(super) source: Option<String>,
}

/// Product ids, resolved.
#[derive(Default)]
pub(super) struct Products {
    components: BTreeMap<String, Component>,
    /// Of products that are named by a word which may be a package alone or one with its version: as a package alone.
    bare: BTreeMap<String, Component>,
    pub(super) too_deep: bool,
}

/// What a branch says of a product id.
struct Known<'t> {
    name: &'t str,
    cpe: Option<&'t str>,
    purl: Option<&'t str>,
}

impl Products {
    pub(super) fn of(tree: &Tree<'_>, suse: bool) -> Self {
        let mut known = BTreeMap::new();
        let too_deep = !tree.branches.iter().all(|b| walk(b, 0, &mut known));
        let mut out = Self { too_deep, ..Self::default() };
        // A component of a module is related to the module, which is related to the product: ids of two steps.
        let steps: BTreeMap<&str, (&str, &str)> = tree
            .relationships
            .iter()
            .map(|r| {
                let reference = (&*r.product_reference.0, &*r.relates_to_product_reference.0);
                (&*r.full_product_name.product_id.0, reference)
            })
            .collect();
        for relationship in &tree.relationships {
            let id = &*relationship.full_product_name.product_id.0;
            let Some(component) = component(id, &known, &steps, suse) else { continue };
            if suse && let Some(name) = steps.get(id).and_then(|(reference, _)| bare_name(reference)) {
                let bare = Component { name, version: None, source: None, ..component.clone() };
                out.bare.insert(id.to_owned(), bare);
            }
            out.components.insert(id.to_owned(), component);
        }
        out
    }

    /// The component of a product id; `versioned` if the status that names it is about builds. Where SUSE names a
    /// package without a version, its package URL takes the end of the name for one: `libwebkit@4_0-18` of
    /// `libwebkit-4_0-18`.
    pub(super) fn component(&self, id: &str, versioned: bool) -> Option<&Component> {
        let bare = || self.bare.get(id).filter(|_| !versioned);
        bare().or_else(|| self.components.get(id))
    }
}

/// Notes every product below `branch`; false if there is more than is looked into.
fn walk<'t>(branch: &'t Branch<'_>, depth: usize, known: &mut BTreeMap<&'t str, Known<'t>>) -> bool {
    if let Some(product) = &branch.product {
        let helper = &product.product_identification_helper;
        known.insert(
            &product.product_id.0,
            Known {
                name: product.name.0.as_deref().unwrap_or(""),
                cpe: helper.cpe.0.as_deref(),
                purl: helper.purl.0.as_deref(),
            },
        );
    }
    if DEPTH_MAX <= depth {
        return branch.branches.is_empty();
    }
    branch.branches.iter().all(|b| walk(b, depth + 1, known))
}

fn component(
    id: &str,
    known: &BTreeMap<&str, Known<'_>>,
    steps: &BTreeMap<&str, (&str, &str)>,
    suse: bool,
) -> Option<Component> {
    let (reference, mut product) = *steps.get(id)?;
    let mut module = None;
    // Two steps at most: component of module of product.
    for _ in 0..2 {
        let Some((inner, outer)) = steps.get(product) else { break };
        module = known.get(inner).and_then(|k| k.purl).and_then(module_of);
        product = outer;
    }
    let product_known = known.get(product)?;
    let ecosystem =
        if suse { suse_ecosystem(product_known)? } else { red_hat_ecosystem(product_known.cpe?)? };
    let found = known.get(reference);
    match found.and_then(|k| k.purl) {
        Some(purl) if purl.starts_with("pkg:rpm/") => {
            let (name, version, stream) = of_purl(purl)?;
            let source = upstream(purl).filter(|s| *s != name);
            Some(Component { ecosystem, name, version, stream: stream.or(module), source })
        }
        // A package within a module, as long as it is not fixed: `pkg:rpmmod/redhat/ruby:2.6/ruby`.
        Some(purl) if purl.starts_with("pkg:rpmmod/redhat/") && !purl.contains('@') => {
            let path = decoded(purl.split('?').next()?.strip_prefix("pkg:rpmmod/redhat/")?);
            let (stream, name) = in_module(&path)?;
            Some(Component { ecosystem, name, version: None, stream: Some(stream), source: None })
        }
        // A container, an operator, a module as a whole: no package of a package manager.
        Some(_) => None,
        None => {
            let (stream, name) = match in_module(reference) {
                Some((stream, name)) => (Some(stream), name),
                None => (module, reference.to_owned()),
            };
            let (name, version) = of_file_name(&name, suse);
            Some(Component { ecosystem, name, version, stream, source: None })
        }
    }
}

/// `cpe:/o:redhat:enterprise_linux:9::baseos` as OSV names it: `Red Hat:enterprise_linux:9::baseos`.
fn red_hat_ecosystem(cpe: &str) -> Option<String> {
    let rest = cpe.strip_prefix("cpe:/").and_then(|c| c.get(2..))?;
    let rest = rest.strip_prefix("redhat:")?;
    (!rest.is_empty()).then(|| format!("Red Hat:{}", rest.trim_end_matches(':')))
}

/// `SUSE Linux Enterprise Server 15 SP5` as OSV names it: `SUSE:Linux Enterprise Server 15 SP5`; `openSUSE Leap 15.6`:
/// `openSUSE:Leap 15.6`.
fn suse_ecosystem(product: &Known<'_>) -> Option<String> {
    let name = product.name.trim();
    if let Some(rest) = name.strip_prefix("openSUSE ") {
        return Some(format!("openSUSE:{rest}"));
    }
    let rest = name.strip_prefix("SUSE ")?;
    Some(format!("SUSE:{rest}"))
}

/// Name, version with epoch, module stream of `pkg:rpm/redhat/curl@7.76.1-26.el9?arch=src&epoch=1&rpmmod=…`.
fn of_purl(purl: &str) -> Option<(String, Option<String>, Option<String>)> {
    let rest = purl.strip_prefix("pkg:rpm/")?;
    let (path, qualifiers) = rest.split_once('?').unwrap_or((rest, ""));
    let (path, version) = match path.rsplit_once('@') {
        Some((path, version)) => (path, Some(decoded(version)).filter(|v| !v.is_empty())),
        None => (path, None),
    };
    let name = decoded(path.rsplit('/').next()?);
    let qualifier = |wanted: &str| {
        qualifiers
            .split('&')
            .filter_map(|q| q.split_once('='))
            .find(|(k, _)| *k == wanted)
            .map(|(_, v)| decoded(v))
    };
    let epoch = qualifier("epoch").filter(|e| e != "0");
    let version = version.map(|v| match epoch {
        Some(epoch) if !v.contains(':') => format!("{epoch}:{v}"),
        _ => v,
    });
    let stream = qualifier("rpmmod").map(|m| name_and_stream(&m));
    (!name.is_empty()).then_some((name, version, stream))
}

/// Stream and package of `ruby:2.6/ruby`.
fn in_module(path: &str) -> Option<(String, String)> {
    let (module, name) = path.split_once('/')?;
    let is_stream = module.split_once(':').is_some_and(|(m, s)| !m.is_empty() && !s.is_empty());
    (is_stream && !name.is_empty()).then(|| (name_and_stream(module), name.to_owned()))
}

/// The source package of `pkg:rpm/suse/libpcre1@8.39-8.3.1?upstream=pcre-8.39-8.3.1.src.rpm`.
fn upstream(purl: &str) -> Option<String> {
    let (_, qualifiers) = purl.split_once('?')?;
    let file = qualifiers.split('&').find_map(|q| q.strip_prefix("upstream="))?;
    let file = decoded(file);
    Some(of_file_name(file.strip_suffix(".src.rpm")?, false).0)
}

/// The stream of `pkg:rpmmod/redhat/nodejs@18:8080020230718135435:63b34585`.
fn module_of(purl: &str) -> Option<String> {
    let rest = purl.strip_prefix("pkg:rpmmod/")?;
    let (path, version) = rest.split('?').next()?.rsplit_once('@')?;
    let name = decoded(path.rsplit('/').next()?);
    Some(name_and_stream(&format!("{name}:{}", decoded(version))))
}

fn name_and_stream(module: &str) -> String {
    module.splitn(3, ':').take(2).collect::<Vec<_>>().join(":")
}

/// `curl-7.79.1-150400.5.32.1` of SUSE, `curl` alone; `curl-0:7.76.1-26.el9.src` of Red Hat.
fn of_file_name(text: &str, suse: bool) -> (String, Option<String>) {
    let text = without_architecture(text);
    let digit = |s: &str| s.starts_with(|c: char| c.is_ascii_digit());
    let mut parts = text.rsplitn(3, '-');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(release), Some(version), Some(name)) if digit(version) && (digit(release) || !suse) => {
            let version = version.strip_prefix("0:").unwrap_or(version);
            (name.to_owned(), Some(format!("{version}-{release}")))
        }
        _ => (text.to_owned(), None),
    }
}

/// The name in a reference of SUSE that has no version: every release of a build of its has a full stop.
fn bare_name(reference: &str) -> Option<String> {
    let text = without_architecture(reference);
    let (_, version) = of_file_name(text, true);
    let built = version.is_some_and(|v| v.rsplit('-').next().is_some_and(|release| release.contains('.')));
    (!built).then(|| text.to_owned())
}

fn without_architecture(text: &str) -> &str {
    let mut text = text;
    for arch in [".src", ".x86_64", ".aarch64", ".ppc64le", ".s390x", ".i586", ".i686", ".noarch"] {
        text = text.strip_suffix(arch).unwrap_or(text);
    }
    text
}

/// Percent escapes of a package URL resolved; what is no escape stays.
pub(in crate::feed) fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let pair = bytes.get(at + 1..at + 3).and_then(|p| std::str::from_utf8(p).ok());
        match pair.filter(|_| byte == b'%').and_then(|p| u8::from_str_radix(p, 16).ok()) {
            Some(value) => {
                out.push(value);
                at += 3;
            }
            None => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
