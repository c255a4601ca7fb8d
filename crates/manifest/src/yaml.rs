//! YAML into trees, one document after another; a broken document costs itself, not its neighbours.

use std::collections::{BTreeMap, BTreeSet};

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span};

use crate::input::Input;
use crate::node::{Entry, Node, Position, Value};
use crate::object::Flaw;
use crate::{ALIASED_NODES_MAX, DEPTH_MAX, NODES_MAX, plain, scalar};

/// What a document turned out to be.
pub(crate) enum Document {
    /// Its root; a null one is an empty document.
    Root(Node),
    /// Why it has none.
    Broken(Flaw),
    /// Something wrong that the document survives.
    Flawed(Flaw),
}

/// How every reader of this crate reads YAML.
pub(crate) fn options() -> granit_parser::Options {
    granit_parser::options! {
        emit_comments: false,
        // JSON is YAML, and dumps of it stand on one line.
        simple_key_max_lookahead: 1 << 20,
    }
}

/// Reads every document of the input; as many are in memory at once as stand between two lines `---`. Told beside each
/// whether that text looks like a template (`{{`).
pub(crate) fn read(input: &mut Input<'_>, each: &mut dyn FnMut(Document, bool)) {
    let (mut begin, mut lines) = (0, 0);
    loop {
        let end = end_of_documents(input, begin);
        let piece = input.window().get(begin..end).unwrap_or_default();
        if piece.is_empty() {
            return;
        }
        match std::str::from_utf8(piece) {
            Ok(text) => {
                let template = text.contains("{{");
                match plain::read(text, lines) {
                    Some(root) => each(Document::Root(root), template),
                    None => documents(text, lines, &mut |document| each(document, template)),
                }
            }
            Err(e) => {
                let before = String::from_utf8_lossy(piece.get(..e.valid_up_to()).unwrap_or_default());
                let column = before.rsplit('\n').next().unwrap_or_default().chars().count();
                let at = place(1 + lines + line_breaks(before.as_bytes()), column);
                each(Document::Broken(Flaw::new(at, "not UTF-8")), false);
            }
        }
        lines += line_breaks(piece);
        begin = end - input.let_go(end);
    }
}

/// Where the documents that begin at `begin` end: before a line `---`, which nothing but a document begins with (YAML 1.2,
/// 9.1.2), or at the end. Directives (`%YAML`) stand before such a line and belong to what follows it.
fn end_of_documents(input: &mut Input<'_>, begin: usize) -> usize {
    let mut from = begin;
    loop {
        let found = memchr::memmem::find(input.window().get(from..).unwrap_or_default(), b"\n---");
        match found {
            Some(n) => {
                let end = from + n + 1;
                let marks = matches!(input.get(end + 3), None | Some(b' ' | b'\t' | b'\r' | b'\n'));
                let piece = input.window().get(begin..end).unwrap_or_default();
                if marks && !piece.starts_with(b"%") && memchr::memmem::find(piece, b"\n%").is_none() {
                    return end;
                }
                from = end;
            }
            None => {
                // The mark may stand across two pieces.
                from = from.max(input.window().len().saturating_sub(3));
                if !input.read_on() {
                    return input.window().len();
                }
            }
        }
    }
}

/// Line breaks, as the parser counts them.
fn line_breaks(bytes: &[u8]) -> usize {
    let returns = memchr::memchr_iter(b'\r', bytes).filter(|at| bytes.get(at + 1) != Some(&b'\n')).count();
    memchr::memchr_iter(b'\n', bytes).count() + returns
}

