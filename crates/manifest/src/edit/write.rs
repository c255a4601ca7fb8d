//! New values as text, in the habits of the document around them.

use super::New;
use crate::Value;
use crate::scalar;

/// The habits of a document.
#[derive(Debug, Clone)]
pub(super) struct Habits {
    /// JSON: every text in double quotes.
    pub(super) json: bool,
    /// `\n` or `\r\n`.
    pub(super) line: &'static str,
    /// Columns from a mapping to one inside it.
    pub(super) step: usize,
    /// Columns from a key to the dashes of its list.
    pub(super) dash: usize,
    /// Short lists are written in brackets.
    pub(super) brackets: bool,
    /// Between a key's colon and its value in flow: a blank, mostly.
    pub(super) colon: &'static str,
}

/// A text in double quotes, as JSON and YAML both read it.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Whether a text means itself without quotes, wherever it stands.
pub(super) fn is_plain(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || "_./@:-".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/')
        && text.chars().all(inner)
        && !text.ends_with(':')
        // Numbers in sixties and dates, which other readers of YAML 1.1 take for such.
        && !(text.chars().all(|c| c.is_ascii_digit() || ":-_.".contains(c)))
        && scalar::resolve(text) == Value::Text(text.into())
}

impl Habits {
    /// Those of a document that is new.
    pub(super) fn usual() -> Self {
        Self { json: false, line: "\n", step: 2, dash: 2, brackets: true, colon: " " }
    }

    /// A text, in quotes where it must be.
    pub(super) fn text(&self, text: &str) -> String {
        if !self.json && is_plain(text) { text.to_owned() } else { quoted(text) }
    }

    /// A value on one line.
    pub(super) fn flow(&self, value: &New) -> String {
        match value {
            New::Null => "null".to_owned(),
            New::Bool(b) => b.to_string(),
            New::Integer(n) => n.to_string(),
            // With a point or an exponent, so that it stays one.
            New::Float(n) => format!("{n:?}"),
            New::Text(text) => self.text(text),
            New::List(items) => {
                let items: Vec<String> = items.iter().map(|i| self.flow(i)).collect();
                format!("[{}]", items.join(", "))
            }
            New::Map(fields) => {
                let fields: Vec<String> = fields.iter().map(|(k, v)| self.pair(k, v)).collect();
                format!("{{{}}}", fields.join(", "))
            }
        }
    }

    /// A field on one line.
    pub(super) fn pair(&self, key: &str, value: &New) -> String {
        format!("{}:{}{}", self.text(key), self.colon, self.flow(value))
    }

    /// A field of a flow mapping; one of a JSON text with lines of its own has lines too, `indent` before each.
    pub(super) fn lined_pair(&self, key: &str, value: &New, indent: &str) -> String {
        match self.json {
            true => format!("{}:{}{}", quoted(key), self.colon, self.lined(value, indent)),
            false => self.pair(key, value),
        }
    }

    /// A JSON value over several lines.
    pub(super) fn lined(&self, value: &New, indent: &str) -> String {
        let inner = format!("{indent}{}", " ".repeat(self.step));
        let join = |parts: Vec<String>, open: char, close: char| {
            let line = self.line;
            let between = format!(",{line}{inner}");
            format!("{open}{line}{inner}{}{line}{indent}{close}", parts.join(&between))
        };
        match value {
            New::List(items) if !items.is_empty() => {
                join(items.iter().map(|i| self.lined(i, &inner)).collect(), '[', ']')
            }
            New::Map(fields) if !fields.is_empty() => {
                join(fields.iter().map(|(k, v)| self.lined_pair(k, v, &inner)).collect(), '{', '}')
            }
            other => self.flow(other),
        }
    }

    /// A field in block form, without the blanks before it and without the end of its last line.
    pub(super) fn block_pair(&self, key: &str, value: &New, column: usize) -> String {
        let key = self.text(key);
        match value {
            New::Map(fields) if !fields.is_empty() => {
                let column = column + self.step;
                format!("{key}:{}{}{}", self.line, " ".repeat(column), self.block(value, column))
            }
            New::List(items) if !items.is_empty() && !self.in_brackets(items) => {
                let column = column + self.dash;
                format!("{key}:{}{}{}", self.line, " ".repeat(column), self.block(value, column))
            }
            _ => format!("{key}: {}", self.flow(value)),
        }
    }

    /// A value in block form whose first line is where it is put, at `column`.
    pub(super) fn block(&self, value: &New, column: usize) -> String {
        let between = format!("{}{}", self.line, " ".repeat(column));
        match value {
            New::Map(fields) if !fields.is_empty() => {
                let pairs: Vec<String> = fields.iter().map(|(k, v)| self.block_pair(k, v, column)).collect();
                pairs.join(&between)
            }
            New::List(items) if !items.is_empty() && !self.in_brackets(items) => {
                let items: Vec<String> =
                    items.iter().map(|i| format!("- {}", self.block(i, column + 2))).collect();
                items.join(&between)
            }
            _ => self.flow(value),
        }
    }

    fn in_brackets(&self, items: &[New]) -> bool {
        self.brackets && items.iter().all(|i| !matches!(i, New::List(_) | New::Map(_)))
    }
}
