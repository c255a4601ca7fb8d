//! CSAF 2.0 documents, those of the VEX profile above all: products by the tree, statements by product status.
//!
//! Source: OASIS CSAF 2.0, sections 3.2.2 (product tree), 3.2.3 (vulnerabilities) and 4.5 (profile 5, VEX).

use std::collections::{BTreeMap, BTreeSet};

use api::{Note, NoteKind};
use model::Timestamp;
use model::purl::Purl;
use serde_json::Value;

use super::SuppressError;
use super::vex::{Component, JUSTIFICATIONS, Product, Statement, VEX_STATEMENTS_MAX, Vex, VexStatus};

/// Depth of a product tree.
const BRANCHES_DEPTH_MAX: usize = 64;

/// Product statuses that say something of harm, and what.
const STATUSES: [(&str, VexStatus); 8] = [
    ("known_not_affected", VexStatus::NotAffected),
    ("fixed", VexStatus::Fixed),
    ("first_fixed", VexStatus::Fixed),
    ("known_affected", VexStatus::Affected),
    ("first_affected", VexStatus::Affected),
    ("last_affected", VexStatus::Affected),
    ("recommended", VexStatus::Fixed),
    ("under_investigation", VexStatus::UnderInvestigation),
];

pub(super) fn is(document: &Value) -> bool {
    document.pointer("/document/csaf_version").is_some() || document.pointer("/document/category").is_some()
}

pub(super) fn read(name: &str, document: &Value) -> Result<Vex, SuppressError> {
    let fail = |message: String| SuppressError { file: name.to_owned(), line: None, message };
    let version = document.pointer("/document/csaf_version").and_then(Value::as_str).unwrap_or_default();
    if version != "2.0" && version != "2.1" {
        return Err(fail(format!("CSAF version `{version}` is not read; 2.0 is")));
    }
    let at = |pointer: &str| -> Option<Timestamp> {
        document.pointer(pointer).and_then(Value::as_str).and_then(|t| t.parse().ok())
    };
    let at = at("/document/tracking/current_release_date").max(at("/document/tracking/initial_release_date"));
    let author = document.pointer("/document/publisher/name").and_then(Value::as_str).map(str::to_owned);
    let mut vex = Vex { name: name.to_owned(), author, ..Vex::default() };
    let tree = Tree::of(document.get("product_tree").unwrap_or(&Value::Null));
    for (n, raw) in list(document, "vulnerabilities").iter().enumerate() {
        let by = format!("{name}#/vulnerabilities/{n}");
        vulnerability(raw, &by, at, &tree, &mut vex);
        if VEX_STATEMENTS_MAX < vex.statements.len() {
            return Err(fail(format!("more than {VEX_STATEMENTS_MAX} statements")));
        }
    }
    Ok(vex)
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str).map(str::trim).filter(|t| !t.is_empty())
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn texts<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v str> {
    list(value, key).iter().filter_map(Value::as_str)
}

/// The product tree: what each product id stands for.
struct Tree<'d> {
    products: BTreeMap<&'d str, Component>,
    /// Product ids of a component inside a platform.
    inside: BTreeMap<&'d str, (&'d str, &'d str)>,
    groups: BTreeMap<&'d str, Vec<&'d str>>,
    /// Names, for messages.
    names: BTreeMap<&'d str, &'d str>,
}

impl<'d> Tree<'d> {
    fn of(raw: &'d Value) -> Self {
        let mut out = Self {
            products: BTreeMap::new(),
            inside: BTreeMap::new(),
            groups: BTreeMap::new(),
            names: BTreeMap::new(),
        };
        out.branches(raw, 0);
        list(raw, "full_product_names").iter().for_each(|p| out.product(p));
        for relation in list(raw, "relationships") {
            let of = relation.get("full_product_name").unwrap_or(&Value::Null);
            out.product(of);
            if let (Some(id), Some(part), Some(whole)) = (
                text(of, "product_id"),
                text(relation, "product_reference"),
                text(relation, "relates_to_product_reference"),
            ) {
                out.inside.insert(id, (part, whole));
            }
        }
        for group in list(raw, "product_groups") {
            if let Some(id) = text(group, "group_id") {
                out.groups.insert(id, texts(group, "product_ids").collect());
            }
        }
        out
    }

    fn branches(&mut self, raw: &'d Value, depth: usize) {
        for branch in list(raw, "branches") {
            if let Some(product) = branch.get("product") {
                self.product(product);
            }
            if depth < BRANCHES_DEPTH_MAX {
                self.branches(branch, depth + 1);
            }
        }
    }

    fn product(&mut self, raw: &'d Value) {
        let Some(id) = text(raw, "product_id") else { return };
        let helper = raw.get("product_identification_helper").unwrap_or(&Value::Null);
        let mut out = Component::default();
        // CSAF 2.1 has a list.
        for purl in text(helper, "purl").into_iter().chain(texts(helper, "purls")) {
            out.purls.extend(Purl::parse(purl));
        }
        for hash in list(helper, "hashes").iter().flat_map(|h| list(h, "file_hashes")) {
            if text(hash, "algorithm").is_some_and(|a| a.eq_ignore_ascii_case("sha256")) {
                out.sha256.extend(text(hash, "value").map(str::to_ascii_lowercase));
            }
        }
        self.names.insert(id, text(raw, "name").unwrap_or(id));
        self.products.insert(id, out);
    }

