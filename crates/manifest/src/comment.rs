//! Comments of YAML that begin with a word, and the lines that each is about.
//!
//! A comment behind a field is about that field and what it holds, one on a line of its own about the field or the item of
//! a list below it, one at the head of a document about the whole document.

use granit_parser::{Event, Parser};

use crate::DEPTH_MAX;
use crate::node::Position;

/// Comments of one file that are read.
pub const COMMENTS_MAX: usize = 10_000;

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Where its `#` stands.
    pub at: Position,
    /// What stands behind the word that it begins with.
    pub text: String,
    /// First and last line that it is about.
    pub lines: (u32, u32),
}

/// The comments of a file that begin with `word`, in order, up to one more than [`COMMENTS_MAX`]. Documents that are no
/// YAML have none.
#[must_use]
pub fn comments(bytes: &[u8], word: &str) -> Vec<Comment> {
    if memchr::memmem::find(bytes, word.as_bytes()).is_none() {
        return Vec::new();
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return Vec::new() };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let options = granit_parser::options! { emit_comments: true, simple_key_max_lookahead: 1 << 20 };
    let mut parser = Parser::new_from_str_with_options(text, options);
    let (mut found, mut pages, mut page) = (Vec::new(), Vec::new(), Page::default());
    while let Some(next) = parser.next() {
        let failed = match next {
            Ok((Event::Comment(said, _), span)) => {
                if let Some(rest) = after(&said, word).filter(|_| found.len() <= COMMENTS_MAX) {
                    let at = (number(span.start.line()), number(span.start.col()));
                    found.push((at, rest.to_owned()));
                }
                false
            }
            Ok((Event::DocumentEnd, _)) => {
                pages.push(std::mem::take(&mut page));
                false
            }
            Ok((event, span)) => !page.take(&event, number(span.start.line())),
            Err(_) => true,
        };
        if failed {
            page = Page::default();
            if !matches!(parser.proceed_next_document(), Ok(true)) {
                break;
            }
        }
    }
    let lines: Vec<&str> = text.lines().collect();
    let about = |((line, column), text): ((u32, u32), String)| {
        let index = usize::try_from(line).unwrap_or(usize::MAX).saturating_sub(1);
        let before: String = lines.get(index).copied().unwrap_or("").chars().take(column as usize).collect();
        let at = Position { line, column: column.saturating_add(1) };
        Comment { at, text, lines: covered(&pages, line, before.trim()) }
    };
    found.into_iter().map(about).collect()
}

/// What stands behind the word, if the comment begins with it and the word ends there.
fn after<'c>(said: &'c str, word: &str) -> Option<&'c str> {
    let rest = said.trim_start().strip_prefix(word)?;
    (rest.is_empty() || rest.starts_with(char::is_whitespace)).then(|| rest.trim())
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// The lines that a comment on `line`, behind the words `before`, is about.
fn covered(pages: &[Page], line: u32, before: &str) -> (u32, u32) {
    let page = pages.iter().find(|p| p.start <= line && line <= p.last);
    let Some(page) = page.or_else(|| pages.first().filter(|p| line < p.start)) else { return (line, line) };
    if line < page.first {
        return (page.first, page.last);
    }
    let own_line = before.is_empty() || before.chars().all(|c| c == '-' || c == ' ');
    let at = |wanted: u32| page.parts.iter().find(|(start, _)| *start == wanted).copied();
    match at(line) {
        Some(part) => part,
        None if own_line => {
            page.parts.iter().find(|(start, _)| line < *start).copied().unwrap_or((line, line))
        }
        None => (line, line),
    }
}

/// A document: where its fields and the items of its lists begin and end.
#[derive(Debug, Default)]
struct Page {
    /// Line of `---`, or of the first thing.
    start: u32,
    /// Line of the first thing.
    first: u32,
    /// Line at which the last thing begins.
    last: u32,
    /// First and last line of each field and item, in order.
    parts: Vec<(u32, u32)>,
    open: Vec<Open>,
}

/// A collection whose end has not come.
#[derive(Debug)]
struct Open {
    role: Role,
    is_map: bool,
    /// The field whose key has come and whose value has not.
    field: Option<usize>,
}

/// What a node is to the collection around it.
#[derive(Debug, Clone, Copy)]
enum Role {
    Root,
    Item(usize),
    Key(usize),
    Value(usize),
}

impl Page {
    /// Takes an event; false if it is nested too deep.
    fn take(&mut self, event: &Event<'_>, line: u32) -> bool {
        match event {
            Event::DocumentStart(..) => self.start = line,
            Event::Scalar(..) | Event::Alias(_) => {
                let role = self.begin(line);
                self.end(role);
            }
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                let role = self.begin(line);
                let is_map = matches!(event, Event::MappingStart(..));
                self.open.push(Open { role, is_map, field: None });
                return self.open.len() <= DEPTH_MAX;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(open) = self.open.pop() {
                    self.end(open.role);
                }
            }
            _ => {}
        }
        true
    }

    fn begin(&mut self, line: u32) -> Role {
        if self.first == 0 {
            self.first = line;
            self.start = if self.start == 0 { line } else { self.start.min(line) };
        }
        self.last = self.last.max(line);
        let part = self.parts.len();
        let role = match self.open.last() {
            None => return Role::Root,
            Some(Open { is_map: true, field: Some(field), .. }) => return Role::Value(*field),
            Some(Open { is_map: true, .. }) => Role::Key(part),
            Some(_) => Role::Item(part),
        };
        self.parts.push((line, line));
        role
    }

    fn end(&mut self, role: Role) {
        let (part, field) = match role {
            Role::Root => return,
            Role::Item(part) | Role::Value(part) => (part, None),
            Role::Key(part) => (part, Some(part)),
        };
        if let Some(open) = self.open.last_mut() {
            open.field = field;
        }
        if let Some((_, end)) = self.parts.get_mut(part) {
            *end = self.last;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEB: &str = "# say whole=1\n---\n# say all\napiVersion: v1\nspec:\n  # say replicas\n  replicas: 1 # another\n  \
                       containers:\n    # say first\n    - name: a # say a\n      image: b\n    - name: c\n  data: |\n    \
                       # say nothing\n  last: 2 # say last\n# say end\n---\nkind: B # saying\n";

    #[test]
    fn a_comment_is_about_what_it_stands_on_or_above_or_the_document_that_it_heads() {
        let said: Vec<(u32, String, (u32, u32))> =
            comments(WEB.as_bytes(), "say").into_iter().map(|c| (c.at.line, c.text, c.lines)).collect();
        let wanted = [
            (1, "whole=1", (4, 15)),
            (3, "all", (4, 15)),
            (6, "replicas", (7, 7)),
            (9, "first", (10, 11)),
            (10, "a", (10, 11)),
            (15, "last", (15, 15)),
            (16, "end", (16, 16)),
        ];
        assert_eq!(said, wanted.map(|(line, text, lines)| (line, text.to_owned(), lines)));
    }

    #[test]
    fn a_broken_document_has_none_and_costs_no_other() {
        let text = "a: [ # say x\n---\nb: 1 # say y\n";
        let said: Vec<String> = comments(text.as_bytes(), "say").into_iter().map(|c| c.text).collect();
        assert!(said.contains(&"y".to_owned()) || said.is_empty(), "{said:?}");
        assert_eq!(comments(b"\xff say", "say"), []);
    }

    #[test]
    fn comments_are_read_up_to_their_bound() {
        let text = "- a # say b\n".repeat(COMMENTS_MAX + 5);
        assert_eq!(comments(text.as_bytes(), "say").len(), COMMENTS_MAX + 1);
    }
}
