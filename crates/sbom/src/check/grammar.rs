//! The specification as a table: a small language that says per version which fields an object has and what they hold.
//!
//! The table is ours and a test reads all of it, so a line that makes no sense is a bug of ours, not of a document.

use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The table, by topic.
const TABLES: [&str; 6] = [
    include_str!("grammar/bom.txt"),
    include_str!("grammar/vulnerabilities.txt"),
    include_str!("grammar/data.txt"),
    include_str!("grammar/formulation.txt"),
    include_str!("grammar/declarations.txt"),
    include_str!("grammar/cryptography.txt"),
];

/// Minor versions the table speaks of.
pub(super) const MINORS: std::ops::RangeInclusive<u8> = 2..=7;

/// What a value may be.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Type {
    /// A definition or one of the basic types.
    Name(&'static str),
    /// A list.
    List(Box<Type>, ListRule),
    /// Exactly one of them.
    One(Vec<Type>),
    /// At least one of them.
    Any(Vec<Type>),
    /// A number within bounds.
    Number(NumberRule),
}

/// What holds of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct ListRule {
    /// No two items are equal.
    pub(super) unique: bool,
    /// Not empty.
    pub(super) filled: bool,
    /// Exactly one item.
    pub(super) single: bool,
}

/// What holds of a number.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct NumberRule {
    /// Without a fraction.
    pub(super) whole: bool,
    /// Smallest.
    pub(super) least: Option<f64>,
    /// Largest.
    pub(super) most: Option<f64>,
}

/// A definition.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Definition {
    /// An object.
    Object(Object),
    /// One of these texts.
    Enum(Vec<&'static str>),
    /// Another name for a type.
    Alias(Type),
}

/// An object.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Object {
    /// Takes fields that are not named.
    pub(super) open: bool,
    /// Fields: required, type.
    pub(super) fields: BTreeMap<&'static str, (bool, Type)>,
    /// Rules over several fields.
    pub(super) rules: Vec<Rule>,
}

