//! A pipeline file as a tree whose nodes know their lines. YAML only; anchors and merge keys are resolved.

use std::collections::{BTreeMap, BTreeSet};

use granit_parser::{Event, Parser, Tag};

/// Nesting of the deepest node.
const PIPELINE_DEPTH_MAX: usize = 64;

/// Nodes of a file, those that aliases repeat included.
const PIPELINE_NODES_MAX: usize = 200_000;

/// A node and the 1-based line of its first content.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) line: usize,
    pub(super) kind: Kind,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
    /// A path of keys that GitLab's `!reference` puts in the node's place.
    Reference(Vec<String>),
}

impl Default for Kind {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl Node {
    /// The value of a mapping's key.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().rev().find(|(k, _)| k == key).map(|(_, node)| node)
    }

    pub(super) fn entries(&self) -> &[(String, Node)] {
        match &self.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text under a key, empty if there is none.
    pub(super) fn str(&self, key: &str) -> &str {
        self.get(key).and_then(Node::text).unwrap_or("")
    }

    /// The items of a list; a text or a mapping is a list of one.
    pub(super) fn items(&self) -> Vec<&Node> {
        match &self.kind {
            Kind::List(items) => items.iter().collect(),
            _ => vec![self],
        }
    }

    /// Every text in it, lists within lists as well, each with its line.
    pub(super) fn texts(&self) -> Vec<(usize, &str)> {
        match &self.kind {
            Kind::Text(text) => vec![(self.line, text)],
            Kind::List(items) => items.iter().flat_map(Node::texts).collect(),
            _ => Vec::new(),
        }
    }

    /// The words of a list of texts, or of a text with commas or lines.
    pub(super) fn words(&self) -> Vec<&str> {
        let texts = self.texts().into_iter().map(|(_, t)| t);
        texts.flat_map(|t| t.split([',', '\n'])).map(str::trim).filter(|w| !w.is_empty()).collect()
    }
}

/// Reads every document of a file.
///
/// # Errors
/// Why it is no YAML, with the line.
pub(super) fn read(text: &str) -> Result<Vec<Node>, String> {
    let options = granit_parser::options! { emit_comments: false };
    let mut builder = Builder::default();
    let mut done = Vec::new();
    for next in Parser::new_from_str_with_options(text, options) {
        let (event, span) = next.map_err(|e| format!("not valid YAML: {e}"))?;
        let line = span.start.line();
        if builder.take(event, line).map_err(|why| format!("line {line}: {why}"))? {
            done.push(std::mem::take(&mut builder.root));
            builder.anchors.clear();
        }
    }
    Ok(done)
}

#[derive(Default)]
struct Builder {
    root: Node,
    open: Vec<Open>,
    anchors: BTreeMap<usize, (Node, usize)>,
    nodes: usize,
}

struct Open {
    anchor: usize,
    nodes_before: usize,
    line: usize,
    reference: bool,
    kind: Kind,
    key: Option<String>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, line: usize) -> Result<bool, &'static str> {
        match event {
            Event::DocumentEnd => return Ok(true),
            Event::Scalar(text, _, anchor, _) => {
                self.count(1)?;
                let node = Node { line, kind: Kind::Text(text.into_owned()) };
                if anchor != 0 {
                    self.anchors.insert(anchor, (node.clone(), 1));
                }
                self.put(node);
            }
            Event::SequenceStart(_, anchor, tag) => {
                let reference = tag.as_deref().is_some_and(is_reference);
                self.begin(anchor, line, Kind::List(Vec::new()), reference)?;
            }
            Event::MappingStart(_, anchor, _) => self.begin(anchor, line, Kind::Map(Vec::new()), false)?,
            Event::SequenceEnd | Event::MappingEnd => self.end()?,
            Event::Alias(id) => {
                let (node, nodes) =
                    self.anchors.get(&id).cloned().ok_or("an alias of a node that is still open")?;
                self.count(nodes)?;
                self.put(node);
            }
            _ => {}
        }
        Ok(false)
    }

    fn count(&mut self, nodes: usize) -> Result<(), &'static str> {
        self.nodes = self.nodes.saturating_add(nodes);
        if PIPELINE_NODES_MAX < self.nodes {
            Err("more than 200,000 nodes, aliases included")
        } else {
            Ok(())
        }
    }

    fn begin(&mut self, anchor: usize, line: usize, kind: Kind, reference: bool) -> Result<(), &'static str> {
        if PIPELINE_DEPTH_MAX <= self.open.len() {
            return Err("nested deeper than 64");
        }
        self.open.push(Open { anchor, nodes_before: self.nodes, line, reference, kind, key: None });
        self.count(1)
    }

    fn end(&mut self) -> Result<(), &'static str> {
        let open = self.open.pop().ok_or("an end without a beginning")?;
        let kind = match open.kind {
            Kind::List(items) if open.reference => {
                Kind::Reference(items.iter().filter_map(|n| n.text().map(str::to_owned)).collect())
            }
            Kind::Map(entries) => Kind::Map(once(entries)),
            kind => kind,
        };
        let node = Node { line: open.line, kind };
        if open.anchor != 0 {
            self.anchors.insert(open.anchor, (node.clone(), self.nodes.saturating_sub(open.nodes_before)));
        }
        self.put(node);
        Ok(())
    }

    fn put(&mut self, node: Node) {
        let Some(open) = self.open.last_mut() else {
            self.root = node;
            return;
        };
        match &mut open.kind {
            Kind::List(items) => items.push(node),
            Kind::Map(entries) => match open.key.take() {
                None => open.key = Some(node.text().unwrap_or("").to_owned()),
                Some(key) if key == "<<" => merge(entries, &node),
                Some(key) => entries.push((key, node)),
            },
            Kind::Text(_) | Kind::Reference(_) => {}
        }
    }
}