/// Reads the documents of `text`, which stands behind `lines` others.
pub(crate) fn documents(text: &str, lines: usize, each: &mut dyn FnMut(Document)) {
    let mut parser = Parser::new_from_str_with_options(text, options());
    let mut builder = Builder { lines, ..Builder::default() };
    while let Some(next) = parser.next() {
        let failed = match next {
            Ok((event, span)) => match builder.take(event, &span) {
                Ok(false) => None,
                Ok(true) => {
                    let done = std::mem::replace(&mut builder, Builder { lines, ..Builder::default() });
                    done.flaws.into_iter().for_each(|f| each(Document::Flawed(f)));
                    each(Document::Root(
                        done.root.unwrap_or(Node { value: Value::Null, at: Position::default() }),
                    ));
                    None
                }
                Err(reason) => Some(Flaw::new(position(&span, lines), reason)),
            },
            Err(e) => Some(flaw(&e, lines)),
        };
        if let Some(flaw) = failed {
            each(Document::Broken(flaw));
            builder = Builder { lines, ..Builder::default() };
            match parser.proceed_next_document() {
                Ok(true) => {}
                Ok(false) => return,
                Err(e) => return each(Document::Broken(self::flaw(&e, lines))),
            }
        }
    }
}

fn flaw(e: &ScanError, lines: usize) -> Flaw {
    let mark = e.marker();
    Flaw::new(place(lines + mark.line(), mark.col()), format!("not valid YAML: {}", e.info()))
}

fn position(span: &Span, lines: usize) -> Position {
    place(lines + span.start.line(), span.start.col())
}

fn place(line: usize, column: usize) -> Position {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Position { line: number(line), column: number(column).saturating_add(1) }
}

/// The document under way.
#[derive(Default)]
struct Builder {
    /// Lines before the text.
    lines: usize,
    root: Option<Node>,
    open: Vec<Open>,
    anchors: BTreeMap<usize, (Node, usize)>,
    nodes: usize,
    aliased: usize,
    flaws: Vec<Flaw>,
}

/// A collection whose end has not come yet.
struct Open {
    anchor: usize,
    nodes_before: usize,
    at: Position,
    collection: Collection,
}

enum Collection {
    List(Vec<Node>),
    Map { fields: Vec<Entry>, key: Option<(Box<str>, Position)> },
}

