//! Scalars over several lines: literal and folded block scalars (YAML 1.2.2, 8.1), and plain ones that go on (7.3.3).

use super::{Content, Line, Reader, content, dash, is_comment};
use crate::node::{Node, Position, Value};

impl<'t> Reader<'t> {
    /// The scalar whose `header` stands on `line`, in a collection at `indent`. Its place is that of its first letter.
    pub(super) fn block_scalar(&mut self, header: &str, line: Line<'t>, indent: usize) -> Option<Node> {
        let folds = header.starts_with('>');
        let behind = header.get(1..)?;
        let rest = behind.trim_start_matches(['-', '+']);
        let chomping = behind.get(..behind.len() - rest.len())?;
        if 1 < chomping.len() || !(rest.is_empty() || is_comment(rest)) {
            return None;
        }
        let mut at = line.start + self.text.get(line.start..)?.find('\n')? + 1;
        let (mut out, mut blank, mut deep) = (String::new(), 0, None);
        let (mut number, mut place) = (line.number, Position::default());
        while at < self.text.len() {
            // A last line without its end is the parser's.
            let (line, _) = self.text.get(at..)?.split_once('\n')?;
            number += 1;
            let spaces = line.len() - line.trim_start_matches(' ').len();
            if spaces == line.len() {
                // Blanks beyond the margin are text.
                if deep.unwrap_or(0) < spaces {
                    return None;
                }
                blank += 1;
            } else {
                let margin = *deep.get_or_insert(spaces);
                if spaces < margin || margin <= indent {
                    if indent < spaces {
                        return None;
                    }
                    break;
                }
                if out.is_empty() {
                    place = Position { line: number, column: u32::try_from(margin + 1).ok()? };
                } else if folds {
                    // Empty and deeper lines fold by rules of their own.
                    if 0 < blank || margin < spaces {
                        return None;
                    }
                    out.pop();
                    out.push(' ');
                }
                (0..blank).for_each(|_| out.push('\n'));
                blank = 0;
                out.push_str(line.get(margin..)?);
                out.push('\n');
            }
            at += line.len() + 1;
        }
        if out.is_empty() {
            return None;
        }
        match chomping {
            "-" => drop(out.pop()),
            "+" => (0..blank).for_each(|_| out.push('\n')),
            _ => {}
        }
        while self.line().is_some_and(|l| l.start < at) {
            self.next += 1;
        }
        Some(Node { value: Value::Text(out.into()), at: place })
    }

    /// The whole of a plain scalar that begins as `text` on `line` and goes on below; none if that is not plain. There are
    /// spaces in it, so that it is a text.
    pub(super) fn long_scalar(&mut self, text: &str, line: Line<'t>, indent: usize) -> Option<Value> {
        // A comment ends it.
        let mut whole = part(text).filter(|_| !line.text.contains(" #"))?.to_owned();
        let mut number = line.number;
        while let Some(line) = self.line().filter(|l| indent < l.indent) {
            // Blank lines between are line breaks, and a comment ends it.
            if line.number != number + 1 || dash(line.text).is_some() {
                return None;
            }
            whole.push(' ');
            whole.push_str(part(line.text)?);
            number = line.number;
            self.next += 1;
        }
        Some(Value::Text(whole.into()))
    }
}

/// A line of a plain scalar.
fn part(text: &str) -> Option<&str> {
    let is_quoted = text.starts_with(['"', '\'']);
    let is_scalar = matches!(content(text)?, Content::Scalar(_));
    (is_scalar && !is_quoted && !text.contains(" #")).then_some(text)
}
