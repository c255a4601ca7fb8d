//! Values, where they came from, and the layers laid over one another.

use std::collections::BTreeMap;
use std::fmt;

use crate::key::{KEYS, Key};

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Text or a path.
    Text(String),
    /// True or false.
    Flag(bool),
    /// A number.
    Number(u16),
    /// A list.
    List(Vec<String>),
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A line of a file.
    File {
        /// As the user would write it.
        name: String,
        /// 1-based.
        line: usize,
    },
    /// An environment variable.
    Environment(String),
    /// A flag of the command line.
    Flag(String),
}

/// A value and its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The value.
    pub value: Value,
    /// Its source.
    pub source: Source,
}

/// What one source says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layer(pub BTreeMap<&'static str, Setting>);

/// The effective settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings(BTreeMap<&'static str, Setting>);

/// What is wrong with a configuration, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// `plimsoll.toml:3:1`, or the name of a variable.
    pub place: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

impl std::error::Error for ConfigError {}

impl fmt::Display for Value {
    /// As a file would hold it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Flag(on) => write!(f, "{on}"),
            Self::Number(n) => write!(f, "{n}"),
            Self::List(list) => {
                let words: Vec<String> = list.iter().map(|w| format!("{w:?}")).collect();
                write!(f, "[{}]", words.join(", "))
            }
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { name, line } => write!(f, "{name}:{line}"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

impl Layer {
    /// Sets `name` to `value`, as a flag of that name does.
    pub fn flag(&mut self, name: &'static str, value: Value) {
        let word = name.rsplit('.').next().unwrap_or(name);
        self.0.insert(name, Setting { value, source: Source::Flag(format!("--{word}")) });
    }
}

impl Setting {
    /// Refuses a blank value of the key `name`.
    fn check(&self, name: &str) -> Result<(), ConfigError> {
        let is_blank = |text: &String| text.trim().is_empty();
        let blank = match (&self.value, &self.source) {
            (Value::Text(text), _) => is_blank(text),
            (Value::List(list), Source::File { .. }) => list.iter().any(is_blank),
            (Value::List(list), _) => list.is_empty() || list.iter().any(is_blank),
            (Value::Flag(_) | Value::Number(_), _) => false,
        };
        if !blank {
            return Ok(());
        }
        let remedy = match &self.source {
            Source::File { .. } => "write a value, or delete the line",
            Source::Environment(_) => "set it to a value, or unset it",
            Source::Flag(_) => "give a value, or leave the flag out; is a variable empty?",
        };
        let message = format!("`{name}` is given and empty: {remedy}");
        Err(ConfigError { place: self.source.to_string(), message })
    }
}

impl Settings {
    /// Lays the layers over one another, the strongest first.
    ///
    /// # Errors
    /// [`ConfigError`] for a value that is blank: a shell that puts nothing in the place of a variable must not take a
    /// gate away in silence. Only a file can say with an empty list that there shall be nothing.
    pub fn of(strongest_first: impl IntoIterator<Item = Layer>) -> Result<Self, ConfigError> {
        let mut out = BTreeMap::new();
        for layer in strongest_first {
            for (name, setting) in layer.0 {
                setting.check(name)?;
                out.entry(name).or_insert(setting);
            }
        }
        Ok(Self(out))
    }

    /// What is set for `name`, if anything.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Setting> {
        self.0.get(name)
    }

    /// A text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match &self.get(name)?.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A flag; false if not set.
    #[must_use]
    pub fn is_on(&self, name: &str) -> bool {
        matches!(self.get(name), Some(Setting { value: Value::Flag(true), .. }))
    }

    /// A number.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u16> {
        match self.get(name)?.value {
            Value::Number(n) => Some(n),
            _ => None,
        }
    }

    /// A list; empty if not set.
    #[must_use]
    pub fn list(&self, name: &str) -> &[String] {
        match self.get(name) {
            Some(Setting { value: Value::List(list), .. }) => list,
            _ => &[],
        }
    }

    /// Every key with what is set for it, in the order of [`KEYS`].
    pub fn iter(&self) -> impl Iterator<Item = (&'static Key, Option<&Setting>)> {
        KEYS.iter().map(|k| (k, self.0.get(k.name)))
    }
}
