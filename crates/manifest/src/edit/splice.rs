//! From an edit to the bytes that are put in the place of others, where the document is in block form; flow form and JSON
//! are next door.

use super::syntax::{Form, Pair, Src, Style, Written, dash};
use super::write::{Habits, quoted};
use super::{Edit, EditError, New, Step, dotted, flow};

/// Bytes of the text, and what comes in their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Splice {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) with: String,
}

impl Splice {
    pub(super) fn new(start: usize, end: usize, with: impl Into<String>) -> Self {
        Self { start, end, with: with.into() }
    }

    /// The text with the splice made.
    pub(super) fn into_text(self, text: &str) -> Option<String> {
        Some(format!("{}{}{}", text.get(..self.start)?, self.with, text.get(self.end..)?))
    }
}

/// A document that is to be changed.
pub(super) struct Page<'t> {
    pub(super) text: &'t str,
    pub(super) written: &'t Written,
    pub(super) habits: Habits,
}

const ALIAS: EditError = EditError::Form("an alias stands there");

impl<'t> Page<'t> {
    pub(super) fn new(text: &'t str, written: &'t Written) -> Self {
        let habits = habits(text, written);
        Self { text, written, habits }
    }

    /// The splice that an edit is. A removal's path is pruned already.
    pub(super) fn splice(&self, edit: &Edit) -> Result<Splice, EditError> {
        let wrong = || EditError::Place(dotted(edit.path()));
        match edit {
            Edit::Set(path, value) => self.set(path, value).and_then(|s| s.ok_or_else(wrong)),
            Edit::Append(path, value) => match self.find(path) {
                Some(list) => self.append(list, value),
                None => {
                    let list = New::List(vec![value.clone()]);
                    self.set(path, &list).and_then(|s| s.ok_or_else(wrong))
                }
            },
            Edit::Remove { path, .. } => {
                let (last, before) = path.split_last().ok_or_else(wrong)?;
                let around = self.find(before).ok_or_else(wrong)?;
                match (&around.form, last) {
                    (Form::Map { flow, pairs }, Step::Key(key)) => {
                        let index = position(pairs, key).ok_or_else(wrong)?;
                        let spans: Vec<(usize, usize)> =
                            pairs.iter().map(|p| (p.key.start, p.value.end)).collect();
                        match flow {
                            true => flow::remove(self, &spans, index).ok_or_else(wrong),
                            false => self.remove_pair(pairs, index),
                        }
                    }
                    (Form::List { flow, items }, Step::Index(index)) => match flow {
                        true => {
                            let spans: Vec<(usize, usize)> = items.iter().map(|i| (i.start, i.end)).collect();
                            flow::remove(self, &spans, *index).ok_or_else(wrong)
                        }
                        false => self.remove_item(items, *index).ok_or_else(wrong),
                    },
                    (Form::Alias, _) => Err(ALIAS),
                    _ => Err(wrong()),
                }
            }
            Edit::Replace { path, key, value } => {
                let (last, before) = path.split_last().ok_or_else(wrong)?;
                let around = self.find(before).ok_or_else(wrong)?;
                let (Form::Map { flow, pairs }, Step::Key(old)) = (&around.form, last) else {
                    return Err(wrong());
                };
                let pair = position(pairs, old).and_then(|i| pairs.get(i)).ok_or_else(wrong)?;
                let with = match flow {
                    true => self.habits.pair(key, value),
                    false => self.habits.block_pair(key, value, self.column(pair.key.start)),
                };
                Ok(Splice::new(pair.key.start, pair.value.end, with))
            }
        }
    }

