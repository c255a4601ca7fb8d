//! Changes of manifests that leave everything else as it was written: comments, order, quoting, anchors, line ends.
//!
//! A [`Sheet`] is a file, each of its documents text of its own. An [`Edit`] becomes one splice of that text; what comes
//! out is read again, and unless it means what the edits say and nothing else, they are refused.

mod comments;
mod flow;
mod json;
mod meaning;
mod sheet;
mod splice;
mod split;
mod syntax;
#[cfg(test)]
mod tests;
mod write;

use std::fmt;

use crate::{Node, Value};

pub use sheet::{Address, Kept, Sheet};

/// Bytes of the largest document that is changed: each change reads it again.
pub const EDITED_BYTES_MAX: usize = 4 << 20;

/// A step down a tree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Into the field of a mapping.
    Key(Box<str>),
    /// Into the item of a list, from zero.
    Index(usize),
}

/// A value to be written.
#[derive(Debug, Clone, PartialEq)]
pub enum New {
    /// `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<New>),
    /// A mapping, in this order.
    Map(Vec<(String, New)>),
}

/// A change of one object.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// Sets the field at a path; mappings on the way are made.
    Set(Vec<Step>, New),
    /// Adds an item to a list; a list that is not there is made.
    Append(Vec<Step>, New),
    /// Takes a field or an item out, and whatever is left empty around it, but never what the first `keep` steps lead to.
    Remove {
        /// What goes.
        path: Vec<Step>,
        /// Steps to what stays even if it is left empty.
        keep: usize,
    },
    /// Puts another field into the place of one.
    Replace {
        /// The field that goes.
        path: Vec<Step>,
        /// The key that comes.
        key: String,
        /// Its value.
        value: New,
    },
}

/// Why a change was not made. The text is as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EditError {
    /// The text cannot be read.
    Unread(String),
    /// Larger than is changed.
    Large(usize),
    /// There is no such place, or something else stands there.
    Place(String),
    /// Written in a way that is not changed by program.
    Form(&'static str),
    /// What else would change with it, an anchor's other uses most of all.
    Elsewhere,
    /// Comments that would be lost.
    Comment,
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unread(why) => write!(f, "the document cannot be read: {why}"),
            Self::Large(bytes) => {
                write!(f, "the document has {bytes} bytes, more than the {EDITED_BYTES_MAX} that are changed")
            }
            Self::Place(path) => write!(f, "`{path}` does not stand there in a form that can be changed"),
            Self::Form(what) => write!(f, "{what}: change it by hand"),
            Self::Elsewhere => {
                f.write_str("something else would change with it, the other uses of an anchor perhaps")
            }
            Self::Comment => f.write_str("a comment would be lost"),
        }
    }
}

impl std::error::Error for EditError {}

/// A value as a YAML document of its own, in block form, two columns a level.
#[must_use]
pub fn yaml(value: &New) -> String {
    write::Habits::usual().block(value, 0) + "\n"
}

/// Reads a dotted path: `spec.containers[0].securityContext`. Keys with dots in them are not written so.
#[must_use]
pub fn path(text: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for part in text.split('.').filter(|p| !p.is_empty()) {
        let (key, indices) = part.split_once('[').unwrap_or((part, ""));
        if !key.is_empty() {
            steps.push(Step::Key(key.into()));
        }
        let indices = indices.split('[').map(|i| i.trim_end_matches(']'));
        steps.extend(indices.filter_map(|i| i.parse().ok()).map(Step::Index));
    }
    steps
}

/// The dotted form of a path.
#[must_use]
pub fn dotted(path: &[Step]) -> String {
    let mut out = String::new();
    for step in path {
        match step {
            Step::Key(key) if out.is_empty() => out.push_str(key),
            Step::Key(key) => {
                out.push('.');
                out.push_str(key);
            }
            Step::Index(index) => out.push_str(&format!("[{index}]")),
        }
    }
    out
}

impl Edit {
    /// What it is about.
    #[must_use]
    pub fn path(&self) -> &[Step] {
        match self {
            Self::Set(path, _)
            | Self::Append(path, _)
            | Self::Remove { path, .. }
            | Self::Replace { path, .. } => path,
        }
    }

    /// The same change, of what stands below `prefix`.
    #[must_use]
    pub fn below(&self, prefix: &[Step]) -> Self {
        let whole = |path: &[Step]| [prefix, path].concat();
        match self {
            Self::Set(path, value) => Self::Set(whole(path), value.clone()),
            Self::Append(path, value) => Self::Append(whole(path), value.clone()),
            Self::Remove { path, keep } => Self::Remove { path: whole(path), keep: keep + prefix.len() },
            Self::Replace { path, key, value } => {
                Self::Replace { path: whole(path), key: key.clone(), value: value.clone() }
            }
        }
    }
}

impl From<&Node> for New {
    fn from(node: &Node) -> Self {
        match &node.value {
            Value::Null => Self::Null,
            Value::Bool(b) => Self::Bool(*b),
            Value::Integer(n) => Self::Integer(*n),
            Value::Float(n) => Self::Float(*n),
            Value::Text(text) => Self::Text(text.to_string()),
            Value::List(items) => Self::List(items.iter().map(Self::from).collect()),
            Value::Map(fields) => {
                Self::Map(fields.iter().map(|e| (e.key.to_string(), Self::from(&e.value))).collect())
            }
        }
    }
}

impl From<&str> for New {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<bool> for New {
    fn from(yes: bool) -> Self {
        Self::Bool(yes)
    }
}

impl From<i64> for New {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}
