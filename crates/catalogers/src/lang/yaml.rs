//! YAML as lockfiles use it: one document, text scalars, aliases within a budget. Numbers stay text, so that a
//! version `1.10` does not become `1.1`.

use std::collections::BTreeMap;

use granit_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

use super::text::Broken;

/// Nesting of the deepest node.
const YAML_DEPTH_MAX: usize = 64;

/// Nodes of a document, those that aliases repeat included.
const YAML_NODES_MAX: usize = 2_000_000;

/// Documents of one stream.
const YAML_DOCUMENTS_MAX: usize = 16;

/// Reads the first document; an empty stream is null.
pub(super) fn read(text: &str) -> Result<Value, Broken> {
    Ok(documents(text, 1)?.pop().unwrap_or_default())
}

/// Reads every document.
pub(super) fn read_all(text: &str) -> Result<Vec<Value>, Broken> {
    documents(text, YAML_DOCUMENTS_MAX)
}

fn documents(text: &str, wanted: usize) -> Result<Vec<Value>, Broken> {
    let mut done = Vec::new();
    let options = granit_parser::options! { emit_comments: false };
    let mut builder = Builder::default();
    for next in Parser::new_from_str_with_options(text, options) {
        let (event, span) = next.map_err(|e| Broken::new(format!("not valid YAML: {e}")))?;
        let line = span.start.line();
        if builder.take(event).map_err(|why| Broken::new(format!("YAML line {line}: {why}")))? {
            done.push(std::mem::take(&mut builder.root));
            builder.anchors.clear();
            if wanted <= done.len() {
                break;
            }
        }
    }
    Ok(done)
}

#[derive(Default)]
struct Builder {
    root: Value,
    open: Vec<Open>,
    anchors: BTreeMap<usize, (Value, usize)>,
    nodes: usize,
}

struct Open {
    anchor: usize,
    nodes_before: usize,
    node: Collection,
}

enum Collection {
    List(Vec<Value>),
    Table(Map<String, Value>, Option<String>),
}

impl Builder {
    /// Takes one event; true when the first document is complete.
    fn take(&mut self, event: Event<'_>) -> Result<bool, &'static str> {
        match event {
            Event::DocumentEnd => return Ok(true),
            Event::Scalar(text, style, anchor, _) => {
                self.count(1)?;
                let value = scalar(&text, style);
                if anchor != 0 {
                    self.anchors.insert(anchor, (value.clone(), 1));
                }
                self.put(value)?;
            }
            Event::SequenceStart(_, anchor, _) => self.begin(anchor, Collection::List(Vec::new()))?,
            Event::MappingStart(_, anchor, _) => self.begin(anchor, Collection::Table(Map::new(), None))?,
            Event::SequenceEnd | Event::MappingEnd => self.end()?,
            Event::Alias(id) => {
                let (value, nodes) =
                    self.anchors.get(&id).cloned().ok_or("an alias of a node that is still open")?;
                self.count(nodes)?;
                self.put(value)?;
            }
            _ => {}
        }
        Ok(false)
    }

    fn count(&mut self, nodes: usize) -> Result<(), &'static str> {
        self.nodes = self.nodes.saturating_add(nodes);
        if YAML_NODES_MAX < self.nodes { Err("more than 2,000,000 nodes, aliases included") } else { Ok(()) }
    }

    fn begin(&mut self, anchor: usize, node: Collection) -> Result<(), &'static str> {
        if YAML_DEPTH_MAX <= self.open.len() {
            return Err("nested deeper than 64");
        }
        self.open.push(Open { anchor, nodes_before: self.nodes, node });
        self.count(1)
    }

    fn end(&mut self) -> Result<(), &'static str> {
        let open = self.open.pop().ok_or("an end without a beginning")?;
        let value = match open.node {
            Collection::List(items) => Value::Array(items),
            Collection::Table(table, _) => Value::Object(table),
        };
        if open.anchor != 0 {
            let nodes = self.nodes - open.nodes_before;
            self.count(nodes)?;
            self.anchors.insert(open.anchor, (value.clone(), nodes));
        }
        self.put(value)
    }

    fn put(&mut self, value: Value) -> Result<(), &'static str> {
        match self.open.last_mut().map(|o| &mut o.node) {
            None => self.root = value,
            Some(Collection::List(items)) => items.push(value),
            Some(Collection::Table(table, key)) => match key.take() {
                Some(k) => {
                    table.insert(k, value);
                }
                None => *key = Some(key_text(value).ok_or("a key that is no scalar")?),
            },
        }
        Ok(())
    }
}

fn scalar(text: &str, style: ScalarStyle) -> Value {
    match (style, text) {
        (ScalarStyle::Plain, "" | "~" | "null" | "Null" | "NULL") => Value::Null,
        (ScalarStyle::Plain, "true" | "True" | "TRUE") => Value::Bool(true),
        (ScalarStyle::Plain, "false" | "False" | "FALSE") => Value::Bool(false),
        _ => Value::String(text.to_owned()),
    }
}

/// Keys are text: `null`, `true` and `false` are names of packages as well.
fn key_text(value: Value) -> Option<String> {
    match value {
        Value::String(s) => Some(s),
        Value::Bool(b) => Some(b.to_string()),
        Value::Null => Some("null".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_stay_text_and_only_plain_words_are_typed() {
        let value = read("v: 1.10\nd: true\ns: 'true'\nn:\nl: [a, 2]\n? null\n: x\n").expect("YAML");
        assert_eq!(
            value,
            json!({"v": "1.10", "d": true, "s": "true", "n": null, "l": ["a", "2"], "null": "x"})
        );
    }

    #[test]
    fn aliases_repeat_their_node() {
        assert_eq!(read("a: &x {b: c}\nd: *x\n").expect("YAML"), json!({"a": {"b": "c"}, "d": {"b": "c"}}));
    }

    #[test]
    fn a_billion_laughs_is_refused() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for i in 1..12 {
            let previous = format!("*a{}", i - 1);
            text += &format!("a{i}: &a{i} [{}]\n", vec![previous; 9].join(", "));
        }
        assert!(read(&text).expect_err("too many").reason.contains("nodes"));
    }

    #[test]
    fn deep_nesting_is_refused() {
        assert!(read(&"[".repeat(5000)).is_err());
        assert!(read(&format!("{}x{}", "[".repeat(65), "]".repeat(65))).is_err());
    }

    #[test]
    fn documents_are_read_one_by_one() {
        assert_eq!(read_all("a: b\n---\nc: d\n").expect("YAML"), [json!({"a": "b"}), json!({"c": "d"})]);
        assert_eq!(read("a: b\n---\nc: d\n").expect("YAML"), json!({"a": "b"}));
        assert_eq!(read("").expect("YAML"), Value::Null);
    }
}
