//! The plain part of YAML that most manifests keep to, read line by line: block mappings and lists, keys that stand on one
//! line, scalars on one or several, flow collections on one. A document with anything else in it (anchors, tags, tabs,
//! carriage returns, quoted text over several lines …) is left to the parser of all YAML, and so is every doubtful one:
//! what is read here is what that parser reads, which the tests hold.

mod flow;
mod text;

use crate::node::{Entry, Node, Position, Value};
use crate::scalar;
use crate::yaml::{key_text, repeated};

/// Collections within collections that are read here; deeper documents are the parser's.
const DEPTH_MAX: usize = 64;

/// Bytes of a line that is read here.
const LINE_BYTES_MAX: usize = 64 << 10;

/// A line with something on it.
#[derive(Clone, Copy)]
struct Line<'t> {
    number: u32,
    /// Column at which the text begins, from zero.
    indent: usize,
    text: &'t str,
    /// Byte at which the whole line begins.
    start: usize,
}

/// The root of a document that stands behind `before` other lines; none if it is not plain.
pub(crate) fn read(text: &str, before: usize) -> Option<Node> {
    let mut reader = Reader { text, lines: lines(text, before)?, next: 0 };
    let indent = reader.lines.first()?.indent;
    let root = reader.block(indent, 0)?;
    (reader.next == reader.lines.len()).then_some(root)
}

/// The lines of a document without blank ones and comments; none if something in them is not plain.
fn lines(text: &str, before: usize) -> Option<Vec<Line<'_>>> {
    // Above all tabs and carriage returns, and the line breaks of old.
    let is_plain = |c: char| match c {
        '\n' | ' '..='~' => true,
        '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => false,
        c => '\u{a0}' <= c,
    };
    if text.bytes().any(|b| !matches!(b, b'\n' | b' '..=b'~')) && !text.chars().all(is_plain) {
        return None;
    }
    let mut marked = false;
    let mut out = Vec::with_capacity(text.len() / 24);
    let mut end = 0;
    for (n, line) in text.split('\n').enumerate() {
        let start = end;
        end += line.len() + 1;
        let content = line.trim_start_matches(' ');
        let indent = line.len() - content.len();
        let content = content.trim_end_matches(' ');
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let at_margin = indent == 0;
        if at_margin && content == "---" && out.is_empty() && !marked {
            marked = true;
            continue;
        }
        let marks = at_margin
            && (content.starts_with("---") || content.starts_with("...") || content.starts_with('%'));
        if marks || LINE_BYTES_MAX < line.len() {
            return None;
        }
        let number = u32::try_from(before + n + 1).ok()?;
        out.push(Line { number, indent, text: content, start });
    }
    Some(out)
}

struct Reader<'t> {
    text: &'t str,
    lines: Vec<Line<'t>>,
    next: usize,
}

/// What stands on a line, or behind a dash.
enum Content<'t> {
    Key {
        key: Box<str>,
        rest: &'t str,
        rest_at: usize,
    },
    Scalar(Value),
    /// A flow collection.
    Flow,
    /// A block scalar.
    Block,
}

impl<'t> Reader<'t> {
    fn line(&self) -> Option<Line<'t>> {
        self.lines.get(self.next).copied()
    }

    /// A collection whose lines begin at `indent`.
    fn block(&mut self, indent: usize, depth: usize) -> Option<Node> {
        if DEPTH_MAX < depth {
            return None;
        }
        let line = self.line()?;
        let at = position(line, line.indent);
        let value = match dash(line.text) {
            Some(_) => Value::List(self.items(indent, depth)?),
            None => Value::Map(self.fields(indent, depth)?),
        };
        Some(Node { value, at })
    }

    fn fields(&mut self, indent: usize, depth: usize) -> Option<Vec<Entry>> {
        let mut fields = Vec::new();
        while let Some(line) = self.line().filter(|l| indent <= l.indent) {
            if line.indent != indent || dash(line.text).is_some() {
                // A list at the margin of its key ends the mapping inside of it; deeper lines are no fields.
                return (line.indent == indent && !fields.is_empty()).then_some(()).and(None);
            }
            let Content::Key { key, rest, rest_at } = content(line.text)? else { return None };
            self.next += 1;
            let value = match rest {
                "" => self.child(indent, depth, true)?,
                rest => self.value(rest, line, indent + rest_at, indent)?,
            };
            fields.push(Entry { key, at: position(line, indent), value });
        }
        repeated(&fields).is_empty().then_some(fields)
    }

    fn items(&mut self, indent: usize, depth: usize) -> Option<Vec<Node>> {
        let mut items = Vec::new();
        while let Some(line) = self.line().filter(|l| indent <= l.indent) {
            if line.indent != indent {
                return None;
            }
            // At the margin of a key its list ends where the next key begins.
            let Some(rest_at) = dash(line.text) else { break };
            let rest = line.text.get(rest_at..)?;
            if rest.is_empty() {
                self.next += 1;
                items.push(self.child(indent, depth, false)?);
            } else if dash(rest).is_some() || matches!(content(rest)?, Content::Key { .. }) {
                // What stands behind the dash is the first line of a collection of its own.
                *self.lines.get_mut(self.next)? = Line { indent: indent + rest_at, text: rest, ..line };
                items.push(self.block(indent + rest_at, depth + 1)?);
            } else {
                self.next += 1;
                items.push(self.value(rest, line, indent + rest_at, indent)?);
            }
        }
        Some(items)
    }

    /// The collection below a key or a dash that stands alone. Nothing below is a null whose place only the parser knows.
    fn child(&mut self, indent: usize, depth: usize, of_key: bool) -> Option<Node> {
        let line = self.line()?;
        if indent < line.indent {
            return self.block(line.indent, depth + 1);
        }
        // A list at the margin of its key: to the parser it begins with what its first item holds.
        let first = dash(line.text).filter(|at| of_key && line.indent == indent && *at < line.text.len())?;
        let list = self.block(indent, depth + 1)?;
        Some(Node { at: position(line, indent + first), ..list })
    }

    /// A value that begins at `column` of `line`, which is behind this reader, in a collection at `indent`.
    fn value(&mut self, text: &str, line: Line<'t>, column: usize, indent: usize) -> Option<Node> {
        let at = position(line, column);
        let node = match content(text)? {
            Content::Key { .. } => return None,
            Content::Flow => flow::read(text, at)?,
            Content::Block => self.block_scalar(text, line, indent)?,
            Content::Scalar(_) if self.line().is_some_and(|l| indent < l.indent) => {
                Node { value: self.long_scalar(text, line, indent)?, at }
            }
            Content::Scalar(value) => Node { value, at },
        };
        // What stands deeper below is wrong, or goes on with it in a way that is not plain.
        self.line().is_none_or(|l| l.indent <= indent).then_some(node)
    }
}