    /// The node at a path, as far as it is written there.
    fn find(&self, path: &[Step]) -> Option<&'t Src> {
        let root: &'t Src = &self.written.root;
        path.iter().try_fold(root, |src, step| child(src, step))
    }

    fn set(&self, path: &[Step], value: &New) -> Result<Option<Splice>, EditError> {
        let mut src: &Src = &self.written.root;
        let mut in_block = false;
        for (depth, step) in path.iter().enumerate() {
            let Some(next) = child(src, step) else {
                let rest = path.get(depth..).unwrap_or_default();
                if in_block && let Some(splice) = self.unfold(src, rest, value) {
                    return Ok(Some(splice));
                }
                return self.insert(src, rest, value);
            };
            in_block = matches!(src.form, Form::Map { flow: false, .. });
            src = next;
        }
        self.overwrite(src, value).map(Some)
    }

    /// Makes the field that `rest` leads to below a node that does not have its first.
    fn insert(&self, src: &Src, rest: &[Step], value: &New) -> Result<Option<Splice>, EditError> {
        let Some((Step::Key(key), below)) = rest.split_first() else { return Ok(None) };
        let Some(value) = nested(below, value) else { return Ok(None) };
        match &src.form {
            Form::Map { flow: true, pairs } => Ok(flow::insert(self, src, pairs, (key, &value))),
            Form::Map { flow: false, pairs } => self.insert_pair(pairs, key, &value),
            Form::Alias => {
                let alias = self.text.get(src.start..src.end).unwrap_or_default();
                let with = format!("{{<<: {alias}, {}}}", self.habits.pair(key, &value));
                Ok(Some(Splice::new(src.start, src.end, with)))
            }
            Form::Empty => self.overwrite(src, &New::Map(vec![(key.to_string(), value)])).map(Some),
            Form::Scalar(Style::Plain) => {
                let with = self.habits.flow(&New::Map(vec![(key.to_string(), value)]));
                Ok(Some(Splice::new(src.start, src.end, with)))
            }
            _ => Ok(None),
        }
    }

    /// An empty `{}` behind a key in block form, filled in block form.
    fn unfold(&self, src: &Src, rest: &[Step], value: &New) -> Option<Splice> {
        let is_empty = matches!(&src.form, Form::Map { flow: true, pairs } if pairs.is_empty());
        let before = self.text.get(self.line_start(src.start)..src.start)?;
        // An anchor or tag before it would be lost from sight.
        let colon = before.trim_end_matches(' ');
        let more = self.text.get(src.end..)?.split('\n').next()?.trim_end_matches('\r');
        let is_alone = more.trim_start().is_empty() || more.trim_start().starts_with('#');
        if !is_empty || self.habits.json || !is_alone {
            return None;
        }
        // On a line of its own below the key, as the templates of charts write it.
        if colon.is_empty() && more.is_empty() {
            let content = self.habits.block(&nested(rest, value)?, self.column(src.start));
            return Some(Splice::new(src.start, src.end, content));
        }
        if !colon.ends_with(':') {
            return None;
        }
        let column = self.line_column(src.start) + self.habits.step;
        let content = self.habits.block(&nested(rest, value)?, column);
        let (line, indent) = (self.habits.line, " ".repeat(column));
        let start = src.start - (before.len() - colon.len());
        Some(Splice::new(start, src.end + more.len(), format!("{more}{line}{indent}{content}")))
    }

    /// A field behind the last one that can be followed by another.
    fn insert_pair(&self, pairs: &[Pair], key: &str, value: &New) -> Result<Option<Splice>, EditError> {
        let Some(first) = pairs.first() else { return Ok(None) };
        let column = self.column(first.key.start);
        let pair = self.habits.block_pair(key, value, column);
        // A block scalar at the end may own the empty lines behind it.
        let after = pairs.iter().rev().find(|p| !ends_in_block(&p.value)).or(pairs.last());
        Ok(after.map(|after| self.line_behind(after.value.end, column, &pair)))
    }

    fn append(&self, list: &Src, value: &New) -> Result<Splice, EditError> {
        match &list.form {
            Form::List { flow: true, items } => {
                flow::append(self, list, items, value).ok_or(EditError::Form("a list in a form of its own"))
            }
            Form::List { flow: false, items } => {
                let last = items.last().filter(|i| !ends_in_block(i));
                let dash = last.and_then(|i| dash(self.text, i.start));
                let (Some(last), Some(dash)) = (last, dash) else {
                    return Err(EditError::Form("a list in a form of its own"));
                };
                let column = self.column(dash);
                let item = format!("- {}", self.habits.block(value, column + 2));
                Ok(self.line_behind(last.end, column, &item))
            }
            Form::Empty | Form::Scalar(Style::Plain) => self.overwrite(list, &New::List(vec![value.clone()])),
            Form::Alias => Err(ALIAS),
            _ => Err(EditError::Form("no list stands there")),
        }
    }

    /// A new line behind the one that holds the byte before `end`.
    fn line_behind(&self, end: usize, column: usize, content: &str) -> Splice {
        let line = self.habits.line;
        let indent = " ".repeat(column);
        // A block scalar ends at the start of a line already.
        let at_start = end == 0 || self.text.get(..end).is_some_and(|t| t.ends_with('\n'));
        let rest = self.text.get(end..).unwrap_or_default();
        match rest.find('\n') {
            _ if at_start => Splice::new(end, end, format!("{indent}{content}{line}")),
            Some(at) => Splice::new(end + at + 1, end + at + 1, format!("{indent}{content}{line}")),
            None => {
                let end = self.text.len();
                Splice::new(end, end, format!("{line}{indent}{content}"))
            }
        }
    }

    /// Another value in the place of one.
    fn overwrite(&self, src: &Src, value: &New) -> Result<Splice, EditError> {
        let splice = |with: String| Ok(Splice::new(src.start, src.end, with));
        let is_block = |value: &New| match value {
            New::Map(fields) => !fields.is_empty(),
            New::List(items) => items.iter().any(|i| matches!(i, New::Map(_) | New::List(_))),
            _ => false,
        };
        match (&src.form, value) {
            (Form::Alias, _) => splice(self.habits.flow(value)),
            (Form::Scalar(Style::Block), _) => Err(EditError::Form("a text over several lines stands there")),
            (Form::Scalar(style), New::Text(text)) if !self.habits.json => splice(match style {
                Style::Double => quoted(text),
                Style::Single => format!("'{}'", text.replace('\'', "''")),
                _ => self.habits.text(text),
            }),
            (Form::Empty, value) if is_block(value) => {
                let key_column = self.line_column(src.start);
                let inner = match value {
                    New::List(_) => key_column + self.habits.dash,
                    _ => key_column + self.habits.step,
                };
                let content = self.habits.block(value, inner);
                Ok(self.line_behind(src.end, inner, &content))
            }
            (Form::Empty, value) => splice(format!(" {}", self.habits.flow(value))),
            (Form::Map { flow: false, .. } | Form::List { flow: false, .. }, value) => {
                splice(self.habits.block(value, self.column(src.start)))
            }
            (_, value) => splice(self.habits.flow(value)),
        }
    }

    fn remove_pair(&self, pairs: &[Pair], index: usize) -> Result<Splice, EditError> {
        let wrong = || EditError::Form("a field in a form of its own");
        let pair = pairs.get(index).ok_or_else(wrong)?;
        let start = self.line_start(pair.key.start);
        let alone = self.text.get(start..pair.key.start).is_some_and(|t| t.trim_matches(' ').is_empty());
        if pairs.len() == 1 {
            return Ok(Splice::new(pair.key.start, pair.value.end, "{}"));
        }
        if alone {
            return Ok(Splice::new(start, self.behind_line(pair.value.end), ""));
        }
        // Behind a dash: the next field takes its place.
        let next = pairs.get(index + 1).ok_or_else(wrong)?;
        Ok(Splice::new(pair.key.start, next.key.start, ""))
    }

    fn remove_item(&self, items: &[Src], index: usize) -> Option<Splice> {
        let item = items.get(index)?;
        let begin = dash(self.text, item.start)?;
        if items.len() == 1 {
            return Some(Splice::new(begin, item.end, "[]"));
        }
        let start = self.line_start(begin);
        let alone = self.text.get(start..begin)?.trim_matches(' ').is_empty();
        if alone {
            return Some(Splice::new(start, self.behind_line(item.end), ""));
        }
        // Behind another dash: the next item takes its place.
        let next = items.get(index + 1)?;
        Some(Splice::new(begin, dash(self.text, next.start)?, ""))
    }

    /// The first byte of the line that holds `at`.
    pub(super) fn line_start(&self, at: usize) -> usize {
        self.text.get(..at).and_then(|t| t.rfind('\n')).map_or(0, |n| n + 1)
    }

    /// Behind the line that holds the byte before `end`; a block scalar ends behind its line already.
    fn behind_line(&self, end: usize) -> usize {
        if self.text.get(..end).is_some_and(|t| t.ends_with('\n')) {
            return end;
        }
        let rest = self.text.get(end..).unwrap_or_default();
        rest.find('\n').map_or(self.text.len(), |n| end + n + 1)
    }

    /// The column of a byte.
    pub(super) fn column(&self, at: usize) -> usize {
        self.text.get(self.line_start(at)..at).map_or(0, |t| t.chars().count())
    }

    /// The column of the first key on the line of a byte, dashes before it passed over.
    fn line_column(&self, at: usize) -> usize {
        let line = self.text.get(self.line_start(at)..at).unwrap_or_default();
        line.len() - line.trim_start_matches([' ', '-']).len()
    }
}

