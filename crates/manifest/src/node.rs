//! A tree of values with their places.

use std::fmt;

/// Where something begins: line and column, both from one, columns in characters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from one; zero where it is not known.
    pub line: u32,
    /// Column, from one.
    pub column: u32,
}

/// A value and where it begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it begins.
    pub at: Position,
}

/// What a node holds, as JSON has it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`, or nothing at all.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Text(Box<str>),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order of the file; no key stands twice.
    Map(Vec<Entry>),
}

/// A field of a mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Key.
    pub key: Box<str>,
    /// Where the key begins.
    pub at: Position,
    /// Value.
    pub value: Node,
}

/// A field that holds something else than its type allows: the API server refuses the object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongType {
    /// Field within the node that was asked.
    pub field: String,
    /// What it should hold.
    pub wanted: &'static str,
    /// What it holds.
    pub found: &'static str,
    /// Where.
    pub at: Position,
}

impl fmt::Display for WrongType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, wanted, found, .. } = self;
        write!(f, "`{field}` is {found}, not {wanted}: the API server refuses the object")
    }
}

impl std::error::Error for WrongType {}

impl Value {
    /// What it is, with its article, for messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) => "a whole number",
            Self::Float(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
        }
    }
}

impl Node {
    /// The field `key` of a mapping. A null field is as good as none, as it is to the API server.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|e| &e.value)
    }

    /// The field `key` with the place of its key.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.fields().iter().find(|e| &*e.key == key).filter(|e| e.value.value != Value::Null)
    }

    /// Forgets where it and all below it stand: in a text that nobody can look up.
    pub fn forget_places(&mut self) {
        self.at = Position::default();
        match &mut self.value {
            Value::List(items) => items.iter_mut().for_each(Node::forget_places),
            Value::Map(fields) => fields.iter_mut().for_each(|entry| {
                entry.at = Position::default();
                entry.value.forget_places();
            }),
            _ => {}
        }
    }

    /// The field at the end of `keys`.
    #[must_use]
    pub fn at_path(&self, keys: &[&str]) -> Option<&Node> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The fields of a mapping; none of anything else.
    #[must_use]
    pub fn fields(&self) -> &[Entry] {
        match &self.value {
            Value::Map(fields) => fields,
            _ => &[],
        }
    }

    /// The items of a list; none of anything else.
    #[must_use]
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(s) => Some(s),
            _ => None,
        }
    }

    /// The text field `key`.
    ///
    /// # Errors
    /// [`WrongType`] if it holds something else.
    pub fn text_field(&self, key: &str) -> Result<Option<&str>, WrongType> {
        self.typed(key, "text", |v| match v {
            Value::Text(s) => Some(&**s),
            _ => None,
        })
    }

    /// The boolean field `key`.
    ///
    /// # Errors
    /// [`WrongType`] if it holds something else.
    pub fn bool_field(&self, key: &str) -> Result<Option<bool>, WrongType> {
        self.typed(key, "a boolean", |v| match v {
            Value::Bool(b) => Some(*b),
            _ => None,
        })
    }

    /// The whole number in field `key`.
    ///
    /// # Errors
    /// [`WrongType`] if it holds something else.
    pub fn integer_field(&self, key: &str) -> Result<Option<i64>, WrongType> {
        self.typed(key, "a whole number", |v| match v {
            Value::Integer(n) => Some(*n),
            // `1.0` is a whole number to the decoder of the API server.
            Value::Float(n) if n.fract() == 0.0 && n.abs() < 9.0e15 => Some(*n as i64),
            _ => None,
        })
    }

    /// The mapping in field `key`.
    ///
    /// # Errors
    /// [`WrongType`] if it holds something else.
    pub fn map_field(&self, key: &str) -> Result<Option<&Node>, WrongType> {
        self.node_of(key, "a mapping", |v| matches!(v, Value::Map(_)))
    }

    /// The list in field `key`, each item a mapping or each a scalar as the caller asks; an absent one is empty.
    ///
    /// # Errors
    /// [`WrongType`] if it holds something else.
    pub fn list_field(&self, key: &str) -> Result<&[Node], WrongType> {
        Ok(self.node_of(key, "a list", |v| matches!(v, Value::List(_)))?.map_or(&[], Node::items))
    }

    fn node_of(
        &self,
        key: &str,
        wanted: &'static str,
        fits: impl Fn(&Value) -> bool,
    ) -> Result<Option<&Node>, WrongType> {
        match self.get(key) {
            Some(node) if !fits(&node.value) => Err(wrong(key, wanted, node)),
            found => Ok(found),
        }
    }

    fn typed<'n, T>(
        &'n self,
        key: &str,
        wanted: &'static str,
        read: impl Fn(&'n Value) -> Option<T>,
    ) -> Result<Option<T>, WrongType> {
        match self.get(key) {
            None => Ok(None),
            Some(node) => read(&node.value).map(Some).ok_or_else(|| wrong(key, wanted, node)),
        }
    }
}

fn wrong(key: &str, wanted: &'static str, node: &Node) -> WrongType {
    WrongType { field: key.to_owned(), wanted, found: node.value.kind(), at: node.at }
}

/// Whether two nodes mean the same: wherever they stand, and in whatever order their fields do.
pub(crate) fn same(a: &Node, b: &Node) -> bool {
    match (&a.value, &b.value) {
        (Value::Map(x), Value::Map(y)) => x.len() == y.len() && same_fields(x, y),
        (Value::List(x), Value::List(y)) => x.len() == y.len() && x.iter().zip(y).all(|(x, y)| same(x, y)),
        // A float that is no number is the same as itself.
        (Value::Float(x), Value::Float(y)) => x.to_bits() == y.to_bits(),
        (x, y) => x == y,
    }
}

fn same_fields(x: &[Entry], y: &[Entry]) -> bool {
    // Mostly both are in one order.
    x.iter().zip(y).enumerate().all(|(index, (a, b))| match a.key == b.key {
        true => same(&a.value, &b.value),
        false => {
            let after = y.iter().skip(index).chain(y.iter().take(index));
            let mut others = after.filter(|o| o.key == a.key);
            others.next().is_some_and(|o| same(&a.value, &o.value))
        }
    })
}
