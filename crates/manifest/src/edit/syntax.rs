//! How a document is written: each node with the bytes that it takes.

use granit_parser::{Event, Parser, ScalarStyle, Span, StructureStyle};

use super::{EditError, json};
use crate::{DEPTH_MAX, scalar, yaml};

/// A node as it is written.
#[derive(Debug, Clone)]
pub(super) struct Src {
    pub(super) form: Form,
    /// First byte, behind anchor and tag.
    pub(super) start: usize,
    /// Behind the last byte; of a block collection behind its last child.
    pub(super) end: usize,
}

/// What it is.
#[derive(Debug, Clone)]
pub(super) enum Form {
    /// Nothing is written; `start` and `end` are where a value would begin.
    Empty,
    Scalar(Style),
    Alias,
    List {
        flow: bool,
        items: Vec<Src>,
    },
    Map {
        flow: bool,
        pairs: Vec<Pair>,
    },
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    /// Literal or folded, with its own lines.
    Block,
}

/// A field.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    /// As JSON has it.
    pub(super) name: Box<str>,
    pub(super) key: Src,
    pub(super) value: Src,
}

/// How a document is written.
pub(super) struct Written {
    pub(super) root: Src,
    pub(super) json: bool,
}

/// Reads how a document is written.
pub(super) fn read(text: &str) -> Result<Written, EditError> {
    if text.trim_start().starts_with('{')
        && let Some(root) = json::read(text)
    {
        return Ok(Written { root, json: true });
    }
    let parser = Parser::new_from_str_with_options(text, yaml::options());
    let mut builder = Builder { text, open: Vec::new(), root: None };
    for next in parser {
        let (event, span) = next.map_err(|e| EditError::Unread(e.info().to_owned()))?;
        builder.take(event, &span)?;
    }
    builder
        .root
        .map(|root| Written { root, json: false })
        .ok_or(EditError::Form("a document without content"))
}

/// The bytes of each document of a file of YAML. A line that begins with `---` parts one from another wherever it stands:
/// no scalar may hold one (YAML 1.2.2, 9.1.2), so that a document which cannot be read costs no other.
pub(super) fn documents(text: &str) -> Result<Vec<(usize, usize)>, EditError> {
    let (mut starts, mut at) = (vec![0], 0);
    for line in text.split_inclusive('\n') {
        if line.starts_with("%YAML") || line.starts_with("%TAG") {
            return Err(EditError::Form("a directive of YAML stands in the file"));
        }
        let is_marker =
            line.strip_prefix("---").is_some_and(|r| r.is_empty() || r.starts_with([' ', '\t', '\r', '\n']));
        // What stands before the first belongs to it.
        if is_marker && (1 < starts.len() || text.get(..at).is_some_and(has_content)) {
            starts.push(at);
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    Ok(starts.iter().copied().zip(ends).collect())
}

/// Whether there is more than comments and a marker.
fn has_content(text: &str) -> bool {
    text.lines().any(|l| !l.trim().is_empty() && !l.trim_start().starts_with('#'))
}

struct Builder<'t> {
    text: &'t str,
    open: Vec<Open>,
    root: Option<Src>,
}

struct Open {
    start: usize,
    flow: bool,
    inside: Inside,
}

enum Inside {
    List(Vec<Src>),
    Map(Vec<Pair>, Option<(Box<str>, Src)>),
}

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, span: &Span) -> Result<(), EditError> {
        let range = span.byte_range().ok_or(EditError::Form("a file whose places are not known"))?;
        let (start, end) = (range.start, range.end);
        match event {
            Event::Scalar(text, style, ..) => {
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted => Style::Single,
                    ScalarStyle::DoubleQuoted => Style::Double,
                    ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
                };
                let name = match style {
                    Style::Plain => yaml::key_text(&scalar::resolve(&text), Some(&text)).ok(),
                    _ => Some(text.as_ref().into()),
                };
                let form =
                    if style == Style::Plain && start == end { Form::Empty } else { Form::Scalar(style) };
                self.put(Src { form, start, end }, name)
            }
            Event::Alias(_) => self.put(Src { form: Form::Alias, start, end }, None),
            Event::SequenceStart(style, ..) => self.begin(start, style, Inside::List(Vec::new())),
            Event::MappingStart(style, ..) => self.begin(start, style, Inside::Map(Vec::new(), None)),
            Event::SequenceEnd | Event::MappingEnd => self.end(end),
            _ => Ok(()),
        }
    }

    fn begin(&mut self, start: usize, style: StructureStyle, inside: Inside) -> Result<(), EditError> {
        if DEPTH_MAX <= self.open.len() {
            return Err(EditError::Form("nested too deep"));
        }
        self.open.push(Open { start, flow: style == StructureStyle::Flow, inside });
        Ok(())
    }

    fn end(&mut self, end: usize) -> Result<(), EditError> {
        let Some(Open { mut start, flow, inside }) = self.open.pop() else { return Ok(()) };
        let (form, last) = match inside {
            Inside::List(items) => {
                let last = items.last().map(|i| i.end);
                let first = items.first().filter(|_| !flow);
                start = first.and_then(|i| dash(self.text, i.start)).unwrap_or(start);
                (Form::List { flow, items }, last)
            }
            Inside::Map(pairs, _) => {
                let last = pairs.last().map(|p| p.value.end);
                (Form::Map { flow, pairs }, last)
            }
        };
        let end = if flow { end } else { last.unwrap_or(start) };
        self.put(Src { form, start, end }, None)
    }

    fn put(&mut self, mut src: Src, name: Option<Box<str>>) -> Result<(), EditError> {
        match self.open.last_mut().map(|o| &mut o.inside) {
            None => self.root = Some(src),
            Some(Inside::List(items)) => {
                if matches!(src.form, Form::Empty) {
                    // Behind its dash; where the parser puts it is of no use.
                    let dash = self.text.get(..src.start).and_then(|t| t.rfind('-'));
                    src.start = dash.map_or(src.start, |d| d + 1);
                    src.end = src.start;
                }
                items.push(src);
            }
            Some(Inside::Map(pairs, key)) => match key.take() {
                None => {
                    let name = name.ok_or(EditError::Form("a key that is no scalar"))?;
                    *key = Some((name, src));
                }
                Some((name, key)) => {
                    if matches!(src.form, Form::Empty) {
                        src.start = behind_colon(self.text, key.end).unwrap_or(src.start);
                        src.end = src.start;
                    }
                    pairs.push(Pair { name, key, value: src });
                }
            },
        }
        Ok(())
    }
}

/// The dash of the item that begins at `start`.
pub(super) fn dash(text: &str, start: usize) -> Option<usize> {
    let before = text.get(..start)?.trim_end_matches([' ', '\t', '\r', '\n']);
    before.strip_suffix('-').map(str::len)
}

/// Behind the colon that follows a key.
fn behind_colon(text: &str, key_end: usize) -> Option<usize> {
    let rest = text.get(key_end..)?;
    let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    rest.get(blank..)?.starts_with(':').then_some(key_end + blank + 1)
}