fn position(line: Line<'_>, column: usize) -> Position {
    Position { line: line.number, column: u32::try_from(column + 1).unwrap_or(u32::MAX) }
}

/// Where what follows a dash begins; none if the text is no item.
fn dash(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('-')?;
    if rest.is_empty() {
        return Some(1);
    }
    let content = rest.trim_start_matches(' ');
    (content.len() < rest.len()).then_some(text.len() - content.len())
}

/// What a text is; none if it is not plain.
fn content(text: &str) -> Option<Content<'_>> {
    let first = text.bytes().next()?;
    let (value, end) = match first {
        b'"' => quoted(text)?,
        b'\'' => {
            let end = text.get(1..)?.find('\'')? + 2;
            (Value::Text(text.get(1..end - 1)?.into()), end)
        }
        b'{' | b'[' => return Some(Content::Flow),
        b'|' | b'>' => return Some(Content::Block),
        b'a'..=b'z'
        | b'A'..=b'Z'
        | b'0'..=b'9'
        | b'_'
        | b'.'
        | b'/'
        | b'-'
        | b'+'
        | b'$'
        | b'('
        | b'^'
        | b'~'
        | 0x80.. => {
            return plain(text);
        }
        _ => return None,
    };
    match text.get(end..)? {
        "" => Some(Content::Scalar(value)),
        rest if is_comment(rest) => Some(Content::Scalar(value)),
        rest => key(value, text.get(..end)?, rest, end),
    }
}

/// A comment, which stands behind a space.
fn is_comment(rest: &str) -> bool {
    rest.starts_with(' ') && rest.trim_start_matches(' ').starts_with('#')
}

fn plain(text: &str) -> Option<Content<'_>> {
    let text = text.split(" #").next()?.trim_end_matches(' ');
    if dash(text).is_some() || text.starts_with("---") {
        return None;
    }
    let colon = text
        .bytes()
        .enumerate()
        .find(|(n, b)| *b == b':' && matches!(text.as_bytes().get(n + 1), None | Some(b' ')));
    let Some((end, _)) = colon else {
        return finite(scalar::resolve(text)).map(Content::Scalar);
    };
    let name = text.get(..end)?;
    if name == "<<" || name.ends_with(' ') {
        return None;
    }
    key(finite(scalar::resolve(name))?, name, text.get(end..)?, end)
}

/// Infinity is no JSON.
fn finite(value: Value) -> Option<Value> {
    Some(value).filter(|v| !matches!(v, Value::Float(n) if !n.is_finite()))
}

/// A key before `rest`, which begins at `at`.
///
/// Columns count characters: one beyond ASCII in a key would move what stands behind it.
fn key<'t>(value: Value, written: &str, rest: &'t str, at: usize) -> Option<Content<'t>> {
    let rest = rest.strip_prefix(':').filter(|_| written.is_ascii())?;
    let content = rest.trim_start_matches(' ');
    let spaces = rest.len() - content.len();
    if !rest.is_empty() && spaces == 0 {
        return None;
    }
    let key = key_text(&value, Some(written)).ok()?;
    if &*key == "<<" {
        return None;
    }
    let content = if content.starts_with('#') { "" } else { content };
    Some(Content::Key { key, rest: content, rest_at: at + 1 + spaces })
}

/// A text in double quotes with the commonest escapes, and where it ends.
fn quoted(text: &str) -> Option<(Value, usize)> {
    let mut out = String::new();
    let mut rest = text.get(1..)?;
    loop {
        let stop = rest.find(['"', '\\'])?;
        out.push_str(rest.get(..stop)?);
        let behind = rest.get(stop + 1..)?;
        if rest.as_bytes().get(stop) == Some(&b'"') {
            return Some((Value::Text(out.into()), text.len() - behind.len()));
        }
        out.push(match behind.bytes().next()? {
            b'n' => '\n',
            b't' => '\t',
            b'"' => '"',
            b'\\' => '\\',
            _ => return None,
        });
        rest = behind.get(1..)?;
    }
}
