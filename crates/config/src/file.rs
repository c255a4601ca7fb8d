//! `plimsoll.toml`: every key is known, every error names file, line and column.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::key::{KEYS, Key, Kind, key, nearest};
use crate::settings::{ConfigError, Layer, Setting, Source, Value};

/// Bytes of the largest configuration file that is read.
pub const FILE_BYTES_MAX: usize = 1 << 20;

/// Reads a file's text. `name` is what messages call the file; `directory` is what its relative paths begin at, empty
/// for the working directory.
///
/// # Errors
/// [`ConfigError`] for text that is not TOML, for unknown keys and for values of the wrong kind.
pub fn parse_file(name: &str, directory: &str, text: &str) -> Result<Layer, ConfigError> {
    let file = File { name, directory, text };
    if FILE_BYTES_MAX < text.len() {
        return Err(file.error(0..0, format!("is larger than {FILE_BYTES_MAX} bytes")));
    }
    let table = DeTable::parse(text).map_err(|e| {
        file.error(e.span().unwrap_or(0..0), format!("is not TOML: {}", one_line(e.message())))
    })?;
    let mut layer = Layer::default();
    file.table("", table.get_ref(), &mut layer)?;
    Ok(layer)
}

struct File<'f> {
    name: &'f str,
    directory: &'f str,
    text: &'f str,
}

impl File<'_> {
    fn table(&self, prefix: &str, table: &DeTable<'_>, layer: &mut Layer) -> Result<(), ConfigError> {
        // In the order of the text, so that the first slip is the one that is told.
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(name, _)| name.span().start);
        for (word, value) in entries {
            let name = format!("{prefix}{}", word.get_ref());
            let nested = format!("{name}.");
            match (key(&name), value.get_ref()) {
                (Some(key), _) => {
                    let setting =
                        Setting { value: self.value(key, value)?, source: self.source(word.span()) };
                    layer.0.insert(key.name, setting);
                }
                (None, DeValue::Table(inner)) if KEYS.iter().any(|k| k.name.starts_with(&nested)) => {
                    self.table(&nested, inner, layer)?;
                }
                (None, _) => return Err(self.error(word.span(), unknown(&name))),
            }
        }
        Ok(())
    }

    fn value(&self, key: &Key, value: &Spanned<DeValue<'_>>) -> Result<Value, ConfigError> {
        let wrong = |value: &Spanned<DeValue<'_>>| {
            let found = value.get_ref().type_str();
            self.error(value.span(), format!("`{}` is {found}; write {}", key.name, key.kind.expected()))
        };
        let text = |value: &Spanned<DeValue<'_>>| {
            value.get_ref().as_str().map(str::to_owned).ok_or_else(|| wrong(value))
        };
        Ok(match key.kind {
            Kind::Text => Value::Text(text(value)?),
            Kind::Path => Value::Text(self.path(&text(value)?)),
            Kind::Flag => Value::Flag(value.get_ref().as_bool().ok_or_else(|| wrong(value))?),
            Kind::Number => {
                let number = value.get_ref().as_integer().filter(|n| n.radix() == 10);
                Value::Number(number.and_then(|n| n.as_str().parse().ok()).ok_or_else(|| wrong(value))?)
            }
            Kind::List | Kind::Paths | Kind::Lines => {
                let list = value.get_ref().as_array().ok_or_else(|| wrong(value))?;
                let words = list.iter().map(text).collect::<Result<Vec<_>, _>>()?;
                let paths = key.kind == Kind::Paths;
                Value::List(words.into_iter().map(|w| if paths { self.path(&w) } else { w }).collect())
            }
        })
    }

    fn path(&self, path: &str) -> String {
        if self.directory.is_empty() || path.starts_with('/') || path == "-" {
            return path.to_owned();
        }
        format!("{}/{path}", self.directory.trim_end_matches('/'))
    }

    fn source(&self, span: Range<usize>) -> Source {
        Source::File { name: self.name.to_owned(), line: self.line_and_column(span.start).0 }
    }

    fn error(&self, span: Range<usize>, message: String) -> ConfigError {
        let (line, column) = self.line_and_column(span.start);
        ConfigError { place: format!("{}:{line}:{column}", self.name), message }
    }

    /// 1-based, the column in characters.
    fn line_and_column(&self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.rsplit('\n').next().unwrap_or(before);
        (before.matches('\n').count() + 1, line.chars().count() + 1)
    }
}

fn unknown(name: &str) -> String {
    let hint = match nearest(name, KEYS.iter().map(|k| k.name)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "`plimsoll config show` lists every key".to_owned(),
    };
    format!("`{name}` is no key; {hint}")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
