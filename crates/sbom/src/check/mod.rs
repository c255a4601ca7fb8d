//! Checking CycloneDX JSON against its specification: one walk over the document along the table of its version.

mod format;
mod grammar;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use grammar::{Definition, Grammar, ListRule, NumberRule, Object, Rule, Type};

use crate::identity::clip;
use crate::json::{list, text};

/// Violations of one document that are told; the rest would say the same.
pub const VIOLATIONS_MAX: usize = 1000;

/// Where a document breaks its specification.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// JSON pointer.
    pub pointer: String,
    /// What is wrong.
    pub reason: String,
}

/// Checks `document` against the version that it names.
pub(crate) fn check(document: &Value) -> Vec<Violation> {
    let version = document.get("specVersion").and_then(Value::as_str).unwrap_or_default();
    let minor = version.strip_prefix("1.").and_then(|m| m.parse().ok());
    let Some(grammar) = minor.and_then(grammar::grammar) else {
        return vec![Violation {
            pointer: "/specVersion".to_owned(),
            reason: format!("`{}` is no version from 1.2 to 1.7", clip(version)),
        }];
    };
    let mut walk = Walk { grammar, out: Vec::new() };
    walk.value(document, &Type::Name("bom"), &Place::Root);
    let mut seen = BTreeSet::new();
    walk.references(document, &Place::Root, &mut seen);
    walk.out
}

/// Where the walk is. It becomes a text only where something is wrong.
enum Place<'a> {
    Root,
    Field(&'a Place<'a>, &'a str),
    Item(&'a Place<'a>, usize),
}

impl Place<'_> {
    fn pointer(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Field(parent, name) => {
                format!("{}/{}", parent.pointer(), name.replace('~', "~0").replace('/', "~1"))
            }
            Self::Item(parent, n) => format!("{}/{n}", parent.pointer()),
        }
    }
}

struct Walk {
    grammar: &'static Grammar,
    out: Vec<Violation>,
}

impl Walk {
    fn wrong(&mut self, place: &Place<'_>, reason: String) {
        if self.out.len() < VIOLATIONS_MAX {
            self.out.push(Violation { pointer: place.pointer(), reason });
        }
    }

    fn value(&mut self, value: &Value, of: &Type, place: &Place<'_>) {
        match of {
            Type::Name(name) => self.named(value, name, place),
            Type::List(inner, rule) => self.list(value, inner, *rule, place),
            Type::Number(rule) => {
                if let Some(why) = number_refusal(value, *rule) {
                    self.wrong(place, why);
                }
            }
            Type::One(types) => self.alternatives(value, types, true, place),
            Type::Any(types) => self.alternatives(value, types, false, place),
        }
    }

    fn named(&mut self, value: &Value, name: &str, place: &Place<'_>) {
        match self.grammar.definitions.get(name) {
            Some(Definition::Object(object)) => match value {
                Value::Object(fields) => self.object(fields, object, place),
                _ => self.wrong(place, format!("`{name}` is an object")),
            },
            Some(Definition::Enum(values)) => {
                if !value.as_str().is_some_and(|s| values.contains(&s)) {
                    let shown = values.iter().take(12).copied().collect::<Vec<_>>().join(", ");
                    let more = if 12 < values.len() { " …" } else { "" };
                    self.wrong(place, format!("{} is none of {shown}{more}", show(value)));
                }
            }
            Some(Definition::Alias(of)) => self.value(value, of, place),
            None => {
                if let Some(why) = format::refusal(name, value) {
                    self.wrong(place, format!("{} {why}", show(value)));
                }
            }
        }
    }

    fn list(&mut self, value: &Value, inner: &Type, rule: ListRule, place: &Place<'_>) {
        let Some(items) = value.as_array() else {
            self.wrong(place, format!("{} is no list", show(value)));
            return;
        };
        for (n, item) in items.iter().enumerate() {
            self.value(item, inner, &Place::Item(place, n));
        }
        if rule.filled && items.is_empty() {
            self.wrong(place, "the list is empty".to_owned());
        }
        if rule.single && items.len() != 1 {
            self.wrong(place, format!("the list has {} items, it may have one", items.len()));
        }
        if rule.unique {
            let mut seen = BTreeSet::new();
            for (n, item) in items.iter().enumerate() {
                if !seen.insert(item.to_string()) {
                    self.wrong(&Place::Item(place, n), "the item is equal to one before it".to_owned());
                }
            }
        }
    }