/// Merge keys (YAML 1.1 type `merge`): what is there already wins.
fn merge(entries: &mut Vec<(String, Node)>, from: &Node) {
    let mut known: BTreeSet<String> = entries.iter().map(|(k, _)| k.clone()).collect();
    for source in from.items() {
        for (key, node) in source.entries() {
            if known.insert(key.clone()) {
                entries.push((key.clone(), node.clone()));
            }
        }
    }
}

/// Of several values of one key the last counts: what a mapping says itself comes after what it merges.
fn once(mut entries: Vec<(String, Node)>) -> Vec<(String, Node)> {
    let mut known: BTreeSet<String> = BTreeSet::new();
    entries.reverse();
    entries.retain(|(key, _)| known.insert(key.clone()));
    entries.reverse();
    entries
}

fn is_reference(tag: &Tag) -> bool {
    tag.to_string().trim_start_matches('!') == "reference"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_know_their_lines_and_merge_keys_are_resolved() {
        let text = "base: &b\n  when: manual\n  x: 1\njob:\n  <<: *b\n  when: always\n  script:\n    - |\n      one\n      two\n    - three\n";
        let root = read(text).unwrap().remove(0);
        let job = root.get("job").unwrap();
        assert_eq!((job.str("when"), job.str("x")), ("always", "1"));
        assert_eq!(job.get("script").unwrap().texts(), [(9, "one\ntwo\n"), (11, "three")]);
    }

    #[test]
    fn a_reference_is_a_path() {
        let root = read("a: !reference [.b, script]\n").unwrap().remove(0);
        assert_eq!(root.get("a").unwrap().kind, Kind::Reference(vec![".b".into(), "script".into()]));
    }

    #[test]
    fn what_is_no_tree_is_refused() {
        assert!(read("a: [").is_err());
        assert!(read(&"[".repeat(5000)).is_err());
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for i in 1..9 {
            text += &format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 9].join(", "));
        }
        assert!(read(&text).unwrap_err().contains("nodes"));
    }
}