fn position(pairs: &[Pair], key: &str) -> Option<usize> {
    pairs.iter().rposition(|p| &*p.name == key)
}

fn child<'s>(src: &'s Src, step: &Step) -> Option<&'s Src> {
    match (&src.form, step) {
        (Form::Map { pairs, .. }, Step::Key(key)) => {
            position(pairs, key).and_then(|i| pairs.get(i)).map(|p| &p.value)
        }
        (Form::List { items, .. }, Step::Index(index)) => items.get(*index),
        _ => None,
    }
}

/// The value in as many mappings as there are steps; `None` for a step into a list.
fn nested(steps: &[Step], value: &New) -> Option<New> {
    steps.iter().rev().try_fold(value.clone(), |value, step| match step {
        Step::Key(key) => Some(New::Map(vec![(key.to_string(), value)])),
        Step::Index(_) => None,
    })
}

/// Whether the last thing in a node is a block scalar.
fn ends_in_block(src: &Src) -> bool {
    match &src.form {
        Form::Scalar(style) => *style == Style::Block,
        Form::List { flow: false, items } => items.last().is_some_and(ends_in_block),
        Form::Map { flow: false, pairs } => pairs.last().is_some_and(|p| ends_in_block(&p.value)),
        _ => false,
    }
}

/// What a document does everywhere, from where it does it first.
fn habits(text: &str, written: &Written) -> Habits {
    let mut habits = Habits {
        json: written.json,
        line: if text.contains("\r\n") { "\r\n" } else { "\n" },
        step: 0,
        dash: usize::MAX,
        brackets: false,
        colon: " ",
    };
    let column = |at: usize| {
        let before = text.get(..at).unwrap_or_default();
        before.rsplit('\n').next().map_or(0, |t| t.chars().count())
    };
    let mut waiting = vec![&written.root];
    while let Some(src) = waiting.pop() {
        match &src.form {
            Form::List { flow, items } => {
                habits.brackets |= *flow && !items.is_empty();
                waiting.extend(items.iter().rev());
            }
            Form::Map { flow, pairs } => {
                if let Some(first) = pairs.first().filter(|_| written.json) {
                    let between = text.get(first.key.end..first.value.start).unwrap_or_default();
                    habits.colon = if between.ends_with(' ') { " " } else { "" };
                }
                for pair in pairs.iter().rev().filter(|_| !flow) {
                    let (outer, inner) = (column(pair.key.start), column(pair.value.start));
                    match &pair.value.form {
                        Form::Map { flow: false, .. } if outer < inner => habits.step = inner - outer,
                        Form::List { flow: false, .. } if outer <= inner => habits.dash = inner - outer,
                        _ => {}
                    }
                }
                if let Some(first) = pairs.first().filter(|_| written.json && habits.step == 0) {
                    // The closing bracket stands below the beginning of its line.
                    habits.step = column(first.key.start).saturating_sub(column(src.end - 1));
                }
                waiting.extend(pairs.iter().rev().map(|p| &p.value));
            }
            _ => {}
        }
    }
    // Two columns are what `kubectl` writes; and lists below their keys.
    habits.step = if habits.step == 0 { 2 } else { habits.step };
    habits.dash = if habits.dash == usize::MAX { habits.step } else { habits.dash };
    habits
}