/// A rule over groups of fields.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Rule {
    /// Exactly one group is there whole.
    One(Vec<Vec<&'static str>>),
    /// At least one group is there whole.
    Any(Vec<Vec<&'static str>>),
    /// The group is not there whole.
    Not(Vec<&'static str>),
    /// The first field only where the second is `true`.
    OnlyIf(&'static str, &'static str),
}

/// The definitions of one version.
#[derive(Debug, Default)]
pub(super) struct Grammar {
    /// By name.
    pub(super) definitions: BTreeMap<&'static str, Definition>,
    /// Lines that make no sense; none, as a test holds.
    pub(super) broken: Vec<String>,
}

/// The grammar of `1.minor`, read once.
pub(super) fn grammar(minor: u8) -> Option<&'static Grammar> {
    static READ: [OnceLock<Grammar>; 6] = [const { OnceLock::new() }; 6];
    let index = usize::from(minor.checked_sub(*MINORS.start())?);
    READ.get(index).map(|slot| slot.get_or_init(|| Grammar::read(minor)))
}

impl Grammar {
    fn read(minor: u8) -> Self {
        let mut grammar = Self::default();
        for table in TABLES {
            // The definition that lines belong to; none while one of another version is passed over.
            let mut open: Option<&'static str> = None;
            for line in table.lines().filter(|l| !l.trim().is_empty() && !l.starts_with('#')) {
                let done = if line.starts_with(' ') {
                    open.map_or(Some(()), |name| grammar.line(name, line.trim(), minor))
                } else {
                    grammar.head(line, minor).map(|name| open = name)
                };
                if done.is_none() {
                    grammar.broken.push(line.to_owned());
                }
            }
        }
        grammar
    }

    /// Begins a definition: its name, if it is of this version.
    fn head(&mut self, line: &'static str, minor: u8) -> Option<Option<&'static str>> {
        let (kind, rest) = line.split_once(' ')?;
        let (name, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let (name, range) = name.split_once('@').unwrap_or((name, ""));
        if !holds(range, minor)? {
            return Some(None);
        }
        let definition = match kind {
            "object" => {
                let open = match rest.strip_prefix("open") {
                    Some(range) => holds(range.strip_prefix('@').unwrap_or(range), minor)?,
                    None => false,
                };
                Definition::Object(Object { open, ..Object::default() })
            }
            "enum" => Definition::Enum(Vec::new()),
            "type" => Definition::Alias(read_type(rest.strip_prefix("= ")?)?),
            _ => return None,
        };
        self.definitions.insert(name, definition).is_none().then_some(Some(name))
    }

    fn line(&mut self, name: &str, line: &'static str, minor: u8) -> Option<()> {
        match self.definitions.get_mut(name)? {
            Definition::Object(object) => object.line(line, minor),
            Definition::Enum(values) => {
                let (range, rest) = match line.strip_prefix('@') {
                    Some(rest) => rest.split_once(' ')?,
                    None => ("", line),
                };
                if holds(range, minor)? {
                    values.extend(words(rest)?);
                }
                Some(())
            }
            Definition::Alias(_) => None,
        }
    }
}

impl Object {
    fn line(&mut self, line: &'static str, minor: u8) -> Option<()> {
        let (name, rest) = line.split_once(' ')?;
        if let Some(rule) = name.strip_prefix(':') {
            let (rest, range) = rest.split_once(" @").unwrap_or((rest, ""));
            if holds(range, minor)? {
                self.rules.push(read_rule(rule, rest)?);
            }
            return Some(());
        }
        let (name, range) = name.split_once('@').unwrap_or((name, ""));
        if !holds(range, minor)? {
            return Some(());
        }
        let (name, required) = name.strip_suffix('!').map_or((name, false), |n| (n, true));
        self.fields.insert(name, (required, read_type(rest)?)).is_none().then_some(())
    }
}

/// True if `1.minor` lies in `5-`, `-4`, `3-4`, `5` or nothing.
fn holds(range: &str, minor: u8) -> Option<bool> {
    let bound = |s: &str, default: u8| if s.is_empty() { Some(default) } else { s.parse().ok() };
    let (from, to) = range.split_once('-').unwrap_or((range, range));
    Some((bound(from, *MINORS.start())?..=bound(to, *MINORS.end())?).contains(&minor))
}

fn words(mut rest: &'static str) -> Option<Vec<&'static str>> {
    let mut out = Vec::new();
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => rest.split_once(' ').unwrap_or((rest, "")),
        };
        out.push(word);
        rest = after.trim_start();
    }
    Some(out)
}

fn read_rule(rule: &str, rest: &'static str) -> Option<Rule> {
    let groups = || rest.split(" | ").map(|g| g.split('+').collect()).collect();
    match rule {
        "one" => Some(Rule::One(groups())),
        "any" => Some(Rule::Any(groups())),
        "not" => Some(Rule::Not(rest.split('+').collect())),
        "only-if" => rest.split_once(' ').map(|(field, of)| Rule::OnlyIf(field, of)),
        _ => None,
    }
}

fn read_type(text: &'static str) -> Option<Type> {
    if let Some(rest) = text.strip_prefix('[') {
        let (inner, flags) = rest.rsplit_once(']')?;
        let rule = ListRule {
            unique: flags.contains('u'),
            filled: flags.contains('+'),
            single: flags.contains("=1"),
        };
        return Some(Type::List(Box::new(read_type(inner)?), rule));
    }
    let alternatives = |rest: &'static str| -> Option<Vec<Type>> {
        rest.strip_suffix(')')?.split(" | ").map(read_type).collect()
    };
    if let Some(rest) = text.strip_prefix("one(") {
        return alternatives(rest).map(Type::One);
    }
    if let Some(rest) = text.strip_prefix("any(") {
        return alternatives(rest).map(Type::Any);
    }
    for (word, whole) in [("integer", true), ("number", false)] {
        if let Some(rest) = text.strip_prefix(word) {
            let (rest, most) = bound(rest, "<=")?;
            let (rest, least) = bound(rest, ">=")?;
            return rest.is_empty().then_some(Type::Number(NumberRule { whole, least, most }));
        }
    }
    Some(Type::Name(text))
}

/// Cuts `SIGN` and the number behind it off the end.
fn bound(text: &'static str, sign: &str) -> Option<(&'static str, Option<f64>)> {
    match text.split_once(sign) {
        Some((rest, number)) => Some((rest, Some(number.parse().ok()?))),
        None => Some((text, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Definition, Grammar, MINORS, Type, grammar};
    use crate::check::format;

    fn assert_known(grammar: &Grammar, place: &str, of: &Type) {
        match of {
            Type::Name(name) => assert!(
                grammar.definitions.contains_key(name) || format::is_known(name),
                "{place}: `{name}` is not defined"
            ),
            Type::List(inner, _) => assert_known(grammar, place, inner),
            Type::One(types) | Type::Any(types) => types.iter().for_each(|t| assert_known(grammar, place, t)),
            Type::Number(_) => {}
        }
    }

    #[test]
    fn every_line_of_the_table_makes_sense_in_every_version() {
        for minor in MINORS {
            let grammar = grammar(minor).unwrap();
            assert_eq!(grammar.broken, Vec::<String>::new(), "1.{minor}");
            assert!(grammar.definitions.contains_key("bom"));
            for (name, definition) in &grammar.definitions {
                match definition {
                    Definition::Object(object) => {
                        for (field, (_, of)) in &object.fields {
                            assert_known(grammar, &format!("1.{minor} {name}.{field}"), of);
                        }
                    }
                    Definition::Enum(values) => assert!(!values.is_empty(), "1.{minor} {name}"),
                    Definition::Alias(of) => assert_known(grammar, name, of),
                }
            }
        }
        assert!(grammar(1).is_none());
        assert!(grammar(8).is_none());
    }
}