impl Builder {
    /// Takes one event; true when the document is complete.
    fn take(&mut self, event: Event<'_>, span: &Span) -> Result<bool, String> {
        let at = position(span, self.lines);
        match event {
            Event::DocumentEnd => return Ok(true),
            Event::Scalar(text, style, anchor, tag) => {
                self.count(1)?;
                let core = tag.as_ref().and_then(|t| t.core_suffix());
                let value = match (style, core) {
                    (_, Some("str")) => Value::Text(text.as_ref().into()),
                    (ScalarStyle::Plain, _) | (_, Some("int" | "float" | "bool" | "null")) => {
                        scalar::resolve(&text)
                    }
                    _ => Value::Text(text.as_ref().into()),
                };
                let node = Node { value, at };
                if anchor != 0 {
                    self.anchors.insert(anchor, (node.clone(), 1));
                }
                self.put(node, Some(&text))?;
            }
            Event::SequenceStart(_, anchor, _) => self.begin(anchor, at, Collection::List(Vec::new()))?,
            Event::MappingStart(_, anchor, _) => {
                self.begin(anchor, at, Collection::Map { fields: Vec::new(), key: None })?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.end()?,
            Event::Alias(id) => {
                let (node, nodes) =
                    self.anchors.get(&id).ok_or("an alias of a node that is still open")?.clone();
                self.aliased = self.aliased.saturating_add(nodes);
                if ALIASED_NODES_MAX < self.aliased {
                    return Err(format!("its aliases repeat more than {ALIASED_NODES_MAX} nodes"));
                }
                self.count(nodes)?;
                self.put(node, None)?;
            }
            _ => {}
        }
        Ok(false)
    }

    fn count(&mut self, nodes: usize) -> Result<(), String> {
        self.nodes = self.nodes.saturating_add(nodes);
        if NODES_MAX < self.nodes {
            return Err(format!("the document has more than {NODES_MAX} nodes"));
        }
        Ok(())
    }

    fn begin(&mut self, anchor: usize, at: Position, collection: Collection) -> Result<(), String> {
        if DEPTH_MAX <= self.open.len() {
            return Err(format!("nested deeper than {DEPTH_MAX}"));
        }
        self.open.push(Open { anchor, nodes_before: self.nodes, at, collection });
        self.count(1)
    }

    fn end(&mut self) -> Result<(), String> {
        let open = self.open.pop().ok_or("an end without a beginning")?;
        let value = match open.collection {
            Collection::List(items) => Value::List(items),
            Collection::Map { fields, .. } => Value::Map(self.tidy(fields)),
        };
        let node = Node { value, at: open.at };
        if open.anchor != 0 {
            self.anchors.insert(open.anchor, (node.clone(), self.nodes - open.nodes_before));
        }
        self.put(node, None)
    }

    /// Puts a node into the collection that is open; `text` is a scalar as written, which keys keep.
    fn put(&mut self, node: Node, text: Option<&str>) -> Result<(), String> {
        match self.open.last_mut().map(|o| &mut o.collection) {
            None => self.root = Some(node),
            Some(Collection::List(items)) => items.push(node),
            Some(Collection::Map { fields, key }) => match key.take() {
                Some((key, at)) => fields.push(Entry { key, at, value: node }),
                None => *key = Some((key_text(&node.value, text)?, node.at)),
            },
        }
        Ok(())
    }

    /// Merges `<<` into a mapping and keeps the last of the fields that stand twice, naming it.
    fn tidy(&mut self, mut fields: Vec<Entry>) -> Vec<Entry> {
        if fields.iter().any(|e| &*e.key == "<<" && matches!(e.value.value, Value::Map(_) | Value::List(_))) {
            fields = merge(fields);
        }
        let twice = repeated(&fields);
        for index in twice.iter().rev() {
            let Some(entry) = fields.get(*index) else { continue };
            self.flaws.push(Flaw::new(
                entry.at,
                format!("`{}` stands twice in one mapping: the last counts", entry.key),
            ));
            fields.remove(*index);
        }
        fields
    }
}

/// A key as JSON has it: text. Booleans and numbers are written as they would be.
pub(crate) fn key_text(value: &Value, text: Option<&str>) -> Result<Box<str>, String> {
    Ok(match value {
        Value::Text(s) => s.clone(),
        Value::Bool(b) => b.to_string().into(),
        Value::Integer(n) => n.to_string().into(),
        Value::Float(n) => n.to_string().into(),
        Value::Null => text.filter(|t| !t.is_empty()).unwrap_or("null").into(),
        Value::List(_) | Value::Map(_) => return Err("a key that is no scalar".to_owned()),
    })
}

/// The merge key (<https://yaml.org/type/merge.html>): fields of the mapping win over merged ones, earlier merged
/// mappings over later ones.
fn merge(fields: Vec<Entry>) -> Vec<Entry> {
    let (merges, mut own): (Vec<Entry>, Vec<Entry>) = fields.into_iter().partition(|e| &*e.key == "<<");
    let mut known: BTreeSet<Box<str>> = own.iter().map(|e| e.key.clone()).collect();
    for entry in merges {
        let sources = match entry.value.value {
            Value::List(items) => items,
            value => vec![Node { value, at: entry.value.at }],
        };
        for source in sources {
            if let Value::Map(more) = source.value {
                own.extend(more.into_iter().filter(|e| known.insert(e.key.clone())));
            }
        }
    }
    own
}

/// The indices of fields whose key stands again further on, ascending.
pub(crate) fn repeated(fields: &[Entry]) -> Vec<usize> {
    if fields.len() <= 12 {
        let later = |i: usize, e: &Entry| fields.iter().skip(i + 1).any(|o| o.key == e.key);
        return fields.iter().enumerate().filter(|(i, e)| later(*i, e)).map(|(i, _)| i).collect();
    }
    let mut seen = BTreeSet::new();
    let mut twice: Vec<usize> =
        fields.iter().enumerate().rev().filter(|(_, e)| !seen.insert(&*e.key)).map(|(i, _)| i).collect();
    twice.reverse();
    twice
}