    /// What a product id stands for; an error says why nothing here can be compared with it.
    fn resolve(&self, id: &str) -> Result<Product, String> {
        let name = self.names.get(id).copied().unwrap_or(id);
        let named = |id: &str| self.products.get(id).filter(|c| !c.purls.is_empty() || !c.sha256.is_empty());
        if let Some(component) = named(id) {
            return Ok(Product { component: component.clone(), parts: Vec::new() });
        }
        if !self.products.contains_key(id) {
            return Err(format!("product `{id}` is not in the product tree"));
        }
        let Some((part, whole)) = self.inside.get(id) else {
            return Err(format!("product `{name}` has neither a package URL nor a digest"));
        };
        let Some(component) = named(part) else {
            return Err(format!("the component of product `{name}` has neither a package URL nor a digest"));
        };
        if let Some(platform) = named(whole) {
            return Ok(Product { component: platform.clone(), parts: vec![component.clone()] });
        }
        // The platform is known by a name or CPE alone. The component's own version still tells builds of one platform
        // from those of another; without it the statement would spread to platforms it is not about.
        let versioned = |c: &Component| !c.sha256.is_empty() || c.purls.iter().all(|p| p.version.is_some());
        if versioned(component) {
            return Ok(Product { component: component.clone(), parts: Vec::new() });
        }
        let platform = self.names.get(whole).copied().unwrap_or(whole);
        Err(format!("product `{name}` names no version, and its platform `{platform}` has no package URL"))
    }
}

fn vulnerability(raw: &Value, by: &str, at: Option<Timestamp>, tree: &Tree<'_>, vex: &mut Vex) {
    let mut note = |message: String| {
        vex.notes.push(Note { kind: NoteKind::InvalidStatement, r#where: by.to_owned(), message });
    };
    let ids = list(raw, "ids").iter().filter_map(|i| text(i, "text"));
    let names: BTreeSet<String> =
        text(raw, "cve").into_iter().chain(ids).map(str::to_ascii_lowercase).collect();
    if names.is_empty() {
        return note("names no vulnerability; not applied".to_owned());
    }
    let status = raw.get("product_status").unwrap_or(&Value::Null);
    // A product with two statuses that disagree is not known: the one that suppresses is left out.
    let harmed: BTreeSet<&str> =
        STATUSES.iter().filter(|(_, s)| !s.suppresses()).flat_map(|(key, _)| texts(status, key)).collect();
    let reasons = Reasons::of(raw, tree);
    // Statements of one status and one reason are one.
    let mut grouped: BTreeMap<(&str, String), Vec<Product>> = BTreeMap::new();
    for (key, kind) in STATUSES {
        // `recommended` is advice; where the same product is not also `fixed` it says nothing of harm.
        if key == "recommended" {
            continue;
        }
        for id in texts(status, key) {
            let reason = reasons.for_product(id, kind);
            if kind.suppresses() && harmed.contains(id) {
                note(format!("product `{id}` is {} and affected at once; not applied", kind.as_str()));
                continue;
            }
            if kind == VexStatus::NotAffected && reason.is_none() {
                note(format!("says known_not_affected of `{id}` without a flag or an impact; not applied"));
                continue;
            }
            match tree.resolve(id) {
                Ok(product) => {
                    grouped.entry((key, reason.unwrap_or_default())).or_default().push(product);
                }
                Err(why) => note(format!("{why}; not applied")),
            }
        }
    }
    for ((key, reason), products) in grouped {
        let status =
            STATUSES.iter().find(|(k, _)| *k == key).map_or(VexStatus::UnderInvestigation, |(_, s)| *s);
        vex.statements.push(Statement {
            by: by.to_owned(),
            names: names.iter().cloned().collect(),
            products,
            status,
            reason,
            at,
        });
    }
}

/// Flags, impacts and remediations of one vulnerability, by product; those that name none hold for all.
struct Reasons<'d> {
    by_product: BTreeMap<&'d str, Vec<&'d str>>,
    for_all: Vec<&'d str>,
}

impl<'d> Reasons<'d> {
    fn of(raw: &'d Value, tree: &Tree<'d>) -> Self {
        let mut out = Self { by_product: BTreeMap::new(), for_all: Vec::new() };
        for flag in list(raw, "flags") {
            let label = text(flag, "label").filter(|l| JUSTIFICATIONS.contains(l));
            out.add(flag, label, tree);
        }
        for threat in list(raw, "threats").iter().filter(|t| text(t, "category") == Some("impact")) {
            out.add(threat, text(threat, "details"), tree);
        }
        out
    }

    fn add(&mut self, raw: &'d Value, said: Option<&'d str>, tree: &Tree<'d>) {
        let Some(said) = said else { return };
        let of_groups = texts(raw, "group_ids").filter_map(|g| tree.groups.get(g)).flatten().copied();
        let products: Vec<&str> = texts(raw, "product_ids").chain(of_groups).collect();
        if products.is_empty() && raw.get("product_ids").is_none() && raw.get("group_ids").is_none() {
            self.for_all.push(said);
        }
        for product in products {
            self.by_product.entry(product).or_default().push(said);
        }
    }

    fn for_product(&self, id: &str, status: VexStatus) -> Option<String> {
        if status != VexStatus::NotAffected {
            return Some(String::new());
        }
        let own = self.by_product.get(id).into_iter().flatten();
        let all: Vec<&str> = own.chain(&self.for_all).copied().collect();
        (!all.is_empty()).then(|| all.join(": "))
    }
}
