//! Flow collections on one line (YAML 1.2.2, 7.4): lists and mappings of scalars on one line and of one another.

use super::{finite, is_comment, quoted};
use crate::node::{Entry, Node, Position, Value};
use crate::scalar;
use crate::yaml::{key_text, repeated};

/// Collections within collections of one line.
const FLOW_DEPTH_MAX: usize = 16;

/// Nodes of one line.
const FLOW_NODES_MAX: usize = 256;

/// The collection that `text`, which stands at `at`, is but for a comment; none if it is not plain.
pub(super) fn read(text: &str, at: Position) -> Option<Node> {
    // Columns count characters.
    if !text.is_ascii() {
        return None;
    }
    let mut flow = Flow { text, next: 0, at, nodes: 0 };
    let node = flow.node(0)?;
    let rest = text.get(flow.next..)?;
    (rest.is_empty() || is_comment(rest)).then_some(node)
}

struct Flow<'t> {
    text: &'t str,
    next: usize,
    at: Position,
    nodes: usize,
}

impl<'t> Flow<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.next..).unwrap_or_default()
    }

    fn skip_spaces(&mut self) {
        let rest = self.rest();
        self.next += rest.len() - rest.trim_start_matches(' ').len();
    }

    /// Steps over `sign` and the spaces behind it.
    fn takes(&mut self, sign: char) -> bool {
        let takes = self.rest().starts_with(sign);
        if takes {
            self.next += 1;
            self.skip_spaces();
        }
        takes
    }

    fn position(&self) -> Option<Position> {
        Some(Position { column: self.at.column.checked_add(u32::try_from(self.next).ok()?)?, ..self.at })
    }

    fn node(&mut self, depth: usize) -> Option<Node> {
        self.nodes += 1;
        if FLOW_DEPTH_MAX < depth || FLOW_NODES_MAX < self.nodes {
            return None;
        }
        let at = self.position()?;
        let value = match self.rest().bytes().next()? {
            b'[' => Value::List(self.items(depth)?),
            b'{' => Value::Map(self.fields(depth)?),
            _ => self.scalar()?.0,
        };
        self.skip_before_sign();
        Some(Node { value, at })
    }

    /// Spaces before a comma or a closing bracket; those before a comment stay.
    fn skip_before_sign(&mut self) {
        let trimmed = self.rest().trim_start_matches(' ');
        if trimmed.starts_with([',', ']', '}']) {
            self.skip_spaces();
        }
    }

    fn items(&mut self, depth: usize) -> Option<Vec<Node>> {
        let mut items = Vec::new();
        self.takes('[');
        while !self.closes(']', items.is_empty())? {
            items.push(self.node(depth + 1)?);
        }
        Some(items)
    }

    fn fields(&mut self, depth: usize) -> Option<Vec<Entry>> {
        let mut fields = Vec::new();
        self.takes('{');
        while !self.closes('}', fields.is_empty())? {
            let at = self.position()?;
            let (value, written) = self.scalar()?;
            let key = key_text(&value, Some(written)).ok()?;
            let rest = self.rest().strip_prefix(':')?;
            if &*key == "<<" || !rest.starts_with(' ') {
                return None;
            }
            self.takes(':');
            fields.push(Entry { key, at, value: self.node(depth + 1)? });
        }
        repeated(&fields).is_empty().then_some(fields)
    }

    /// True behind the closing `sign`, false where another item begins.
    fn closes(&mut self, sign: char, is_empty: bool) -> Option<bool> {
        if self.rest().starts_with(sign) {
            self.next += 1;
            return Some(true);
        }
        // A comma at the end is the parser's.
        let goes_on = is_empty || (self.takes(',') && !self.rest().starts_with([sign, ',']));
        goes_on.then_some(false)
    }

    /// A scalar, and as it is written.
    fn scalar(&mut self) -> Option<(Value, &'t str)> {
        let rest = self.rest();
        let (value, end) = match rest.bytes().next()? {
            b'"' => quoted(rest)?,
            b'\'' => {
                let end = rest.get(1..)?.find('\'')? + 2;
                (Value::Text(rest.get(1..end - 1)?.into()), end)
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'/' | b'-' | b'+' | b'$' | b'(' => {
                let end = plain_end(rest);
                (finite(scalar::resolve(rest.get(..end)?))?, end)
            }
            _ => return None,
        };
        let written = rest.get(..end)?;
        // Doubtful ones are the parser's.
        if written == "-" || written.starts_with("- ") || written.starts_with("---") {
            return None;
        }
        self.next += end;
        Some((value, written))
    }
}

/// Where a plain scalar ends: before a sign, a colon that ends a key, or a comment.
fn plain_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_sign = |b: u8| matches!(b, b',' | b'[' | b']' | b'{' | b'}');
    let ends = |n: usize, b: u8| {
        is_sign(b)
            || (b == b':' && bytes.get(n + 1).is_none_or(|c| *c == b' ' || is_sign(*c)))
            || (b == b' ' && bytes.get(n + 1) == Some(&b'#'))
    };
    let end = bytes.iter().enumerate().find(|(n, b)| ends(*n, **b)).map_or(text.len(), |(n, _)| n);
    text.get(..end).unwrap_or_default().trim_end_matches(' ').len()
}
