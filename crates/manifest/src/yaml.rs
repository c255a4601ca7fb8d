//! YAML into trees, one document after another; a broken document costs itself, not its neighbours.

use std::collections::{BTreeMap, BTreeSet};

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span};

use crate::input::Input;
use crate::node::{Entry, Node, Position, Value};
use crate::object::Flaw;
use crate::{ALIASED_NODES_MAX, DEPTH_MAX, NODES_MAX, merge, plain, scalar};

/// What the names of YAML's own types begin with (<https://yaml.org/type/>), as `!!` stands for.
const YAML_TYPES: &str = "tag:yaml.org,2002:";

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

/// Reads every document of the input, which stands behind `lines` others; as many are in memory at once as stand between
/// two lines `---`. Told beside each whether that text looks like a template (`{{`).
pub(crate) fn read(input: &mut Input<'_>, mut lines: usize, each: &mut dyn FnMut(Document, bool)) {
    let mut begin = 0;
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
                    None => {
                        if let Some(flaw) = break_of_old(text, lines) {
                            each(Document::Flawed(flaw), template);
                        }
                        documents(text, lines, &mut |document| each(document, template));
                    }
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

/// A character that ends a line in YAML 1.1 (4.2), which `kubectl` reads, and none in YAML 1.2 (5.4): behind it may stand
/// a field that is seen by one reader alone.
fn break_of_old(text: &str, lines: usize) -> Option<Flaw> {
    let bytes = text.as_bytes();
    if bytes.is_ascii() {
        return None;
    }
    let breaks: [(&[u8], &str); 3] =
        [(b"\xc2\x85", "U+0085"), (b"\xe2\x80\xa8", "U+2028"), (b"\xe2\x80\xa9", "U+2029")];
    let found = |(sign, name): (&[u8], _)| memchr::memmem::find(bytes, sign).map(|at| (at, name));
    let (at, name) = breaks.into_iter().filter_map(found).min()?;
    let before = text.get(..at).unwrap_or_default();
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count();
    let at = place(1 + lines + line_breaks(before.as_bytes()), column);
    Some(Flaw::new(at, format!("{name} ends a line for `kubectl` and not here: write it as an escape")))
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
    Map { fields: Vec<Entry>, key: Option<Key>, merges: Vec<usize> },
}

/// A key whose value has not come yet.
struct Key {
    text: Box<str>,
    at: Position,
    /// It is the merge key.
    merges: bool,
}

impl Builder {
    /// Takes one event; true when the document is complete.
    fn take(&mut self, event: Event<'_>, span: &Span) -> Result<bool, String> {
        let at = position(span, self.lines);
        match event {
            Event::DocumentEnd => return Ok(true),
            Event::Scalar(text, style, anchor, tag) => {
                self.count(1)?;
                let core = tag.as_ref().map(|t| t.suffix_in_namespace(YAML_TYPES).unwrap_or("str".into()));
                let is_plain = style == ScalarStyle::Plain;
                let node = Node { value: self.scalar(&text, is_plain, core.as_deref(), at)?, at };
                if anchor != 0 {
                    self.anchors.insert(anchor, (node.clone(), 1));
                }
                let merges = is_plain && &*text == "<<" && matches!(core.as_deref(), None | Some("merge"));
                self.put(node, Some(&text), merges)?;
            }
            Event::SequenceStart(_, anchor, _) => self.begin(anchor, at, Collection::List(Vec::new()))?,
            Event::MappingStart(_, anchor, _) => {
                self.begin(
                    anchor,
                    at,
                    Collection::Map { fields: Vec::new(), key: None, merges: Vec::new() },
                )?;
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
                self.put(node, None, false)?;
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
            Collection::Map { fields, merges, .. } => Value::Map(self.tidy(fields, &merges)?),
        };
        let node = Node { value, at: open.at };
        if open.anchor != 0 {
            self.anchors.insert(open.anchor, (node.clone(), self.nodes - open.nodes_before));
        }
        self.put(node, None, false)
    }

    /// Puts a node into the collection that is open; `text` is a scalar as written, which keys keep.
    fn put(&mut self, node: Node, text: Option<&str>, is_merge: bool) -> Result<(), String> {
        match self.open.last_mut().map(|o| &mut o.collection) {
            None => self.root = Some(node),
            Some(Collection::List(items)) => items.push(node),
            Some(Collection::Map { fields, key, merges }) => match key.take() {
                Some(key) => {
                    if key.merges {
                        merges.push(fields.len());
                    }
                    fields.push(Entry { key: key.text, at: key.at, value: node });
                }
                None => {
                    let text = key_text(&node.value, text)?;
                    *key = Some(Key { text, at: node.at, merges: is_merge });
                }
            },
        }
        Ok(())
    }

    /// Merges `<<` into a mapping, naming what that overrides, and keeps the last of the fields that stand twice, naming it.
    fn tidy(&mut self, mut fields: Vec<Entry>, merges: &[usize]) -> Result<Vec<Entry>, String> {
        if !merges.is_empty() {
            let merged = merge::fields(fields, merges)?;
            let overridden = |e: &Entry| Flaw::new(e.at, format!("`{}` {}", e.key, merge::OVERRIDDEN));
            self.flaws.extend(merged.overridden.iter().map(overridden));
            fields = merged.fields;
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
        Ok(fields)
    }

    /// What a scalar means to go-yaml (`resolve.go`); a tag of somebody's own makes it text.
    fn scalar(
        &mut self,
        text: &str,
        is_plain: bool,
        core: Option<&str>,
        at: Position,
    ) -> Result<Value, String> {
        let value = match core {
            Some("int" | "float" | "bool" | "null") => scalar::resolve(text),
            Some("str") => return Ok(Value::Text(text.into())),
            Some("binary") => {
                self.flaws.push(Flaw::new(at, "`!!binary`: `kubectl` decodes it, here it is as it stands"));
                return Ok(Value::Text(text.into()));
            }
            _ if is_plain => scalar::resolve(text),
            _ => return Ok(Value::Text(text.into())),
        };
        let fits = match core {
            Some("int") => matches!(value, Value::Integer(_)),
            Some("float") => matches!(value, Value::Integer(_) | Value::Float(_)),
            Some("bool") => matches!(value, Value::Bool(_)),
            Some("null") => value == Value::Null,
            _ => true,
        };
        match (fits, &value) {
            (false, _) => Err(format!("its tag says `!!{}`, which it is not", core.unwrap_or_default())),
            (true, Value::Float(n)) if !n.is_finite() => Err("a number that JSON does not have".to_owned()),
            (true, _) => Ok(value),
        }
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