    fn object(&mut self, fields: &Map<String, Value>, object: &Object, place: &Place<'_>) {
        for (name, value) in fields {
            match object.fields.get(name.as_str()) {
                Some((_, of)) => self.value(value, of, &Place::Field(place, name)),
                None if object.open => {}
                None => self.wrong(&Place::Field(place, name), format!("`{}` is no field here", clip(name))),
            }
        }
        for (name, _) in object.fields.iter().filter(|(_, (required, _))| *required) {
            if !fields.contains_key(*name) {
                self.wrong(place, format!("`{name}` is missing"));
            }
        }
        for rule in &object.rules {
            if let Some(why) = rule_refusal(rule, fields) {
                self.wrong(place, why);
            }
        }
    }

    fn alternatives(&mut self, value: &Value, types: &[Type], exactly_one: bool, place: &Place<'_>) {
        let mut good = 0;
        let mut nearest: Option<Vec<Violation>> = None;
        for of in types {
            let mut attempt = Walk { grammar: self.grammar, out: Vec::new() };
            attempt.value(value, of, place);
            if attempt.out.is_empty() {
                good += 1;
            } else if nearest.as_ref().is_none_or(|n| depth(n) < depth(&attempt.out)) {
                nearest = Some(attempt.out);
            }
        }
        match good {
            0 => {
                let room = VIOLATIONS_MAX.saturating_sub(self.out.len());
                self.out.extend(nearest.unwrap_or_default().into_iter().take(room));
            }
            1 => {}
            _ if exactly_one => {
                self.wrong(place, format!("{} fits {good} alternatives, it must fit one", show(value)));
            }
            _ => {}
        }
    }

    /// Components and services are named by `bom-ref` once; no schema can say so.
    fn references(&mut self, value: &Value, place: &Place<'_>, seen: &mut BTreeSet<String>) {
        for key in ["components", "services"] {
            let inner = Place::Field(place, key);
            for (n, item) in list(value, key).iter().enumerate() {
                let at = Place::Item(&inner, n);
                self.reference(item, &at, seen);
                self.references(item, &at, seen);
            }
        }
        if let (Place::Root, Some(root)) = (place, value.pointer("/metadata/component")) {
            let metadata = Place::Field(place, "metadata");
            let at = Place::Field(&metadata, "component");
            self.reference(root, &at, seen);
            self.references(root, &at, seen);
        }
    }

    fn reference(&mut self, item: &Value, at: &Place<'_>, seen: &mut BTreeSet<String>) {
        if let Some(reference) = text(item, "bom-ref")
            && !seen.insert(reference.to_owned())
        {
            self.wrong(&Place::Field(at, "bom-ref"), format!("`{}` is used before", clip(reference)));
        }
    }
}

/// How deep into the document an attempt came before something was wrong: the deepest is the one that was meant.
fn depth(violations: &[Violation]) -> usize {
    violations.iter().map(|v| v.pointer.matches('/').count()).max().unwrap_or_default()
}

fn show(value: &Value) -> String {
    match value {
        Value::Object(_) => "the object".to_owned(),
        Value::Array(_) => "the list".to_owned(),
        other => format!("`{}`", clip(&other.to_string())),
    }
}

fn number_refusal(value: &Value, rule: NumberRule) -> Option<String> {
    let Some(number) = value.as_f64() else { return Some(format!("{} is no number", show(value))) };
    if rule.whole && number.fract() != 0.0 {
        return Some(format!("`{value}` is no whole number"));
    }
    match (rule.least, rule.most) {
        (Some(least), _) if number < least => Some(format!("`{value}` is less than {least}")),
        (_, Some(most)) if most < number => Some(format!("`{value}` is more than {most}")),
        _ => None,
    }
}

fn rule_refusal(rule: &Rule, fields: &Map<String, Value>) -> Option<String> {
    let is_there = |group: &Vec<&str>| group.iter().all(|name| fields.contains_key(*name));
    let said = |groups: &[Vec<&str>]| groups.iter().map(|g| g.join(" and ")).collect::<Vec<_>>().join(" or ");
    match rule {
        Rule::One(groups) => {
            let count = groups.iter().filter(|g| is_there(g)).count();
            (count != 1).then(|| format!("has {count} of {}, it must have one", said(groups)))
        }
        Rule::Any(groups) => (!groups.iter().any(is_there)).then(|| format!("has none of {}", said(groups))),
        Rule::Not(group) => is_there(group).then(|| format!("has {} together", group.join(" and "))),
        Rule::OnlyIf(field, of) => {
            let allowed = fields.get(*of).is_some_and(|v| *v != Value::Bool(false));
            (fields.contains_key(*field) && !allowed).then(|| format!("has `{field}` without `{of}`"))
        }
    }
}
